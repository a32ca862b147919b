"""Scaling: every value of a window becomes (value − shift) / spread, and back.

    window      shift: the window's last value      spread: the window's standard deviation
    root        shift: the window's last value      spread: √(that deviation · the mean size)
    level       shift: the window's last value      spread: the mean size of its values
    last        shift: the window's last value      spread: 1
    standard    shift: mean of the training rows    spread: their standard deviation
    minmax      shift: minimum of the training rows spread: maximum − minimum
    none        shift: 0                            spread: 1

With `window` the network sees no level and predicts the change from the naive forecast, so trends
and level shifts need nothing else. A window that hardly moves would blow its targets up: its
spread is at least a tenth of the median spread of the training windows. Where the inputs are
changes already (`forecast.data.transforms`), `window` shifts them by 0. `level` is a division by
the window's level, whose least one is a tenth of that of the training rows; of logarithms, `last`
is the same. `root` lies half-way between `window` and `level`; of logarithms, which have no size
of their own, it is the root of the deviation alone. `forecast.data.scales` scales
many series at once.
"""

from typing import NamedTuple

import numpy as np

from forecast.checks import one_of
from forecast.data.series import Observed, Values

SCALINGS = ("window", "root", "level", "last", "standard", "minmax", "none")
BY_WINDOW = ("window", "root", "level", "last")  # each window is shifted by its last value
ROUNDING = 1e-12  # a spread this small, relative to the values, is none
LEAST_SPREAD = 0.1  # of the median spread of the training windows


class Scaler(NamedTuple):
    """What scaling learned from the training rows.

    Attributes:
        name: one of `SCALINGS`.
        shift: in the series' unit; 0 where each window has its own.
        spread: in the series' unit, above 0; where each window has its own, the least one.
    """

    name: str
    shift: float
    spread: float

    def shift_and_spread(self, inputs: Values) -> tuple[Values, Values]:
        """Return shift and spread of each window, (windows, 1) each, from (windows, timesteps)."""
        ones = np.ones((len(inputs), 1))
        if self.name == "last":
            return inputs[:, -1:], self.spread * ones
        if self.name in BY_WINDOW:
            return inputs[:, -1:], own_spread(self.name, inputs, self.spread)
        return self.shift * ones, self.spread * ones


def own_spread(
    name: str,
    inputs: Values,
    least: Values | float,
    real: Observed | None = None,
    logs: Observed | None = None,
) -> Values:
    """Return the spread of each window, (windows, 1).

    Args:
        name: `window`, `root` or `level`.
        inputs: (windows, timesteps).
        least: the least one, (windows, 1) or one for all.
        real: (windows, timesteps), False on padded steps; None where nothing is padded.
        logs: (windows,) whether inputs are logarithms; None where none are.
    """
    if name == "level":
        return _at_least(level_of(inputs, real), least)
    if name == "root":
        size = level_of(inputs, real)
        if logs is not None:
            size = np.where(logs[:, None], 1.0, size)
        return _at_least(np.sqrt(spread_of(inputs, real) * size), least)
    return _at_least(spread_of(inputs, real), least)


def _at_least(spread: Values, least: Values | float) -> Values:
    whole: Values = np.maximum(spread, least)
    return whole


def spread_of(inputs: Values, real: Observed | None = None) -> Values:
    """Return the standard deviation of windows, (windows, 1).

    Args:
        inputs: (windows, timesteps).
        real: (windows, timesteps), False on padded steps; None where nothing is padded.
    """
    if real is None:
        return np.asarray(inputs.std(axis=1, keepdims=True))
    # About the last value, so that small spreads of large values keep their digits.
    about = np.where(real, inputs - inputs[:, -1:], 0.0)
    count = real.sum(axis=1)
    mean = about.sum(axis=1) / count
    square = np.einsum("ij,ij->i", about, about) / count - mean * mean
    return np.asarray(np.sqrt(np.maximum(square, 0.0))[:, None])


def level_of(inputs: Values, real: Observed | None = None) -> Values:
    """Return the mean size of the values of windows, (windows, 1); see `spread_of`."""
    if real is None:
        return np.asarray(np.abs(inputs).mean(axis=1, keepdims=True))
    return _mean(np.abs(inputs), real)


def _mean(inputs: Values, real: Observed) -> Values:
    """Return the mean over the steps that are not padded, (windows, 1)."""
    count = real.sum(axis=1, keepdims=True)
    mean: Values = np.where(real, inputs, 0.0).sum(axis=1, keepdims=True) / count
    return mean


def fit_scaler(name: str, rows: Values, inputs: Values, *, logs: bool = False) -> Scaler:
    """Learn a scaler.

    Args:
        name: one of `SCALINGS`.
        rows: (rows,) observed values of the training rows.
        inputs: (windows, timesteps) inputs of the training windows.
        logs: whether they are logarithms.

    Raises:
        SettingError: there is no such scaling.
    """
    one_of("scaling", name, SCALINGS)
    size = float(np.abs(rows).max(initial=0.0))
    if name in ("window", "root"):
        spreads = inputs.std(axis=1)
        # Where most windows never change, as of rare events, the others say how large a change is.
        usual = [float(np.median(spreads)), float(spreads.mean()), float(rows.std())]
        some = next((one for one in usual if one > ROUNDING * size), 0.0)
        least = _or_one(LEAST_SPREAD * some, size)
        if name == "root":
            least = float(np.sqrt(least * (1.0 if logs else float(np.abs(rows).mean()) or 1.0)))
        return Scaler(name, 0.0, least)
    if name == "level":
        return Scaler(name, 0.0, _or_one(LEAST_SPREAD * float(np.abs(rows).mean()), 0.0))
    if name == "standard":
        return Scaler(name, float(rows.mean()), _or_one(float(rows.std()), size))
    if name == "minmax":
        return Scaler(name, float(rows.min()), _or_one(float(rows.max() - rows.min()), size))
    return Scaler(name, 0.0, 1.0)


def _or_one(spread: float, size: float) -> float:
    """Return the spread, or 1 where the rows do not vary at all, but for rounding."""
    return spread if spread > ROUNDING * size else 1.0


def scale(values: Values, shift: Values, spread: Values) -> Values:
    """Return (values − shift) / spread."""
    return (values - shift) / spread


def undo(scaled: Values, shift: Values, spread: Values) -> Values:
    """Return scaled · spread + shift, the inverse of `scale`."""
    return scaled * spread + shift
