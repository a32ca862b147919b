"""Timestamps that are missing between the first and the last row of a series."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.data.frequency import grid_between, is_calendar_of_trading, positions
from forecast.data.mending import (
    Flags,
    Integers,
    Mended,
    Refuse,
    Rows,
    shown_time,
)
from forecast.data.repairs import Repair, Repairs, remedy
from forecast.data.time_column import rises

MOST_GROWTH = 10  # times the rows that filling gaps may reach
LARGEST_GRID = 10_000_000  # timestamps, whatever the number of rows
NAMED = 3  # missing timestamps that a sentence names


class Gaps(NamedTuple):
    """Where timestamps are missing.

    Attributes:
        steps: place of each row on the grid of its frequency.
        before: number of the rows with a gap before them.
        missing: timestamps missing there.
    """

    steps: Integers
    before: Integers
    missing: Integers

    @property
    def total(self) -> int:
        """How many timestamps are missing."""
        return int(self.missing.sum())


def find_gaps(rows: Rows, frequency: str) -> Gaps | None:
    """Return the gaps of sorted rows; None where missing days are holidays.

    Args:
        rows: sorted, each timestamp of a series once.
        frequency: a pandas offset alias, or the code of an exchange.
    """
    if frequency == "B":
        return None
    every = _every(rows)
    steps = positions(every, every[0], frequency)
    mine = steps if every is rows.times else steps[every.searchsorted(rows.times)]
    jump = np.diff(mine) - 1
    inside = np.flatnonzero((np.diff(rows.series) == 0) & (jump > 0))
    return Gaps(mine, inside + 1, jump[inside])


def _every(rows: Rows) -> pd.DatetimeIndex:
    """Return the timestamps of all series, each once, in the order of time."""
    return rows.times if rises(rows.times) else rows.times.unique().sort_values()


def _off_grid(rows: Rows, frequency: str) -> Flags:
    """Say which rows do not lie on the grid; building it must have been found affordable."""
    return ~np.asarray(rows.times.isin(_grid(_every(rows), frequency)), dtype=bool)


def _grid(every: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    return grid_between(every[0], every[-1], frequency)


def without_gaps(rows: Rows, frequency: str | None, repairs: Repairs, refuse: Refuse) -> Mended:
    """Return sorted rows with missing timestamps treated as asked for.

    Args:
        rows: sorted, each timestamp of a series once.
        frequency: of the rows, or the code of an exchange; None where it is unknown.
        repairs: what to do.
        refuse: makes an error.

    Raises:
        ReadError: timestamps are missing, and they are to be refused; or so many that filling them
            would make the table ten times as long.
    """
    gaps = None if frequency is None else find_gaps(rows, frequency)
    if gaps is None or frequency is None or not gaps.total:
        return rows, None
    said = _said(rows, gaps, frequency)
    # Of a table that was stacked, one row of the file may stand behind a gap of many series.
    places = tuple(int(place) for place in pd.unique(rows.places[gaps.before])[:NAMED])
    if repairs.gaps == "refuse":
        raise refuse(f"{said} {remedy('gaps')}", places[0])
    if repairs.gaps == "leave":
        left = "a model fills them with the value before and never scores them."
        return rows, Repair("gaps", "leave", gaps.total, f"{said[:-1]}; {left}", places)
    if len(rows.times) + gaps.total > MOST_GROWTH * len(rows.times):
        raise refuse(
            f"filling the gaps would turn {len(rows.times):,} rows into "
            f"{len(rows.times) + gaps.total:,}. Cut the series at its long gaps, or leave them.",
            places[0],
        )
    if gaps.steps.max() > max(MOST_GROWTH * len(rows.times), LARGEST_GRID):
        raise refuse(
            "gaps cannot be filled while the series lie so far apart: a grid from the first row "
            f"to the last has {int(gaps.steps.max()) + 1:,} timestamps. Read them apart.",
            places[0],
        )
    off = _off_grid(rows, frequency)
    if off.any():
        at = int(off.argmax())
        raise refuse(
            f"gaps cannot be filled while a row, {shown_time(rows.times[at])}, does not lie on the "
            f"grid of frequency {frequency}. Resample the series, or leave the gaps.",
            int(rows.places[at]),
        )
    filled = _filled(rows, gaps, frequency, forward=repairs.gaps == "forward")
    how = "were filled with the value before" if repairs.gaps == "forward" else "came in as blanks"
    return filled, Repair("gaps", repairs.gaps, gaps.total, f"{said[:-1]}; they {how}.", places)


def _said(rows: Rows, gaps: Gaps, frequency: str) -> str:
    """Return a sentence: how many timestamps are missing, in how many places, which first."""
    at = int(gaps.before[0])
    last, following = shown_time(rows.times[at - 1]), shown_time(rows.times[at])
    what = "trading days" if is_calendar_of_trading(frequency) else "timestamps"
    where = "1 place" if len(gaps.before) == 1 else f"{len(gaps.before):,} places"
    number = f"1 of the {what} is" if gaps.total == 1 else f"{gaps.total:,} {what} are"
    return (
        f"{number} missing in {where}, at most {int(gaps.missing.max()):,} together, first between "
        f"{last} and {following}."
    )


def _filled(rows: Rows, gaps: Gaps, frequency: str, *, forward: bool) -> Rows:
    """Put every missing timestamp in, with blanks or with the values before it."""
    grid = _grid(_every(rows), frequency)
    first = np.flatnonzero(np.diff(rows.series, prepend=-1))
    last = np.append(first[1:], len(rows.series)) - 1
    lengths = gaps.steps[last] - gaps.steps[first] + 1
    starts = np.cumsum(lengths) - lengths
    series = np.repeat(rows.series[first], lengths)
    steps = np.arange(lengths.sum()) + np.repeat(gaps.steps[first] - starts, lengths)
    group = np.repeat(np.arange(len(first)), last - first + 1)
    known = starts[group] + gaps.steps - gaps.steps[first][group]
    source = np.full(len(steps), -1, dtype=np.int64)
    source[known] = np.arange(len(rows.times))
    before = np.maximum.accumulate(source)
    values = rows.values.take(before).reset_index(drop=True)
    put_in = source < 0
    kept = set(rows.numbers()) if forward else set()
    for name in values.columns:
        if name not in kept:
            values[name] = values[name].mask(put_in)
    return Rows(values, series, grid[steps], source_places(rows, source))


def source_places(rows: Rows, source: Integers) -> Integers:
    """Return where rows stand in the file, -1 for those that were put in."""
    return np.where(source < 0, -1, rows.places[source])
