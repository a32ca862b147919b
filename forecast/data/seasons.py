"""Seasonal factors of many series at once; see `forecast.data.seasonal` for how they are found.

    factors   (series, period)
    anchors   (series,)          timestamp or number of the row of each series with position 0

A season shows where the autocorrelation r of a series at lag m, its period, is beyond chance:

    |r_m| > 1.645 · √((1 + 2 (r_1² + … + r_{m−1}²)) / n)

the test, at 90 %, of the organisers of the M4 competition (Makridakis et al., 2020, "The M4
competition", their published code), who ask for three seasons of rows.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.frequency import is_calendar_of_trading, positions
from forecast.data.panel import Panel, Rows
from forecast.data.seasonal import WEEKS, Season, learn_season, place_in_year
from forecast.data.series import STEP, Values
from forecast.data.trading import wall_days
from forecast.data.transforms import WHERE_POSITIVE, learn_logs
from forecast.errors import DataError

Z_90 = 1.645
SEASONS_TO_TEST = 3
MONDAY = np.datetime64("0001-01-01", "D")  # before any row

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Seasons:
    """The seasonal factors of the series of a panel, by the number of the series.

    Attributes:
        kind: `additive` or `multiplicative`.
        factors: (series, period).
        anchors: (series,) timestamp or number of the row that has position 0.
        frequency: of the rows.
    """

    kind: str
    factors: Values
    anchors: "pd.Index[Any]"
    frequency: str

    def __len__(self) -> int:
        return len(self.factors)

    @property
    def period(self) -> int:
        """Rows in a season."""
        return int(self.factors.shape[1])

    def one(self, number: int) -> Season:
        """Return the season of one series."""
        factors = tuple(self.factors[number].tolist())
        return Season(self.kind, factors, self.anchors[number], self.frequency)

    def take(self, numbers: Rows) -> "Seasons":
        """Return the seasons of some series."""
        return replace(self, factors=self.factors[numbers], anchors=self.anchors[numbers])

    def followed_by(self, more: "Seasons") -> "Seasons":
        """Return these seasons and those of more series after them."""
        factors = np.concatenate((self.factors, more.factors))
        return replace(self, factors=factors, anchors=self.anchors.append(more.anchors))

    def of(self, panel: Panel) -> Values:
        """Return the factor of every row of a panel of these series, (rows,)."""
        which = np.repeat(np.arange(len(panel)), panel.lengths)
        place = places(panel, self.anchors, self.frequency, self.period)
        return self.factors[which, place % self.period]

    def remove(self, values: Values, factors: Values) -> Values:
        """Return values without their factors."""
        return values - factors if self.kind == "additive" else values / factors

    def put_back(self, values: Values, factors: Values) -> Values:
        """Return values with their factors, the inverse of `remove`."""
        return values + factors if self.kind == "additive" else values * factors


def places(
    panel: Panel, anchors: "pd.Index[Any]", frequency: str, period: int
) -> NDArray[np.int64]:
    """Return how many rows of the grid after the anchor of its series each row stands, (rows,)."""
    index = panel.flat.index
    if frequency.startswith("W") and period == WEEKS:
        return place_in_year(index)
    firsts = index[panel.offsets[:-1]]
    within = np.arange(len(index)) - np.repeat(panel.offsets[:-1], panel.lengths)
    if frequency == STEP:
        ahead = firsts.to_numpy(dtype=np.int64) - anchors.to_numpy(dtype=np.int64)
        return np.repeat(ahead, panel.lengths) + within
    if is_calendar_of_trading(frequency):
        # The weekday counts, so a holiday takes its place in the week, whoever trades.
        return _business_days(panel, anchors)
    ahead = np.zeros(len(panel), np.int64)
    moved = np.flatnonzero(np.asarray(firsts != anchors))
    for one in pd.unique(np.asarray(anchors.take(moved))):
        some = moved[np.asarray(anchors.take(moved) == one)]
        order = some[np.argsort(np.asarray(firsts.take(some)), kind="stable")]
        start = anchors[int(some[0])]
        ahead[order] = positions(pd.DatetimeIndex(firsts.take(order)), start, frequency)
    return np.repeat(ahead, panel.lengths) + within


def _business_days(panel: Panel, anchors: "pd.Index[Any]") -> NDArray[np.int64]:
    """Return the weekdays from the anchor of its series to each row, (rows,)."""
    ahead, starts = (_weekdays_up_to(one) for one in (panel.flat.index, anchors))
    return ahead - np.repeat(starts, panel.lengths)


def _weekdays_up_to(index: "pd.Index[Any]") -> NDArray[np.int64]:
    """Return the number of weekdays up to each timestamp, (rows,), counted from long ago."""
    days = wall_days(pd.DatetimeIndex(index)) + np.timedelta64(1, "D")
    count: NDArray[np.int64] = np.busday_count(MONDAY, days)
    return count


def learn_seasons(
    panel: Panel, stops: Rows, kind: str, period: int, *, tested: bool = False
) -> Seasons:
    """Learn the factors of every series from its training rows.

    Args:
        panel: the rows.
        stops: (series,) training rows of each.
        kind: `additive` or `multiplicative`.
        period: rows in a season, at least 2.
        tested: whether a series has factors only where the test of the module shows a season, and
            where it can be divided by them.

    Returns:
        The seasons; a series of a panel with fewer than two has factors that change nothing.

    Raises:
        TooFewRowsError: a single series has fewer than two seasons.
        DataError: `multiplicative` meets values that are not above 0.
    """
    anchors = panel.flat.index[panel.offsets[:-1]]
    wanted = stops >= 2 * period
    if tested:
        wanted &= shows_season(panel, stops, period)
        if kind == "multiplicative":
            wanted &= learn_logs(panel, stops, WHERE_POSITIVE)
    if panel.long or (tested and not wanted.any()):
        factors = _factors(panel, stops, wanted, kind, period)
    else:
        season = learn_season(panel.one(0).rows(0, int(stops[0])), kind, period)
        factors = np.array([season.factors])
    return Seasons(kind, factors, anchors, panel.flat.frequency)


def _factors(panel: Panel, stops: Rows, wanted: Flags, kind: str, period: int) -> Values:
    """Return the factors of the wanted series of a panel, (series, period); of others none."""
    series, values = len(panel), panel.flat.values
    which = np.repeat(np.arange(series), panel.lengths)
    within = np.arange(len(values)) - panel.offsets[which]
    learned = (within < stops[which]) & wanted[which]
    low = learned & (values <= 0)
    if kind == "multiplicative" and low.any():
        row = int(low.argmax())
        raise DataError(
            "`seasonal_adjustment='multiplicative'` divides, so all values of "
            f"{panel.ids[which[row]]!r} must be above 0; one is {values[row]:g}. Use 'additive'."
        )
    half = period // 2
    known = learned & (within >= half) & (within + half < stops[which]) & panel.flat.observed
    trend = _trend(values, period)[known]
    left = values[known] - trend if kind == "additive" else values[known] / trend
    anchors = panel.flat.index[panel.offsets[:-1]]
    place = places(panel, anchors, panel.flat.frequency, period)[known] % period
    at, size = which[known] * period + place, series * period
    counts = np.bincount(at, minlength=size).reshape(series, period)
    sums = np.bincount(at, left, size).reshape(series, period)
    return _about_usual(sums / np.maximum(counts, 1), counts > 0, kind)


def _trend(values: Values, period: int) -> Values:
    """Return the centred moving average of all rows, of which some reach over two series."""
    weights = np.ones(period) if period % 2 else np.r_[0.5, np.ones(period - 1), 0.5]
    half, trend = len(weights) // 2, np.full(len(values), np.nan)
    if len(values) >= len(weights):
        trend[half : len(values) - half] = np.convolve(values, weights / period, mode="valid")
    return trend


def _about_usual(factors: Values, found: Flags, kind: str) -> Values:
    """Return factors (series, period) about 0 or 1; places without any are as usual."""
    count = np.maximum(found.sum(axis=1, keepdims=True), 1)
    usual = np.where(found, factors, 0.0).sum(axis=1, keepdims=True) / count
    whole = np.where(found, factors, usual)
    if kind == "additive":
        return np.asarray(whole - usual)
    return np.where(usual > 0, whole / np.where(usual > 0, usual, 1.0), 1.0)


def shows_season(panel: Panel, stops: Rows, period: int) -> Flags:
    """Say of which series the training rows show a season, (series,); see the module."""
    series, values = len(panel), panel.flat.values
    which = np.repeat(np.arange(series), panel.lengths)
    within = np.arange(len(values)) - panel.offsets[which]
    training = within < stops[which]
    mean = np.bincount(which[training], values[training], series) / np.maximum(stops, 1)
    about = np.where(training, values - mean[which], 0.0)
    whole = np.bincount(which, about**2, series)
    whole = np.where(whole > 0, whole, np.inf)  # a series that never moves has no season
    squares: Values = np.zeros(series)
    for lag in range(1, period):
        squares = squares + (_product(about, which, within, lag, series) / whole) ** 2
    last = _product(about, which, within, period, series) / whole
    limit = Z_90 * np.sqrt((1 + 2 * squares) / np.maximum(stops, 1))
    return (np.abs(last) > limit) & (stops >= SEASONS_TO_TEST * period)


def _product(about: Values, which: Rows, within: Rows, lag: int, series: int) -> Values:
    """Return the sum over each series of its rows times those so many rows before, (series,)."""
    if lag >= len(about):
        return np.zeros(series)
    both = np.where(within[lag:] >= lag, about[lag:] * about[:-lag], 0.0)
    return np.asarray(np.bincount(which[lag:], both, series))


def check_period(kind: str, period: int, frequency: str) -> None:
    """See that rows have a season.

    Raises:
        DataError: they have none.
    """
    if period < 2:
        raise DataError(
            f"`seasonal_adjustment={kind!r}` needs a season; rows of frequency {frequency!r} have "
            "none. Give `season`, in rows."
        )
