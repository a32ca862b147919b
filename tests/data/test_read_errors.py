import contextlib
import gzip
import io
import time as clock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data.frequency import future_index
from forecast.data.readers import (
    read_csv,
    read_parquet,
    read_with_report,
)
from forecast.errors import ReadError

SMALL = "date,close,volume\n2024-01-01,1.5,10\n2024-01-02,2.5,20\n2024-01-03,3.5,30\n"
PANEL = (
    "symbol,date,price,volume\n"
    "B,2024-01-01,1,10\nB,2024-02-01,2,20\nB,2024-03-01,3,30\n"
    "A,2024-02-01,5,50\nA,2024-01-01,4,40\nA,2024-03-01,6,60\n"
)


def read(text, **arguments):
    return read_with_report(text.encode(), **arguments)


def refused(content, **arguments):
    content = content.encode() if isinstance(content, str) else content
    with pytest.raises(ReadError) as caught:
        read_csv(content, **arguments)
    return caught.value


def column(cells, header="date,v"):
    """A CSV of daily dates beside `cells`."""
    days = pd.date_range("2024-01-01", periods=len(cells)).strftime("%Y-%m-%d")
    return "\n".join([header, *(f"{day},{cell}" for day, cell in zip(days, cells, strict=True))])


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "arguments", "row", "name", "words"),
    [
        (column([1, 2, 3, 4, "abc", 6]), {}, 6, "v", "'abc'"),
        (column([1, "", 3, 4, 5, 6, "12%"]), {"target": "v"}, 8, "v", "'12%'"),
        (column([1, 2, "inf", 4]), {}, 4, "v", "'inf'"),
        (column([1, "-Infinity"]), {}, 3, "v", "finite"),
        (column([1, 2, "1e999"]), {}, 4, "v", "1e999"),
        (SMALL.replace("2024-01-02", "2024-02-30"), {}, 3, "date", "'2024-02-30'"),
        (SMALL.replace("2024-01-03", "soon"), {}, 4, "date", "'soon'"),
        (SMALL.replace("2024-01-03", ""), {}, 4, "date", "a blank cell"),
        (SMALL, {"time": "volume"}, 2, "volume", "'10'"),
        (SMALL.replace("3.5", "3,5"), {}, 4, None, "3; got 4"),
        (SMALL.replace("3.5", '"3.5'), {}, 4, None, "quote"),
        (SMALL.replace("close", "volume"), {}, 1, "volume", "`volume` 2 times"),
        ("2024-01-01,1\n2024-01-02,2\n", {}, 1, None, "`date,value`"),
        ("1,2\n3,4\n", {}, 1, None, "name the columns"),
        ("date,v\n", {}, 1, None, "no rows below the header"),
        ("", {}, None, None, "empty"),
        (",\n ,\n", {}, None, None, "empty"),
        (" \n\n", {}, None, None, "empty"),
        ("a,b\n1,2\n", {}, None, None, "`time=`"),
        ("date\n2024-01-01\n", {}, None, None, "column of values"),
        (SMALL, {"time": "Dat"}, None, None, "`date`, `close`, `volume`. Did you mean `date`?"),
        (SMALL, {"target": "Volume"}, None, None, "Did you mean `volume`?"),
        (SMALL, {"target": "date"}, None, "date", "time column"),
        (column(["sun", "rain"]), {"target": "v"}, None, "v", "text such as 'sun'"),
        (PANEL, {"target": "symbol"}, None, "symbol", "text such as 'B'"),
        ("date,time,v\n2024-01-01,00:00,1\n2024-01-01,01:00,2\n", {}, None, "date", "`time`"),
        ("year,month,v\n2024,1,1\n2024,2,2\n", {}, None, "year", "`month`"),
        (b"\x00\x01\x02\x03binary" * 9, {}, None, None, "binary"),
        (b"\x01\x02\x03\x04\x05\x06", {}, None, None, "binary"),
        (b"PK\x03\x04rest", {}, None, None, "Excel"),
        (b"PAR1rest", {}, None, None, "read_parquet"),
        (gzip.compress(SMALL.encode(), mtime=0), {}, None, None, "gzip"),
    ],
)
def test_errors_name_row_column_and_text(content, arguments, row, name, words):
    error = refused(content, **arguments)
    assert (error.row, error.column) == (row, name)
    assert words in str(error)
    assert str(error).startswith("the bytes given")


