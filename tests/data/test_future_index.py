"""The timestamps that follow, by hand, also where the clocks change."""

import pandas as pd
import pytest

from forecast.data.frequency import future_index
from forecast.data.series import prepare

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


@pytest.mark.parametrize(
    ("last", "frequency", "expected"),
    [
        ("2024-02-29", "B", ["2024-03-01", "2024-03-04", "2024-03-05"]),
        ("2024-02-29 17:30", "B", ["2024-03-01 17:30", "2024-03-04 17:30", "2024-03-05 17:30"]),
        ("2024-03-01", "W-FRI", ["2024-03-08", "2024-03-15", "2024-03-22"]),
        ("2024-03-03", "W", ["2024-03-10", "2024-03-17", "2024-03-24"]),
        ("2024-03-02", "2W-SAT", ["2024-03-16", "2024-03-30", "2024-04-13"]),
        ("2023-12-01", "MS", ["2024-01-01", "2024-02-01", "2024-03-01"]),
        ("2024-01-31", "BME", ["2024-02-29", "2024-03-29", "2024-04-30"]),
        ("2024-01-01", "QS-JAN", ["2024-04-01", "2024-07-01", "2024-10-01"]),
        ("2023-11-30", "QE-NOV", ["2024-02-29", "2024-05-31", "2024-08-31"]),
        ("2023-01-01", "YS-JAN", ["2024-01-01", "2025-01-01", "2026-01-01"]),
        ("2024-02-28 22:00", "h", ["2024-02-28 23:00", "2024-02-29 00:00", "2024-02-29 01:00"]),
        ("2024-02-28 23:30", "15min", ["2024-02-28 23:45", "2024-02-29", "2024-02-29 00:15"]),
    ],
)
def test_without_a_zone(last: str, frequency: str, expected: list[str]) -> None:
    found = future_index(pd.Timestamp(last), frequency, 3)
    assert found.tolist() == [pd.Timestamp(one) for one in expected]


@pytest.mark.parametrize(
    ("last", "zone", "frequency", "expected"),
    [
        # The clocks go forward: 2 o'clock is skipped in Berlin on 2024-03-31.
        ("2024-03-31 00:00", BERLIN, "h", ["03-31 01:00+01:00", "03-31 03:00+02:00"]),
        ("2024-03-31 01:30", BERLIN, "15min", ["03-31 01:45+01:00", "03-31 03:00+02:00"]),
        ("2024-03-30 00:00", BERLIN, "D", ["03-31 00:00+01:00", "04-01 00:00+02:00"]),
        ("2024-03-29 17:00", BERLIN, "B", ["04-01 17:00+02:00", "04-02 17:00+02:00"]),
        ("2024-03-24 00:00", BERLIN, "W-SUN", ["03-31 00:00+01:00", "04-07 00:00+02:00"]),
        ("2024-03-01 00:00", BERLIN, "MS", ["04-01 00:00+02:00", "05-01 00:00+02:00"]),
        # They go back: 1 o'clock comes twice in New York on 2024-11-03.
        ("2024-11-03 00:00", NEW_YORK, "h", ["11-03 01:00-04:00", "11-03 01:00-05:00"]),
        ("2024-11-03 00:30", NEW_YORK, "15min", ["11-03 00:45-04:00", "11-03 01:00-04:00"]),
        ("2024-11-01 16:00", NEW_YORK, "B", ["11-04 16:00-05:00", "11-05 16:00-05:00"]),
        ("2024-11-01 00:00", NEW_YORK, "ME", ["11-30 00:00-05:00", "12-31 00:00-05:00"]),
    ],
)
def test_over_a_change_of_the_clocks(
    last: str, zone: str, frequency: str, expected: list[str]
) -> None:
    found = future_index(pd.Timestamp(last, tz=zone), frequency, 2)
    assert [f"{one:%m-%d %H:%M}{str(one)[-6:]}" for one in found] == expected


@pytest.mark.parametrize("zone", [None, BERLIN, NEW_YORK])
@pytest.mark.parametrize("frequency", ["15min", "h", "D", "B", "W-SAT", "MS", "ME", "QS-JAN"])
@pytest.mark.parametrize("start", ["2024-02-20", "2024-10-01"])
def test_a_series_cut_anywhere_is_followed_by_its_own_next_rows(
    zone: str | None, frequency: str, start: str
) -> None:
    whole = pd.date_range(start, periods=200, freq=frequency, tz=zone)
    y = pd.Series(range(160), whole[:160])
    series = prepare(y)
    assert series.frequency == frequency
    assert series.after(40).tolist() == whole[160:].tolist()
