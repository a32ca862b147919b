"""Odd and hostile Parquet files, each with its exact outcome."""

import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from forecast.data.limits import Limits
from forecast.data.readers import doctor, read_parquet
from forecast.errors import ReadError
from tests.data.outcomes import Bad, Good, check

DAYS = pd.date_range("2024-01-01", periods=3)
DS = pa.array(DAYS)
READ = Good({"v": [1.0, 2.0, 3.0]})
NAMED = ["2024-01-01", "2024-01-02", "2024-01-03"]
LEFT_OUT = READ._replace(words="it holds neither numbers, text nor timestamps")
BROKEN = Bad(None, None, "the file must be a Parquet file")
FAR = Bad(1, "ds", "in the years 1 to 9999")
MEGABYTE = "x" * 2**20


class Parquet(io.BytesIO):
    """A file of that kind; its name says so."""

    name = "given.parquet"


def written(columns, **options):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def beside(values=(1.0, 2.0, 3.0), **columns):
    return written({"ds": DS, "v": values, **columns})


def stamped(values, kind):
    return written({"ds": pa.array(values, kind), "v": [1.0, 2.0, 3.0]})


def packed(rows, text):
    """A column of text that stands once in the file, and in every row once it is unpacked."""
    codes = pa.array(np.zeros(rows, np.int32))
    times = pa.array(pd.date_range("2000-01-01", periods=rows, freq="min"))
    texts = pa.DictionaryArray.from_arrays(codes, pa.array([text]))
    return written(
        {"ds": times, "v": np.zeros(rows), "t": texts}, compression="zstd", row_group_size=rows
    )


def file(name, content, expected, **options):
    return pytest.param(content, expected, options, id=name)


PLAIN = beside()
TYPES = [
    file("plain", PLAIN, READ),
    file("nested", beside(a=[[1], [2], [3]], b=[{"c": 1}] * 3), LEFT_OUT),
    file("nothing-but-nested", written({"ds": DS, "a": [[1], [2], [3]]}),
         Bad(None, None, "values is needed beside `ds`")),
    file("bytes", beside(a=[b"a"] * 3), LEFT_OUT),
    file("clock-times", beside(a=pa.array([1, 2, 3], pa.time32("s"))), LEFT_OUT),
    file("clock-times-alone", written({"time": pa.array([1], pa.time32("s")), "v": [1.0]}),
         Bad(None, None, "none of `v` does")),
    file("spans", beside(a=pa.array([1, 2, 3], pa.duration("s"))), LEFT_OUT),
    file("nothing-but-null", beside(a=pa.nulls(3)), LEFT_OUT),
    file("decimals", beside(pa.array([Decimal("1.25"), None, Decimal("3.5")])),
         Good({"v": [1.25, None, 3.5]}, None, (("blanks", 1),))),
    file("whole-with-nulls", beside(pa.array([1, None, 3])),
         Good({"v": [1.0, None, 3.0]}, None, (("blanks", 1),))),
    file("whole-beyond-floats", beside([2**53 + 1, 2**62, 1]),
         Good({"v": [2.0**53, 2.0**62, 1.0]})),
    file("whole-without-sign", beside(pa.array([2**64 - 1, 1, 2], pa.uint64())),
         Good({"v": [2.0**64, 1.0, 2.0]})),
    file("truths", beside([True, False, True]), Good({"v": [1.0, 0.0, 1.0]})),
    file("infinite", beside([1.0, np.nan, np.inf]), Bad(3, "v", "finite number; got inf")),
    file("numbers-as-text", beside(["1,5", "2,5", "3,5"]), Good({"v": [1.5, 2.5, 3.5]})),
    file("categories", beside(c=pa.array(["a", "b", "a"]).dictionary_encode()),
         Good({"v": [1.0, 2.0, 3.0], "c": ["a", "b", "a"]})),
    file("packed-numbers", beside(pa.array([1.0, 2.0, 3.0]).dictionary_encode()), READ),
    file("large-text", beside(c=pa.array(["a", "b", "c"], pa.large_string())),
         Good({"v": [1.0, 2.0, 3.0], "c": ["a", "b", "c"]})),
    file("text-in-views", beside(c=pa.array(["a", "b", "c"], pa.string_view())),
         Good({"v": [1.0, 2.0, 3.0], "c": ["a", "b", "c"]})),
    file("two-columns-of-times", beside(seen=pa.array(DAYS + pd.Timedelta("1h"))),
         Good({"v": [1.0, 2.0, 3.0], "seen": [f"{day} 01:00:00.000000" for day in NAMED]})),
    file("index-without-name", written(pa.Table.from_pandas(
         pd.DataFrame({"v": [1.0, 2.0, 3.0]}, index=DAYS))), READ),
    file("ids-by-category", written({"unique_id": pa.array(["a", "b"]).dictionary_encode(),
         "ds": DS[:2], "y": [1.0, 2.0]}), Good({"unique_id": ["a", "b"], "ds":
         ["2024-01-01 00:00:00", "2024-01-02 00:00:00"], "y": [1.0, 2.0]})),
]  # fmt: skip

