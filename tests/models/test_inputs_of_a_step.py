"""What stands in a step of a window beside the series: covariates, and the calendar."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import prepare_panel
from forecast.errors import DataError, SettingError
from forecast.models.reading import Reading
from forecast.models.recipe import learn_recipe, part_windows, splits_of
from forecast.models.settings import ForecasterSettings

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2}
ROWS = 80


def frame(freq: str = "D", zone: str | None = None) -> pd.DataFrame:
    random = np.random.default_rng(0)
    index = pd.date_range("2024-01-01", periods=ROWS, freq=freq, tz=zone, name="ds")
    return pd.DataFrame({name: random.normal(size=ROWS) for name in ("y", "promo", "rain")}, index)


def reading(y: pd.DataFrame, **given: object) -> tuple[Reading, ForecasterSettings]:
    settings = ForecasterSettings(timesteps=3, dtype="float64", scaling="none", **given)
    panel = prepare_panel(y, columns=settings.columns())
    splits = splits_of(settings, panel)
    windows = part_windows(settings, panel, [one.train for one in splits], settings.block)
    return Reading(settings, learn_recipe(settings, panel, splits, windows), panel), settings


def test_a_step_reads_itself_and_what_is_known_ahead() -> None:
    y = frame()
    train = y.iloc[:56]  # of 80 rows, 12 and 12 are kept apart
    given = {"past_covariates": ["rain"], "future_covariates": ["promo"]}
    read = reading(y, horizon=2, **given)[0].read(np.array([30]), "float64").x[0]
    scaled = (y - train.mean()) / train.std(ddof=0)
    for step, row in enumerate((28, 29, 30)):
        expected = [
            y["y"].iloc[row],
            scaled["rain"].iloc[row],
            *scaled["promo"].iloc[row : row + 3],
        ]
        np.testing.assert_allclose(read[step], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("freq", "name", "turn"),
    [("h", "hour", lambda t: t.hour / 24), ("D", "weekday", lambda t: t.day_of_week / 7),
     ("MS", "month", lambda t: (t.month - 1) / 12), ("B", "weekday", lambda t: t.day_of_week / 7),
     ("D", "yearday", lambda t: (t.day_of_year - 1) / 366),
     ("D", "monthday", lambda t: (t.day - 1) / t.days_in_month)],
)  # fmt: skip
def test_the_calendar_is_that_of_the_first_row_to_forecast(
    freq: str, name: str, turn: object
) -> None:
    y = frame(freq=freq, zone="America/New_York" if freq == "h" else None)[["y"]]
    made, _ = reading(y, calendar=[name])
    x = made.read(np.array([40, ROWS - 1]), "float64").x
    following = [y.index[41], y.index[-1] + pd.tseries.frequencies.to_offset(freq)]
    for window, when in zip(x, following, strict=True):
        angle = 2 * np.pi * turn(when)
        np.testing.assert_allclose(window[-1, 1:], [np.sin(angle), np.cos(angle)], atol=1e-12)


def test_the_calendar_needs_dates_and_known_names() -> None:
    with pytest.raises(DataError, match=r"`calendar=\['weekday'\]` needs dated rows"):
        fc.Forecaster(calendar=["weekday"], **SMALL).fit(np.arange(60.0))
    with pytest.raises(SettingError, match="`calendar`"):
        fc.Forecaster(calendar=["fortnight"])
    with pytest.raises(SettingError, match=r"Put it in \[ \]"):
        fc.Forecaster(calendar="weekday")
