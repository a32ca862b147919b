"""Odd and hostile timestamps, each with its exact outcome."""

import pandas as pd
import pytest

from forecast.data.repairs import Repairs
from forecast.errors import SettingError
from tests.data.outcomes import Bad, Good, check, timed

DAY = 86_400
START = 1_577_836_800  # 2020-01-01
FALL = [f"2024-10-27 0{hour}:00" for hour in (0, 1, 2, 2, 3)]
PASSED = "2024-10-27 00:00:00+02:00, 2024-10-27 01:00:00+02:00, 2024-10-27 02:00:00+02:00, " \
    "2024-10-27 02:00:00+01:00, 2024-10-27 03:00:00+01:00"  # fmt: skip
BERLIN = {"time_zone": "Europe/Berlin"}
BOMB = [*(f"1974-01-01 00:00:0{second}" for second in range(4)), "2024-01-01 00:00:00"]
JANUARY = "2024-01-01, 2024-01-02, 2024-01-03"
TWENTIES = "2020-01-01, 2020-01-02, 2020-01-03"
NONE = "one column must hold timestamps"


def counted(number, index=None, repairs=(), words=""):
    return Good({"v": [float(one) for one in range(1, number + 1)]}, index, repairs, words)


def ordered(values, index, repairs, words=""):
    return Good({"v": [float(one) for one in values]}, index, repairs, words)


def times(name, cells, expected, header="date,v", **options):
    return pytest.param(timed(cells, header), expected, options, id=name)


WRITTEN = [
    times("mixed", ["2024-01-01", "02.01.2024", "2024-01-03"], Bad(3, "date", "'02.01.2024'")),
    times("orders-mixed", ["13/01/2024", "01/14/2024", "15/01/2024"],
          Bad(3, "date", "(%d/%m/%Y); got '01/14/2024'")),
    times("dates-and-clocks", ["2024-01-01", "2024-01-01 12:00", "2024-01-02"],
          counted(3, "2024-01-01, 2024-01-01 12:00:00, 2024-01-02")),
    times("day-first-by-evidence", ["11/02/2024", "12/02/2024", "13/02/2024"],
          counted(3, "2024-02-11, 2024-02-12, 2024-02-13")),
    times("unclear", ["01/02/2024", "02/03/2024"], Bad(2, "date", "order of day and month")),
    times("dots-are-day-first", ["05.01.2024", "06.01.2024"], counted(
          2, "2024-01-05, 2024-01-06", words="the usual order for dates with dots")),
    times("two-digits", ["30.12.23", "31.12.23", "01.01.24"], counted(
          3, "2023-12-30, 2023-12-31, 2024-01-01", words="they were read as 2023 to 2024")),
    times("century-guessed-and-said", ["31.12.68", "31.12.69"], ordered(
          [2, 1], "1969-12-31, 2068-12-31", (("order", 1),), "they were read as 1969 to 2068")),
    times("no-such-day", ["2023-02-27", "2023-02-28", "2023-02-29"], Bad(4, "date", "2023-02-29")),
    times("no-such-day-in-words", ["27.02.2023", "28.02.2023", "29.02.2023"],
          Bad(4, "date", "(%d.%m.%Y); got '29.02.2023'")),
    times("24-hours", ["2024-01-01 23:00", "2024-01-01 24:00"], Bad(3, "date", "24:00'")),
    times("leap-second", ["2016-12-31 23:59:59", "2016-12-31 23:59:60"], Bad(3, "date", ":60'")),
    times("12-hours", ["01/13/2024 11:00 AM", "01/13/2024 12:00 PM", "01/13/2024 01:00 PM"],
          counted(3, "2024-01-13 11:00:00, 2024-01-13 12:00:00, 2024-01-13 13:00:00")),
    times("quarters", ["2020Q1", "2020Q2"], counted(2, "2020-01-01, 2020-04-01")),
    times("fifth-quarter", ["2020Q3", "2020Q4", "2020Q5"], Bad(4, "date", "'2020Q5'")),
    times("weeks", ["2020-W53", "2021-W01"], counted(2, "2020-12-28, 2021-01-04")),
    times("no-such-week", ["2021-W51", "2021-W52", "2021-W53"], Bad(4, "date", "'2021-W53'")),
    times("months", ["Jan 2020", "Feb 2020"], counted(2, "2020-01-01, 2020-02-01")),
    times("months-of-another-language", ["Mai 2020", "Juni 2020"], Bad(None, None, NONE)),
    times("clock-alone", ["00:00", "01:00"], Bad(None, None, NONE)),
    times("days-of-a-spreadsheet", [45292, 45293], Bad(None, None, NONE)),
    times("blank", ["2024-01-01", "", "2024-01-03"], Bad(3, "date", "got a blank cell")),
]  # fmt: skip

EPOCHS = [
    times("seconds", [START, START + DAY, START + 2 * DAY], counted(3, TWENTIES), "timestamp,v"),
    times("milliseconds", [(START + k * DAY) * 1000 for k in range(3)], counted(3, TWENTIES),
          "timestamp,v"),
    times("microseconds", [(START + k * DAY) * 10**6 for k in range(3)], counted(3, TWENTIES),
          "timestamp,v"),
    times("nanoseconds", [START * 10**9 + k for k in (1, 2, 3)], counted(3, ", ".join(
          f"2020-01-01 00:00:00.00000000{k}" for k in (1, 2, 3))), "timestamp,v"),
    times("parts-of-seconds", [START, START + 0.25], counted(
          2, "2020-01-01, 2020-01-01 00:00:00.250000"), "timestamp,v"),
    times("zero", [0, DAY, 2 * DAY], Bad(None, None, NONE), "timestamp,v"),
    times("in-a-column-of-another-name", [START, START + DAY], Bad(None, None, NONE), "a,v"),
    times("year-1", ["0001-01-01", "0001-01-02"], counted(2, "0001-01-01, 0001-01-02")),
    times("year-0", ["0000-12-31", "0001-01-01"], Bad(2, "date", "in the years 1 to 9999")),
    times("year-9999", ["9999-12-30", "9999-12-31"], counted(2, "9999-12-30, 9999-12-31")),
    times("year-9999-in-a-zone", ["9999-12-30", "9999-12-31"],
          Bad(3, "date", "in the years 1 to 9999"), **BERLIN),
    times("year-10000", ["9999-12-31", "10000-01-01"], Bad(3, "date", "'10000-01-01'")),
    times("before-nanoseconds", ["1600-01-01", "1600-01-02"], counted(2, "1600-01-01, 1600-01-02")),
]  # fmt: skip

