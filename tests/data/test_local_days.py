"""Days that were written with their offset from UTC, and times that clocks pass twice."""

import pandas as pd
import pytest

from forecast.data.readers import doctor
from forecast.data.repairs import Repairs

ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Australia/Sydney")


def written(frequency, zone, periods=60, *, utc=False):
    """Return what pandas writes of an index in a zone."""
    index = pd.date_range("2020-01-01", periods=periods, freq=frequency, tz=zone, name="date")
    index = index.tz_convert("UTC") if utc else index
    return pd.Series(range(periods), index=index, name="v").to_csv().encode()


def named(found):
    return any(
        "name the zone, as in time_zone='Europe/Berlin'" in one for one in found.report.notes
    )


@pytest.mark.parametrize("utc", [False, True])
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("frequency", ["D", "MS", "W-MON", "QS-JAN", "ME"])
def test_local_midnights_have_no_gaps_but_need_their_zone(frequency, zone, utc):
    content = written(frequency, zone, 900 if frequency == "D" else 60, utc=utc)
    found = doctor(content, repairs=Repairs(gaps="refuse"))
    assert named(found)
    assert found.report.repairs == ()
    assert found.report.frequency in ("D" if frequency == "D" else None,)
    with_zone = doctor(content, time_zone=zone)
    assert (with_zone.report.frequency, with_zone.report.repairs) == (frequency, ())
    assert not named(with_zone)


def test_gaps_of_days_in_utc_are_still_found():
    days = pd.date_range("2020-01-01", periods=400, freq="D", tz="UTC", name="date").delete([7, 8])
    found = doctor(pd.Series(1.0, index=days, name="v").to_csv().encode())
    assert (found.report.gaps, named(found)) == (2, False)


def test_other_clock_times_are_no_change_of_clocks():
    days = pd.date_range("2020-01-01", periods=100, freq="D", tz="UTC", name="date")
    days = days + pd.to_timedelta([7 + k // 9 % 2 for k in range(100)], unit="h")
    assert not named(doctor(pd.Series(1.0, index=days, name="v").to_csv().encode()))


def test_business_days_are_told_by_their_day():
    found = doctor(written("B", "America/New_York", 400))
    assert (found.report.frequency, found.report.repairs, named(found)) == ("B", (), False)


def timed(times, header="date,v", before=""):
    rows = [f"{before}{time},{number}" for number, time in enumerate(times)]
    return "\n".join([header, *rows, ""]).encode()


def guesses(found):
    return [note for note in found.report.notes if "pass that time twice" in note]


def test_an_hour_that_stands_once_is_a_guess():
    times = [f"2024-10-27 0{hour}:00" for hour in (2, 3, 4)]
    note = guesses(doctor(timed(times), time_zone="Europe/Berlin"))[0]
    assert note.startswith("2024-10-27 02:00:00 stands once, but clocks in Europe/Berlin")
    assert "offset from UTC" in note


def test_half_an_hour_that_stands_once_is_a_guess():
    times = pd.date_range("2024-04-06 20:30", periods=12, freq="h")
    found = doctor(timed(times), time_zone="Australia/Lord_Howe")
    assert guesses(found)[0].startswith("2024-04-07 01:30:00 stands once")


def test_several_guesses_are_one_note():
    times = ["2024-10-27 02:00", "2024-10-27 02:30", "2024-10-27 03:00"]
    assert "02:00:00 and others stand once" in guesses(
        doctor(timed(times), time_zone="Europe/Berlin")
    )[0]  # fmt: skip


def test_an_hour_that_stands_twice_is_no_guess():
    times = [f"2024-10-27 0{hour}:00" for hour in (1, 2, 2, 3)]
    assert not guesses(doctor(timed(times), time_zone="Europe/Berlin"))
