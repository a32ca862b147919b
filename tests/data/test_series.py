import numpy as np
import pandas as pd
import pytest

from forecast.data.series import STEP, prepare, prepare_after
from forecast.errors import DataError


def daily(values: list[float], start: str = "2024-01-01") -> pd.Series:
    return pd.Series(values, pd.date_range(start, periods=len(values), freq="D"), name="level")


def test_a_plain_sequence_becomes_numbered_rows() -> None:
    series = prepare([3, 1, 2])
    assert series.values.tolist() == [3.0, 1.0, 2.0]
    assert (series.frequency, series.season, series.name) == (STEP, 1, "y")
    assert series.after(2).tolist() == [3, 4]


def test_gaps_are_filled_forward_only_and_marked() -> None:
    y = daily([np.nan, 1.0, np.nan, np.nan, 4.0, 5.0]).drop(pd.Timestamp("2024-01-04"))
    series = prepare(y)
    assert series.values.tolist() == [1.0, 1.0, 1.0, 4.0, 5.0]
    assert series.observed.tolist() == [True, False, False, True, True]
    assert series.index[0] == pd.Timestamp("2024-01-02")
    assert series.frequency == "D"


def test_a_missing_business_day_is_a_holiday_not_a_gap() -> None:
    days = pd.bdate_range("2024-01-01", periods=40).drop("2024-01-15")
    series = prepare(pd.Series(np.arange(39.0), days))
    assert series.frequency == "B"
    assert series.observed.all()
    assert len(series) == 39


def test_the_prefix_of_a_prepared_series_is_the_prepared_prefix() -> None:
    y = daily([1.0, np.nan, 3.0, 4.0, np.nan, 6.0, np.nan, 8.0])
    whole, prefix = prepare(y), prepare(y.iloc[:5])
    np.testing.assert_array_equal(whole.values[:5], prefix.values)
    np.testing.assert_array_equal(whole.observed[:5], prefix.observed)


def test_frames_of_one_series_are_taken() -> None:
    y = daily([1.0, 2.0, 3.0])
    long = pd.DataFrame({"unique_id": "a", "ds": y.index, "y": y.to_numpy()})
    for given in (y.to_frame(), long, long[["ds", "y"]], y.to_period("D")):
        assert prepare(given).values.tolist() == [1.0, 2.0, 3.0]
        assert prepare(given).index[0] == pd.Timestamp("2024-01-01")


def test_numbered_rows_with_gaps_are_put_on_a_grid() -> None:
    series = prepare(pd.Series([1.0, 2.0, 4.0], index=[10, 11, 13]))
    assert series.index.tolist() == [10, 11, 12, 13]
    assert series.observed.tolist() == [True, True, False, True]


def test_time_zones_are_kept() -> None:
    y = daily([1.0, 2.0, 3.0]).tz_localize("Europe/Berlin")
    assert str(prepare(y).after(1)[0].tz) == "Europe/Berlin"


def test_newer_rows_follow_and_win_where_they_overlap() -> None:
    known, newer = prepare(daily([1, 2, 3, 4])), prepare(daily([30, 40, 50], "2024-01-03"))
    assert known.followed_by(newer).values.tolist() == [1, 2, 30, 40, 50]


def test_a_hole_before_newer_rows_is_filled_and_marked() -> None:
    known, newer = prepare(daily([1, 2, 3])), prepare(daily([7, 8, 9], "2024-01-06"))
    joined = known.followed_by(newer)
    assert joined.values.tolist() == [1, 2, 3, 3, 3, 7, 8, 9]
    assert joined.observed.tolist() == [True, True, True, False, False, True, True, True]


@pytest.mark.parametrize(
    ("known", "newer", "said"),
    [
        ([1.0, 2.0], daily([1, 2, 3]), "must be numbered.*got dated"),
        (daily([1, 2, 3]), [1.0, 2.0], "must be dated.*got numbered"),
        (daily([1, 2, 3]).tz_localize("UTC"), daily([4, 5, 6]), "zone of the fitted ones, UTC"),
        (daily([1, 2, 3]), daily([4, 5, 6]).tz_localize("UTC"), "zone of the fitted ones, None"),
    ],
)
def test_rows_of_another_kind_do_not_follow(known: object, newer: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        prepare_after(prepare(known), newer)


def test_the_same_moments_in_another_zone_do_follow() -> None:
    known = prepare(daily([1, 2, 3]).tz_localize("Europe/Berlin"))
    newer = daily([4, 5, 6], "2024-01-04").tz_localize("Europe/Berlin").tz_convert("UTC")
    joined = known.followed_by(prepare_after(known, newer))
    assert joined.values.tolist() == [1, 2, 3, 4, 5, 6]
    assert str(joined.index.tz) == "Europe/Berlin"


def test_the_frequency_can_be_inferred_from_the_first_rows_alone() -> None:
    index = pd.bdate_range("2024-01-01", periods=50).append(pd.DatetimeIndex(["2024-03-10"]))
    y = pd.Series(np.arange(51.0), index)
    assert prepare(y, trusted=0.8).frequency == "B"
    assert len(prepare(y, trusted=0.8)) == 51


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (daily([1.0, 2.0, 3.0]).iloc[::-1], "must be increasing"),
        (pd.concat([daily([1.0, 2.0, 3.0])] * 2).sort_index(), "3 entries stand twice"),
        (daily([1.0, np.inf, 3.0]), "infinite value.*2024-01-02"),
        (daily([1.0, 1e300, 3.0]), "beyond 1e.100; the first at 2024-01-02"),
        (np.array([1 + 2j, 3]), "must hold numbers"),
        (daily([1.0, 2.0, 3.0]).astype("datetime64[ns]"), "must hold numbers"),
        (daily([np.nan, np.nan, np.nan]), "no value at all"),
        (daily([1.0, 2.0, 3.0]).astype(str).replace("2.0", "two"), "must hold numbers"),
        (pd.Series([1.0, 2.0], index=["a", "b"]), "timestamps or whole numbers"),
        (pd.DataFrame({"a": [1.0], "b": [2.0]}), "this frame has 2: 'a', 'b'"),
        (np.ones((3, 2)), r"shape \(3, 2\)"),
        ([], "empty"),
        (pd.Series([1.0, 2.0, 3.0], [0, 1, 10_000]), "would turn 3 rows into 10001"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(given: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        prepare(given)


def test_a_row_off_the_grid_is_named() -> None:
    index = pd.date_range("2024-01-01", periods=20, freq="h").insert(
        5, pd.Timestamp("2024-01-01 04:30")
    )
    with pytest.raises(DataError, match=r"1 of 21 rows do not lie on the grid.*04:30.*resample"):
        prepare(pd.Series(np.arange(21.0), index))


def test_a_long_frame_of_several_series_names_them() -> None:
    frame = pd.DataFrame({"unique_id": ["a", "b"], "ds": [1, 1], "y": [1.0, 2.0]})
    with pytest.raises(DataError, match=r"has 2: a, b. Choose one"):
        prepare(frame)


def test_the_argument_is_not_changed() -> None:
    y = daily([1.0, np.nan, 3.0])
    before = y.copy()
    prepare(y)
    pd.testing.assert_series_equal(y, before)
