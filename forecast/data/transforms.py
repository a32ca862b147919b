"""What a network forecasts instead of the values: their logarithm, their changes, or both.

    none         level L = y          inputs z_t = L_t
    difference   level L = y          inputs z_t = L_t − L_{t−1}
    log          level L = log y      inputs z_t = L_t
    log_return   level L = log y      inputs z_t = L_t − L_{t−1}

A network reads inputs and forecasts levels. With changes as inputs, it forecasts how far the level
moves from the last known one, so that forecasts of several steps need no adding up.
"""

import numpy as np
import pandas as pd

from forecast.data.panel import Panel
from forecast.data.series import Values
from forecast.errors import DataError

TRANSFORMS = ("none", "difference", "log", "log_return")


def takes_log(transform: str) -> bool:
    """Say whether levels are logarithms."""
    return transform in ("log", "log_return")


def differs(transform: str) -> bool:
    """Say whether inputs are changes."""
    return transform in ("difference", "log_return")


def to_levels(values: Values, panel: Panel, transform: str) -> Values:
    """Return the levels of the values of a panel, (rows,).

    Raises:
        DataError: a logarithm is wanted of values that are not above 0.
    """
    if not takes_log(transform):
        return values
    values = _held(values, panel)
    low = np.flatnonzero(~(values > 0))
    if low.size:
        name = panel.ids[int(panel.which(low[:1])[0])]
        raise DataError(
            f"`transform={transform!r}` takes logarithms, so all values of {name!r} must be above "
            f"0; {low.size} are not, the first is {values[low[0]]:g}. Use transform='none' or "
            "'difference'."
        )
    levels: Values = np.log(values)
    return levels


def _held(values: Values, panel: Panel) -> Values:
    """Return values where a row that nobody observed and that has no logarithm is as its neighbour.

    A value that was held over a gap or ahead may fall below 0 once a season is taken out of it.
    """
    wanting = (values <= 0) & ~panel.flat.observed
    if not wanting.any():
        return values
    left = pd.Series(np.where(wanting, np.nan, values))
    which = panel.which(np.arange(len(values)))
    return np.asarray(left.groupby(which).ffill().groupby(which).bfill(), dtype=np.float64)


def from_levels(levels: Values, transform: str) -> Values:
    """Return values from their levels."""
    if not takes_log(transform):
        return levels
    values: Values = np.exp(levels)
    return values


def to_inputs(levels: Values, panel: Panel, transform: str) -> Values:
    """Return what a network reads, (rows,); the first change of a series is 0."""
    if not differs(transform):
        return levels
    changes = np.diff(levels, prepend=levels[:1])
    changes[panel.offsets[:-1]] = 0.0
    return changes
