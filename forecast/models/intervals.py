"""Split-conformal intervals from calibration rows that nothing else has seen.

The score of a calibration window and horizon step says how far an interval would have had to reach
to hold what came, as a multiple of the unit of its forecast, so that intervals breathe with the
series. With q the levels of a head's quantiles, f the point forecast, u the unit (the spread that
the window was scaled with, or the scale of Student's t):

    point forecasts, Student's t    |y − f| / u
    quantile heads, of a level L    max(q_lo − y, y − q_hi) / u,  lo, hi = (1 ∓ L) / 2

For n scores of a horizon step and a level L, the interval reaches as far as the score of rank
⌈(n + 1) L⌉: f ± score · u, or [q_lo − score · u, q_hi + score · u]. Quantiles that the head does
not have lie on the line between those it has. An interval never lies inside one of a lower level.

Sources: Vovk, Gammerman and Shafer (2005); Lei et al. (2018), "Distribution-free predictive
inference for regression", sections 2.2 and 5.2 (locally weighted scores); Romano, Patterson and
Candès (2019), "Conformalized quantile regression".
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from forecast.checks import real_number
from forecast.data.series import Values
from forecast.errors import SettingError
from forecast.models.heads import Ahead


class Interval(NamedTuple):
    """Lower and upper ends of the intervals of one level, (n, horizon) each."""

    lower: Values
    upper: Values


def checked_levels(level: float | Iterable[float]) -> tuple[float, ...]:
    """Return interval levels in percent, in rising order, each once.

    Raises:
        SettingError: a level does not lie between 0 and 100.
    """
    levels = level if isinstance(level, Iterable) else (level,)
    return tuple(sorted({real_number("level", one, above=0, below=100) for one in levels}))


def scores_of(levels: Values, ahead: Ahead) -> Values:
    """Return the scores of calibration windows, before a level is known.

    Args:
        levels: (n, horizon) what came; NaN where it was not observed.
        ahead: the forecasts.

    Returns:
        (n, horizon), or for a quantile head (n, horizon, quantiles) of (y − q) / u.
    """
    if ahead.quantiles is None:
        return np.abs(levels - ahead.point) / ahead.unit
    scores: Values = (levels[:, :, None] - ahead.quantiles) / ahead.unit[:, :, None]
    return scores


def intervals(
    scores: Values, ahead: Ahead, levels: Sequence[float], quantiles: Sequence[float]
) -> list[Interval]:
    """Return one interval a level, each around those of lower levels.

    Args:
        scores: of the calibration windows, up to the horizon.
        ahead: forecasts, (n, horizon) with horizon at most that of the scores.
        levels: in percent, rising.
        quantiles: of the head, where it has any.

    Raises:
        SettingError: a level needs more calibration windows than there are.
    """
    found: list[Interval] = []
    for level in levels:
        one = _interval(scores[:, : ahead.point.shape[1]], ahead, level, quantiles)
        if found:
            lower, upper = found[-1]
            one = Interval(np.minimum(one.lower, lower), np.maximum(one.upper, upper))
        found.append(one)
    return found


def _interval(scores: Values, ahead: Ahead, level: float, quantiles: Sequence[float]) -> Interval:
    if ahead.quantiles is None:
        half = half_widths(scores, level) * ahead.unit
        return Interval(ahead.point - half, ahead.point + half)
    share = level / 100
    lower, upper = (1 - share) / 2, (1 + share) / 2
    beyond = np.maximum(-between(scores, quantiles, lower), between(scores, quantiles, upper))
    reach = half_widths(beyond, level) * ahead.unit
    low = between(ahead.quantiles, quantiles, lower) - reach
    high = between(ahead.quantiles, quantiles, upper) + reach
    # A negative reach may draw the ends past the median, which every interval holds.
    return Interval(np.minimum(low, ahead.point), np.maximum(high, ahead.point))


def between(values: Values, quantiles: Sequence[float], wanted: float) -> Values:
    """Return the wanted quantile from those along the last axis, on the line between two."""
    place = float(np.interp(wanted, quantiles, np.arange(len(quantiles))))
    low = math.floor(place)
    high, share = min(low + 1, len(quantiles) - 1), place - low
    on_line: Values = (1 - share) * values[..., low] + share * values[..., high]
    return on_line


def half_widths(scores: Values, level: float) -> Values:
    """Return the score that the interval of each horizon step reaches to, (horizon,).

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
