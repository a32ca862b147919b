"""One exchange for all series of a file, or none."""

import numpy as np
import pandas as pd
import pytest

from forecast.data.readers import doctor
from forecast.data.repairs import Repairs
from forecast.data.trading import sessions

pytest.importorskip("exchange_calendars")


def days_of(code, first="2019-01-02", last="2023-12-29"):
    return sessions(code, np.datetime64(first), np.datetime64(last))


def panel(**series):
    rows = [f"{name},{day},{k}" for name, days in series.items() for k, day in enumerate(days)]
    return "\n".join(["symbol,date,v", *rows, ""]).encode()


@pytest.mark.parametrize(("one", "other"), [("XPAR", "XETR"), ("XETR", "XPAR"), ("XNYS", "XLON")])
def test_series_of_two_exchanges_have_no_common_calendar(one, other):
    repairs = Repairs(calendar="auto", gaps="forward")
    found = doctor(panel(a=days_of(one), b=days_of(other)), repairs=repairs)
    assert (found.report.calendar, found.report.gaps) == (None, 0)
    assert found.report.rows == len(days_of(one)) + len(days_of(other))
    named = " and ".join(sorted((one, other)))
    assert any(f"several exchanges, such as {named}" in note for note in found.report.notes)


def test_series_of_one_exchange_keep_its_calendar():
    days = days_of("XNYS")
    found = doctor(panel(a=days, b=days[300:900], c=np.delete(days[600:], 50), d=days[:20]))
    assert (found.report.calendar, found.report.gaps) == ("XNYS", 1)


def test_a_short_series_that_fits_as_well_does_not_spoil_the_calendar():
    # From March to November Frankfurt and Paris keep the same holidays.
    short = days_of("XPAR", "2022-02-01", "2022-11-30")
    found = doctor(panel(a=days_of("XPAR"), b=short))
    assert (found.report.calendar, found.report.gaps) == ("XPAR", 0)


def test_a_short_series_with_rows_on_holidays_spoils_it():
    everyday = pd.bdate_range("2019-11-01", "2020-01-31").strftime("%Y-%m-%d")
    found = doctor(panel(a=days_of("XETR"), b=everyday))
    assert (found.report.calendar, found.report.gaps) == (None, 0)


@pytest.mark.parametrize("frequency", ["W-FRI", "h"])
def test_a_named_calendar_that_cannot_be_used_is_said(frequency):
    times = pd.date_range("2024-01-01", periods=60, freq=frequency)
    text = "\n".join(["date,v", *(f"{time},1" for time in times), ""]).encode()
    notes = doctor(text, repairs=Repairs(calendar="XNYS")).report.notes
    assert any("The calendar XNYS was not used" in note for note in notes)
    assert not any("calendar" in note for note in doctor(text).report.notes)
