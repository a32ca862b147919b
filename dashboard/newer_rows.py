"""The rows that a forecast goes on from: those of the run, and newer ones of the same series."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.series_choice import rows_of
from dashboard.times import length, moment
from forecast.data.columns import Columns
from forecast.data.series import TimeSeries, prepare_after
from forecast.errors import DataError

APART = 1.5  # times the usual step that newer rows may be apart, or less than its part of it
FEWEST = 3  # rows that tell how far apart they are


class Known(NamedTuple):
    """What is known of a series.

    Attributes:
        series: the rows that models read.
        history: all values by time, NaN where there was none.
        newer: how many rows were uploaded and lie after those of the run.
        missing: how many rows between those of the run and the newer ones are missing.
        alone: whether models read the newer rows alone, as they fill a window after the gap.
    """

    series: TimeSeries
    history: "pd.Series[float]"
    newer: int = 0
    missing: int = 0
    alone: bool = False


def known_rows(series: TimeSeries) -> Known:
    """Return the rows of a run as what is known."""
    return Known(series, series.observed_values())


def known_with(series: TimeSeries, table: pd.DataFrame, needed: int | None) -> Known:
    """Return the rows of a run and newer ones.

    Args:
        series: of the run.
        table: newer rows by time, or a long frame of a panel.
        needed: rows that a forecast needs; as many newer ones stand alone after a gap. None where
            it reads all rows.

    Raises:
        DataError: a column is missing, the rows are of another frequency or kind, none is newer,
            or the gap before them is too long to fill.
    """
    rows = _wanted(series, table)
    check_steps(series, rows.index)
    newer = prepare_after(series, rows, Columns(series.name, series.columns))
    last = series.index[-1]
    if newer.index[-1] <= last:
        raise DataError(
            f"The newest row of this file is of {moment(newer.index[-1])}; the series is known up "
            f"to {moment(last)} already. Upload rows after that."
        )
    before = series.observed_values().loc[lambda one: one.index < newer.index[0]]
    history = pd.concat([before, newer.observed_values()])
    count = int((newer.index > last).sum())
    following = series.after(1)[0]
    if newer.index[0] > following and needed is not None and len(newer) >= needed:
        return Known(newer, history, count, alone=True)
    joined = series.followed_by(newer)
    between = (joined.index > last) & (joined.index < newer.index[0])
    return Known(joined, history, count, int(between.sum()))


def _wanted(series: TimeSeries, table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of newer rows, the target under the name of the series."""
    rows, column = rows_of(table, series.name)
    missing = [name for name in (column, *series.columns) if name not in rows]
    if missing:
        raise DataError(
            f"This file has no column {missing[0]!r}; its columns are "
            f"{', '.join(repr(str(name)) for name in rows)}. Name its columns as in the data that "
            "the models were trained on."
        )
    found: pd.DataFrame = rows[[column, *series.columns]].rename(columns={column: series.name})
    return found


def check_steps(series: TimeSeries, index: "pd.Index[Any]") -> None:
    """See that rows are as far apart as those of a series.

    Raises:
        DataError: they are further apart, or closer together.
    """
    if len(index) < FEWEST or not isinstance(series.index, pd.DatetimeIndex):
        return
    usual, newest = _steps(series.index), _steps(index)
    if not len(newest) or not len(usual):
        return
    ratio = newest.min() / float(np.median(usual))
    if not 1 / APART <= ratio <= APART:
        raise DataError(
            f"These rows are {length(pd.Timedelta(newest.min()))} apart; those of the series are "
            f"{length(pd.Timedelta(np.median(usual)))} apart (frequency {series.frequency}). "
            "Upload rows of the same frequency."
        )


def _steps(index: "pd.Index[Any]") -> Any:
    """Return the nanoseconds between rows, without those that stand twice."""
    times = pd.DatetimeIndex(index).as_unit("ns").asi8
    steps = np.diff(times)
    return steps[steps > 0]
