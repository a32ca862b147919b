"""What a network forecasts instead of the values: their logarithm, their changes, or both.

    none         level L = y          inputs z_t = L_t
    difference   level L = y          inputs z_t = L_t − L_{t−1}
    log          level L = log y      inputs z_t = L_t
    log_return   level L = log y      inputs z_t = L_t − L_{t−1}
    log_where_positive    as log in series that are above 0 in all training rows, else as none

A later row of such a series that is not above 0 has no logarithm; it is read as the last one that
has, and scored nowhere.

A network reads inputs and forecasts levels. With changes as inputs, it forecasts how far the level
moves from the last known one, so that forecasts of several steps need no adding up.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.panel import Panel, Rows
from forecast.data.series import Values
from forecast.errors import DataError

TRANSFORMS = ("none", "difference", "log", "log_return", "log_where_positive")


WHERE_POSITIVE = "log_where_positive"

Flags = NDArray[np.bool_]


def takes_log(transform: str) -> bool:
    """Say whether levels are logarithms."""
    return transform in ("log", "log_return")


def differs(transform: str) -> bool:
    """Say whether inputs are changes."""
    return transform in ("difference", "log_return")


def learn_logs(panel: Panel, stops: Rows, transform: str, values: Values | None = None) -> Flags:
    """Say of which series the levels are logarithms, (series,).

    Args:
        panel: the rows.
        stops: (series,) training rows of each.
        transform: one of `TRANSFORMS`.
        values: (rows,) in place of the panel's, such as without their season.
    """
    if transform != WHERE_POSITIVE:
        return np.full(len(panel), takes_log(transform))
    which = np.repeat(np.arange(len(panel)), panel.lengths)
    training = np.arange(len(which)) - panel.offsets[which] < stops[which]
    low = training & ((panel.flat.values if values is None else values) <= 0)
    positive: Flags = np.bincount(which[low], minlength=len(panel)) == 0
    return positive


def to_levels(values: Values, panel: Panel, transform: str, logs: Flags | None = None) -> Values:
    """Return the levels of the values of a panel, (rows,).

    Args:
        values: (rows,).
        panel: of these rows.
        transform: one of `TRANSFORMS`.
        logs: (series,) whether the levels of each series are logarithms; None asks the transform.

    Raises:
        DataError: a logarithm is wanted of values that are not above 0.
    """
    if logs is None:
        logs = learn_logs(panel, panel.lengths, transform)
    if not logs.any():
        return values
    every = bool(logs.all())
    logged = np.full(1, True) if every else np.repeat(logs, panel.lengths)
    values = _held(values, panel, logged, every=transform == WHERE_POSITIVE)
    low = np.flatnonzero(logged & ~(values > 0))
    if low.size:
        name = panel.ids[int(panel.which(low[:1])[0])]
        raise DataError(
            f"`transform={transform!r}` takes logarithms, so all values of {name!r} must be above "
            f"0; {low.size} are not, the first is {values[low[0]]:g}. Use transform='none' or "
            "'difference'."
        )
    return np.where(logged, np.log(np.where(logged, values, 1.0)), values)


def _held(values: Values, panel: Panel, logged: Flags, *, every: bool) -> Values:
    """Return values where a row that has no logarithm is as its neighbour.

    A value that was held over a gap or ahead may fall below 0 once a season is taken out of it.

    Args:
        values: (rows,).
        panel: of these rows.
        logged: (rows,) or (1,) which are to be logarithms.
        every: whether rows that were observed are held as well.
    """
    wanting = logged & (values <= 0)
    if not every:
        wanting &= ~panel.flat.observed
    if not wanting.any():
        return values
    left = pd.Series(np.where(wanting, np.nan, values))
    which = panel.which(np.arange(len(values)))
    return np.asarray(left.groupby(which).ffill().groupby(which).bfill(), dtype=np.float64)


def with_logarithm(values: Values, panel: Panel, logs: Flags) -> tuple[Flags, Flags]:
    """Say of which series levels can be logarithms as some row is above 0, and which rows have one.

    Args:
        values: (rows,).
        panel: of these rows.
        logs: (series,) whether the levels of each are to be logarithms.

    Returns:
        (series,) and (rows,); rows of other series have their levels anyway.
    """
    positive = values > 0
    logs = logs & np.logical_or.reduceat(positive, panel.offsets[:-1])
    return logs, positive | ~np.repeat(logs, panel.lengths)


def from_levels(levels: Values, logs: Flags) -> Values:
    """Return values from their levels.

    Args:
        levels: (n, …).
        logs: (n,) whether they are logarithms.
    """
    if not logs.any():
        return levels
    if logs.all():
        return np.asarray(np.exp(levels))
    some = logs.reshape(-1, *(1,) * (levels.ndim - 1))
    return np.where(some, np.exp(np.where(some, levels, 0.0)), levels)


def to_inputs(levels: Values, panel: Panel, transform: str) -> Values:
    """Return what a network reads, (rows,); the first change of a series is 0."""
    if not differs(transform):
        return levels
    changes = np.diff(levels, prepend=levels[:1])
    changes[panel.offsets[:-1]] = 0.0
    return changes
