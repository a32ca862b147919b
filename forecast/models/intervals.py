"""Split-conformal intervals from calibration rows that nothing else has seen.

A score is the absolute error of a calibration window's forecast, divided by the spread the window
was scaled with, so that intervals breathe with the series. For n scores of a horizon step and a
level L, the half width is the score of rank ⌈(n + 1) L⌉ times the spread of the window at hand.

Source: Vovk, Gammerman and Shafer (2005); Lei et al. (2018), "Distribution-free predictive
inference for regression", sections 2.2 and 5.2 (locally weighted scores).
"""

import math
from collections.abc import Iterable

import numpy as np

from forecast.checks import real_number
from forecast.data.series import Values
from forecast.errors import SettingError


def checked_levels(level: float | Iterable[float]) -> tuple[float, ...]:
    """Return interval levels in percent, in rising order.

    Raises:
        SettingError: a level does not lie between 0 and 100.
    """
    levels = level if isinstance(level, Iterable) else (level,)
    return tuple(sorted(real_number("level", one, above=0, below=100) for one in levels))


def half_widths(scores: Values, level: float) -> Values:
    """Return the half width of each horizon step, in spreads, (horizon,).

    Args:
        scores: (calibration windows, horizon); NaN where the target was not observed.
        level: in percent.

    Raises:
        SettingError: the level needs more calibration windows than there are.
    """
    counts = np.isfinite(scores).sum(axis=0)
    n = int(counts.min()) if counts.size else 0
    if math.ceil((n + 1) * level / 100 - 1e-9) > n:
        needed = math.ceil(level / (100 - level) - 1e-9)
        raise SettingError(
            f"`level` {level:g} needs at least {needed} calibration windows; there are {n}. Use a "
            "lower level, a larger `calibration`, or more rows."
        )
    ranked = np.sort(scores, axis=0)  # NaN last
    ranks = np.ceil((counts + 1) * level / 100 - 1e-9).astype(int)
    widths: Values = ranked[ranks - 1, np.arange(scores.shape[1])]
    return widths
