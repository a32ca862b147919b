"""Random frames in random dialects come back as the same values, index and columns."""

import csv
import io
import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast.data.readers import read_csv, read_with_report

EXAMPLES = int(os.environ.get("FORECAST_EXAMPLES", "40"))  # `make soak-data` asks for more
TIME_NAMES = ("date", "Zeit", "ds", "timestamp", "last seen")
VALUE_NAMES = ("v", "Größe", "close (€)", "a b", "x,y", "semi;colon", 'quo"te', "1st", "ß|ä")
TEXTS = ("rain", "a,b", "c;d", 'say "x"', "tab\there", "Größe", "two\nlines", "", "n/k", "pipe|")
# Epochs are bare numbers, which only a column's name makes times.
WRITTEN = {
    "iso": "%Y-%m-%d %H:%M:%S", "iso-t": "%Y-%m-%dT%H:%M:%S", "zone": "%Y-%m-%dT%H:%M:%S+02:00",
    "utc": "%Y-%m-%dT%H:%M:%SZ", "dots": "%d.%m.%Y %H:%M", "slashes": "%d/%m/%Y %H:%M",
    "month-first": "%m/%d/%Y %I:%M %p", "words": "%d %b %Y %H:%M",
    "epoch-s": "", "epoch-ms": "",
}  # fmt: skip
DATES = {"iso-date": "%Y-%m-%d", "compact": "%Y%m%d", "us": "%m/%d/%Y", "german": "%d.%m.%y"}


@dataclass(frozen=True)
class Dialect:
    """How a file is written."""

    delimiter: str
    decimal: str
    thousands: str
    quoting: int
    encoding: str
    ending: str
    times: str
    order: str
    trailing: bool
    blank_lines: bool


def numbers():
    """Draw what a column may hold: blanks, whole numbers, floats of every size."""
    kinds = (
        st.integers(-(10**6), 10**6).map(float),
        st.floats(-1e6, 1e6).map(lambda value: round(value, 2)),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from((0.0, -0.0, 5e-324, 1.7976931348623157e308, 1e22, 123456789.125, -0.1)),
    )
    return st.one_of(*(st.one_of(kind, kind, kind, st.just(np.nan)) for kind in kinds))


@st.composite
def frames(draw):
    """Draw a frame of 30 to 40 rows by a regular index.

    They have more than a dozen numbers, so that a guess by four fifths of them is a safe one.
    """
    frequency = draw(st.sampled_from(("D", "h", "15min", "MS", "W")))
    rows = draw(st.integers(30, 40))
    start = draw(st.datetimes(pd.Timestamp("1990-01-15"), pd.Timestamp("2030-01-01")))
    index = pd.date_range(pd.Timestamp(start).normalize(), periods=rows, freq=frequency)
    names = draw(st.lists(st.sampled_from(VALUE_NAMES), min_size=1, max_size=4, unique=True))
    frame = pd.DataFrame(index=index.rename(draw(st.sampled_from(TIME_NAMES))).as_unit("us"))
    for name in names:
        cells = draw(st.lists(numbers(), min_size=6, max_size=6))
        # A repeated handful keeps examples small; the first number proves the decimal sign.
        frame[name] = [0.5, *np.resize(cells, rows - 1)]
    if draw(st.booleans()):
        frame["remark"] = np.resize(
            [*draw(st.lists(st.sampled_from(TEXTS), max_size=4)), "x"], rows
        )
    return frame


@st.composite
def dialects(draw, index):
    """Draw how to write rows of an index."""
    delimiter = draw(st.sampled_from(",;\t|"))
    quoting = draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)))
    decimal = draw(st.sampled_from(".,"))
    thousands = draw(st.sampled_from(("", "", "." if decimal == "," else ",", "'", " ")))
    is_daily = bool((index == index.normalize()).all())
    # Some hours of one day up to the 12th are truly unclear with slashes, and refused.
    unclear = () if index.day.max() > 12 or is_daily else ("slashes", "month-first")
    written = [name for name in (*WRITTEN, *(DATES if is_daily else ())) if name not in unclear]
    return Dialect(
        delimiter,
        decimal,
        thousands,
        quoting,
        draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "latin-1"))),
        draw(st.sampled_from(("\n", "\r\n"))),
        draw(st.sampled_from(written)),
        draw(st.sampled_from(("sorted", "sorted", "reversed", "shuffled"))),
        draw(st.booleans()),
        draw(st.booleans()),
    )


