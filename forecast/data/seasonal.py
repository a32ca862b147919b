"""Seasonal factors by classical decomposition, learned from training rows.

The trend is a centred moving average over one season (for an even season of m rows, of m + 1 rows
with half weights at the ends). What is left of the values, averaged by position in the season, is
the factor of that position:

    additive         value − trend, factors sum to 0         adjusted = value − factor
    multiplicative   value ÷ trend, factors average to 1     adjusted = value ÷ factor

Source: Hyndman and Athanasopoulos, "Forecasting: principles and practice", section 3.4.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.frequency import is_calendar_of_trading, positions
from forecast.data.series import STEP, TimeSeries, Values
from forecast.errors import DataError, TooFewRowsError

WEEKS = 52  # of a year, the last with a day or two more
ADJUSTMENTS = ("none", "additive", "multiplicative")


class Season(NamedTuple):
    """The seasonal factors of one series.

    Attributes:
        kind: `additive` or `multiplicative`.
        factors: one for each position in the season.
        anchor: timestamp or number of the row that has position 0.
        frequency: of the rows.
    """

    kind: str
    factors: tuple[float, ...]
    anchor: Any
    frequency: str

    def of(self, index: "pd.Index[Any]") -> Values:
        """Return the factor of each entry of a rising index, (rows,)."""
        return np.array(self.factors)[_places(index, self) % len(self.factors)]

    def remove(self, values: Values, factors: Values) -> Values:
        """Return values without their factors."""
        return values - factors if self.kind == "additive" else values / factors

    def put_back(self, values: Values, factors: Values) -> Values:
        """Return values with their factors, the inverse of `remove`."""
        return values + factors if self.kind == "additive" else values * factors


def _places(index: "pd.Index[Any]", season: Season) -> NDArray[np.int64]:
    """Return how many rows of the grid after the anchor each entry stands.

    In a year of 52 weeks it is the week of the year instead: counted on, weeks would run ahead of
    the year by a day or two each year, and by months over a long series.
    """
    if season.frequency == STEP:
        return index.to_numpy(dtype=np.int64) - int(season.anchor)
    if season.frequency.startswith("W") and len(season.factors) == WEEKS:
        return place_in_year(index)
    # The weekday counts, so a holiday takes its place in the week, whoever trades.
    steps = "B" if is_calendar_of_trading(season.frequency) else season.frequency
    return positions(pd.DatetimeIndex(index), season.anchor, steps)


def place_in_year(index: "pd.Index[Any]") -> NDArray[np.int64]:
    """Return the week of the year of each timestamp, from 0 to 51."""
    week = (pd.DatetimeIndex(index).day_of_year.to_numpy() - 1) // 7
    place: NDArray[np.int64] = np.minimum(week, WEEKS - 1).astype(np.int64)
    return place


def learn_season(training: TimeSeries, kind: str, period: int) -> Season:
    """Learn the factors of a series from its training rows.

    Args:
        training: the rows.
        kind: `additive` or `multiplicative`.
        period: rows in a season, at least 2.

    Raises:
        TooFewRowsError: there are fewer than two seasons.
        DataError: `multiplicative` meets values that are not above 0.
    """
    if len(training) < 2 * period:
        raise TooFewRowsError(
            f"`seasonal_adjustment` needs two seasons of {period} rows for training; "
            f"{training.name!r} has {len(training)} rows. Use seasonal_adjustment='none', a "
            "shorter `season`, or more rows."
        )
    if kind == "multiplicative" and training.values.min() <= 0:
        raise DataError(
            f"`seasonal_adjustment='multiplicative'` divides, so all values of {training.name!r} "
            f"must be above 0; the least is {training.values.min():g}. Use 'additive'."
        )
    trend = _trend(training.values, period)
    left = training.values - trend if kind == "additive" else training.values / trend
    season = Season(kind, (0.0,) * period, training.index[0], training.frequency)
    place = _places(training.index, season) % period
    known = np.isfinite(left) & training.observed
    if not known.any():
        raise TooFewRowsError(
            f"`seasonal_adjustment` needs observed rows half a season of {period} rows away from "
            f"both ends of the training rows; {training.name!r} has none. Use "
            "seasonal_adjustment='none', or a shorter `season`."
        )
    factors = np.array([_mean(left[known & (place == k)]) for k in range(period)])
    usual = factors[np.isfinite(factors)].mean()
    whole = np.where(np.isfinite(factors), factors, usual)
    level = whole - usual if kind == "additive" else whole / usual
    return season._replace(factors=tuple(level.tolist()))


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _trend(values: Values, period: int) -> Values:
    """Return the centred moving average, NaN where a season does not fit around a row."""
    weights = np.ones(period) if period % 2 else np.r_[0.5, np.ones(period - 1), 0.5]
    half = len(weights) // 2
    trend = np.full(len(values), np.nan)
    if len(values) >= len(weights):
        smooth = np.convolve(values, weights / period, mode="valid")
        trend[half : half + len(smooth)] = smooth
    return trend