def test_a_bad_cell_in_another_column_does_not_matter_to_the_target():
    text = column(["1,a", "2,2", "3,3", "4,4", "5,5", "6,6"], header="date,v,w")
    assert read_csv(text.encode(), target="v").sum() == 21
    assert refused(text).column == "w"


def test_below_four_fifths_of_numbers_a_column_is_text():
    data = read_csv(column([1, 2, 3, "a"]).encode())
    assert data["v"].tolist() == ["1", "2", "3", "a"]


def test_errors_of_the_path(tmp_path):
    for source, words in [
        (tmp_path / "missing.csv", "no such file"),
        (tmp_path, "folder"),
        ("https://example.org/prices.csv", "Download the file"),
        ("s3://bucket/prices.csv", "Download the file"),
        ("bad\0name.csv", "cannot be opened"),
    ]:
        with pytest.raises(ReadError, match=words) as caught:
            read_csv(source)
        assert caught.value.path == str(source)


def test_only_binary_sources_are_read():
    with pytest.raises(ReadError, match="mode 'rb'"):
        read_csv(io.StringIO(SMALL))
    with pytest.raises(ReadError, match="path, bytes or a file"):
        read_csv(42)


def test_the_error_names_the_file(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text(column([1, 2, 3, 4, "abc", 6]))
    with pytest.raises(ReadError, match="line 6, column `v`: the cell must be a number") as caught:
        read_csv(path)
    assert caught.value.path == str(path)


# --- properties -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    values=st.lists(st.floats(-1e9, 1e9), min_size=13, max_size=40),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    written=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%b %d %Y", "%Y%m%d"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    seed=st.integers(0, 2**32),
)
def test_round_trip(values, delimiter, decimal, written, codec, seed):
    index = future_index(pd.Timestamp("2021-03-04"), "D", len(values))
    frame = pd.DataFrame({"date": index.strftime(written), "v": values, "w": values[::-1]})
    order = np.random.default_rng(seed).permutation(len(values))
    text = frame.iloc[order].to_csv(index=False, sep=delimiter, decimal=decimal)
    data, report = read_with_report(text.encode(codec))
    assert list(data.index) == list(index)
    assert data["v"].tolist() == values
    assert data["w"].tolist() == values[::-1]
    assert report.frequency == "D"
    assert report.delimiter == delimiter


@settings(deadline=None)
@given(st.integers(0, 29), st.sampled_from(["x", "12 km", "1,2,3", "--1", "0x10", "1_000", "٣"]))
def test_the_row_of_a_bad_cell_is_exact(place, bad):
    cells = [str(number) for number in range(30)]
    cells[place] = f'"{bad}"'
    error = refused(column(cells))
    assert (error.row, error.column) == (place + 2, "v")
    assert repr(bad) in str(error)


pieces = st.sampled_from(
    [
        *("date", "v", "2024-01-01", "2024-01-02", "01/02/2024", "1.5", "1,5", "x", "inf", "", '"'),
        *(
            "2024",
            "1577836800",
            "9999-12-31",
            "0001-01-01",
            "Jan 1",
            "12:30",
            "-",
            "\N{NO-BREAK SPACE}",
        ),
        *(
            ",",
            ";",
            "\t",
            ",",
            "\n",
            "\n",
            "\r\n",
            "\0",
            "2024-01-01T00:00Z",
            "1e400",
            "99999999999",
        ),
    ]
)


@settings(deadline=None)
@given(st.lists(pieces, max_size=40).map("".join))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ReadError):
        reading = read(text)
        assert reading.report.rows == len(reading.data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    for reader in (read_csv, read_parquet):
        with contextlib.suppress(ReadError):
            assert reader(content) is not None


def test_a_hundred_thousand_rows_take_seconds_not_minutes():
    index = pd.date_range("2000-01-01", periods=100_000, freq="h")
    values = np.random.default_rng(0).normal(100, 5, (100_000, 5))
    frame = pd.DataFrame(values, index=index.rename("date"), columns=list("abcde"))
    content = frame.to_csv().encode()
    start = clock.perf_counter()
    data = read_csv(content)
    assert clock.perf_counter() - start < 20
    assert (data.to_numpy() == values).all()
