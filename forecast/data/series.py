"""One series made ready: values on a regular grid, gaps filled forward, and what was filled.

Whatever a caller brings (Series, one-column DataFrame, long frame of one series, plain sequence)
becomes a `TimeSeries`; everything below works on that alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.frequency import future_index, infer_frequency, is_calendar_of_trading, season_of
from forecast.errors import DataError

Values = NDArray[np.float64]
Observed = NDArray[np.bool_]
SeriesLike = pd.Series | pd.DataFrame | NDArray[Any] | Sequence[float]

STEP = "step"  # the frequency of rows that are numbered, not dated
LARGEST = 1e100  # its square must still be a number
MOST_GROWTH = 10  # times the rows that filling gaps may reach


@dataclass(frozen=True)
class TimeSeries:
    """A univariate series on a regular grid.

    Attributes:
        values: (rows,) float64, finite; gaps are filled with the value before them.
        observed: (rows,) bool, False where a value was filled; such a row is never scored.
        index: (rows,) timestamps or whole numbers, increasing.
        frequency: a pandas alias such as `D`, or `step` for numbered rows.
        name: of the series.
    """

    values: Values
    observed: Observed
    index: "pd.Index[Any]"
    frequency: str
    name: str

    def __len__(self) -> int:
        return len(self.values)

    @property
    def season(self) -> int:
        """Rows in one season of this frequency; 1 where there is none."""
        return 1 if self.frequency == STEP else season_of(self.frequency)

    def rows(self, start: int, stop: int) -> "TimeSeries":
        """Return the rows [start, stop)."""
        part = slice(start, stop)
        return TimeSeries(
            self.values[part], self.observed[part], self.index[part], self.frequency, self.name
        )

    def after(self, steps: int) -> "pd.Index[Any]":
        """Return the next `steps` timestamps (or row numbers) after the last row."""
        if self.frequency == STEP:
            last = int(self.index[-1])
            return pd.RangeIndex(last + 1, last + 1 + steps)
        return future_index(self.index[-1], self.frequency, steps)

    def followed_by(self, newer: "TimeSeries") -> "TimeSeries":
        """Return this series with newer rows after it; where they overlap, the newer ones count.

        Args:
            newer: made ready by `prepare_after`.

        Raises:
            DataError: the rows between do not lie on the grid, or are too many to fill.
        """
        keep = self.rows(0, int(self.index.searchsorted(newer.index[0])))
        joined = pd.concat([keep.observed_values(), newer.observed_values()])
        return prepare(joined, frequency=self.frequency)

    def observed_values(self) -> "pd.Series[float]":
        """Return the values as a Series, NaN where they were filled."""
        values = np.where(self.observed, self.values, np.nan)
        return pd.Series(values, index=self.index, name=self.name)


def prepare(
    y: SeriesLike | TimeSeries, *, frequency: str | None = None, trusted: float = 1.0
) -> TimeSeries:
    """Make a series ready.

    Args:
        y: a Series with a DatetimeIndex, PeriodIndex or whole-number index; a DataFrame of one
            column; a long frame `unique_id, ds, y` of one series; or a plain sequence. NaN marks
            a missing value.
        frequency: of the index; None infers it.
        trusted: share of the rows, from the first, that the frequency is inferred from, above 0
            and at most 1.

    Returns:
        The series on a regular grid. Missing timestamps (not holidays of a business-day series)
        and NaN are filled with the last value before them; NaN before the first value are dropped.

    Raises:
        DataError: values that are no numbers or infinite, an index that is not strictly
            increasing or has no regular step, several columns or series, or nothing at all.
    """
    if isinstance(y, TimeSeries):
        return y
    series = _as_series(y)
    _check_index(series.index)
    numbers = _as_numbers(series)
    first = numbers.first_valid_index()
    if first is None:
        raise DataError(f"The series {_shown(series)} has no value at all: every row is blank.")
    numbers = numbers.loc[first:]
    if frequency is None:
        rows = min(len(numbers), max(3, round(trusted * len(numbers))))
        frequency = _frequency_of(numbers.index[:rows])
    grid = _on_grid(numbers, frequency)
    observed = grid.notna().to_numpy()
    values: Values = np.asarray(grid.ffill(), dtype=np.float64)
    name = "y" if series.name is None else str(series.name)
    return TimeSeries(values, observed, grid.index, frequency, name)


def prepare_after(known: TimeSeries, data: SeriesLike) -> TimeSeries:
    """Make rows ready that come after a known series: same kind of index, zone and frequency.

    Raises:
        DataError: the kinds or zones do not go together, or the rows cannot be used.
    """
    series = _as_series(data)
    dated = isinstance(series.index, pd.DatetimeIndex)
    if dated != isinstance(known.index, pd.DatetimeIndex):
        words = ("numbered", "dated") if dated else ("dated", "numbered")
        raise DataError(
            f"Newer rows must be {words[0]}, as the fitted ones are; got {words[1]} ones. Give "
            f"them the same kind of index as the fitted rows, which end at {known.index[-1]}."
        )
    if isinstance(series.index, pd.DatetimeIndex) and isinstance(known.index, pd.DatetimeIndex):
        if (series.index.tz is None) != (known.index.tz is None):
            raise DataError(
                f"Newer rows must be in the time zone of the fitted ones, {known.index.tz}; got "
                f"{series.index.tz}. Use y.tz_localize(…), or y.tz_localize(None)."
            )
        if known.index.tz is not None:
            series = series.tz_convert(known.index.tz)
    return prepare(series, frequency=known.frequency)


def _as_series(y: SeriesLike) -> "pd.Series[Any]":
    if isinstance(y, pd.DataFrame):
        y = _only_column(y)
    if not isinstance(y, pd.Series):
        values = np.asarray(y)
        if values.ndim != 1:
            raise DataError(
                f"A series must have one dimension; got an array of shape {values.shape}. "
                "Pass one column."
            )
        y = pd.Series(values, name="y")
    if isinstance(y.index, pd.PeriodIndex):
        y = y.set_axis(y.index.to_timestamp())
    if len(y) == 0:
        raise DataError("The series is empty. Pass at least a few dozen rows.")
    return y


def _only_column(frame: pd.DataFrame) -> "pd.Series[Any]":
    if {"unique_id", "ds", "y"} <= set(frame.columns):
        ids = frame["unique_id"].unique()
        if len(ids) != 1:
            raise DataError(
                f"One series at a time can be fitted; this long frame has {len(ids)}: "
                f"{', '.join(map(str, ids[:5]))}{' …' if len(ids) > 5 else ''}. Choose one: "
                f"frame[frame.unique_id == {ids[0]!r}]."
            )
        return frame.set_index("ds")["y"].rename(str(ids[0]))
    if {"ds", "y"} <= set(frame.columns):
        return frame.set_index("ds")["y"]
    if frame.shape[1] != 1:
        listed = ", ".join(repr(str(name)) for name in frame.columns)
        raise DataError(
            f"One column can be fitted; this frame has {frame.shape[1]}: {listed}. "
            "Choose one: frame['…']."
        )
    return frame.iloc[:, 0]


def _check_index(index: "pd.Index[Any]") -> None:
    whole = pd.api.types.is_integer_dtype(index.dtype)
    if not isinstance(index, pd.DatetimeIndex) and not whole:
        raise DataError(
            "The index must hold timestamps or whole numbers; got "
            f"{index.dtype} (first: {index[0]!r}). Use y.index = pd.to_datetime(y.index)."
        )
    if index.hasnans:
        raise DataError("The time index has blank entries. Drop those rows or give them a time.")
    if not index.is_monotonic_increasing:
        raise DataError("The time index must be increasing. Use y.sort_index().")
    if not index.is_unique:
        twice = index[index.duplicated()]
        raise DataError(
            f"The time index must be unique; {len(twice)} entries stand twice, the first is "
            f"{twice[0]}. Use y[~y.index.duplicated(keep='last')], or choose one series of a panel."
        )


def _as_numbers(series: "pd.Series[Any]") -> "pd.Series[float]":
    try:
        if getattr(series.dtype, "kind", "O") in "cmM":
            raise TypeError("these are no real numbers")
        numbers = pd.Series(
            series.to_numpy(dtype=np.float64, na_value=np.nan), series.index, name=series.name
        )
    except (TypeError, ValueError) as error:
        raise DataError(
            f"The series {_shown(series)} must hold numbers; it holds {series.dtype} ({error}). "
            "Choose a numeric column."
        ) from error
    beyond = np.flatnonzero(np.abs(numbers.to_numpy()) > LARGEST)
    if beyond.size:
        raise DataError(
            f"The series {_shown(series)} holds {beyond.size} infinite value(s), or beyond "
            f"{LARGEST:g}; the first at {series.index[beyond[0]]}. Replace them, or set them to "
            "NaN to have them filled."
        )
    return numbers


def _shown(series: "pd.Series[Any]") -> str:
    return repr(str(series.name)) if series.name is not None else "given"


def _frequency_of(index: "pd.Index[Any]") -> str:
    return infer_frequency(index) if isinstance(index, pd.DatetimeIndex) else STEP


def _on_grid(numbers: "pd.Series[float]", frequency: str) -> "pd.Series[float]":
    """Put the rows on the regular grid of their frequency, NaN where a row is missing."""
    index = numbers.index
    if frequency != STEP and is_calendar_of_trading(frequency):
        return numbers  # a missing business day is a holiday, not a gap
    if frequency == STEP:
        grid: pd.Index[Any] = pd.RangeIndex(index[0], index[-1] + 1)
    else:
        grid = pd.date_range(index[0], index[-1], freq=frequency)
    strays = index.difference(grid)
    if len(strays):
        raise DataError(
            f"{len(strays)} of {len(index)} rows do not lie on the grid of frequency "
            f"{frequency!r} that starts at {index[0]}; the first is {strays[0]}. Resample the "
            f"series, for instance y.resample({frequency!r}).mean()."
        )
    if len(grid) > MOST_GROWTH * len(index):
        raise DataError(
            f"Filling the gaps would turn {len(index)} rows into {len(grid)}. Cut the series at "
            "its long gaps, or resample it to a coarser frequency."
        )
    return numbers.reindex(grid)