TIMES = [
    *(file(f"in-{unit}", stamped(DAYS.as_unit(unit), pa.timestamp(unit)), READ)
      for unit in ("s", "ms", "us", "ns")),
    file("days", stamped(DAYS, pa.date32()), READ),
    file("text", written({"ds": ["2024-01-01", "2024-01-02"], "v": [1.0, 2.0]}),
         Good({"v": [1.0, 2.0]})),
    file("zone", stamped(DAYS.tz_localize("UTC"), pa.timestamp("us", "Europe/Berlin")),
         Good({"v": [1.0, 2.0, 3.0]}, ", ".join(f"{day} 01:00:00+01:00" for day in NAMED))),
    file("zone-that-nobody-knows", stamped(DAYS.tz_localize("UTC"), pa.timestamp("us", "Mars/A")),
         Bad(None, "ds", "'Mars/A'")),
    file("offset-of-99-hours", stamped(DAYS.tz_localize("UTC"), pa.timestamp("us", "+99:00")),
         Bad(None, "ds", "cells cannot be read")),
    file("seconds-since-1970", written({"timestamp": [1_704_067_200, 1_704_153_600],
         "v": [1.0, 2.0]}), Good({"v": [1.0, 2.0]})),
    file("missing", stamped([DAYS[0], None, DAYS[2]], pa.timestamp("us")),
         Bad(2, "ds", "got a blank cell")),
    file("year-148108", stamped([2**62, 2**62 + 1, 2**62 + 2], pa.timestamp("us")), FAR),
    file("both-ends-of-time", stamped([1 - 2**63, 0, 2**63 - 1], pa.timestamp("us")), FAR),
    file("nanoseconds-over-500-years", stamped([-(2**62) * 2 + 1_001, 0, 2**63 - 1_001],
         pa.timestamp("ns")), Good({"v": [1.0, 2.0, 3.0]}, "1677-09-21 00:12:43.145225, "
         "1970-01-01, 2262-04-11 23:47:16.854774")),
    file("year-5881580", stamped([1, 2, 2**31 - 1], pa.date32()), FAR._replace(row=3)),
    file("year-5881580-beside", beside(w=pa.array([1, 2, 2**31 - 1], pa.date32())),
         Good({"v": [1.0, 2.0, 3.0], "w": ["1970-01-02", "1970-01-03",
               "<value out of range: 2147483647>"]})),
]  # fmt: skip

FILES = [
    file("empty", b"", BROKEN),
    file("magic-alone", b"PAR1PAR1", BROKEN),
    file("footer-of-two-gigabytes", b"PAR1\xff\xff\xff\x7fPAR1", BROKEN),
    file("cut-short", PLAIN[: len(PLAIN) // 2], BROKEN),
    file("wrong-end", PLAIN[:-4] + b"XXXX", BROKEN),
    file("csv-in-name-only", b"date,v\n2024-01-01,1\n", BROKEN),
    file("no-rows", written(pa.table({"ds": DS, "v": [1.0, 2.0, 3.0]})[:0]),
         Bad(None, None, "there are no rows")),
    file("no-columns", written({}), Bad(None, None, "there are no rows")),
    file("repeated-name", written(pa.Table.from_arrays([DS, DS, DS], names=["ds", "v", "v"])),
         Bad(None, "v", "got `v` 2 times")),
    file("12000-columns", written({f"c{number}": [1.0] for number in range(12_000)}),
         Bad(None, None, "at most 10,000 columns; got 12,000")),
    file("rows-by-repetition", written({"ds": np.zeros(300_000, "M8[us]"), "v": np.zeros(300_000)}),
         Bad(None, None, "at most 20,000 rows; got 300,000"), limits=Limits(rows=20_000)),
    file("broken-text", beside(t=pa.array([b"\xff", b"a", b"b"]).cast(pa.string(), safe=False)),
         Bad(None, "t", "Invalid UTF8")),
    file("large-once-unpacked", packed(500_000, "a" * 200), Bad(None, None, "at most 64.0 MiB"),
         limits=Limits(bytes=64 * 2**20)),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "options"), TYPES)
def test_types_come_out_exactly(content, expected, options):
    check(Parquet(content), expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), TIMES)
def test_timestamps_come_out_exactly(content, expected, options):
    check(Parquet(content), expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), FILES)
def test_files_come_out_exactly(content, expected, options):
    check(Parquet(content), expected, options)


def test_parquet_that_is_called_csv_is_named():
    with pytest.raises(ReadError, match="got a Parquet file"):
        doctor(PLAIN)


def test_a_column_of_no_use_is_never_unpacked():
    content = written({"ds": DS, "v": [1.0, 2.0, 3.0], "b": [[MEGABYTE]] * 3})
    assert read_parquet(content, limits=Limits(bytes=4 * 2**20), target="v").sum() == 6


def test_text_is_refused_by_its_length_before_it_is_unpacked(monkeypatch):
    content = packed(1_000_000, MEGABYTE)
    assert len(content) < 8 * 2**20

    def only_numbers(column, name, path):
        assert name != "t", "the text was unpacked"
        return kept(column, name, path)

    kept = read_parquet.__globals__["cut_parquet"].__globals__["_plain"]
    monkeypatch.setattr("forecast.data.parquet_cells._plain", only_numbers)
    with pytest.raises(ReadError, match=r"at most 1,024\.0 MiB"):
        read_parquet(content)
