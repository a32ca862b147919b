"""Which column of a table holds the time, and the timestamps in it."""

import re
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.data.frequency import completeness
from forecast.data.raw_table import RawTable, cells_of, shortened, shown_names
from forecast.data.time_formats import (
    BARE_NUMBERS,
    DAY_FIRST,
    MONTH_FIRST,
    OFFSET,
    YEAR,
    fitting_formats,
    is_date,
    read_times,
)
from forecast.errors import ReadError

TIME_NAMES = (
    *("ds", "date", "datetime", "timestamp", "time", "datum"),
    *("day", "week", "month", "quarter", "year", "period"),
)
PARTS_OF_A_YEAR = frozenset({"month", "quarter", "week", "day", "day_of_year"})
CLOCK_TIME = r"^\d{1,2}:\d{2}(:\d{2})?$"
# Share of cells that must be timestamps: in a column with a name like time, and in any other.
HALF, MOSTLY = 0.5, 0.8
SAMPLE_CELLS = 25
TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}  # in a second
FIRST_SECOND, LAST_SECOND, DAY = -62_135_596_800, 253_402_300_799, 86_400  # of Python's calendar
ISO_REMEDY = "Write timestamps as 2020-01-31 or 2020-01-31 13:00."


class TimeColumn(NamedTuple):
    """The column that holds the time: its name, timestamps in the order of the file, and format."""

    name: str
    times: pd.DatetimeIndex
    date_format: str
    notes: tuple[str, ...]


def read_time_column(table: RawTable, requested: str | None) -> TimeColumn:
    """Return the timestamps of the `requested` column, else of the one that is most likely meant.

    Raises:
        ReadError: no such column, no column of timestamps, or a cell that is not a timestamp.
    """
    name = _find(table) if requested is None else table.require("time", requested)
    column = table.columns[name]
    if _is_timestamp(column):
        found = TimeColumn(name, _native(column), "native timestamps", ())
    else:
        found = _read_text(table, name)
    missing = np.flatnonzero(found.times.isna())
    if len(missing):
        raise _unreadable(table, name, int(missing[0]), found)
    refuse_far_years(table, found)
    # Nanoseconds over more than 292 years overflow as soon as two are subtracted.
    is_fine = found.times.unit == "ns" and _span(found.times) < 2**63
    times = found.times if is_fine else found.times.as_unit("us")
    found = found._replace(times=times.rename(name), notes=found.notes + _year_notes(found))
    _refuse_divided_time(table, found)
    return found


def _find(table: RawTable) -> str:
    """Return the column with the likeliest name; at a tie the one with most timestamps.

    A column that always says the same is taken only if there is no other.
    """
    constant = None
    for rank, names in groupby(sorted(table.columns, key=_rank), key=_rank):
        likely = [name for name in names if _may_be_time(table.columns[name], named=rank < 2)]
        if len(likely) == 1 and _changes(table.columns[likely[0]]):
            return likely[0]
        sizes = {name: _distinct(table.columns[name]) for name in likely}
        if sizes:
            best = max(sizes, key=lambda name: sizes[name])
            if sizes[best] > 1:
                return best
            constant = constant or best
    if constant is not None:
        return constant
    listed = shown_names(list(table.columns))
    raise table.error(
        f"one column must hold timestamps; none of {listed} does. {ISO_REMEDY} "
        "Or name the column with `time=`."
    )


def _rank(name: str) -> float:
    """Return how much a name sounds like time: below 1 exactly, below 2 in part, else 2."""
    lowered = name.lower()
    if lowered in TIME_NAMES:
        return TIME_NAMES.index(lowered) / len(TIME_NAMES)
    words = re.split(r"[^a-z]+", lowered)
    places = [TIME_NAMES.index(word) for word in words if word in TIME_NAMES]
    return 1 + min(places) / len(TIME_NAMES) if places else 2


def _may_be_time(column: Any, *, named: bool) -> bool:
    """Say whether most cells of a column are timestamps; plain numbers only if it is so `named`."""
    if _is_timestamp(column):
        return True
    formats = fitting_formats(_sample(column), HALF if named else MOSTLY)
    return bool(formats) and (named or formats[0] not in BARE_NUMBERS)


def _changes(column: Any) -> bool:
    """Say whether a column surely does not always say the same; to count it all takes long."""
    return bool(column[0].is_valid and column[-1].is_valid and column[0] != column[-1])


def _distinct(column: Any) -> int:
    import pyarrow.compute as pc

    return int(pc.count_distinct(column).as_py())


