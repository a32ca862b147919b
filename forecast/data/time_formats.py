"""The ways people write a timestamp, and how to read a whole column of each.

A format is a `strptime` format or one of the names in `SHAPES`, such as "ISO 8601" or
"epoch seconds", which are recognised by a regular expression.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd

ISO = "ISO 8601"
YEAR, COMPACT_MONTH, COMPACT_DAY = "plain years", "%Y%m", "%Y%m%d"
QUARTER, WEEK = "quarters such as 2020Q1", "ISO weeks such as 2020-W05"
EPOCHS = {  # the unit, and microseconds in one
    "epoch seconds": ("s", 1e6),
    "epoch milliseconds": ("ms", 1e3),
    "epoch microseconds": ("us", 1.0),
    "epoch nanoseconds": ("ns", 1e-3),
}
HEAD = 1000  # cells that show whether a way of reading suits
OFFSET = r"(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
SHAPES = {
    ISO: r"\d{4}-\d{2}(?:-\d{2}(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?)?\s*"
    + OFFSET
    + r"?)?)?",
    YEAR: r"[12]\d{3}(?:\.0)?",
    COMPACT_MONTH: r"(?:1[5-9]|2[0-2])\d{2}(?:0[1-9]|1[0-2])",
    COMPACT_DAY: r"(?:1[5-9]|2[0-2])\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
    "epoch seconds": r"\d{9,10}(?:\.\d+)?",
    "epoch milliseconds": r"\d{12,13}(?:\.\d+)?",
    "epoch microseconds": r"\d{15,16}",
    "epoch nanoseconds": r"\d{18,19}",
    QUARTER: r"\d{4}[-/ ]?[Qq][1-4]|[Qq][1-4][-/ ]?\d{4}",
    WEEK: r"\d{4}-?W\d{2}",
}
# Formats whose cells could as well be plain numbers: only the column's name makes them times.
BARE_NUMBERS = frozenset({YEAR, COMPACT_MONTH, COMPACT_DAY, "%Y.%m", "%m.%Y", *EPOCHS})

DAY_FIRST = tuple(f"%d{sign}%m{sign}{year}" for sign in "/.-" for year in ("%Y", "%y"))
MONTH_FIRST = tuple(f"%m{sign}%d{sign}{year}" for sign in "/.-" for year in ("%Y", "%y"))
DATES = (
    *DAY_FIRST,
    *MONTH_FIRST,
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m", "%Y/%m", "%Y.%m", "%m/%Y", "%m-%Y", "%m.%Y"),
    *("%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d. %B %Y"),
    *("%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%Y-%b-%d", "%Y %b %d", "%a %b %d %Y", "%A, %B %d, %Y"),
    *("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%B-%Y", "%Y %b", "%Y %B", "%Y-%b"),
)
DIRECTIVES = {
    **dict.fromkeys(("%d", "%m"), r"\d{1,2}"),
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    **dict.fromkeys(("%a", "%A", "%b", "%B"), r"\w+"),
}
FIXED = {"%d": 2, "%m": 2, "%Y": 4, "%H": 2, "%M": 2, "%S": 2}  # digits in full width
CLOCKS = {0: ("", " %I %p", " %H"), 1: ("%H:%M", "%I:%M %p"), 2: ("%H:%M:%S", "%I:%M:%S %p")}


def is_date(cell: str) -> bool:
    """Say whether a cell is a date and cannot be a plain number."""
    return any(name not in BARE_NUMBERS for name in fitting_formats([cell]))


def fitting_formats(cells: Sequence[str], least: float = 0.8) -> list[str]:
    """Return the formats that read most of the sample `cells`, all equally well.

    Empty where no format reads the share `least` (from 0 to 1) of them.
    """
    if not cells:
        return []
    shapes = {name: sum(_has_shape(name, cell) for cell in cells) for name in SHAPES}
    best = max(shapes.values())
    if best == len(cells):
        return [name for name, hits in shapes.items() if hits == best]
    written = {name: _hits(name, cells) for name in _written_formats(cells)}
    hits = {name: hits for name, hits in shapes.items() if hits} | written
    best = max(hits.values(), default=0)
    enough = best >= least * len(cells)
    return [name for name, count in hits.items() if count == best] if enough else []


def read_times(cells: Any, name: str) -> pd.DatetimeIndex:
    """Return the timestamps of Arrow text in the format `name`, NaT where a cell is not.

    Timestamps with differing offsets from UTC come in UTC, others as they are written.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if name not in SHAPES:
        fixed = _fixed_times(cells, name)
        return _read_written(_series(cells), name) if fixed is None else fixed
    plain = _plain_times(cells) if name == ISO else None
    if plain is not None:
        return plain
    is_fitting = pc.match_substring_regex(cells, f"^(?:{SHAPES[name]})$")
    cells = pc.if_else(is_fitting, cells, pa.scalar(None, pa.string()))
    if name == ISO:
        return _read_iso(cells)
    if name == QUARTER:
        cells = pc.replace_substring_regex(cells, r"^(..)[-/ ]?(\d{4})$", r"\2\1")
    if name in EPOCHS:
        return _read_epoch(cells, *EPOCHS[name])
    fitting = _series(cells)
    if name == QUARTER:
        months = fitting.str[-1].map({"1": "01", "2": "04", "3": "07", "4": "10"})
        return _strptime(fitting.str[:4] + months, "%Y%m")
    if name == WEEK:
        return _strptime(fitting.str[:4] + fitting.str[-2:] + "1", "%G%V%u")
    return _strptime(fitting.str[:4], "%Y") if name == YEAR else _strptime(fitting, name)


