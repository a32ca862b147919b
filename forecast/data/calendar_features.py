"""Where a timestamp stands in a day, a week or a year, as a sine and a cosine.

    hour       hour and minutes, of a day           weekday   day of a week, from Monday
    monthday   day of a month of its length         month     month of a year
    yearday    day of a year of its length

A cycle of length n puts position p at the angle 2π p / n, so that its end meets its beginning.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import DataError

Turns = NDArray[np.float64]


def _hour(index: pd.DatetimeIndex) -> Turns:
    return np.asarray((index.hour + index.minute / 60 + index.second / 3600) / 24, np.float64)


def _weekday(index: pd.DatetimeIndex) -> Turns:
    return np.asarray(index.day_of_week / 7, np.float64)


def _monthday(index: pd.DatetimeIndex) -> Turns:
    return np.asarray((index.day - 1) / index.days_in_month, np.float64)


def _yearday(index: pd.DatetimeIndex) -> Turns:
    length = np.where(index.is_leap_year, 366, 365)
    return np.asarray((index.day_of_year - 1) / length, np.float64)


def _month(index: pd.DatetimeIndex) -> Turns:
    return np.asarray((index.month - 1) / 12, np.float64)


CYCLES: dict[str, Callable[[pd.DatetimeIndex], Turns]] = {
    "hour": _hour,
    "weekday": _weekday,
    "monthday": _monthday,
    "yearday": _yearday,
    "month": _month,
}


def calendar_features(index: "pd.Index[Any]", names: Sequence[str]) -> Turns:
    """Return sine and cosine of each cycle, (rows, 2 · names).

    Args:
        index: timestamps; the wall clock of their time zone counts.
        names: of `CYCLES`.

    Raises:
        DataError: the rows are numbered, not dated.
    """
    if not names:
        return np.empty((len(index), 0))
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(
            f"`calendar={list(names)}` needs dated rows; these are numbered. Give the series a "
            "DatetimeIndex, or leave `calendar` out."
        )
    turns = [2 * np.pi * CYCLES[name](index) for name in names]
    return np.column_stack([wave(turn) for turn in turns for wave in (np.sin, np.cos)])
