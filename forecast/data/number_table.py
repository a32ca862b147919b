"""The rows of many series as numbers, and which series cannot be used as they are.

rows      n, series after series
offsets   (series + 1,) row at which each series begins
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.columns import LARGEST
from forecast.data.series import Observed, Values
from forecast.data.spans import Rows

Integers = NDArray[np.int64]

BLANK = np.iinfo(np.int64).min  # what pandas writes for no time


class Table(NamedTuple):
    """The rows of many series as numbers.

    Attributes:
        times: (rows,) row numbers, or times in the unit of `kind`.
        kind: an empty index of the type that the rows have.
        numbers: (rows,) the target, and then each covariate.
        offsets: (series + 1,) see above.
        odd: (series,) whether a series could not be read as numbers.
    """

    times: Integers
    kind: "pd.Index[Any]"
    numbers: tuple[Values, ...]
    offsets: Rows
    odd: Observed


def table_of(
    times: "pd.Series[Any]", columns: "Sequence[pd.Series[Any]]", offsets: Rows
) -> Table | None:
    """Return rows as numbers; None where the times are of a kind that is looked at one by one.

    Args:
        times: timestamps or whole numbers.
        columns: the target, and then each covariate.
        offsets: of the series.
    """
    dtype = times.dtype
    if isinstance(dtype, pd.DatetimeTZDtype) or dtype.kind == "M":
        index = pd.DatetimeIndex(times)
        kind: pd.Index[Any] = index[:0]
        counted = index.asi8
    elif isinstance(dtype, np.dtype) and dtype.kind == "i":
        kind, counted = pd.Index(np.empty(0, dtype=np.int64)), times.to_numpy(dtype=np.int64)
    else:
        return None
    read = [_numbers(one, offsets) for one in columns]
    odd: Observed = np.logical_or.reduce([strange for _, strange in read])
    return Table(counted, kind, tuple(numbers for numbers, _ in read), offsets, odd)


def _numbers(column: "pd.Series[Any]", offsets: Rows) -> tuple[Values, Observed]:
    """Return a column as numbers, and which series hold something else, (series,)."""
    odd = np.zeros(len(offsets) - 1, dtype=np.bool_)
    if column.dtype == np.float64:
        return column.to_numpy(), odd
    if getattr(column.dtype, "kind", "O") in "cmM":
        return np.zeros(len(column)), ~odd
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan), odd
    except (TypeError, ValueError):
        return _numbers_one_by_one(column, offsets)


def _numbers_one_by_one(column: "pd.Series[Any]", offsets: Rows) -> tuple[Values, Observed]:
    found, odd = np.zeros(len(column)), np.zeros(len(offsets) - 1, dtype=np.bool_)
    held = column.to_numpy(dtype=object, na_value=np.nan)
    for number, (start, stop) in enumerate(pairwise(offsets.tolist())):
        try:
            found[start:stop] = held[start:stop].astype(np.float64)
        except (TypeError, ValueError):
            odd[number] = True
    return found, odd


def odd_rows(table: Table) -> Observed:
    """Return which series cannot be used as they are, whatever their frequency, (series,).

    Their times do not rise, values are too large, or a column is blank where others have begun.
    """
    odd = table.odd.copy()
    which = np.repeat(np.arange(len(odd)), np.diff(table.offsets))
    odd[which[table.times == BLANK]] = True
    falls = np.flatnonzero(table.times[1:] <= table.times[:-1]) + 1
    odd[which[falls[~np.isin(falls, table.offsets)]]] = True
    for column in table.numbers:
        odd[which[np.abs(column) > LARGEST]] = True
    first = first_rows(table)
    odd |= first >= table.offsets[1:]
    blank = np.isnan(table.numbers[0])
    if blank.any():
        last = np.maximum.reduceat(np.where(blank, -1, np.arange(len(blank))), table.offsets[:-1])
        odd |= last < first
    return odd


def first_rows(table: Table) -> Rows:
    """Return the row by which every column has had a value, (series,); past the end for none."""
    first = table.offsets[:-1].copy()
    for column in table.numbers:
        blank = np.isnan(column)
        if blank[table.offsets[:-1]].any():
            seen = np.where(blank, len(column), np.arange(len(column)))
            first = np.maximum(first, np.minimum.reduceat(seen, table.offsets[:-1]))
    return first


def as_index(times: Integers, kind: "pd.Index[Any]") -> "pd.Index[Any]":
    """Return numbers as an index of a kind."""
    return dated_index(times, kind) if isinstance(kind, pd.DatetimeIndex) else pd.Index(times)


def dated_index(times: Integers, kind: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return times in the unit of another index as an index in its zone."""
    utc = pd.DatetimeIndex(times.view(f"M8[{kind.unit}]"))
    return utc if kind.tz is None else utc.tz_localize("UTC").tz_convert(kind.tz)


def times_of(index: "pd.Index[Any]", kind: "pd.Index[Any]") -> Integers:
    """Return an index as numbers, times in the unit of a kind."""
    if isinstance(index, pd.DatetimeIndex) and isinstance(kind, pd.DatetimeIndex):
        return index.as_unit(kind.unit).asi8
    return index.to_numpy(dtype=np.int64)


def moved_to(table: Table, like: "pd.Index[Any]") -> Table | None:
    """Return rows with times in the unit and zone of another index; None if they have none."""
    kind, dated = table.kind, isinstance(like, pd.DatetimeIndex)
    if not isinstance(kind, pd.DatetimeIndex) or not isinstance(like, pd.DatetimeIndex):
        return None if dated or isinstance(kind, pd.DatetimeIndex) else table
    if (kind.tz is None) != (like.tz is None):
        return None
    if kind.unit == like.unit:
        return table._replace(kind=like)
    index = dated_index(table.times, kind)
    moved = index.as_unit(like.unit)
    return table._replace(times=moved.asi8, kind=like) if (moved == index).all() else None
