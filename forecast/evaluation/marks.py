"""What a model's forecasts of many windows are worth, as numbers.

S series, W windows each, H rows ahead; NaN marks a target that was not observed.

y, point         (S, W, H)
quantiles        (S, W, H, Q), of `QUANTILES`

Errors count alike over all series, but for `mase`, which is the mean over series of each one's mean
absolute error, scaled by its own seasonal naive forecast before the first cut-off (M4's way), and
for `skill`, which in a panel compares scaled errors: the largest series would decide it otherwise.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from forecast import metrics
from forecast.data.series import Values
from forecast.evaluation.verdict import (
    LEAST_WINDOWS,
    PairedTest,
    loss_difference,
    paired_test,
    verdict,
)
from forecast.models.intervals import Interval

GRID = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)  # levels whose ends are `QUANTILES`
QUANTILES = tuple(round(0.05 * k, 2) for k in range(1, 20))
Chosen = tuple[Any, Any, Any]
ALL: Chosen = (slice(None), slice(None), slice(None))


class Case(NamedTuple):
    """What all models forecast.

    Attributes:
        y: (S, W, H), NaN where nothing was observed.
        scale: (S,) mean absolute error of the seasonal naive forecast before the first cut-off.
        apart: windows from one that is scored in a test to the next, so that they do not overlap.
    """

    y: Values
    scale: Values
    apart: int


class Told(NamedTuple):
    """What one model forecast.

    Attributes:
        point: (S, W, H).
        intervals: lower and upper ends by level, (S, W, H) each.
        quantiles: (S, W, H, Q), or None where the model's intervals do not go so far.
    """

    point: Values
    intervals: Mapping[float, Interval]
    quantiles: Values | None


def errors_of(case: Case, told: Told, chosen: Chosen = ALL) -> dict[str, float]:
    """Return mae, rmse, smape, mase of the chosen targets; NaN where none was observed."""
    y, point = case.y[chosen], told.point[chosen]
    seen = np.isfinite(y)
    if not seen.any():
        return dict.fromkeys(("mae", "rmse", "smape", "mase"), math.nan)
    return {
        "mae": metrics.mae(y[seen], point[seen]),
        "rmse": metrics.rmse(y[seen], point[seen]),
        "smape": metrics.smape(y[seen], point[seen]),
        "mase": scaled_error(np.abs(y - point), case.scale[chosen[0]]),
    }


def scaled_error(errors: Values, scale: Values) -> float:
    """Return the mean over series of mean error ÷ scale; NaN where no series has both.

    Args:
        errors: (S, …) absolute errors, NaN where nothing was observed.
        scale: (S,), 0 where a series never changes.
    """
    flat = errors.reshape(len(errors), -1)
    seen = np.isfinite(flat)
    counts = seen.sum(axis=1)
    sums = np.where(seen, flat, 0.0).sum(axis=1)
    able = (counts > 0) & (scale > 0)
    if not able.any():
        return math.nan
    return float((sums[able] / counts[able] / scale[able]).mean())


def marks_of(
    case: Case, told: Told, levels: Sequence[float], chosen: Chosen = ALL
) -> dict[str, float]:
    """Return pinball, crps, and coverage and width by level; NaN where there is no interval.

    `pinball` is the mean over the median and the ends of the levels; `crps` see
    `forecast.metrics.crps`.
    """
    y = case.y[chosen]
    seen = np.isfinite(y)
    marks = {"pinball": math.nan, "crps": math.nan}
    losses: list[float] = []
    for level in levels:
        marks |= {f"coverage-{level:g}": math.nan, f"width-{level:g}": math.nan}
        if level not in told.intervals or not seen.any():
            continue
        lower, upper = (end[chosen][seen] for end in told.intervals[level])
        marks[f"coverage-{level:g}"] = metrics.coverage(y[seen], lower, upper)
        marks[f"width-{level:g}"] = metrics.width(lower, upper)
        share = level / 100
        losses.append(metrics.pinball(y[seen], lower, (1 - share) / 2))
        losses.append(metrics.pinball(y[seen], upper, (1 + share) / 2))
    if losses and len(losses) == 2 * len(levels):
        losses.append(metrics.pinball(y[seen], told.point[chosen][seen], 0.5))
        marks["pinball"] = float(np.mean(losses))
    if told.quantiles is not None and seen.any():
        grid = told.quantiles[chosen][seen]
        marks["crps"] = metrics.crps(y[seen], grid, np.array(QUANTILES))
    return marks


class Rivalry(NamedTuple):
    """A model against another on the same windows.

    Attributes:
        skill: how much smaller its error is, in percent.
        test: whether that is luck.
        error: the other's mean absolute error, in the unit of the test.
        said: in words, against the naive forecast.
    """

    skill: float
    test: PairedTest
    error: float
    said: str


def rivalry(case: Case, told: Told, other: Told) -> Rivalry:
    """Compare a model with another, in a panel by scaled errors."""
    mine, theirs = np.abs(case.y - told.point), np.abs(case.y - other.point)
    if len(mine) == 1:
        difference = loss_difference(theirs[0], mine[0])
        means = float(np.nanmean(mine)), float(np.nanmean(theirs))
        test = paired_test(difference, case.apart)
    else:
        means = scaled_error(mine, case.scale), scaled_error(theirs, case.scale)
        test = _panel_test(case, theirs - mine)
    skill = metrics.skill(*means)
    return Rivalry(skill, test, means[1], verdict(skill, test))


def _panel_test(case: Case, difference: Values) -> PairedTest:
    """Test over windows, each the mean of all series; where they are too few, over the series."""
    able = case.scale > 0
    scaled = difference[able] / case.scale[able, None, None]
    windows = difference.shape[1]
    if -(-windows // case.apart) >= LEAST_WINDOWS or len(scaled) < LEAST_WINDOWS:
        by_window = np.array([_mean(scaled[:, k]) for k in range(windows)])
        return paired_test(by_window[np.isfinite(by_window)], case.apart)
    by_series = np.array([_mean(one) for one in scaled])
    return paired_test(by_series[np.isfinite(by_series)], 1)


def _mean(values: Values) -> float:
    seen = np.isfinite(values)
    return float(values[seen].mean()) if seen.any() else math.nan


def grid_of(point: Values, intervals: Mapping[float, Interval]) -> Values | None:
    """Return the forecasts of `QUANTILES` from those of `GRID`, or None where one is missing."""
    if any(level not in intervals for level in GRID):
        return None
    lower = [intervals[level].lower for level in reversed(GRID)]
    upper = [intervals[level].upper for level in GRID]
    return np.stack([*lower, point, *upper], axis=-1)
