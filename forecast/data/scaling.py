"""Scaling: every value of a window becomes (value − shift) / spread, and back.

    window      shift: the window's last value      spread: the window's standard deviation
    standard    shift: mean of the training rows    spread: their standard deviation
    minmax      shift: minimum of the training rows spread: maximum − minimum
    none        shift: 0                            spread: 1

With `window` the network sees no level and predicts the change from the naive forecast, so trends
and level shifts need nothing else. A window that hardly moves would blow its targets up: its
spread is at least a tenth of the median spread of the training windows. Where the inputs are
changes already (`forecast.data.transforms`), `window` shifts them by 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.checks import one_of
from forecast.data.series import Values

SCALINGS = ("window", "standard", "minmax", "none")
ROUNDING = 1e-12  # a spread this small, relative to the values, is none
LEAST_SPREAD = 0.1  # of the median spread of the training windows


class Scaler(NamedTuple):
    """What scaling learned from the training rows.

    Attributes:
        name: one of `SCALINGS`.
        shift: in the series' unit; 0 for `window`, which has one a window.
        spread: in the series' unit, above 0; for `window` the least one.
    """

    name: str
    shift: float
    spread: float

    def shift_and_spread(self, inputs: Values) -> tuple[Values, Values]:
        """Return shift and spread of each window, (windows, 1) each, from (windows, timesteps)."""
        if self.name == "window":
            spread = inputs.std(axis=1, keepdims=True)
            return inputs[:, -1:], np.maximum(spread, self.spread)
        ones = np.ones((len(inputs), 1))
        return self.shift * ones, self.spread * ones


class Scales:
    """The scalers of the series of a panel, looked up by the number of the series.

    Args:
        scalers: one a series, all of one name.
        changes: whether inputs are changes.
    """

    def __init__(self, scalers: Sequence[Scaler], *, changes: bool = False) -> None:
        self.name, self._changes = scalers[0].name, changes
        self._shift = np.array([one.shift for one in scalers])
        self._spread = np.array([one.spread for one in scalers])

    def shift_and_spread(
        self, inputs: Values, which: NDArray[np.intp], real: NDArray[np.bool_] | None = None
    ) -> tuple[Values, Values]:
        """Return shift and spread of each window, (windows, 1) each.

        Args:
            inputs: (windows, timesteps).
            which: (windows,) number of the series of each window.
            real: (windows, timesteps), False on padded steps; None where nothing is padded.
        """
        shift, spread = self._shift[which, None], self._spread[which, None]
        if self.name != "window":
            return shift, spread
        found = inputs.std(axis=1, keepdims=True) if real is None else _spread_of(inputs, real)
        return (shift if self._changes else inputs[:, -1:]), np.maximum(found, spread)


def _spread_of(inputs: Values, real: NDArray[np.bool_]) -> Values:
    """Return the standard deviation of the steps that are not padded, (windows, 1)."""
    count = real.sum(axis=1, keepdims=True)
    mean = np.where(real, inputs, 0.0).sum(axis=1, keepdims=True) / count
    spread: Values = np.sqrt(
        np.where(real, (inputs - mean) ** 2, 0.0).sum(axis=1, keepdims=True) / count
    )
    return spread


def fit_scaler(name: str, rows: Values, inputs: Values) -> Scaler:
    """Learn a scaler.

    Args:
        name: `window`, `standard`, `minmax` or `none`.
        rows: (rows,) observed values of the training rows.
        inputs: (windows, timesteps) inputs of the training windows.

    Raises:
        SettingError: there is no such scaling.
    """
    one_of("scaling", name, SCALINGS)
    size = float(np.abs(rows).max(initial=0.0))
    if name == "window":
        spreads = inputs.std(axis=1)
        # Where most windows never change, as of rare events, the others say how large a change is.
        usual = [float(np.median(spreads)), float(spreads.mean()), float(rows.std())]
        some = next((one for one in usual if one > ROUNDING * size), 0.0)
        return Scaler(name, 0.0, _or_one(LEAST_SPREAD * some, size))
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
