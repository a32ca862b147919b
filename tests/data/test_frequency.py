import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data.frequency import (
    completeness,
    future_index,
    infer_frequency,
    is_calendar_of_trading,
    season_of,
)
from forecast.errors import DataError, SettingError

WEEKLY = [f"W-{day}" for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")]
ROUND_TRIPS = [
    *("s", "30s", "10min", "15min", "h", "2h", "D", "3D", "B", *WEEKLY, "2W-SAT"),
    *("MS", "ME", "2MS", "QS-JAN", "QS-MAR", "QE-DEC", "QE-OCT", "YS-JAN", "YS-JUL", "YE-DEC"),
]
moments = st.datetimes(pd.Timestamp(1800, 1, 1), pd.Timestamp(2200, 1, 1)).map(
    lambda moment: pd.Timestamp(moment.replace(microsecond=0))
)


def times(*texts):
    return pd.DatetimeIndex(list(texts))


@settings(deadline=None)
@given(moments, st.sampled_from(ROUND_TRIPS), st.integers(1, 40))
def test_future_has_the_length_and_rises_after_last(last, frequency, steps):
    future = future_index(last, frequency, steps)
    assert len(future) == steps
    assert future.is_monotonic_increasing
    assert future.is_unique
    assert future[0] > last


@settings(deadline=None)
@given(moments, st.sampled_from(ROUND_TRIPS), st.integers(8, 40))
def test_frequency_of_a_future_is_the_frequency(last, frequency, steps):
    assert infer_frequency(future_index(last, frequency, steps)) == frequency


@settings(deadline=None)
@given(
    moments,
    st.sampled_from(["10min", "h", "D", "W-SAT", "MS", "ME", "QS-JAN", "YE-DEC"]),
    st.integers(0, 2**32),
)
def test_frequency_survives_missing_shuffled_and_repeated_timestamps(last, frequency, seed):
    rng = np.random.default_rng(seed)
    complete = future_index(last, frequency, 60)
    kept = np.sort(rng.choice(60, size=48, replace=False))
    shuffled = complete[rng.permutation(np.append(kept, kept[:5]))]
    assert infer_frequency(shuffled) == frequency


@settings(deadline=None)
@given(moments, st.sampled_from(["D", "h", "15min", "3D"]), st.integers(1, 30))
def test_clock_and_day_steps_keep_the_phase(last, frequency, steps):
    step = {"D": 86400, "3D": 3 * 86400, "h": 3600, "15min": 900}[frequency]
    assert future_index(last, frequency, steps)[-1] == last + pd.Timedelta(seconds=step * steps)


@pytest.mark.parametrize(
    ("start", "frequency", "periods"),
    [
        ("2020-01-31", "BME", 14),
        ("2020-01-01", "BMS", 14),
        ("2020-01-31", "BQE-DEC", 12),
        ("2020-01-01", "250ms", 9),
        ("2020-01-01", "7us", 9),
        ("2020-01-01", "30h", 9),
    ],
)
def test_less_common_frequencies(start, frequency, periods):
    assert infer_frequency(pd.date_range(start, periods=periods, freq=frequency)) == frequency


def test_nanosecond_steps():
    index = pd.DatetimeIndex(np.array([0, 5, 10, 15], dtype="datetime64[ns]"))
    assert infer_frequency(index) == "5ns"


def test_business_days_need_a_skipped_weekend():
    assert infer_frequency(times("2024-01-01", "2024-01-02", "2024-01-03")) == "D"
    assert infer_frequency(times("2024-01-04", "2024-01-05", "2024-01-08")) == "B"


def test_business_days_with_holidays():
    index = pd.bdate_range("2024-01-01", "2024-12-31").drop(
        times("2024-05-01", "2024-12-25", "2024-12-26")
    )
    assert infer_frequency(index) == "B"


def test_a_single_weekend_day_makes_it_daily():
    index = pd.bdate_range("2024-01-01", periods=30).append(times("2024-01-20"))
    assert infer_frequency(index) == "D"


def test_weekly_with_a_shifted_day_keeps_the_usual_weekday():
    weekly = pd.date_range("2024-01-05", periods=20, freq="W-FRI")
    shifted = weekly.drop(weekly[9]).append(pd.DatetimeIndex([weekly[9] - pd.Timedelta(days=1)]))
    assert infer_frequency(shifted) == "W-FRI"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("frequency", ["15min", "h", "D", "B", "W-SUN", "MS", "ME"])
def test_time_zones_are_tolerated(zone, frequency):
    index = pd.date_range("2024-01-01", periods=4000 if frequency == "h" else 300, freq=frequency)
    index = index.tz_localize(
        zone, nonexistent="shift_forward", ambiguous=np.ones(len(index), bool)
    )
    assert infer_frequency(index.unique()) == frequency


def test_hours_around_the_end_of_daylight_saving_time():
    index = pd.date_range("2024-10-26 23:00", periods=3, freq="h", tz="UTC")
    assert infer_frequency(index.tz_convert("Europe/Berlin")) == "h"


def test_days_of_23_hours_are_days():
    index = pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin")
    assert infer_frequency(index) == "D"


def test_daily_future_keeps_the_wall_clock_over_daylight_saving_time():
    last = pd.Timestamp("2024-03-30 12:00", tz="Europe/Berlin")
    future = future_index(last, "D", 2)
    assert str(future.tz) == "Europe/Berlin"
    assert [str(moment) for moment in future] == [
        "2024-03-31 12:00:00+02:00",
        "2024-04-01 12:00:00+02:00",
    ]


def test_daily_future_over_a_missing_hour():
    future = future_index(pd.Timestamp("2024-03-30 02:30", tz="Europe/Berlin"), "D", 2)
    assert [str(moment) for moment in future] == [
        "2024-03-31 03:00:00+02:00",
        "2024-04-01 02:30:00+02:00",
    ]


def test_hourly_future_counts_real_hours():
    last = pd.Timestamp("2024-03-31 01:00", tz="Europe/Berlin")
    assert future_index(last, "h", 1)[0] == pd.Timestamp("2024-03-31 03:00", tz="Europe/Berlin")


@pytest.mark.parametrize(
    ("last", "frequency", "expected"),
    [
        ("2024-01-31", "ME", ["2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2024-01-15", "ME", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("2024-01-01", "MS", ["2024-02-01", "2024-03-01", "2024-04-01"]),
        ("2024-01-05", "B", ["2024-01-08", "2024-01-09", "2024-01-10"]),
        ("2024-01-06", "B", ["2024-01-08", "2024-01-09", "2024-01-10"]),
        ("2024-01-06", "W-SAT", ["2024-01-13", "2024-01-20", "2024-01-27"]),
        ("2024-01-08", "W-SAT", ["2024-01-13", "2024-01-20", "2024-01-27"]),
        ("2024-12-31 23:00", "h", ["2025-01-01 00:00", "2025-01-01 01:00", "2025-01-01 02:00"]),
        ("2024-12-31", "QE-DEC", ["2025-03-31", "2025-06-30", "2025-09-30"]),
        ("2024-12-31", "M", ["2025-01-31", "2025-02-28", "2025-03-31"]),
    ],
)
def test_future_by_hand(last, frequency, expected):
    assert list(future_index(pd.Timestamp(last), frequency, 3)) == list(times(*expected))


@pytest.mark.parametrize(
    ("frequency", "season"),
    [
        *(("h", 24), ("2h", 12), ("24h", 7), ("5h", 1), ("D", 7), ("2D", 1), ("7D", 52), ("B", 5)),
        *(("W", 52), ("W-SAT", 52), ("2W-SAT", 26), ("4W-MON", 13), ("MS", 12), ("ME", 12)),
        *(("BME", 12), ("2MS", 6), ("QS-JAN", 4), ("QE-DEC", 4), ("2QS-JAN", 2), ("YS-JAN", 1)),
        *(("YE-DEC", 1), ("10min", 144), ("15min", 96), ("min", 1440), ("7min", 1), ("s", 60)),
        *(("10s", 6), ("250ms", 1), ("H", 24), ("M", 12), ("SMS", 24), ("bh", 1), ("2B", 1)),
    ],
)
def test_season(frequency, season):
    assert season_of(frequency) == season


def test_only_business_days_are_a_trading_calendar():
    assert is_calendar_of_trading("B")
    assert not any(is_calendar_of_trading(frequency) for frequency in ("D", "h", "W-FRI", "BME"))


def test_completeness_counts_gaps():
    index = pd.date_range("2024-01-01", periods=10, freq="h").delete([3, 4])
    assert completeness(index) == pytest.approx(0.8)
    assert completeness(pd.date_range("2024-01-31", periods=10, freq="ME")) == 1
    assert completeness(times("2024-01-01", "2024-01-02")) == 0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_timestamps(count):
    with pytest.raises(
        DataError, match=rf"at least 3 distinct timestamps; got {count}\..*more rows"
    ):
        infer_frequency(pd.date_range("2024-01-01", periods=count, freq="D"))


def test_repeated_timestamps_do_not_count_as_distinct():
    with pytest.raises(DataError, match="got 1"):
        infer_frequency(pd.DatetimeIndex(["2024-01-01"] * 5 + [pd.NaT]))


def test_irregular_clock_steps_name_step_share_and_remedy():
    seconds = np.cumsum([0, 17, 31, 57, 17, 91, 13, 71, 29])
    index = pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s")
    with pytest.raises(DataError, match=r"0 days 00:00:17, makes up only 25%.*resample"):
        infer_frequency(pd.DatetimeIndex(index))


def test_irregular_days_are_refused():
    days = np.cumsum([0, 3, 5, 8, 11, 3, 17, 2, 23])
    with pytest.raises(DataError, match=r"3 days.*25%.*resample"):
        infer_frequency(pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"))


def test_irregular_months_are_refused():
    index = times(
        "2020-01-01", "2020-03-01", "2020-08-01", "2021-04-01", "2021-09-01", "2023-01-01"
    )
    with pytest.raises(DataError, match=r"5 months.*40%"):
        infer_frequency(index)


def test_the_middle_of_the_month_is_refused_with_a_remedy():
    index = pd.date_range("2024-01-01", periods=12, freq="MS") + pd.Timedelta(days=14)
    with pytest.raises(DataError, match=r"got day 15.*to_timestamp"):
        infer_frequency(index)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (1, r"Monthly timestamps .*got day 15.*to_period\('M'\)"),
        (3, r"Quarterly timestamps .*got day 15.*to_period\('Q'\)"),
        (6, r"Timestamps every 6 months .*got day 15.*to_period\('M'\)"),
        (12, r"Yearly timestamps .*got day 15.*to_period\('Y'\)"),
        (24, r"Timestamps every 24 months .*got day 15.*to_period\('M'\)"),
    ],
)
def test_the_middle_of_longer_periods_is_named_as_what_it_is(step, words):
    months = pd.period_range("2000-06", periods=8 * step, freq="M")[::step]
    with pytest.raises(DataError, match=words):
        infer_frequency(months.to_timestamp() + pd.Timedelta(days=14))


@pytest.mark.parametrize("frequency", ["often", "", None, 5, "-1D"])
def test_unknown_frequency(frequency):
    with pytest.raises(SettingError, match="offset alias"):
        season_of(frequency)


def test_future_refuses_wrong_steps_and_wrong_last():
    with pytest.raises(SettingError, match="`steps`"):
        future_index(pd.Timestamp("2024-01-01"), "D", 0)
    with pytest.raises(DataError, match="`last`"):
        future_index(pd.NaT, "D", 1)
