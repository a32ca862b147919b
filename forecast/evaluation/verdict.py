"""Does a model beat the naive forecast, or is it luck?

For every test window the loss difference d is the naive forecast's mean absolute error minus the
model's. The Diebold–Mariano statistic is the mean of d over its standard error, which counts the
correlation of overlapping windows up to horizon − 1 lags, with the small-sample factor of Harvey,
Leybourne and Newbold.

Sources: Diebold and Mariano (1995), "Comparing predictive accuracy"; Harvey, Leybourne and Newbold
(1997), "Testing the equality of prediction mean squared errors", equation 9.
"""

import math
from collections.abc import Mapping

import numpy as np

from forecast.data.series import Values

CRITICAL = 1.96  # two-sided 5 % point of the normal distribution


def diebold_mariano(difference: Values, horizon: int) -> float:
    """Return the corrected statistic of loss differences; positive where the model is better.

    Args:
        difference: (windows,) loss of the naive forecast minus loss of the model, in time order.
        horizon: rows ahead; windows overlap up to horizon − 1 rows.

    Returns:
        The statistic; 0 where all differences are 0, NaN where there are too few windows.
    """
    n = len(difference)
    factor = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n if n else 0.0
    if n < 2 or horizon >= n or factor <= 0:
        return math.nan
    centred = difference - difference.mean()
    own = float(centred @ centred) / n
    shared = sum(float(centred[lag:] @ centred[:-lag]) / n for lag in range(1, min(horizon, n)))
    variance = own + 2 * shared
    if variance <= 0:  # the estimate may come out negative; then count no overlap
        variance = own
    mean = float(difference.mean())
    if variance == 0:
        return 0.0 if mean == 0 else math.copysign(math.inf, mean)
    return mean / math.sqrt(variance / n) * math.sqrt(factor)


BETTER, SAME, WORSE, UNCLEAR = "beats naive", "no real difference", "worse than naive", "unclear"


def outcome(skill: float, statistic: float) -> str:
    """Return in two or three words what a skill is worth; see `verdict` for the arguments."""
    if math.isnan(skill) or math.isnan(statistic):
        return UNCLEAR
    if abs(statistic) < CRITICAL:
        return SAME
    return BETTER if skill > 0 else WORSE


def verdict(skill: float, statistic: float) -> str:
    """Say in words what a skill against the naive forecast is worth.

    Args:
        skill: in percent.
        statistic: of `diebold_mariano`.
    """
    if math.isnan(skill):
        return "the naive forecast makes no error here"
    if math.isnan(statistic):
        return f"too few test windows to tell ({skill:+.1f} %)"
    return {
        SAME: f"no real difference from the naive forecast ({skill:+.1f} %)",
        BETTER: f"beats the naive forecast by {skill:.1f} %",
        WORSE: f"worse than the naive forecast by {-skill:.1f} %",
    }[outcome(skill, statistic)]


def summary(skills: Mapping[str, float], statistics: Mapping[str, float]) -> str:
    """Return one sentence on all cells: which of them beat repeating the last value.

    Args:
        skills: in percent, by the cell's label.
        statistics: of `diebold_mariano`, by the cell's label.
    """
    beating = [label for label in skills if outcome(skills[label], statistics[label]) == BETTER]
    beating.sort(key=lambda label: -skills[label])
    others = [label for label in skills if label not in beating]
    does = "does" if len(others) == 1 else "do"
    if not beating:
        return f"{_listed(others, 'and')} {does} not beat repeating the last value."
    best, *rest = (f"by {skills[label]:.0f} %" for label in beating)
    said = [f"{beating[0]} beats repeating the last value {best}"]
    said += [f"{label} {by}" for label, by in zip(beating[1:], rest, strict=True)]
    ending = f"; {_listed(others, 'and')} {does} not." if others else "."
    return ", ".join(said) + ending


def _listed(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def by_window(errors: Values) -> Values:
    """Return the mean absolute error of each window, (windows,), from (windows, horizon).

    Args:
        errors: NaN where the target was not observed; each window has one observed target at least.
    """
    means: Values = np.nanmean(np.abs(errors), axis=1)
    return means
