"""Does a model beat the naive forecast, or is it luck?

For a test window the loss difference d is the naive forecast's mean absolute error minus the
model's. Windows that follow one another overlap in horizon − 1 rows, so only every horizon-th one
counts; the statistic is the mean of their d over its standard error, and it is held against
Student's t. With horizon 1 this is the Diebold–Mariano test with the small-sample correction of
Harvey, Leybourne and Newbold; with longer horizons the usual estimate of the overlap's covariance
calls luck skill far too often (one case in four, at 29 windows of 12 rows), and this does not.
Windows that start further apart overlap in fewer others, and more of them count. The p-value and
the confidence interval of the mean of d come from the same t.

Sources: Diebold and Mariano (1995), "Comparing predictive accuracy"; Harvey, Leybourne and Newbold
(1997), "Testing the equality of prediction mean squared errors", equation 9.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from forecast.data.series import Values

SIGNIFICANCE = 0.05  # how often luck may be called skill
LEAST_WINDOWS = 5  # that do not overlap; fewer say nothing


class PairedTest(NamedTuple):
    """A test of a model against the naive forecast on the same windows.

    Attributes:
        statistic: positive where the model is better; NaN where there are too few windows.
        critical: size from which the difference counts as real, at the 5 % level.
        windows: that do not overlap.
        p: two-sided p-value: how often luck alone would give a difference of at least this size,
            from 0 to 1; NaN where there are too few windows.
        low: lower end of the 95 % confidence interval of the mean difference, in the unit of the
            losses; the interval holds 0 where p is above 0.05. NaN where there are too few.
        high: its upper end.
    """

    statistic: float
    critical: float
    windows: int
    p: float = math.nan
    low: float = math.nan
    high: float = math.nan


def paired_test(difference: Values, apart: int) -> PairedTest:
    """Test whether the mean of loss differences is not zero.

    Args:
        difference: (windows,) loss of the naive forecast minus loss of the model, in time order;
            NaN where nothing of a window was observed, which then does not count.
        apart: every `apart`-th window counts, at least 1: the horizon where windows start one row
            apart, else the horizon over the rows between two starts, rounded up.
    """
    counted = difference[::apart]
    counted = counted[np.isfinite(counted)]
    n = len(counted)
    if n < LEAST_WINDOWS:
        return PairedTest(math.nan, math.nan, n)
    mean, error = float(counted.mean()), float(counted.std(ddof=1)) / math.sqrt(n)
    critical = student_critical(n - 1)
    without_spread = 0.0 if mean == 0 else math.copysign(math.inf, mean)
    statistic = mean / error if error > 0 else without_spread
    p = _two_sided(statistic, n - 1)
    return PairedTest(statistic, critical, n, p, mean - critical * error, mean + critical * error)


def student_critical(freedom: int) -> float:
    """Return the two-sided 5 % point of Student's t with so many degrees of freedom."""
    from scipy.special import stdtrit  # a third of a second, which nobody waits for before

    return float(stdtrit(freedom, 1 - SIGNIFICANCE / 2))


def _two_sided(statistic: float, freedom: int) -> float:
    """Return how often Student's t is at least this far from 0, from 0 to 1."""
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(statistic)))


BETTER, SAME, WORSE, UNCLEAR = "beats naive", "no real difference", "worse than naive", "unclear"


def outcome(skill: float, test: PairedTest) -> str:
    """Return in two or three words what a skill is worth; see `verdict` for the arguments."""
    if math.isnan(skill) or math.isnan(test.statistic):
        return UNCLEAR
    if skill > 0 and test.statistic >= test.critical:
        return BETTER
    if skill < 0 and test.statistic <= -test.critical:
        return WORSE
    return SAME


def verdict(skill: float, test: PairedTest) -> str:
    """Say in words what a skill against the naive forecast is worth.

    Args:
        skill: in percent.
        test: of the model against the naive forecast.
    """
    if math.isnan(skill):
        return "the naive forecast makes no error here"
    if math.isnan(test.statistic):
        return f"too few test windows to tell ({skill:+.1f} %)"
    return {
        SAME: f"no real difference from the naive forecast ({skill:+.1f} %)",
        BETTER: f"beats the naive forecast by {skill:.1f} %",
        WORSE: f"worse than the naive forecast by {-skill:.1f} %",
    }[outcome(skill, test)]


def summary(skills: Mapping[str, float], tests: Mapping[str, PairedTest]) -> str:
    """Return one sentence on all cells: which of them beat repeating the last value.

    Args:
        skills: in percent, by the cell's label.
        tests: against the naive forecast, by the cell's label.
    """
    found = {label: outcome(skills[label], tests[label]) for label in skills}
    unclear = [label for label in skills if _few(tests[label]) and not math.isnan(skills[label])]
    beating = [label for label in skills if found[label] == BETTER]
    beating.sort(key=lambda label: -skills[label])
    others = [label for label in skills if label not in (*beating, *unclear)]
    said = []
    if beating:
        best, *rest = (f"by {skills[label]:.0f} %" for label in beating)
        parts = [f"{beating[0]} beats repeating the last value {best}"]
        parts += [f"{label} {by}" for label, by in zip(beating[1:], rest, strict=True)]
        ending = f"; {listed(others, 'and')} {_do(others)} not." if others else "."
        said.append(", ".join(parts) + ending)
    elif others:
        said.append(f"{listed(others, 'and')} {_do(others)} not beat repeating the last value.")
    if unclear:
        beat = "beats" if len(unclear) == 1 else "beat"
        said.append(
            f"Whether {listed(unclear, 'and')} {beat} repeating the last value cannot be told: "
            "there are too few test windows."
        )
    return " ".join(said)


def _do(names: list[str]) -> str:
    return "does" if len(names) == 1 else "do"


def _few(test: PairedTest) -> bool:
    return test.windows < LEAST_WINDOWS


def listed(names: list[str], word: str) -> str:
    """Return names with commas and a word before the last."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def loss_difference(naive: Values, model: Values) -> Values:
    """Return the naive loss minus the model's of each window, (windows,); NaN if none was seen.

    Every observed target weighs the same, as in the mean absolute error over all windows.

    Args:
        naive: (windows, horizon) errors; NaN where the target was not observed.
        model: likewise.
    """
    by_target = np.abs(naive) - np.abs(model)
    seen = np.isfinite(by_target)
    sums = np.where(seen, by_target, 0.0).sum(axis=1)
    some = seen.any(axis=1)
    windows: Values = np.where(some, sums * (some.sum() / max(seen.sum(), 1)), np.nan)
    return windows
