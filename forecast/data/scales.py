"""The scales of many series at once; see `forecast.data.scaling` for what each name means.

S series, their rows one after another:

    values    (rows,)      what a network reads, of all series
    begins    (S,)         first row of each series
    firsts    (S,)         first of the rows that its scale is learned from
    ends      (S,)         row after the last of those
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.data.scaling import (
    BY_WINDOW,
    LEAST_SPREAD,
    ROUNDING,
    Scaler,
    own_spread,
)
from forecast.data.series import Observed, Values
from forecast.data.windows import rows_of

Rows = NDArray[np.intp]

WINDOWS_OF_ONE = 4096  # evenly spaced windows that the scale of a single series looks at, at most
WINDOWS_OF_MANY = 32  # those of each series of a panel
VALUES_AT_ONCE = 2**22  # of windows gathered together


class Usual(NamedTuple):
    """What is usual among the series of a fit, for those that never move.

    Attributes:
        logarithms: least spread of series whose levels are logarithms, which have one unit.
        relative: that of the others, relative to the size of their values.
    """

    logarithms: float = 0.0
    relative: float = 0.0


NOTHING_USUAL = Usual()


@dataclass(frozen=True)
class Scales:
    """The scales of the series of a panel, by the number of the series.

    Attributes:
        name: one of `forecast.data.scaling.SCALINGS`.
        shift: (series,) in the unit of the levels; 0 where each window has its own.
        spread: (series,) above 0; where each window has its own, the least one.
        usual: among these series.
    """

    name: str
    shift: Values
    spread: Values
    usual: Usual = NOTHING_USUAL

    def __len__(self) -> int:
        return len(self.shift)

    def of(self, number: int) -> Scaler:
        """Return the scaler of one series."""
        return Scaler(self.name, float(self.shift[number]), float(self.spread[number]))

    def followed_by(self, more: "Scales") -> "Scales":
        """Return these scales and those of more series after them."""
        return replace(
            self,
            shift=np.concatenate((self.shift, more.shift)),
            spread=np.concatenate((self.spread, more.spread)),
        )

    def shift_and_spread(
        self,
        inputs: Values,
        which: Rows,
        real: Observed | None = None,
        *,
        changes: bool = False,
        logs: Observed | None = None,
    ) -> tuple[Values, Values]:
        """Return shift and spread of each window, (windows, 1) each.

        Args:
            inputs: (windows, timesteps).
            which: (windows,) number of the series of each window.
            real: (windows, timesteps), False on padded steps; None where nothing is padded.
            changes: whether inputs are changes, which windows are not shifted by.
            logs: (windows,) whether inputs are logarithms; None where none are.
        """
        shift, spread = self.shift[which, None], self.spread[which, None]
        if self.name not in BY_WINDOW:
            return shift, spread
        own = shift if changes else inputs[:, -1:]
        if self.name == "last":
            return own, spread
        return own, own_spread(self.name, inputs, spread, real, logs)


def scales_of(scalers: "list[Scaler] | tuple[Scaler, ...]") -> Scales:
    """Return scalers, all of one name, side by side."""
    return Scales(
        scalers[0].name,
        np.array([one.shift for one in scalers]),
        np.array([one.spread for one in scalers]),
    )


class Learned(NamedTuple):
    """The rows that scales are learned from.

    Attributes:
        values: (rows,) what a network reads.
        observed: (rows,) False where a value was filled.
        begins: (series,) first row that a window of each series may read.
        ends: (series,) row after the last that is learned from.
        origins: (windows,) last row of each training window, series after series.
        which: (windows,) number of its series.
        timesteps: of a window.
        logs: (series,) whether the levels of each are logarithms.
    """

    values: Values
    observed: Observed
    begins: Rows
    ends: Rows
    origins: Rows
    which: Rows
    timesteps: int
    logs: Observed


def fit_scales(name: str, learned: Learned, usual: Usual | None = None) -> Scales:
    """Learn the scale of every series from its training rows and windows.

    Args:
        name: one of `forecast.data.scaling.SCALINGS`.
        learned: from.
        usual: among the series of an earlier fit; None is what is usual among these.
    """
    series = len(learned.begins)
    nothing: Values = np.zeros(series)
    if name in ("none", "last"):
        return Scales(name, nothing, np.ones(series))
    rows, of = _rows_of(learned)
    values = learned.values[rows]
    size = np.zeros(series)
    np.maximum.at(size, of, np.abs(values))
    mean = _mean(values, of, series)
    if name == "minmax":
        low, high = np.full(series, np.inf), np.full(series, -np.inf)
        np.minimum.at(low, of, values)
        np.maximum.at(high, of, values)
        return Scales(name, low, _or_one(high - low, size))
    if name == "level":
        return Scales(name, nothing, _or_one(LEAST_SPREAD * _mean(np.abs(values), of, series), 0))
    spread = np.sqrt(_mean((values - mean[of]) ** 2, of, series))
    if name == "standard":
        return Scales(name, mean, _or_one(spread, size))
    # Where most windows never change, as of rare events, the others say how large a change is.
    middle, average = _window_spreads(learned)
    some = np.where(spread > ROUNDING * size, spread, 0)
    some = np.where(average > ROUNDING * size, average, some)
    some = LEAST_SPREAD * np.where(middle > ROUNDING * size, middle, some)
    usual = usual or _usual(some, size, learned.logs)
    flat = np.where(size > 0, usual.relative * size, 0.0)
    least = np.where(learned.logs, usual.logarithms, np.where(some > 0, some, flat))
    least = np.where(least > 0, least, 1.0)
    if name == "root":
        own = _mean(np.abs(values), of, series)
        least = np.sqrt(least * np.where(learned.logs | (own == 0), 1.0, own))
    return Scales(name, nothing, least, usual)


def _usual(spread: Values, size: Values, logs: Observed) -> Usual:
    """Return what is usual among series, of which some may never move."""
    logged, others = logs & (spread > 0), ~logs & (spread > 0)
    return Usual(
        float(np.median(spread[logged])) if logged.any() else 0.0,
        float(np.median(spread[others] / size[others])) if others.any() else 0.0,
    )


def _rows_of(learned: Learned) -> tuple[Rows, Rows]:
    """Return the rows to learn from, those observed where a series has any, and their series."""
    counts = learned.ends - learned.begins
    of = np.repeat(np.arange(len(counts)), counts)
    rows = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = rows + np.repeat(learned.begins, counts)
    seen = learned.observed[rows]
    if seen.all():
        return rows, of
    some = np.bincount(of, weights=seen, minlength=len(counts)) > 0
    kept = seen | ~some[of]
    return rows[kept], of[kept]


def _mean(values: Values, of: Rows, series: int) -> Values:
    mean: Values = np.bincount(of, values, series) / np.bincount(of, minlength=series)
    return mean


def _or_one(spread: Values, size: Values | float) -> Values:
    """Return spreads, or 1 where rows do not vary at all, but for rounding."""
    return np.where(spread > ROUNDING * size, spread, 1.0)


def _window_spreads(learned: Learned) -> tuple[Values, Values]:
    """Return the median and the mean of the spreads of some windows of each series."""
    series, most = len(learned.begins), WINDOWS_OF_MANY
    counts = np.bincount(learned.which, minlength=series)
    firsts = np.cumsum(counts) - counts
    median, mean = np.empty(series), np.empty(series)
    at_once = max(1, VALUES_AT_ONCE // (most * learned.timesteps))
    for start in range(0, series, at_once):
        some = slice(start, min(start + at_once, series))
        places, taken = _spaced(counts[some, None], most)
        # A series without a window has the one that ends with its last row.
        origins = np.broadcast_to(learned.ends[some, None] - 1, places.shape)
        if len(learned.origins):
            found = np.minimum(firsts[some, None] + places, len(learned.origins) - 1)
            origins = np.where(counts[some, None] > 0, learned.origins[found], origins)
        spreads = np.full(places.shape, np.nan)
        begins = np.broadcast_to(learned.begins[some, None], places.shape)[taken]
        inputs = rows_of(learned.values, origins[taken], learned.timesteps, begins)
        spreads[taken] = inputs.std(axis=1)
        median[some], mean[some] = np.nanmedian(spreads, axis=1), np.nanmean(spreads, axis=1)
    return median, mean


def _spaced(counts: Rows, most: int) -> tuple[Rows, Observed]:
    """Return evenly spaced places among so many, (series, most), and which of them count."""
    last, taken = np.maximum(counts - 1, 0), np.clip(counts, 1, most)
    step = last / np.maximum(taken - 1, 1)
    places = np.minimum((np.arange(most) * step).astype(np.intp), last)
    return places, np.arange(most) < taken
