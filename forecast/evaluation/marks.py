"""What a model's forecasts of many windows are worth, as numbers.

S series, W windows each, H rows ahead; NaN marks a target that was not observed.

y, point         (S, W, H)
quantiles        (S, W, H, Q), of `QUANTILES`

Errors count alike over all series, but for `mase`, which is the mean over series of each one's mean
absolute error, scaled by its own seasonal naive forecast before the first cut-off (M4's way), and
for `skill`, which in a panel compares scaled errors: the largest series would decide it otherwise.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from forecast import metrics
from forecast.data.series import Values
from forecast.evaluation.verdict import PairedTest, loss_difference, paired_test, verdict
from forecast.models.intervals import Interval

GRID = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)  # levels whose ends are `QUANTILES`
QUANTILES = tuple(round(0.05 * k, 2) for k in range(1, 20))


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


class Marks:
    """The scores of one model, over everything or part by part.

    Args:
        case: what was forecast.
        told: what the model said.
        levels: of intervals; the model may have fewer.
    """

    def __init__(self, case: Case, told: Told, levels: Sequence[float]) -> None:
        self._terms, self._scale = _terms(case, told, levels), case.scale

    def scores(self, by: str = "all") -> dict[str, Values]:
        """Return every score, (parts,) each; NaN where nothing was observed or told.

        Args:
            by: the parts that are scored apart: `all` (one), `step` (H) or `cutoff` (W).

        Returns:
            mae, rmse, smape, mase, pinball (the mean over the median and the ends of the levels),
            crps (see `forecast.metrics.crps`), and for a level L `coverage-L` and `width-L`.
        """
        parts = {name: _by_part(term, by) for name, term in self._terms.items()}
        means = {name: _means(part) for name, part in parts.items()}
        return {
            "mae": means.pop("mae"),
            "rmse": np.sqrt(means.pop("rmse")),
            "smape": means.pop("smape"),
            "mase": _scaled(parts["mae"], self._scale),
            **means,
        }

    def whole(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return the errors over everything, and apart from them the scores of intervals."""
        scores = {name: float(one[0]) for name, one in self.scores().items()}
        errors = {name: scores.pop(name) for name in ("mae", "rmse", "smape", "mase")}
        return errors, scores


def _terms(case: Case, told: Told, levels: Sequence[float]) -> dict[str, Values]:
    """Return what each score is the mean of, (S, W, H) each, NaN where nothing was observed."""
    y, point = case.y, told.point
    error, size = np.abs(y - point), np.abs(y) + np.abs(point)
    errors = {"mae": error, "rmse": error**2}
    equal: Values = np.where(size == 0, 0.0, error)  # both are 0, or nothing was observed
    errors["smape"] = 200 * np.divide(error, size, out=equal, where=size > 0)
    nothing: Values = np.full(y.shape, np.nan)
    terms: dict[str, Values] = {}
    losses = [metrics.pinball_terms(y, point, 0.5)]
    for level in levels:
        if level not in told.intervals:
            terms |= {f"coverage-{level:g}": nothing, f"width-{level:g}": nothing}
            continue
        (lower, upper), share = told.intervals[level], level / 100
        inside = np.where(np.isfinite(y), 100.0 * ((y >= lower) & (y <= upper)), np.nan)
        wide = np.where(np.isfinite(y), upper - lower, np.nan)
        terms |= {f"coverage-{level:g}": inside, f"width-{level:g}": wide}
        losses.append(metrics.pinball_terms(y, lower, (1 - share) / 2))
        losses.append(metrics.pinball_terms(y, upper, (1 + share) / 2))
    whole = len(levels) > 0 and len(losses) == 2 * len(levels) + 1
    grid = told.quantiles
    crps = nothing if grid is None else metrics.crps_terms(y, grid, np.array(QUANTILES))
    pinball = np.mean(losses, axis=0) if whole else nothing
    return errors | {"pinball": pinball, "crps": crps} | terms


def _by_part(term: Values, by: str) -> Values:
    """Return values (S, W, H) as (parts, S, values)."""
    if by == "step":
        return np.moveaxis(term, 2, 0)
    if by == "cutoff":
        return np.moveaxis(term, 1, 0)
    return term.reshape(1, len(term), -1)


def _means(parts: Values) -> Values:
    """Return the mean of each part, (parts,), over what was observed."""
    flat = parts.reshape(len(parts), -1)
    seen = np.isfinite(flat)
    counts = seen.sum(axis=1)
    sums = np.where(seen, flat, 0.0).sum(axis=1)
    means: Values = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means


def _scaled(parts: Values, scale: Values) -> Values:
    """Return the mean over series of mean error ÷ scale of each part, (parts,).

    Args:
        parts: (parts, S, …) absolute errors, NaN where nothing was observed.
        scale: (S,), 0 where a series never changes, which then does not count.
    """
    each = _means(parts.reshape(-1, *parts.shape[2:])).reshape(parts.shape[:2])
    return _means(np.divide(each, scale, out=np.full(each.shape, np.nan), where=scale > 0))


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
        means = _scaled(mine[None], case.scale)[0], _scaled(theirs[None], case.scale)[0]
        test = _panel_test(case, theirs - mine)
    skill = metrics.skill(*means)
    return Rivalry(skill, test, means[1], verdict(skill, test))


def _panel_test(case: Case, difference: Values) -> PairedTest:
    """Test over windows, each the mean of all series: these may rise and fall together."""
    able = case.scale > 0
    scaled = difference[able] / case.scale[able, None, None]
    return paired_test(_means(np.moveaxis(scaled, 1, 0)), case.apart)


def grid_of(point: Values, intervals: Mapping[float, Interval]) -> Values | None:
    """Return the forecasts of `QUANTILES` from those of `GRID`, or None where one is missing."""
    if any(level not in intervals for level in GRID):
        return None
    lower = [intervals[level].lower for level in reversed(GRID)]
    upper = [intervals[level].upper for level in GRID]
    return np.stack([*lower, point, *upper], axis=-1)
