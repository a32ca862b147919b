import pandas as pd
import pytest

from forecast.data.readers import (
    read_csv,
    read_with_report,
)
from forecast.errors import ReadError


def read(text, **arguments):
    return read_with_report(text.encode(), **arguments)


def refused(content, **arguments):
    content = content.encode() if isinstance(content, str) else content
    with pytest.raises(ReadError) as caught:
        read_csv(content, **arguments)
    return caught.value


def dated(dates):
    """A CSV of `dates` with the values 0, 1, 2 …"""
    return "date;v\n" + "\n".join(f"{date};{number}" for number, date in enumerate(dates))


DAYS = pd.to_datetime(["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02"])


@pytest.mark.parametrize(
    "written",
    [
        *("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%y", "%d.%m.%y"),
        *("%Y/%m/%d", "%b %d %Y", "%B %d, %Y", "%d %b %Y", "%d-%b-%y", "%Y%m%d"),
        *("%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %H:%M:%S.%f"),
    ],
)
def test_date_formats(written):
    data, report = read(dated(DAYS.strftime(written)))
    assert list(data.index) == list(DAYS)
    assert report.frequency == "D"
    assert report.date_format == ("ISO 8601" if written.startswith("%Y-") else written)


@pytest.mark.parametrize(
    ("cells", "first", "frequency"),
    [
        (["1949-01", "1949-02", "1949-03"], "1949-01-01", "MS"),
        (["Jan 2020", "Feb 2020", "Mar 2020"], "2020-01-01", "MS"),
        (["202001", "202002", "202003"], "2020-01-01", "MS"),
        (["1990", "1991", "1992"], "1990-01-01", "YS-JAN"),
        (["2020Q1", "2020Q2", "2020Q4"], "2020-01-01", "QS-JAN"),
        (["2020-Q1", "2020-Q2", "2020-Q4"], "2020-01-01", "QS-JAN"),
        (["Q1 2020", "Q2 2020", "Q4 2020"], "2020-01-01", "QS-JAN"),
        (["q2/2020", "Q3-2020", "Q42020"], "2020-04-01", "QS-JAN"),
        (["2020-W05", "2020-W06", "2020-W07"], "2020-01-27", "W-MON"),
        (["1577836800", "1577840400", "1577844000"], "2020-01-01", "h"),
        (["1577836800000", "1577840400000", "1577844000000"], "2020-01-01", "h"),
        (["1577836800.5", "1577836801.5", "1577836802.5"], "2020-01-01 00:00:00.5", "s"),
        (["1/1/2020", "1/1/2020 6:00", "1/1/2020 12:00", "1/1/2020 18:00"], "2020-01-01", "6h"),
    ],
)
def test_other_ways_to_write_time(cells, first, frequency):
    data, report = read(dated(cells))
    assert data.index[0] == pd.Timestamp(first)
    assert report.frequency == frequency


def test_plain_years_are_time_only_in_a_column_of_that_name():
    frame = read_csv(b"sold,day\n2001,2024-01-01\n2002,2024-01-02\n2003,2024-01-03\n")
    assert frame.index.name == "day"
    assert frame["sold"].tolist() == [2001, 2002, 2003]


def test_the_name_decides_between_two_time_columns():
    text = b"updated,date,v\n2030-01-01,2024-01-01,1\n2030-01-01,2024-01-02,2\n"
    assert read_csv(text, target="v").index.name == "date"
    assert read_csv(text, time="updated", target="v").index.name == "updated"


@pytest.mark.parametrize("order", ["%d/%m/%Y", "%m/%d/%Y"])
def test_one_day_above_12_decides_the_order(order):
    days = pd.date_range("2000-01-05", periods=400, freq="MS") + pd.Timedelta(days=4)
    decisive = days.insert(7, pd.Timestamp("2000-08-13"))
    data, report = read(dated(decisive.strftime(order)))
    assert report.date_format == order
    assert list(data.index) == list(decisive.sort_values())
    assert not any("exchanged" in note for note in report.notes)


@pytest.mark.parametrize(("order", "word"), [("%m/%d/%Y", "month"), ("%d/%m/%Y", "day")])
def test_order_of_day_and_month_by_regularity(order, word):
    months = pd.date_range("2019-01-01", periods=24, freq="MS")
    data, report = read(dated(months.strftime(order)))
    assert list(data.index) == list(months)
    assert f"read with the {word} first, which gives fewer gaps" in report.notes[0]


