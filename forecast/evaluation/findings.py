"""Numbers into sentences: what a person should know about a model before relying on it.

Every function gives one `Finding`: a plain sentence for a newcomer, the number an expert checks,
and whether it is a reason for concern. What cannot be told is said so, and is no concern by itself;
only where a model was to prove itself better, and did not, the lack of proof is one.
"""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecast.evaluation.diagnostics import LjungBox, Overfit, Shadow
from forecast.evaluation.phrases import compared, late, row, too_few
from forecast.evaluation.verdict import (
    BETTER,
    SAME,
    SIGNIFICANCE,
    UNCLEAR,
    WORSE,
    PairedTest,
    outcome,
)

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("model", "check", "finding", "number", "unit", "concern")
SHADOW_SHARE = 90.0  # percent of a forecast; then it correlates with the last value by 0.95
SHADOW_CHANGE = 0.2  # correlation; on prices cells reach 0.06, on weather 0.3 and more
OVERFIT_RATIO = 2.0  # of the losses; for a squared loss, errors larger by 40 %
OVERFIT_RISE = 10.0  # percent; less is the ordinary unrest from epoch to epoch
COVERAGE_SLACK = 3.0  # percentage points that nobody would act on
NAIVE = "repeating the last value"
_BY_WINDOW = "Windows are scaled by their own values, and by no less than learned from rows up to"
SCALED: dict[str | None, str] = {
    None: "Nothing is scaled, and it learned from rows up to",
    "none": "Nothing is scaled, and it learned from rows up to",
    "window": _BY_WINDOW,
    "root": _BY_WINDOW,
    "level": _BY_WINDOW,
    "last": "Windows are shifted by their last value, and it learned from rows up to",
}


class Finding(NamedTuple):
    """One thing that was checked about one model.

    Attributes:
        model: its label.
        check: `skill`, `best baseline`, `naive shadow`, `overfitting`, `gradient` (where it was
            recorded), `residuals`, `leakage`, `coverage` or `seeds`.
        said: one plain sentence or two.
        number: the one that an expert checks; NaN where it cannot be told.
        unit: of the number.
        concern: whether this is a reason to doubt the model.
    """

    model: str
    check: str
    said: str
    number: float
    unit: str
    concern: bool


def findings_frame(findings: Iterable[Finding]) -> "pd.DataFrame":
    """Return one row a finding: model, check, finding, number, unit, concern."""
    import pandas as pd

    frame = pd.DataFrame(list(findings), columns=list(COLUMNS))
    return frame.astype({"number": "float64", "concern": "bool"})


def skill_finding(model: str, skill: float, test: PairedTest, naive_mae: float) -> Finding:
    """Say whether a model beats repeating the last value, and how sure that is.

    Args:
        model: its label.
        skill: against the naive forecast, in percent, over all test windows.
        test: against the naive forecast, over the windows that do not overlap. Its interval is
            stretched to hold the skill, should it not.
        naive_mae: mean absolute error of the naive forecast, in the unit of the test's losses.
    """
    return _against(model, "skill", NAIVE, skill, test, naive_mae)


def best_baseline_finding(
    model: str, baseline: str, skill_against: float, test: PairedTest, mae: float
) -> Finding:
    """Say whether a model beats the best of the simple forecasts, and how sure that is.

    Args:
        model: its label.
        baseline: label of the simple forecast with the smallest error on the same windows.
        skill_against: the skill against it, in percent.
        test: of the model against it.
        mae: mean absolute error of that forecast, in the unit of the test's losses.
    """
    rival = f"the best simple forecast, {baseline}"
    return _against(model, "best baseline", rival, skill_against, test, mae)


