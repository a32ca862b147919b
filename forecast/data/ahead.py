"""The timestamps after the last row of each series of a panel."""

from typing import Any

import numpy as np
import pandas as pd

from forecast.data.frequency import future_index
from forecast.data.number_table import dated_index
from forecast.data.regular import step_of
from forecast.data.series import STEP
from forecast.data.spans import Rows


def rows_after(index: "pd.Index[Any]", ends: Rows, frequency: str, steps: int) -> "pd.Index[Any]":
    """Return the next timestamps (or row numbers) after some rows, `steps` of each in turn.

    Args:
        index: of many series.
        ends: (series,) row that each one ends with.
        frequency: of all, or `step`.
        steps: at least 1.
    """
    if not isinstance(index, pd.DatetimeIndex) or frequency == STEP:
        last = index.to_numpy(dtype=np.int64)[ends]
        numbered: pd.Index[Any] = pd.Index((last[:, None] + np.arange(1, steps + 1)).ravel())
        return numbered
    # Most series end together, and where they do not, most grids are counted on.
    different, which = np.unique(index.asi8[ends], return_inverse=True)
    ahead = _after_each(dated_index(different, index), frequency, steps)
    return ahead if len(ends) == 1 else ahead.take(_rows_of(which.astype(np.intp), steps))


def _after_each(ends: pd.DatetimeIndex, frequency: str, steps: int) -> pd.DatetimeIndex:
    """Return the timestamps after each of different ones."""
    first = future_index(ends[0], frequency, steps)
    if len(ends) == 1:
        return first
    step = step_of(first, frequency)
    if step:
        last = ends.as_unit(first.unit).asi8[:, None]
        return dated_index((last + step * np.arange(1, steps + 1)).ravel(), first)
    found = [first, *(future_index(end, frequency, steps) for end in ends[1:])]
    return pd.DatetimeIndex(found[0].append(found[1:]))


def _rows_of(which: Rows, steps: int) -> Rows:
    rows: Rows = (which[:, None] * steps + np.arange(steps)).ravel()
    return rows