ZONES = [
    times("offsets-differ", ["2024-03-31T01:00+01:00", "2024-03-31T03:00+02:00"],
          counted(2, "2024-03-31 00:00:00+00:00, 2024-03-31 01:00:00+00:00")),
    times("offsets-differ-in-a-zone", ["2024-03-31T01:00+01:00", "2024-03-31T03:00+02:00"],
          counted(2, "2024-03-31 01:00:00+01:00, 2024-03-31 03:00:00+02:00"), **BERLIN),
    times("offset-missing", ["2024-03-31T00:00Z", "2024-03-31T01:00"],
          Bad(3, "date", "must say its offset from UTC")),
    times("no-such-offset", ["2024-03-31T00:00+99:00"] * 2, Bad(2, "date", "+99:00'")),
    times("set-back", FALL, ordered([1, 2, 4, 5], ", ".join(
          f"2024-10-27 0{hour}:00:00" for hour in range(4)), (("duplicates", 1),),
          "these are two hours, not one. Name the zone")),
    times("set-back-in-a-zone", FALL, counted(5, PASSED), **BERLIN),
    times("set-back-latest-first", FALL[::-1], ordered([5, 4, 3, 2, 1], PASSED, (("order", 4),)),
          **BERLIN),
    times("set-back-shuffled", [FALL[k] for k in (3, 0, 4, 1, 2)],
          Bad(6, "date", "stands for two times in Europe/Berlin"), **BERLIN),
    times("set-back-thrice", [*FALL[:3], *FALL[2:]],
          Bad(6, "date", "stands for two times in Europe/Berlin"), **BERLIN),
    times("set-back-once-beside-a-duplicate", ["2024-10-26 02:00", "2024-10-26 02:00", FALL[2]],
          ordered([2, 3], "2024-10-26 02:00:00+02:00, 2024-10-27 02:00:00+02:00",
                  (("duplicates", 1),)), **BERLIN),
    times("set-forward", ["2024-03-31 01:00", "2024-03-31 03:00"],
          counted(2, "2024-03-31 01:00:00+01:00, 2024-03-31 03:00:00+02:00"), **BERLIN),
    times("skipped", ["2024-03-31 01:00", "2024-03-31 02:00"],
          Bad(3, "date", "2024-03-31 02:00:00 was skipped there"), **BERLIN),
    *(times(f"no-zone-{zone!r}", FALL, Bad(None, None, "a name of the IANA data", SettingError),
            time_zone=zone) for zone in ("Mars/Olympus", "../../etc/passwd", "", "a\0b", 5)),
]  # fmt: skip

STEPS = [
    times("all-equal", ["2024-01-01"] * 3, ordered([3], "2024-01-01", (("duplicates", 2),))),
    times("twelve-equal", ["2024-01-01"] * 12, Bad(None, "date", "12 rows with only 1 timestamp")),
    times("one", ["2024-01-01"], counted(1, words="at least 3 distinct timestamps; got 1")),
    times("falling", ["2024-01-03", "2024-01-02", "2024-01-01"],
          ordered([3, 2, 1], JANUARY, (("order", 2),), "they were sorted")),
    times("shuffled", ["2024-01-03", "2024-01-01", "2024-01-02"],
          ordered([2, 3, 1], JANUARY, (("order", 1),))),
    times("duplicates", ["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03"],
          ordered([1, 3, 4], JANUARY, (("duplicates", 1),), "the first at 2024-01-02")),
    times("irregular", ["2024-01-01", "2024-01-02", "2024-01-15", "2024-03-02"],
          counted(4, "2024-01-01, 2024-01-02, 2024-01-15, 2024-03-02", words="regular step")),
    times("seconds-and-fifty-years", BOMB, counted(5, ", ".join(BOMB), (("gaps", 1_577_836_796),))),
    times("seconds-and-fifty-years-filled", BOMB, Bad(6, "date", "into 1,577,836,801"),
          repairs=Repairs(gaps="forward")),
    times("series-fifty-years-apart", [f"a,{BOMB[0]}", f"a,{BOMB[1]}", f"a,{BOMB[3]}",
          "b,2024-01-01 00:00:00", "b,2024-01-01 00:00:01"],
          Bad(4, "ds", "has 1,577,836,802 timestamps"), "unique_id,ds,v",
          repairs=Repairs(gaps="insert")),
    times("holidays", [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2024-01-01", "2024-02-29")
          if f"{day:%m-%d}" not in ("01-15", "02-19")], counted(42, ", ".join(
          f"{day:%Y-%m-%d}" for day in pd.bdate_range("2024-01-01", "2024-02-29")
          if f"{day:%m-%d}" not in ("01-15", "02-19"))), repairs=Repairs()),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "options"), WRITTEN)
def test_written_times_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), EPOCHS)
def test_epochs_and_far_years_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), ZONES)
def test_time_zones_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), STEPS)
def test_steps_come_out_exactly(content, expected, options):
    check(content, expected, options)
