import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.data.frequency import infer_frequency
from forecast.data.resampling import resample, suggested_frequencies
from forecast.data.series import prepare
from forecast.errors import DataError, SettingError


def hours(count: int, start: str = "2024-01-01", zone: str | None = None) -> pd.Series:
    index = pd.date_range(start, periods=count, freq="h", tz=zone)
    return pd.Series(np.ones(count), index, name="visits")


def days(first: str, last: str, frequency: str = "D") -> pd.Series:
    index = pd.date_range(first, last, freq=frequency)
    return pd.Series(np.arange(float(len(index))), index)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("mean", [2.0, 5.0]),
        ("sum", [6.0, 5.0]),
        ("first", [3.0, 5.0]),
        ("last", [1.0, 5.0]),
        ("min", [1.0, 5.0]),
        ("max", [3.0, 5.0]),
        ("median", [2.0, 5.0]),
    ],
)
def test_what_becomes_of_the_rows_of_a_step(how: str, expected: list[float]) -> None:
    index = pd.date_range("2024-01-01 06:00", "2024-01-02 18:00", freq="6h")
    y = pd.Series([3.0, 2.0, 1.0, np.nan, np.nan, 5.0, np.nan], index, name="y")
    made = resample(y.iloc[::-1], "D", how=how)
    assert made.tolist() == expected
    assert (made.name, made.index[0]) == ("y", pd.Timestamp("2024-01-01"))


@pytest.mark.parametrize("how", ["mean", "sum", "last", "min"])
def test_a_step_without_a_value_is_blank(how: str) -> None:
    y = hours(72).drop(pd.date_range("2024-01-02", periods=24, freq="h"))
    assert np.isnan(resample(y, "D", how=how).tolist()).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("y", "frequency", "labels"),
    [
        (hours(30), "D", ["2024-01-01"]),  # the second day has but 6 hours
        (hours(48), "D", ["2024-01-01", "2024-01-02"]),
        (hours(48, zone="Europe/Berlin"), "D", ["2024-01-01", "2024-01-02"]),
        (days("2024-01-01", "2024-02-28"), "MS", ["2024-01-01"]),
        (days("2024-01-01", "2024-02-29"), "MS", ["2024-01-01", "2024-02-01"]),
        (days("2024-01-01", "2024-02-29"), "ME", ["2024-01-31", "2024-02-29"]),
        (days("2024-01-01", "2024-01-14"), "W", ["2024-01-07", "2024-01-14"]),
        (days("2024-01-01", "2024-01-13"), "W", ["2024-01-07"]),
        (days("2024-01-01", "2024-01-12", "B"), "W", ["2024-01-07", "2024-01-14"]),
        (days("2024-01-01", "2024-01-11", "B"), "W", ["2024-01-07"]),
        (days("2024-01-01", "2024-01-12", "B"), "W-FRI", ["2024-01-05", "2024-01-12"]),
        (days("2024-01-01", "2024-06-01", "MS"), "QS", ["2024-01-01", "2024-04-01"]),
        (days("2024-01-01", "2024-05-01", "MS"), "QS", ["2024-01-01"]),
        (days("2023-01-01", "2024-12-01", "MS"), "YE", ["2023-12-31", "2024-12-31"]),
    ],
)
def test_the_last_step_counts_once_the_next_row_is_beyond_it(
    y: pd.Series, frequency: str, labels: list[str]
) -> None:
    made = resample(y, frequency, how="sum")
    assert [str(one.date()) for one in made.index] == labels
    kept = resample(y, frequency, how="sum", partial="keep")
    assert kept.sum() == y.sum()
    assert len(kept) - len(made) in (0, 1)


def test_a_month_that_ends_with_a_holiday_is_whole() -> None:
    pytest.importorskip("exchange_calendars")
    index = pd.bdate_range("2023-10-02", "2024-03-28")  # the 29th is Good Friday
    holidays = ["2023-11-23", "2023-12-25", "2024-01-01", "2024-01-15", "2024-02-19"]
    y = pd.Series(1.0, index.drop(pd.to_datetime(holidays)))
    assert resample(y, "ME", how="last").index[-1] == pd.Timestamp("2024-03-31")


@pytest.mark.parametrize(
    ("frequency", "labels"),
    [
        ("B", ["2024-07-03", "2024-07-04", "2024-07-05", "2024-07-08"]),
        ("XNYS", ["2024-07-03", "2024-07-05", "2024-07-08"]),
    ],
)
def test_rows_of_weekends_and_holidays_count_to_the_next_trading_day(
    frequency: str, labels: list[str]
) -> None:
    if frequency == "XNYS":
        pytest.importorskip("exchange_calendars")
    y = days("2024-07-03", "2024-07-08")
    made = resample(y, frequency, how="last")
    assert [str(one.date()) for one in made.index] == labels
    assert made.tolist() == [y[label] for label in labels]
    assert resample(y, frequency, how="sum").sum() == y.sum()


def test_a_trading_day_without_a_row_is_blank() -> None:
    y = days("2024-07-01", "2024-07-12", "B").drop(pd.Timestamp("2024-07-09"))
    made = resample(y, "B", how="sum")
    assert made.index[made.isna()].tolist() == [pd.Timestamp("2024-07-09")]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 40_000), min_size=2, max_size=120),
    st.sampled_from(["h", "D", "B", "W-WED"]),
    st.sampled_from([None, "Europe/Berlin"]),
    st.integers(1, 119),
)
def test_later_rows_change_no_step_that_was_whole(minutes, frequency, zone, kept) -> None:
    times = pd.Timestamp("2024-03-25") + pd.to_timedelta(np.cumsum(minutes), unit="s")
    index = pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(zone)
    y = pd.Series(np.arange(float(len(index))), index)
    whole = resample(y, frequency, how="last", partial="keep")
    part = resample(y.iloc[:kept], frequency, how="last", partial="keep").iloc[:-1]
    pd.testing.assert_series_equal(whole.iloc[: len(part)], part, check_freq=False)
    days_of = whole.index.tz_localize(None) + (pd.Timedelta("1h") if frequency == "h" else DAY)
    last_of = pd.Series(index.tz_localize(None), index=y.to_numpy())
    known = whole.dropna()
    latest = last_of[known.to_numpy()].to_numpy()
    assert (latest < days_of[whole.notna()].to_numpy()).all()  # no label stands before its rows


