"""Many series put on their regular grid at once, without an object for any of them.

What one series takes in `forecast.data.series.prepare` is done here to all rows together; a series
whose rows are not as they should be is said to be odd and left out, to be looked at by itself.

rows      n, series after series
offsets   (series + 1,) row at which each series begins
place     of a row: how many steps of the grid it stands after a fixed row
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.data.exchanges import is_exchange
from forecast.data.frequency import (
    DAY,
    NOTHING,
    STEPS_A_YEAR,
    grid_between,
    is_calendar_of_trading,
    is_clock,
    offset_of,
)
from forecast.data.grid import MOST_GROWTH
from forecast.data.number_table import Integers, Table, as_index, dated_index, first_rows
from forecast.data.series import STEP, Observed, Values
from forecast.data.spans import Rows, spans_of
from forecast.data.trading import known_sessions

BUSINESS = "B"
ANCHORED = ("W", *(start for start, _ in STEPS_A_YEAR))  # each date says which others there are


@dataclass(frozen=True)
class Regular:
    """The rows of many series on their grids; those of odd series are left out.

    Attributes:
        values: (rows,) gaps filled forward.
        observed: (rows,) False where a value was filled.
        index: (rows,) of all series.
        covariates: (rows, columns), or (0, 0) without columns.
        lengths: (series,) rows of each, 0 of an odd one.
    """

    values: Values
    observed: Observed
    index: "pd.Index[Any]"
    covariates: Values
    lengths: Rows


def regular(table: Table, frequency: str, odd: Observed) -> tuple[Regular, Observed]:
    """Put all series on the grid of a frequency that are not odd.

    Args:
        table: the rows.
        frequency: of timestamps, or `step`.
        odd: (series,) as `odd_rows` says, or with more.

    Returns:
        The rows on the grid, and which series are odd then, (series,): also those with rows off
        the grid, or that would grow too many times as long.
    """
    first, lengths = first_rows(table), np.diff(table.offsets)
    stop = np.where(odd, first, table.offsets[1:])
    kept = spans_of(first, stop) if (stop - first < lengths).any() else None
    begins = np.concatenate(([0], np.cumsum(stop - first)))
    times = table.times if kept is None else table.times[kept]
    steps = _steps(times, table.kind, frequency, begins)
    odd = odd | steps.off | (steps.lengths > MOST_GROWTH * (stop - first))
    odd |= (steps.lengths < stop - first) & (stop > first)  # too far apart to count
    if (odd & (stop > first)).any():
        return regular(table, frequency, odd)
    source = _source(steps, begins)
    filled = [_filled(column, kept) for column in table.numbers]
    blank = np.isnan(table.numbers[0] if kept is None else table.numbers[0][kept])
    made = Regular(
        values=_taken(filled[0], source),
        observed=_observed(~blank, steps, source),
        index=_index(times, table.kind, steps, source, frequency),
        covariates=_beside([_taken(column, source) for column in filled[1:]]),
        lengths=steps.lengths,
    )
    return made, odd


class _Steps(NamedTuple):
    """Where rows stand on the grid.

    Attributes:
        places: (rows,) of each row.
        grid: times by place, where the grid has no step of one length; else None.
        step: the length.
        off: (series,) whether a series has rows off the grid.
        lengths: (series,) rows of each on the grid.
    """

    places: Integers
    grid: Integers | None
    step: int
    off: Observed
    lengths: Rows


def _steps(times: Integers, kind: "pd.Index[Any]", frequency: str, begins: Rows) -> _Steps:
    """Find the place of each row on the grid of its series."""
    lengths = np.diff(begins)
    which = np.repeat(np.arange(len(lengths)), lengths)
    off, grid, step = np.zeros(len(lengths), dtype=np.bool_), None, 1
    if not isinstance(kind, pd.DatetimeIndex):
        places = times
    elif frequency == BUSINESS:  # a missing day is a holiday, not a gap
        places = np.arange(len(times))
    else:
        step = step_of(kind, frequency)
        if step:
            after = times - times[begins[which]]
            places = after // step
            off[which[after != places * step]] = True
        else:
            grid = _grid(times, kind, frequency)
            places = np.minimum(grid.searchsorted(times), len(grid) - 1)
            off[which[grid[places] != times]] = True
    some = lengths > 0
    found = np.zeros(len(lengths), dtype=np.intp)
    found[some] = places[begins[1:][some] - 1] - places[begins[:-1][some]] + 1
    return _Steps(places, grid, step, off, found)


def step_of(kind: pd.DatetimeIndex, frequency: str) -> int:
    """Return the length of a step in the unit of the times; 0 where steps differ in length.

    Days have one length only where no zone skips or repeats hours.

    Raises:
        SettingError: `frequency` is no pandas offset alias.
    """
    if is_exchange(frequency):
        return 0
    offset = offset_of(frequency)
    if is_clock(offset):
        length = pd.Timedelta(offset)
    elif offset.rule_code == "D" and _plain(kind):
        length = DAY * offset.n
    else:
        return 0
    return int(length // pd.Timedelta(1, unit=kind.unit))


def _grid(times: Integers, kind: pd.DatetimeIndex, frequency: str) -> Integers:
    """Return the times of the grid from the first of all rows to the last.

    All are of one time of day, the usual one; rows of another are found off the grid.
    """
    if not len(times):
        return np.zeros(1, dtype=np.int64)
    day = int(DAY // pd.Timedelta(1, unit=kind.unit))
    clock, counts = np.unique(times % day, return_counts=True)
    usual = clock[counts.argmax()]
    ends = np.array([times.min(), times.max()]) // day * day + usual
    first, last = dated_index(ends, kind)
    found = grid_between(first, last, frequency).as_unit(kind.unit).asi8
    if is_exchange(frequency):  # nobody knows which days are missing where none is listed
        listed = known_sessions(frequency)[[0, -1]].astype(np.int64)
        found = found[(found // day >= listed[0]) & (found // day <= listed[1])]
    return found if len(found) else ends[:1]


def _source(steps: _Steps, begins: Rows) -> "tuple[Rows, Rows] | None":
    """Return for each row of the grid the last row up to it, and where the rows went.

    None where nothing is missing.
    """
    lengths = np.diff(begins)
    if (steps.lengths == lengths).all():
        return None
    starts = np.concatenate(([0], np.cumsum(steps.lengths)[:-1]))
    some = lengths > 0
    shift = np.zeros(len(lengths), dtype=np.int64)
    shift[some] = starts[some] - steps.places[begins[:-1][some]]
    at = steps.places + np.repeat(shift, lengths)
    source: Rows = np.zeros(int(steps.lengths.sum()), dtype=np.intp)
    source[at] = np.arange(len(at))
    return np.maximum.accumulate(source), at


def _filled(column: Values, kept: Rows | None) -> Values:
    """Return the kept rows of a column, blanks filled forward."""
    blank = np.isnan(column)
    if not blank.any():
        return column if kept is None else column[kept]
    last = np.maximum.accumulate(np.where(blank, 0, np.arange(len(column))))
    return column[last if kept is None else last[kept]]


def _taken(column: Values, source: "tuple[Rows, Rows] | None") -> Values:
    return column if source is None else column[source[0]]


def _observed(seen: Observed, steps: _Steps, source: "tuple[Rows, Rows] | None") -> Observed:
    if source is None:
        return seen
    observed = np.zeros(int(steps.lengths.sum()), dtype=np.bool_)
    observed[source[1]] = seen
    return observed


def _beside(columns: list[Values]) -> Values:
    return np.column_stack(columns) if columns else np.empty((0, 0))


def _index(
    times: Integers,
    kind: "pd.Index[Any]",
    steps: _Steps,
    source: "tuple[Rows, Rows] | None",
    frequency: str,
) -> "pd.Index[Any]":
    """Return the timestamps or numbers of all rows of the grid."""
    whole = times
    if source is not None:
        before, at = source
        further = np.arange(len(before)) - at[before]  # rows since the last one that was there
        whole = times[before] + further * steps.step
        if steps.grid is not None:
            whole = steps.grid[steps.places[before] + further]
    index = as_index(whole, kind)
    if isinstance(index, pd.DatetimeIndex) and len(index) and frequency != BUSINESS:
        unit = grid_between(index[0], index[0], frequency).unit
        return index.as_unit(unit)
    return index


def serves(kind: "pd.Index[Any]", frequency: str) -> bool:
    """Say whether rows of a kind of index can be put on the grid of a frequency here."""
    if not isinstance(kind, pd.DatetimeIndex):
        return frequency == STEP
    if frequency == STEP:
        return False
    if is_calendar_of_trading(frequency):
        return _plain(kind)
    offset = offset_of(frequency)
    if is_clock(offset):
        return pd.Timedelta(offset) % pd.Timedelta(1, unit=kind.unit) == NOTHING
    code = offset.rule_code
    return _plain(kind) and (code == "D" or code.startswith(ANCHORED))


def _plain(kind: pd.DatetimeIndex) -> bool:
    """Say whether no hour is skipped or repeated."""
    return kind.tz is None or str(kind.tz) == "UTC"