def _against(
    model: str, check: str, rival: str, skill: float, test: PairedTest, mae: float
) -> Finding:
    """Say whether a model beats a rival; a concern where it does not, or that cannot be told."""
    word = outcome(skill, test)
    if math.isnan(skill) or not mae > 0:
        said = f"{model} cannot be compared with {rival}, which makes no error here."
        return Finding(model, check, said, math.nan, "%", True)
    low, high = min(100 * test.low / mae, skill), max(100 * test.high / mae, skill)
    said = {
        BETTER: f"{model} is {skill:.1f} % better than {rival} "
        f"(between {low:.1f} and {high:.1f} %, 95 % sure).",
        WORSE: f"{model} is {-skill:.1f} % worse than {rival} "
        f"(between {-high:.1f} and {-low:.1f} %, 95 % sure).",
        SAME: f"There is no real difference between {model} and {rival}: it came out "
        f"{compared(skill)}, and may be anything from {compared(low)} to {compared(high)} "
        "(95 % sure).",
        UNCLEAR: too_few(model, rival, skill, test),
    }[word]
    return Finding(model, check, said, skill, "%", word != BETTER)


def shadow_finding(model: str, shadow: Shadow, step: int, beats: bool) -> Finding:
    """Say whether a model merely repeats the last value.

    It does if its forecast trails the series by at least the step ahead, the last value explains
    nearly all of it, the changes it forecasts do not go with the real ones, and it does not beat
    the naive forecast. On a trending series the last value explains most of any good forecast, so
    none of these alone would do.

    Args:
        model: its label.
        shadow: of its forecasts for one step ahead.
        step: that step, in rows.
        beats: whether the model really beats the naive forecast.
    """
    share = f"the last value explains {shadow.share:.1f} % of it"
    trails, copied = shadow.lag >= step, shadow.share >= SHADOW_SHARE
    follows = shadow.change_correlation >= SHADOW_CHANGE  # False where it never differs
    concern = trails and copied and not beats and not follows
    if math.isnan(shadow.lag) or math.isnan(shadow.share):
        said = (
            f"Whether {model} merely repeats the last value cannot be told: there are too few "
            "rows, or values that never change."
        )
    elif concern:
        said = (
            f"{model} has learned to repeat the last value: its forecast follows the series "
            f"{late(shadow.lag)} (lag {shadow.lag:.0f}), and {share}."
        )
    elif beats and copied:
        said = f"{model} stays close to the last value, but really beats repeating it; {share}."
    elif trails and copied and follows:
        said = (
            f"{model} stays close to the last value, but the changes it forecasts go with the real "
            f"ones (correlation {shadow.change_correlation:.2f}); {share}."
        )
    else:
        said = (
            f"{model} does not just repeat the last value: its forecast follows the series "
            f"{late(shadow.lag)}, and {share}."
        )
    return Finding(model, "naive shadow", said, shadow.share, "%", concern)


def overfitting_finding(model: str, overfit: Overfit, *, best_kept: bool = True) -> Finding:
    """Say whether a model learned its training rows by heart.

    Args:
        model: its label.
        overfit: of its training.
        best_kept: whether the weights of the best epoch were kept, as early stopping does; a rise
            of the loss after that epoch then harms nothing.
    """
    ratio, heart = overfit.ratio, overfit.ratio > OVERFIT_RATIO
    risen = not best_kept and overfit.rise > OVERFIT_RISE
    if math.isnan(ratio):
        said = (
            f"Whether {model} learned its rows by heart cannot be told: there are no losses on "
            "training and validation rows to compare."
        )
    elif heart:
        said = (
            f"{model} may have learned its rows by heart: its loss is {ratio:.1f} times as large "
            "on rows it did not learn from. Rows that are harder to forecast look the same."
        )
    elif risen:
        said = (
            f"{model} was trained too long: its loss on rows it did not learn from was smallest "
            f"after epoch {overfit.best_epoch}, and {overfit.rise:.0f} % larger at the end."
        )
    else:
        said = (
            f"{model} shows no sign of having learned its rows by heart: its loss on other rows is "
            f"{ratio:.1f} times that of training."
        )
    return Finding(model, "overfitting", said, ratio, "times", heart or risen)