DAY = pd.Timedelta(days=1)


def test_columns_of_numbers_are_kept_and_others_left_out() -> None:
    frame = pd.DataFrame({"a": 1, "b": 2.0, "word": "x"}, hours(48).index)
    made = resample(frame, "D", how="sum")
    assert made.columns.tolist() == ["a", "b"]
    assert made["b"].tolist() == [48.0, 48.0]
    dated = frame.rename_axis("ds").reset_index()
    assert resample(dated, "D").columns.tolist() == ["ds", "a", "b"]


def test_each_series_of_a_long_frame_is_resampled_by_itself() -> None:
    y = hours(48)
    parts = [("b", y), ("a", y.iloc[:30])]
    frame = pd.concat(
        [pd.DataFrame({"unique_id": one, "ds": y.index, "y": y.to_numpy()}) for one, y in parts]
    )
    made = resample(frame, "D", how="sum")
    assert made.columns.tolist() == ["unique_id", "ds", "y"]
    assert made[["unique_id", "y"]].to_numpy().tolist() == [["b", 24.0], ["b", 24.0], ["a", 24.0]]


def test_periods_and_rows_at_one_time_are_taken() -> None:
    y = days("2024-01-01", "2024-02-29")
    assert resample(y.to_period("D"), "MS", how="last").tolist() == [30.0, 59.0]
    twice = pd.concat([y, y + 100])
    assert resample(twice, "MS", how="last").tolist() == [130.0, 159.0]


def test_what_was_irregular_can_then_be_forecast() -> None:
    seconds = np.random.default_rng(0).integers(600, 9000, 300).cumsum()
    y = pd.Series(1.0, pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"))
    with pytest.raises(DataError, match=r'fc\.resample\(y, "h", how="mean"\).*\'h\' or \'D\''):
        prepare(y)
    assert prepare(fc.resample(y, "h", how="mean")).frequency == "h"


@pytest.mark.parametrize(
    ("step", "frequencies"),
    [
        ("17s", ("min", "15min", "h")),
        ("10min", ("15min", "h", "D")),
        ("50min", ("h", "D", "W")),
        ("30h", ("D", "W", "MS")),
        ("5D", ("W", "MS", "QS")),
        ("150D", ("QS", "YS")),
        ("2000D", ("YS",)),
    ],
)
def test_frequencies_that_suit(step: str, frequencies: tuple[str, ...]) -> None:
    jitter = pd.to_timedelta(np.random.default_rng(0).uniform(0, 0.2, 40), unit="s")
    index = pd.date_range("2000-01-01", periods=40, freq=step) + pd.Timedelta(step) * (
        jitter / pd.Timedelta("1s")
    )
    assert suggested_frequencies(pd.DatetimeIndex(index)[::-1]) == frequencies


def test_rows_on_weekdays_suit_business_days() -> None:
    index = pd.bdate_range("2024-01-01", periods=60)[::2]
    assert suggested_frequencies(index) == ("B", "W", "MS")
    assert suggested_frequencies(index[:1]) == ()


def test_irregular_days_are_refused_with_a_choice() -> None:
    index = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 3, 8, 16, 27, 30, 47, 49], unit="D")
    with pytest.raises(DataError, match=r"'W' or 'MS'.*'last' for prices, 'sum' for counts"):
        infer_frequency(pd.DatetimeIndex(index))


@pytest.mark.parametrize(
    ("given_rows", "arguments", "error", "said"),
    [
        (hours(48), {"how": "average"}, SettingError, "`how` must be one of 'mean'"),
        (hours(48), {"partial": "maybe"}, SettingError, "`partial` must be one of 'drop'"),
        (hours(48), {"frequency": "often"}, SettingError, "offset alias"),
        (hours(3), {}, DataError, "fill no whole step of 'D'.*partial='keep'"),
        (hours(48).reset_index(drop=True), {}, DataError, "Only dated rows"),
        (hours(0), {}, DataError, "no row to resample"),
        (days("2024-01-01", "2024-06-01", "MS"), {"frequency": "D"}, DataError, "too short.*'MS'"),
        (days("2024-01-01", "2024-01-09"), {"frequency": "min"}, DataError, "too short for these"),
        (hours(48).astype(str) + "x", {}, DataError, "must hold numbers"),
        (hours(48).astype(str).to_frame(), {}, DataError, "No column holds numbers"),
    ],
)
def test_refusals_say_how_to_mend(given_rows, arguments, error, said) -> None:
    with pytest.raises(error, match=said):
        resample(given_rows, **{"frequency": "D", **arguments})


def test_an_error_names_the_series_of_a_long_frame() -> None:
    frame = pd.DataFrame({"unique_id": "a", "ds": hours(3).index, "y": 1.0})
    with pytest.raises(DataError, match="Series 'a': The rows"):
        resample(frame, "D")
    for unnamed in (frame.iloc[:0], frame.assign(unique_id=["a", None, "a"])):
        with pytest.raises(DataError, match="Every row must name its series"):
            resample(unnamed, "D")
