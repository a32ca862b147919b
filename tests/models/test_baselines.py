import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import DataError, SettingError, TooFewRowsError
from forecast.models.contract import Model

VALUES = np.array([2.0, 4.0, 3.0, 8.0, 6.0, 7.0])


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (fc.Naive(), [7, 7, 7, 7]),
        (fc.SeasonalNaive(3), [8, 6, 7, 8]),
        (fc.SeasonalNaive(1), [7, 7, 7, 7]),
        (fc.Drift(), [8, 9, 10, 11]),
        (fc.Mean(), [5, 5, 5, 5]),
    ],
)
def test_values_by_hand(model: Model, expected: list[float]) -> None:
    assert model.fit(VALUES).predict(4)[model.label].tolist() == expected


def test_from_an_earlier_origin_only_the_rows_up_to_it_count() -> None:
    series, origins = prepare(VALUES), np.array([2, 5])
    ahead = {m.label: m.fit(VALUES[:3]).forecast_from(series, origins, 2).tolist()
             for m in (fc.Naive(), fc.SeasonalNaive(2), fc.Drift(), fc.Mean())}  # fmt: skip
    assert ahead == {
        "Naive": [[3, 3], [7, 7]],
        "SeasonalNaive": [[4, 3], [6, 7]],
        "Drift": [[3.5, 4], [8, 9]],
        "Mean": [[3, 3], [5, 5]],
    }


def test_the_season_is_that_of_the_frequency() -> None:
    index = pd.date_range("2024-01-01", periods=20, freq="D")
    frame = fc.SeasonalNaive().fit(pd.Series(np.arange(20.0), index)).predict(2)
    assert frame["SeasonalNaive"].tolist() == [13.0, 14.0]


def test_filled_values_do_not_count_in_the_mean() -> None:
    assert fc.Mean().fit([1.0, np.nan, 3.0]).predict()["Mean"].tolist() == [2.0]


def test_a_season_longer_than_the_series_is_refused() -> None:
    with pytest.raises(TooFewRowsError, match="got 7 for 6 rows"):
        fc.SeasonalNaive(7).fit(VALUES)
    with pytest.raises(SettingError, match="`season`"):
        fc.SeasonalNaive(0)


def test_one_row_is_enough_for_a_drift() -> None:
    assert fc.Drift().fit([4.0]).predict(2)["Drift"].tolist() == [4.0, 4.0]


def test_an_origin_without_a_season_before_it_is_refused() -> None:
    with pytest.raises(DataError, match="needs a season of 5 rows up to it; the first has 3"):
        fc.SeasonalNaive(5).forecast_from(prepare(np.arange(10.0)), np.array([2]), 3)
