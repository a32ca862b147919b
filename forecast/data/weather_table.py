"""Open-Meteo's JSON made a table, once it is one."""

import json
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from forecast.data.day_range import DayRange
from forecast.data.weather_source import bad
from forecast.errors import NoRowsError

STEPS: Final = {"daily": pd.Timedelta(days=1), "hourly": pd.Timedelta(hours=1)}


def weather_table(
    body: bytes, variables: Sequence[str], step: str, days: DayRange
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows of an answer, and the facts beside them.

    Args:
        body: JSON, as it came.
        variables: what was asked for, in that order.
        step: `daily` or `hourly`.
        days: that were asked for; there must be no others.

    Returns:
        A table with a DatetimeIndex `time`, NaN where there is no value, without the blank rows at
        its ends; and units, timezone, elevation (m), grid (latitude, longitude) and notes.

    Raises:
        BadAnswerError: the answer is no such table.
        NoRowsError: it holds no value at all.
    """
    told = json.loads(body)
    held, units = told.get(step), told.get(f"{step}_units")
    if not isinstance(held, dict) or not isinstance(units, dict):
        raise bad(f"it holds no {step} values")
    index = _index(held.get("time"))
    _check_days(index, step, days)
    columns = {name: _column(name, held.get(name), len(index)) for name in variables}
    table = pd.DataFrame(columns, index=index)
    rows = np.flatnonzero(table.notna().any(axis=1).to_numpy())
    if not len(rows):
        raise NoRowsError(
            "Open-Meteo has no values between these dates. Choose others; the archive ends some "
            "days ago."
        )
    cut = table.iloc[rows[0] : rows[-1] + 1]
    notes = []
    if len(cut) < len(table):
        notes.append(f"{len(table) - len(cut)} blank rows at the ends were left out.")
    return cut, {
        "units": {name: str(units.get(name, "")) for name in variables},
        "timezone": str(told.get("timezone", "")),
        "elevation": told.get("elevation"),
        "grid": {side: told.get(side) for side in ("latitude", "longitude")},
        "notes": notes,
    }


def _index(times: Any) -> pd.DatetimeIndex:
    """Return the times of the rows.

    Raises:
        BadAnswerError: they are none, or out of order.
    """
    if not isinstance(times, list) or not all(isinstance(time, str) for time in times):
        raise bad("its times are missing")
    try:
        index = pd.DatetimeIndex(pd.to_datetime(times, format="ISO8601"), name="time")
    except ValueError:
        raise bad("its times are none") from None
    if index.tz is not None or index.hasnans or not index.is_monotonic_increasing:
        raise bad("its times are out of order")
    if not index.is_unique:
        raise bad("it holds the same time twice")
    return index


def _check_days(index: pd.DatetimeIndex, step: str, days: DayRange) -> None:
    """See that rows are of the days asked for, and one step apart.

    Raises:
        BadAnswerError: they are not.
    """
    if not len(index):
        return
    first, last = index[0].date(), index[-1].date()
    if first < days.start or last > days.end:
        raise bad(
            f"it holds the days {first} to {last}, where {days.start} to {days.end} were asked for"
        )
    if (index[1:] - index[:-1] != STEPS[step]).any():
        raise bad(f"its {step} rows have gaps")


def _column(name: str, values: Any, rows: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return the values of a variable, NaN for null.

    Raises:
        BadAnswerError: they are not one number or null a row.
    """
    if not isinstance(values, list) or len(values) != rows:
        found = f"{len(values)} values" if isinstance(values, list) else "no list"
        raise bad(f"{name!r} holds {found} for {rows} times")
    for value in values:
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad(f"{name!r} holds {str(value)[:40]!r}")
        if not _is_finite(value):
            raise bad(f"{name!r} holds {str(value)[:40]}")
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # JSON's whole numbers have no end
        return False