def residuals_finding(model: str, ljung_box: LjungBox) -> Finding:
    """Say whether a model's errors still hold a pattern, at the 5 % level."""
    p, concern = ljung_box.p, ljung_box.p < SIGNIFICANCE
    shown = "Ljung-Box p < 0.001" if p < 0.001 else f"Ljung-Box p = {p:.3f}"
    errors = f"{ljung_box.n} errors"
    if math.isnan(p):
        said = f"may be random or not: {errors} are too few to tell, or are all the same"
    elif concern:
        said = f"is not random: the errors follow a pattern it has not learned ({shown})"
    else:
        said = f"is random, as far as {errors} can tell ({shown})"
    return Finding(model, "residuals", f"What {model} gets wrong {said}.", p, "p-value", concern)


def leakage_finding(
    model: str,
    scaler: str | None,
    train_last: Any,
    first_target: Any,
    probed: int,
    leaked: int,
    *,
    many: bool = False,
) -> Finding:
    """Say what the scale was learned from, and whether a later row ever changed a forecast.

    Args:
        model: its label.
        scaler: name of the scaling; None for a model without.
        train_last: timestamp or number of the last row that the model and its scale learned from.
        first_target: of the first row that is scored.
        probed: how many forecasts were made again after all rows behind their cut-off changed.
        leaked: how many of these came out different.
        many: whether there are several series, whose rows may end apart.
    """
    learned = SCALED.get(scaler, "The scale was learned from rows up to")
    overlap = bool(train_last >= first_target)
    said = f"{learned} {row(train_last)}; the first scored row is {row(first_target)}. "
    if overlap and many:
        said += "So it had learned from later rows of other series than some that are scored. "
    elif overlap:
        said += "Rows were scored that it had learned from. "
    if probed == 0:
        said += "Whether later rows change a forecast was not tried."
    elif leaked:
        changed = f"changed {leaked} of {probed} forecasts made there: they have seen the future."
        said += f"Changing every row after a cut-off {changed}"
    else:
        said += "Changing every row after a cut-off changed no forecast made there."
    changes = float(leaked) if probed else math.nan
    return Finding(model, "leakage", said, changes, "forecasts", overlap or leaked > 0)


def coverage_finding(model: str, level: float, measured: float, error: float) -> Finding:
    """Say whether an interval holds as many values as it promises.

    Args:
        model: its label.
        level: of the interval, in percent.
        measured: share of the test values inside, in percent.
        error: standard error of that share, in percentage points; NaN if it cannot be told, and
            then nothing is a concern.
    """
    if math.isnan(measured):
        said = f"How much the {level:g} % interval of {model} holds was not measured."
        return Finding(model, "coverage", said, measured, "%", False)
    said = f"The {level:g} % interval of {model} held {measured:.1f} % of the test values"
    concern = abs(measured - level) > max(COVERAGE_SLACK, 2 * error) and not math.isnan(error)
    if concern:
        said += ": it is too narrow" if measured < level else ": it is wider than it need be"
    elif math.isnan(error):
        said += ", but these are too few to judge it"
    return Finding(model, "coverage", f"{said}.", measured, "%", concern)


def seeds_finding(model: str, skills: Sequence[float]) -> Finding:
    """Say how much a model's skill depends on the seed of its training.

    Args:
        model: its label.
        skills: against the naive forecast, in percent, one a seed.
    """
    found = np.asarray(skills, dtype=np.float64)
    found = found[np.isfinite(found)]
    if len(found) < 2:
        said = f"How much {model} owes to the luck of its start takes two seeds or more to tell."
        return Finding(model, "seeds", said, math.nan, "points", False)
    mean, spread = float(found.mean()), float(found.std(ddof=1))
    said = (
        f"Trained from {len(found)} random starts, {model} was {compared(mean)} than {NAIVE} on "
        f"average, give or take {spread:.1f} points"
    )
    concern = bool(found.min() < 0 < found.max())
    if concern:
        said += f"; only from {int((found > 0).sum())} of them was it better at all"
    return Finding(model, "seeds", f"{said}.", spread, "points", concern)