def test_order_of_day_and_month_by_the_order_of_rows():
    data, report = read(dated(["02/03/2024", "01/04/2024"]))
    assert list(data.index) == [pd.Timestamp("2024-03-02"), pd.Timestamp("2024-04-01")]
    assert "read with the day first, which gives rows in order of time" in report.notes[0]


def test_dots_mean_day_first():
    data, report = read(dated(["01.02.2020", "01.03.2020", "01.04.2020", "01.05.2020"]))
    assert data.index[0] == pd.Timestamp("2020-02-01")
    assert "dates with dots" in report.notes[0]


def test_an_undecidable_order_is_an_error_with_the_remedy():
    error = refused(dated(["01/02/2020", "01/03/2020", "01/04/2020", "01/05/2020"]))
    assert (error.row, error.column) == (2, "date")
    assert "order of day and month" in str(error)
    assert "2020-01-31" in str(error)


def test_the_same_day_and_month_needs_no_decision():
    data, _ = read(dated(["01/01/2020", "02/02/2020"]))
    assert list(data.index) == [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-02-02")]


def test_offsets_from_utc():
    one = read_csv(b"t,v\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n", target="v")
    assert str(one.index.tz) == "UTC"
    two = read_csv(b"t,v\n2024-03-31T01:00+01:00,1\n2024-03-31T03:00+02:00,2\n", target="v")
    assert list(two.index) == list(pd.to_datetime(["2024-03-31 00:00Z", "2024-03-31 01:00Z"]))


@pytest.mark.parametrize("zone", ["UTC", "GMT"])
@pytest.mark.parametrize("written", ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M"])
def test_the_name_of_universal_time(written, zone):
    days = pd.date_range("2024-01-30 12:00", periods=4)
    data, report = read(dated([f"{day} {zone}" for day in days.strftime(written)]))
    assert list(data.index) == list(days.tz_localize("UTC"))
    assert report.frequency == "D"


def test_a_decimal_comma_in_seconds():
    for zone, name in (("", None), ("Z", "UTC")):
        cells = [f"2024-01-01 00:00:0{second},25{zone}" for second in range(4)]
        data, report = read(dated(cells))
        assert data.index[1] == pd.Timestamp("2024-01-01 00:00:01.25", tz=name)
        assert report.frequency == "s"


def test_a_constant_column_is_not_the_time_if_another_varies():
    rows = [f"2024-01-01,2024-01-{day:02},{day}" for day in range(1, 11)]
    for header in ("created,updated,v", "date,updated,v", "ds,date,v"):
        data, report = read("\n".join([header, *rows]), target="v")
        assert data.tolist() == list(range(1, 11))
        assert report.time_column == header.split(",")[1]


def test_at_equal_rank_the_column_with_most_timestamps_is_the_time():
    rows = [f"2024-01-{1 + day // 3:02},2024-01-{day:02},{day}" for day in range(1, 11)]
    data, report = read("\n".join(["created,updated,v", *rows]), target="v")
    assert (len(data), report.time_column) == (10, "updated")


def test_a_constant_time_column_is_taken_if_there_is_no_other():
    assert read("id,day,v\na,2024-01-01,1\nb,2024-01-01,2\n").report.time_column == "day"


def test_years_of_two_digits_are_noted():
    _, report = read(dated(["30.01.68", "31.01.68", "01.02.68"]))
    assert report.notes[0] == "`date` has years of two digits; they were read as 2068."
    _, report = read(dated(["30.01.99", "31.01.00", "01.02.01"]))
    assert report.notes[0] == "`date` has years of two digits; they were read as 1999 to 2001."


def test_no_frequency_is_no_error():
    data, report = read(dated(["2024-01-01", "2024-01-02", "2024-01-10", "2024-02-27"][::-1]))
    assert report.frequency is None
    assert len(data) == 4
    assert any("No frequency was found" in note for note in report.notes)


def test_rows_are_sorted_and_repeated_timestamps_merged():
    text = dated(["2024-01-03", "2024-01-01", "2024-01-02", "2024-01-01", "2024-01-03"])
    data, report = read(text, target="v")
    assert data.tolist() == [3, 2, 4]
    assert data.index.is_monotonic_increasing
    assert (report.duplicates, report.sorted, report.rows) == (2, False, 3)
    assert any("2 were dropped, the first at 2024-01-01" in note for note in report.notes)