def number(value, dialect):
    """Write a number; in full, and in groups of three digits where that is asked for."""
    if np.isnan(value):
        return ""
    text = repr(float(value))
    if "e" not in text and dialect.thousands:
        whole, _, rest = text.partition(".")
        text = f"{int(whole):,}".replace(",", "\0") + f".{rest}"
        text = f"-{text}" if whole == "-0" else text
    return text.replace(".", dialect.decimal).replace("\0", dialect.thousands)


def stamps(index, written):
    """Write timestamps."""
    if written.startswith("epoch"):
        return [str(time.value // (10**9 if written == "epoch-s" else 10**6)) for time in index]
    return list(index.strftime({**WRITTEN, **DATES}[written]))


def write(frame, dialect, seed):
    """Write a frame in a dialect, as bytes."""
    file = io.StringIO(newline="")
    rows = np.arange(len(frame))
    if dialect.order == "reversed":
        rows = rows[::-1]
    elif dialect.order == "shuffled":
        rows = np.random.default_rng(seed).permutation(rows)
    times = stamps(frame.index, dialect.times)
    end = [""] if dialect.trailing else []
    writer = csv.writer(
        file, delimiter=dialect.delimiter, quoting=dialect.quoting, lineterminator=dialect.ending
    )
    writer.writerow([frame.index.name, *frame.columns, *end])
    for row in rows:
        cells = [
            number(cell, dialect) if isinstance(cell, float) else cell for cell in frame.iloc[row]
        ]
        writer.writerow([times[row], *cells, *end])
        if dialect.blank_lines and row % 7 == 0:
            file.write(dialect.ending)
    # Latin-1 has no euro sign, Windows' has; a quoted cell keeps its own line end.
    codec = "cp1252" if dialect.encoding == "latin-1" else dialect.encoding
    return file.getvalue().encode(codec)


def expected_index(frame, dialect):
    """Return the index that comes back; offsets are kept."""
    zone = {"zone": "+02:00", "utc": "UTC"}.get(dialect.times)
    return frame.index if zone is None else frame.index.tz_localize(zone)


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data(), frames(), st.integers(0, 99))
def test_any_dialect_is_read_back(data, frame, seed):
    dialect = data.draw(dialects(frame.index))
    if dialect.times.startswith("epoch") or dialect.times == "compact":
        frame.index = frame.index.rename("timestamp")
    found, report = read_with_report(write(frame, dialect, seed), layout="wide")
    assert list(found.columns) == list(frame.columns)
    assert found.index.name == frame.index.name
    assert list(found.index) == list(expected_index(frame, dialect))
    for name in frame:
        cells = frame[name]
        if name == "remark":
            assert [cell or "" for cell in found[name].fillna("")] == list(cells)
        else:
            np.testing.assert_array_equal(found[name].to_numpy(), cells.to_numpy())
    assert report.delimiter == dialect.delimiter
    assert report.decimal == dialect.decimal


@settings(max_examples=EXAMPLES // 5)
@given(st.lists(st.integers(1000, 999_999), min_size=3, max_size=9), st.sampled_from(".,"))
def test_groups_alone_need_the_hint(whole, decimal):
    # 1.234 beside 5.678 may be either: only the caller knows.
    sign = "." if decimal == "," else ","
    days = pd.date_range("2024-01-01", periods=len(whole)).strftime("%Y-%m-%d")
    cells = [f"{value:,}".replace(",", sign) for value in whole]
    text = "\n".join(["date;v", *(f"{day};{cell}" for day, cell in zip(days, cells, strict=True))])
    assert read_csv(text.encode(), target="v", decimal=decimal).tolist() == whole