def _sample(column: Any) -> list[str]:
    """Return up to 25 cells that are not blank, spread over the whole column."""
    import pyarrow as pa

    if not (pa.types.is_string(column.type) or pa.types.is_integer(column.type)):
        return []
    places = np.unique(np.linspace(0, len(column) - 1, 4 * SAMPLE_CELLS).astype(np.int64))
    cells = [str(cell) for cell in column.take(pa.array(places)).to_pylist() if cell is not None]
    filled = [cell for cell in cells if cell]
    return filled[:: max(1, len(filled) // SAMPLE_CELLS)][:SAMPLE_CELLS]


def _read_text(table: RawTable, name: str) -> TimeColumn:
    cells = cells_of(table.columns[name])
    formats = fitting_formats(_sample(table.columns[name]), HALF)
    if not formats:
        first = _first_odd_cell(cells)
        raise _unreadable(table, name, first)
    readings = [(read_times(cells, each), each) for each in formats]
    most = max(_count(times) for times, _ in readings)
    best = [(times, each) for times, each in readings if _count(times) == most]
    times, chosen = best[0]
    if not _is_ambiguous([each for _, each in best]):
        return TimeColumn(name, times, chosen, ())
    return _decide_day_or_month(table, name, best)


def _year_notes(found: TimeColumn) -> tuple[str, ...]:
    """Say how years of two digits were read."""
    if "%y" not in found.date_format:
        return ()
    years = sorted({found.times.min().year, found.times.max().year})
    spoken = " to ".join(str(year) for year in years)
    return (f"`{found.name}` has years of two digits; they were read as {spoken}.",)


def _count(times: pd.DatetimeIndex) -> int:
    return int(np.count_nonzero(times.notna()))


def _first_odd_cell(cells: Any) -> int:
    """Return the place of the first cell that is no timestamp by itself."""
    for place, cell in enumerate(cells.to_pylist()):
        if not fitting_formats([cell]):
            return place
    return 0


def _is_ambiguous(formats: list[str]) -> bool:
    return any(each.startswith(DAY_FIRST) for each in formats) and any(
        each.startswith(MONTH_FIRST) for each in formats
    )


def _decide_day_or_month(
    table: RawTable, name: str, readings: list[tuple[pd.DatetimeIndex, str]]
) -> TimeColumn:
    """Choose the reading with fewer gaps, then the one in order of time; a dot means day first."""
    scored = [
        (
            round(completeness(times), 6),
            bool(times.is_monotonic_increasing),
            each.startswith("%d."),
            times,
            each,
        )
        for times, each in readings
    ]
    best = max(score[:3] for score in scored)
    winners = [(times, each) for *score, times, each in scored if tuple(score) == best]
    times, chosen = winners[0]
    if any(not times.equals(other) for other, _ in winners):
        raise table.error(
            "the order of day and month must be clear; got no day above 12, and both orders "
            f"give an equally regular series. {ISO_REMEDY}",
            at=0,
            column=name,
        )
    order = "day" if chosen.startswith("%d") else "month"
    other = min(score[:3] for score in scored)
    reason = "fewer gaps" if best[0] > other[0] else "rows in order of time"
    if best[:2] == other[:2]:
        reason = "the usual order for dates with dots"
    note = (
        f"`{name}` has no day above 12, so day and month could be exchanged; it was read with the "
        f"{order} first, which gives {reason}."
    )
    return TimeColumn(name, times, chosen, (note,))


def _refuse_divided_time(table: RawTable, found: TimeColumn) -> None:
    """Refuse a date whose clock time or month stands in another column: rows would be merged."""
    if rises(found.times) or found.times.is_unique:
        return
    for other in table.columns:
        is_part = found.date_format == YEAR and other.lower() in PARTS_OF_A_YEAR
        if other != found.name and (is_part or _is_clock_time(table.columns[other])):
            raise table.error(
                f"a timestamp must stand in one column; got `{found.name}`, which repeats, and "
                f"`{other}`. Join the two, as in 2020-01-31 13:00.",
                column=found.name,
            )


def _is_clock_time(column: Any) -> bool:
    return any(re.match(CLOCK_TIME, cell) for cell in _sample(column)[:1])


def _is_timestamp(column: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(column.type) or pa.types.is_date(column.type))


def _native(column: Any) -> pd.DatetimeIndex:
    import pyarrow as pa

    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("ms"))
    return pd.DatetimeIndex(column.to_pandas())


def rises(times: pd.DatetimeIndex) -> bool:
    """Say whether each timestamp is later than the one before; soon found, unlike uniqueness."""
    return bool((np.diff(times.asi8) > 0).all())


def _span(times: pd.DatetimeIndex) -> int:
    """Return the ticks between the first and the last timestamp."""
    return int(times.asi8.max()) - int(times.asi8.min())


def refuse_far_years(table: RawTable, found: TimeColumn, zone: str | None = None) -> None:
    """Refuse years that Python's calendar does not have; those at its ends, in a time zone.

    Raises:
        ReadError: one is before 1 or after 9999.
    """
    ticks, margin = found.times.asi8, 0 if found.times.tz is None and zone is None else DAY
    size = TICKS[found.times.unit]
    for at, sign in ((int(ticks.argmin()), -1), (int(ticks.argmax()), 1)):
        second = int(ticks[at]) // size + sign * margin
        if not FIRST_SECOND <= second <= LAST_SECOND:
            raise table.error(
                f"every timestamp must lie in the years 1 to 9999; got "
                f"{_quoted(table, found.name, at)}. Leave such rows out.",
                at=at,
                column=found.name,
            )


def _unreadable(table: RawTable, name: str, at: int, found: TimeColumn | None = None) -> ReadError:
    cell = cells_of(table.columns[name][at : at + 1])[0].as_py()
    what = "any known format" if found is None else found.date_format
    rule = f"every cell must be a timestamp ({what})"
    is_local = re.search(rf"[T ]\d.*{OFFSET}$", cell) is None
    if found is not None and found.times.tz is not None and is_local and is_date(cell):
        rule = "every timestamp must say its offset from UTC where others do"
    received = _quoted(table, name, at) if cell else "a blank cell"
    return table.error(f"{rule}; got {received}. {ISO_REMEDY}", at=at, column=name)


def _quoted(table: RawTable, name: str, at: int) -> str:
    return repr(shortened(cells_of(table.columns[name][at : at + 1])[0].as_py()))
