"""What should be known about each network of a comparison or a backtest before relying on it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from forecast.data.panel import Panel
from forecast.data.series import Values
from forecast.data.windows import Origins
from forecast.evaluation.asking import Probe
from forecast.evaluation.diagnostics import (
    block_bootstrap,
    ljung_box,
    naive_shadow,
    overfit,
)
from forecast.evaluation.findings import (
    Finding,
    best_baseline_finding,
    coverage_finding,
    leakage_finding,
    overfitting_finding,
    residuals_finding,
    seeds_finding,
    shadow_finding,
    skill_finding,
)
from forecast.evaluation.marks import Case, Told, rivalry
from forecast.evaluation.verdict import BETTER, UNCLEAR, outcome
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster


class Evidence(NamedTuple):
    """What is known of the models that forecast the same windows.

    Attributes:
        case: what was forecast.
        told: by every model, `Naive` among them.
        models: fitted, by label.
        panel: the rows.
        origins: (S, W) flat rows of the cut-offs.
        season: rows in a season.
        probes: whether models looked ahead, by label.
        seen: last row that models were fitted on before the first cut-off, by label.
    """

    case: Case
    told: Mapping[str, Told]
    models: Mapping[str, Model]
    panel: Panel
    origins: Origins
    season: int
    probes: Mapping[str, Probe]
    seen: Mapping[str, Any]


def best_baseline(evidence: Evidence) -> str:
    """Return the label of the model without weights that has the smallest error."""
    naive = evidence.told["Naive"]
    skills = {
        label: rivalry(evidence.case, evidence.told[label], naive).skill
        for label, model in evidence.models.items()
        if model.parameter_count == 0
    }
    return max(skills, key=lambda label: (np.nan_to_num(skills[label], nan=0.0), label == "Naive"))


def diagnose(evidence: Evidence) -> list[Finding]:
    """Return what was found about each model that has weights."""
    best = best_baseline(evidence)
    found: list[Finding] = []
    for label, model in evidence.models.items():
        if model.parameter_count > 0:
            found += _of_model(evidence, label, model, best)
    return found


def _of_model(evidence: Evidence, label: str, model: Model, best: str) -> list[Finding]:
    case, told = evidence.case, evidence.told[label]
    against = rivalry(case, told, evidence.told["Naive"])
    found = [skill_finding(label, against.skill, against.test, against.error)]
    if best != "Naive":
        rival = rivalry(case, told, evidence.told[best])
        found.append(best_baseline_finding(label, best, rival.skill, rival.test, rival.error))
    rows = _in_time(evidence, label)
    won = outcome(against.skill, against.test)
    beats = won == BETTER or (won == UNCLEAR and against.skill > 0)
    shadow = naive_shadow(rows.y, rows.forecast, rows.last)
    found.append(shadow_finding(label, shadow, 1, beats))
    if isinstance(model, Forecaster):
        found.append(_overfitting(label, model))
    residuals = ljung_box(rows.y - rows.forecast, season=evidence.season)
    found.append(residuals_finding(label, residuals))
    found.append(_leakage(evidence, label, model))
    found += _coverage(case, told, label)
    if isinstance(model, Forecaster) and model.settings.seeds > 1:
        found.append(seeds_finding(label, member_skills(evidence, model)))
    return found


class _Rows(NamedTuple):
    """Forecasts one step ahead in time order, NaN where there is none, (rows,) each."""

    y: Values
    forecast: Values
    last: Values


def _in_time(evidence: Evidence, label: str) -> _Rows:
    """Put the first steps of all windows on the grid of rows, series after series."""
    rows: list[tuple[Values, ...]] = []
    values = evidence.panel.flat.values
    for number, origins in enumerate(evidence.origins):
        length = int(origins[-1] - origins[0]) + 1
        y, forecast, last = (np.full(length, np.nan) for _ in range(3))
        at = origins - origins[0]
        y[at] = evidence.case.y[number, :, 0]
        forecast[at] = evidence.told[label].point[number, :, 0]
        last[at] = values[origins]
        rows.append((y, forecast, last))
    gap = np.full(2 * evidence.season + 10, np.nan)  # so that no lag joins two series
    columns = zip(*rows, strict=True)
    return _Rows(*(np.concatenate([part for one in c for part in (one, gap)]) for c in columns))


def _overfitting(label: str, model: Forecaster) -> Finding:
    history, settings = model.history_, model.settings
    if "seed" in history:
        history = history[history["seed"] == 0].drop(columns="seed")
    kept = settings.patience is not None and settings.validation > 0
    return overfitting_finding(label, overfit(history), best_kept=kept)


def _leakage(evidence: Evidence, label: str, model: Model) -> Finding:
    panel, probed = evidence.panel, evidence.probes[label]
    scaler = model.settings.scaling if isinstance(model, Forecaster) else None
    last = evidence.seen[label]
    first = panel.flat.index[int(evidence.origins[0, 0]) + 1]
    return leakage_finding(label, scaler, last, first, probed.probed, probed.leaked)


def _coverage(case: Case, told: Told, label: str) -> list[Finding]:
    found = []
    for level, (lower, upper) in told.intervals.items():
        inside = np.where(np.isfinite(case.y), (case.y >= lower) & (case.y <= upper), np.nan)
        error = coverage_error(inside, case.apart)
        measured = float(100 * np.nanmean(inside)) if np.isfinite(inside).any() else float("nan")
        found.append(coverage_finding(label, level, measured, error))
    return found


def coverage_error(inside: Values, apart: int) -> float:
    """Return the standard error of a measured coverage, in percentage points.

    Args:
        inside: (S, W, H) 1 where the interval held the value, 0 where not, NaN unobserved.
        apart: windows that overlap; blocks of the bootstrap are at least as long.
    """
    errors = []
    for one in inside:
        seen = np.isfinite(one)
        counts = seen.sum(axis=1)
        by_window = np.where(seen, one, 0.0).sum(axis=1)[counts > 0] / counts[counts > 0]
        block = max(apart, round(len(by_window) ** (1 / 3)))
        errors.append(block_bootstrap(by_window, block).error)
    return float(100 * np.sqrt(np.sum(np.square(errors))) / len(errors))


def member_skills(evidence: Evidence, model: Forecaster) -> Sequence[float]:
    """Return the skill against Naive of each network alone, in percent."""
    case, naive = evidence.case, evidence.told["Naive"]
    alone = model.members_from(evidence.panel, evidence.origins.ravel(), case.y.shape[2])
    told = [Told(one.reshape(case.y.shape), {}, None) for one in alone]
    return [rivalry(case, one, naive).skill for one in told]
