"""Rows that lie some lags back: what a season ago has to say of a window and of the rows ahead.

    begins    (n,)          first row of the series of each window
    origins   (n,)          its last known row
    steps     (n, T)        the rows of its steps

Before a series begins there is nothing: a step that far back counts as no change, a row ahead as
the last known one.
"""

from collections.abc import Sequence

import numpy as np

from forecast.data.panel import Rows
from forecast.data.series import Values


def changes(levels: Values, steps: Rows, begins: Rows, lags: Sequence[int]) -> Values:
    """Return the change of each step from so many rows before, (n, T, lags)."""
    found = np.empty((*steps.shape, len(lags)))
    for number, lag in enumerate(lags):
        before = steps - lag
        there = before >= begins[:, None]
        back = np.where(there, before, steps)
        found[..., number] = levels[steps] - levels[back]
    return found


def at_origin(levels: Values, origins: Rows, begins: Rows, lags: Sequence[int]) -> Values:
    """Return the level so many rows before each origin, and whether there is one, (n, 2 · lags).

    With the levels before the rows ahead, it says how the series went on from there.
    """
    rows = origins[:, None] - np.array(lags)
    there = rows >= begins[:, None]
    return np.concatenate((levels[np.where(there, rows, origins[:, None])], there), axis=1)


def known_before(
    levels: Values, origins: Rows, begins: Rows, horizon: int, lags: Sequence[int]
) -> Values:
    """Return the known level so many rows before each row ahead, (n, horizon, lags).

    Where that row is not known yet, it is the last multiple of the lag that is.
    """
    ahead = np.arange(1, horizon + 1)
    found = np.empty((len(origins), horizon, len(lags)))
    for number, lag in enumerate(lags):
        rows = origins[:, None] + ahead - lag * -(-ahead // lag)
        there = rows >= begins[:, None]
        found[..., number] = levels[np.where(there, rows, origins[:, None])]
    return found