def _plain_times(cells: Any) -> pd.DatetimeIndex | None:
    """Return the timestamps of cells that Arrow, which is fast, reads all, else None."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.cast(cells.slice(0, HEAD), pa.timestamp("us"))  # failing on all cells takes long
        times = pc.cast(cells, pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    return pd.DatetimeIndex(times.to_numpy(zero_copy_only=False))


def _fixed_times(cells: Any, name: str) -> pd.DatetimeIndex | None:
    """Return the timestamps of cells that all are digits in full width, else None.

    Put into the order of ISO 8601 they are read ten times as fast as by `strptime`.
    """
    import pyarrow.compute as pc

    pieces = [piece for piece in re.split(r"(%[a-zA-Z])", name) if piece]
    if not {"%d", "%m", "%Y"} <= set(pieces) <= {*FIXED, *" ./-:T"}:
        return None
    digits = {piece: rf"\d{{{width}}}" for piece, width in FIXED.items()}
    pattern = "".join(digits.get(piece, f"[{piece}]") for piece in pieces)
    for part in (cells.slice(0, HEAD), cells):
        if not pc.all(pc.match_substring_regex(part, f"^{pattern}$")).as_py():
            return None
    parts, start = {}, 0
    for piece in pieces:
        stop = start + FIXED.get(piece, len(piece))
        parts[piece], start = pc.utf8_slice_codeunits(cells, start, stop), stop
    date = pc.binary_join_element_wise(parts["%Y"], parts["%m"], parts["%d"], "-")
    clock = [parts[piece] for piece in ("%H", "%M", "%S") if piece in parts]
    if clock:
        date = pc.binary_join_element_wise(date, pc.binary_join_element_wise(*clock, ":"), " ")
    return _plain_times(date)


def _read_epoch(cells: Any, unit: str, size: float) -> pd.DatetimeIndex:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        counts = pc.cast(cells, pa.int64())  # exact, where floats would merge nanoseconds
    except pa.ArrowInvalid:
        numbers = pd.to_numeric(_series(cells), errors="coerce") * size
        return pd.DatetimeIndex(pd.to_datetime(numbers.round(), unit="us"))
    times = pd.DatetimeIndex(counts.cast(pa.timestamp(unit)).to_numpy(zero_copy_only=False))
    whole = unit != "ns" or not (times.asi8[times.notna()] % 1000).any()
    return times.as_unit("us") if whole else times


def _series(cells: Any) -> pd.Series:
    return pd.Series(cells.to_numpy(zero_copy_only=False), dtype="str")


def _read_iso(cells: Any) -> pd.DatetimeIndex:
    import pyarrow.compute as pc

    offsets: list[str | None] = []
    if pc.any(pc.match_substring_regex(cells, r"[A-SU-Z,+]|[T ].*-")).as_py():
        # pandas knows neither a decimal comma nor the name of universal time.
        cells = pc.replace_substring(cells, ",", ".")
        cells = pc.replace_substring_regex(cells, r"\s*(?:UTC|GMT)$", "Z")
        found = pc.extract_regex(cells.drop_null(), rf"\d[T ]\d.*?(?P<offset>{OFFSET})?$")
        offsets = pc.unique(pc.struct_field(found, "offset")).to_pylist()
        if len(offsets) > 1 and not all(offsets):
            cells = _with_offset(cells)
    times = pd.to_datetime(
        cells.to_numpy(zero_copy_only=False),
        format="ISO8601",
        errors="coerce",
        utc=len(offsets) > 1,
    )
    return pd.DatetimeIndex(times)


def _with_offset(cells: Any) -> Any:
    """Leave out times without an offset from UTC beside others with one: whose clock is unknown."""
    import pyarrow as pa
    import pyarrow.compute as pc

    has_one = pc.match_substring_regex(cells, rf"{OFFSET}$")
    is_date = pc.match_substring_regex(cells, r"^\d{4}-\d{2}(?:-\d{2})?$")
    certain = pc.and_(has_one, pc.invert(is_date))
    return pc.if_else(certain, cells, pa.scalar(None, pa.string()))


def _read_written(cells: pd.Series, name: str) -> pd.DatetimeIndex:
    times = _strptime(cells, name)
    missing = times.isna()
    if " " not in name or ":" not in name or "%Z" in name or not missing.any():
        return times
    # Spreadsheets leave the clock time out at midnight.
    date_only = name[: name.index("%H" if "%H" in name else "%I")].rstrip(" T,")
    midnights = _strptime(cells[missing], date_only)
    filled = times.to_series(index=cells.index)
    filled[missing] = midnights
    return pd.DatetimeIndex(filled)


def _strptime(cells: pd.Series, name: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(cells, format=name, errors="coerce"))


def _has_shape(name: str, cell: str) -> bool:
    return re.fullmatch(SHAPES[name], cell) is not None


def _written_formats(cells: Sequence[str]) -> list[str]:
    """Return the written formats that could fit, judged by how cells begin and by their colons."""
    dates = [date for date in DATES if any(_start(date).match(cell) for cell in cells)]
    colons = max(cell.count(":") for cell in cells)
    if colons not in CLOCKS:
        return []
    if colons == 0:
        return [date + clock for date in dates for clock in CLOCKS[0]]
    fraction = [clock.replace("%S", "%S.%f") for clock in CLOCKS[colons]] if colons == 2 else []
    zone = " %Z" if any(cell.endswith((" UTC", " GMT")) for cell in cells) else ""
    clocks = [clock + zone for clock in (*CLOCKS[colons], *fraction)]
    return [date + gap + clock for date in dates for gap in (" ", "T", ", ") for clock in clocks]


@cache
def _start(date: str) -> re.Pattern[str]:
    """Return a pattern for the start of a cell in a format; `strptime` itself is slow to refuse."""
    pieces = re.split(r"(%[a-zA-Z])", date)
    return re.compile("".join(DIRECTIVES.get(piece, re.escape(piece)) for piece in pieces))


def _hits(name: str, cells: Sequence[str]) -> int:
    hits = 0
    for missed, cell in enumerate(cells):
        try:
            datetime.strptime(cell, name)
        except ValueError:
            # Most formats fit nothing: leave them after a few cells.
            if hits == 0 and missed >= 0.2 * len(cells):
                return 0
            continue
        hits += 1
    return hits
