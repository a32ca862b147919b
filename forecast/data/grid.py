"""The regular grid of a series: which frequency its rows have, and where rows are missing."""

from typing import Any

import pandas as pd

from forecast.data.exchanges import is_exchange
from forecast.data.frequency import (
    at_time_of,
    grid_between,
    infer_frequency,
    is_calendar_of_trading,
)
from forecast.data.trading import find_exchange, missing_sessions, on_sessions
from forecast.errors import DataError

MOST_GROWTH = 10  # times the rows that filling gaps may reach


def frequency_of(rows: "pd.Series[float]") -> str:
    """Return the frequency of dated rows: an alias, or the exchange on whose days they fall.

    Raises:
        DataError: there is no regular step.
    """
    frequency = infer_frequency(pd.DatetimeIndex(rows.index))
    if frequency != "B":
        return frequency
    # A table may hold blank rows for holidays; only values say when there was trade.
    return find_exchange(pd.DatetimeIndex(rows.index[rows.notna()])) or frequency


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
    gaps = missing_sessions(index, code)
    return _filled(kept, kept.index.union(at_time_of(index[0], gaps)) if len(gaps) else kept.index)


def _filled(numbers: "pd.Series[float]", grid: "pd.Index[Any]") -> "pd.Series[float]":
    if len(grid) > MOST_GROWTH * len(numbers):
        raise DataError(
            f"Filling the gaps would turn {len(numbers)} rows into {len(grid)}. Cut the series at "
            "its long gaps, or resample it to a coarser frequency."
        )
    return numbers.reindex(grid)
