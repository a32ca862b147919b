import numpy as np
import pytest

from forecast.data.series import prepare
from forecast.errors import DataError, SettingError, TooFewRowsError
from forecast.jobs.request import Request
from tests.jobs.runs import request, series


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hidden_units": 0}, "hidden_units"),
        ({"epochs": True}, "epochs"),
        ({"hiden_units": 4}, "hiden_units"),
        ({"cell": "gru"}, "cell"),
        ({"test": 1.5}, "test"),
        ({"vary": "epochs", "values": (1, 2)}, "vary"),
        ({"vary": "timesteps"}, "values"),
        ({"vary": "timesteps", "values": (4, 4)}, "each once"),
        ({"vary": "timesteps", "values": tuple(range(1, 10))}, "1 to 8"),
        ({"vary": "timesteps", "values": (0,)}, "values"),
        ({"vary": "timesteps", "values": (4.5,)}, "values"),
        ({"values": (4,)}, "vary"),
    ],
)
def test_settings_are_checked_before_any_work(given: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        request(**given)


@pytest.mark.parametrize("cells", [("transformer",), ("gru", "GRU")])
def test_cells_are_checked(cells: tuple[str, ...]) -> None:
    with pytest.raises(SettingError):
        request(*cells)


def test_no_cell_is_refused() -> None:
    with pytest.raises(SettingError, match="at least one"):
        Request(series(), "a test", (), {})


def test_every_value_of_a_grid_is_checked() -> None:
    with pytest.raises(TooFewRowsError, match="500"):
        request(vary="timesteps", values=(4, 500))


def test_too_few_training_rows_are_found_before_training() -> None:
    with pytest.raises(TooFewRowsError, match="training rows"):
        request(timesteps=100)


def test_a_series_too_short_to_split_is_refused() -> None:
    with pytest.raises(DataError):
        request(y=series(3))


def test_a_request_keeps_its_own_settings() -> None:
    settings = {"timesteps": np.int64(8), "hidden_units": 4}
    made = Request(series(), "a test", ["gru"], settings)
    settings["timesteps"] = 500
    assert made.settings["timesteps"] == 8
    assert made.cells == ("gru",)
    assert [value for value, _ in made.plans()] == [None]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"transform": "log"}, "takes logarithms"),
        ({"calendar": ("hour",)}, "needs dated rows"),
        ({"seasonal_adjustment": "additive"}, "needs a season"),
        ({"past_covariates": ("wind",)}, "no column 'wind'"),
    ],
)
def test_what_the_rows_do_not_allow_is_found_before_training(
    given: dict[str, object], said: str
) -> None:
    y = prepare([float(row % 5) for row in range(150)])  # numbered, with zeros
    with pytest.raises(DataError, match=said):
        request(y=y, **given)


def test_a_season_that_the_training_rows_do_not_hold_twice_is_found_before_training() -> None:
    with pytest.raises(TooFewRowsError, match="two seasons"):
        request(seasonal_adjustment="additive", season=60)
