"""The regular grid of a series: which frequency its rows have, and where rows are missing."""

from typing import Any

import numpy as np
import pandas as pd

from forecast.data.exchange_search import find_exchange, named_exchange
from forecast.data.exchanges import is_exchange
from forecast.data.frequency import (
    at_time_of,
    grid_between,
    infer_frequency,
    is_calendar_of_trading,
)
from forecast.data.trading import Days, missing_sessions, on_sessions, wall_days
from forecast.errors import DataError

MOST_GROWTH = 10  # times the rows that filling gaps may reach


def frequency_of(rows: "pd.Series[float]", calendar: object = None) -> str:
    """Return the frequency of dated rows: an alias, or the exchange on whose days they fall.

    Args:
        rows: values on an increasing index of timestamps.
        calendar: exchange that the rows are said to be of; counts unless they grossly deny it.

    Raises:
        DataError: there is no regular step.
    """
    frequency = infer_frequency(pd.DatetimeIndex(rows.index))
    if frequency != "B":
        return frequency
    # A table may hold blank rows for holidays; only values say when there was trade.
    traded = pd.DatetimeIndex(rows.index[rows.notna()])
    return named_exchange(traded, calendar) or find_exchange(traded) or frequency


def on_grid(numbers: "pd.Series[float]", frequency: str) -> "pd.Series[float]":
    """Put rows on the regular grid of their frequency, NaN where a row is missing.

    Args:
        numbers: values on an increasing index, of timestamps or of whole numbers.
        frequency: of timestamps; whole numbers are counted.

    Returns:
        The rows of the grid. On the trading days of an exchange, rows with a value on other days
        are kept beside them, and blank ones left out.

    Raises:
        DataError: rows lie off the grid, or it is too many times as long.
        MissingExtraError: for an exchange, `exchange_calendars` is not installed.
    """
    index = numbers.index
    if not isinstance(index, pd.DatetimeIndex):
        return _filled(numbers, pd.RangeIndex(index[0], index[-1] + 1))
    if is_exchange(frequency):
        return _on_sessions(numbers, index, frequency)
    if is_calendar_of_trading(frequency):
        return numbers  # a missing business day is a holiday, not a gap
    grid = grid_between(index[0], index[-1], frequency)
    strays = index.difference(grid)
    if len(strays):
        raise DataError(
            f"{len(strays)} of {len(index)} rows do not lie on the grid of frequency "
            f"{frequency!r} that starts at {index[0]}; the first is {strays[0]}. Resample the "
            f"series, for instance fc.resample(y, {frequency!r})."
        )
    return _filled(numbers, grid)


def _on_sessions(
    numbers: "pd.Series[float]", index: pd.DatetimeIndex, code: str
) -> "pd.Series[float]":
    kept = numbers[numbers.notna() | on_sessions(index, code)]
    there = pd.DatetimeIndex(kept.index)
    return _filled(kept, there.union(_between_rows(there, missing_sessions(index, code))))


def _between_rows(index: pd.DatetimeIndex, days: Days) -> pd.DatetimeIndex:
    """Return days between rows as timestamps, each of the time of day of the row before it.

    A close at a time of New York comes an hour later in UTC when the clocks change.
    """
    before = index[wall_days(index).searchsorted(days) - 1]
    times = before.tz_localize(None)
    clock = (times - times.normalize()).to_numpy()
    found = [at_time_of(before[clock == one][0], days[clock == one]) for one in np.unique(clock)]
    return pd.DatetimeIndex(index[:0].append(found)).sort_values()


def _filled(numbers: "pd.Series[float]", grid: "pd.Index[Any]") -> "pd.Series[float]":
    if len(grid) > MOST_GROWTH * len(numbers):
        raise DataError(
            f"Filling the gaps would turn {len(numbers)} rows into {len(grid)}. Cut the series at "
            "its long gaps, or resample it to a coarser frequency."
        )
    return numbers.reindex(grid)
