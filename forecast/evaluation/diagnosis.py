"""What should be known about each network of a comparison or a backtest before relying on it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from forecast.data.panel import Panel
from forecast.data.series import Values
from forecast.data.spans import means_of, spans_of
from forecast.data.windows import Origins
from forecast.evaluation.asking import Probe
from forecast.evaluation.coverage import coverage_error
from forecast.evaluation.diagnostics import (
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
from forecast.evaluation.marks import Case, Rivalry, Told, rivalry
from forecast.evaluation.verdict import BETTER, UNCLEAR, outcome
from forecast.insight.findings import gradient_findings
from forecast.insight.recorded import is_recorded
from forecast.models.baselines import is_simple
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster

LAGS = 10  # rows by which a forecast may trail, and of nothing between two series


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
        seen: latest row of any series that models were fitted on at first, by label.
        rivals: of every model against Naive.
        skills: against Naive of each network alone, in percent, of models with several seeds.
    """

    case: Case
    told: Mapping[str, Told]
    models: Mapping[str, Model]
    panel: Panel
    origins: Origins
    season: int
    probes: Mapping[str, Probe]
    seen: Mapping[str, Any]
    rivals: Mapping[str, Rivalry]
    skills: Mapping[str, Sequence[float]]


def evidence_of(
    case: Case,
    told: Mapping[str, Told],
    models: Mapping[str, Model],
    panel: Panel,
    origins: Origins,
    season: int,
    probes: Mapping[str, Probe],
    seen: Mapping[str, Any],
) -> Evidence:
    """Put together what is known; see `Evidence`."""
    naive = told["Naive"]
    rivals = {label: rivalry(case, one, naive) for label, one in told.items()}
    skills: dict[str, Sequence[float]] = {}
    for label, model in models.items():
        if isinstance(model, Forecaster) and len(model.learned().members) > 1:
            alone = model.members_from(panel, origins.ravel(), case.y.shape[2])
            members = [Told(one.reshape(case.y.shape), {}, None) for one in alone]
            skills[label] = [rivalry(case, one, naive).skill for one in members]
    return Evidence(case, told, models, panel, origins, season, probes, seen, rivals, skills)


def best_baseline(evidence: Evidence) -> str:
    """Return the label of the simple forecast that has the smallest error."""
    skills = {
        label: evidence.rivals[label].skill
        for label, model in evidence.models.items()
        if is_simple(model)
    }
    return max(skills, key=lambda label: (np.nan_to_num(skills[label], nan=0.0), label == "Naive"))


def diagnose(evidence: Evidence) -> list[Finding]:
    """Return what was found about each model that is no simple forecast of ours."""
    best = best_baseline(evidence)
    found: list[Finding] = []
    for label, model in evidence.models.items():
        if not is_simple(model):
            found += _of_model(evidence, label, model, best)
    return found


def _of_model(evidence: Evidence, label: str, model: Model, best: str) -> list[Finding]:
    case, told = evidence.case, evidence.told[label]
    against = evidence.rivals[label]
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
        found += _gradient(label, model)
    residuals = ljung_box(_residuals(case, told), season=_lag_season(evidence))
    found.append(residuals_finding(label, residuals))
    found.append(_leakage(evidence, label, model))
    found += _coverage(case, told, label)
    if label in evidence.skills:
        found.append(seeds_finding(label, evidence.skills[label]))
    return found


class _Rows(NamedTuple):
    """A series and its forecasts one step ahead in time order, NaN where there is none, (rows,)."""

    y: Values
    forecast: Values
    last: Values


def _in_time(evidence: Evidence, label: str) -> _Rows:
    """Put all rows and the first step of each window on one grid, series after series.

    Every row between is there, also where windows lie apart, so that a delay can be seen. Series
    are moved by their mean before the first cut-off and counted in their scale.
    """
    flat, offsets, origins = evidence.panel.flat, evidence.panel.offsets, evidence.origins
    firsts = origins[:, 0] + 1
    begins = np.maximum(offsets[:-1], firsts - LAGS)
    lengths = origins[:, -1] + 2 - begins
    level = means_of(flat.values, offsets[:-1], firsts - offsets[:-1])
    scale = np.where(evidence.case.scale != 0, evidence.case.scale, 1.0)

    # Between two series stands a gap, so that no lag joins them.
    starts = np.cumsum(lengths + LAGS) - lengths - LAGS
    y, forecast, last = (np.full(int(lengths.sum()) + LAGS * len(lengths), np.nan) for _ in "123")
    rows, at = spans_of(begins, begins + lengths), spans_of(starts, starts + lengths)
    seen = np.where(flat.observed[rows], flat.values[rows], np.nan)
    y[at] = (seen - np.repeat(level, lengths)) / np.repeat(scale, lengths)
    ahead = starts[:, None] + origins + 1 - begins[:, None]
    point = evidence.told[label].point[:, :, 0]
    forecast[ahead] = (point - level[:, None]) / scale[:, None]
    last[ahead] = (flat.values[origins] - level[:, None]) / scale[:, None]
    return _Rows(y, forecast, last)


def _lag_season(evidence: Evidence) -> int:
    """Return the season in windows; 1 where windows lie more than a row apart."""
    origins = evidence.origins
    apart = int(np.diff(origins, axis=1).min(initial=10**9))
    return evidence.season if apart == 1 else 1


def _residuals(case: Case, told: Told) -> Values:
    """Return the errors one step ahead, window after window, series after series."""
    errors = (case.y - told.point)[:, :, 0] / np.where(case.scale > 0, case.scale, 1.0)[:, None]
    counts = np.isfinite(errors).sum(axis=1, keepdims=True)
    means = np.where(np.isfinite(errors), errors, 0.0).sum(axis=1, keepdims=True)
    centred = errors - means / np.maximum(counts, 1) if len(errors) > 1 else errors
    apart = np.full((len(errors), LAGS if len(errors) > 1 else 0), np.nan)
    joined: Values = np.concatenate((centred, apart), axis=1).ravel()
    return joined


def _overfitting(label: str, model: Forecaster) -> Finding:
    history, settings = model.history_, model.settings
    if "seed" in history:
        history = history[history["seed"] == 0].drop(columns="seed")
    kept = settings.patience is not None and settings.validation > 0
    return overfitting_finding(label, overfit(history), best_kept=kept)


def _gradient(label: str, model: Forecaster) -> list[Finding]:
    """Return whether the gradient vanished, exploded or was clipped, where it was recorded.

    The number is how much of it is left at the step that is read first, where that is least.
    """
    if not is_recorded(model):
        return []
    found = gradient_findings(model, label=label)
    ways, doubted = found[found["check"] == "vanishing"], found[found["concern"]]
    said = [f"{one.finding} {one.remedy}" for one in doubted.itertuples(index=False)]
    if not said:
        least = ways.sort_values("number").iloc[0]  # what cannot be told comes last
        said = [str(least["finding"]), *found.loc[found["check"] == "clipped", "finding"]]
    left = 100 * float(ways["number"].min())
    return [Finding(label, "gradient", " ".join(said), left, "%", len(doubted) > 0)]


def _leakage(evidence: Evidence, label: str, model: Model) -> Finding:
    panel, probed = evidence.panel, evidence.probes[label]
    scaler = model.settings.scaling if isinstance(model, Forecaster) else None
    first = panel.flat.index[evidence.origins[:, 0] + 1].min()
    return leakage_finding(
        label, scaler, evidence.seen[label], first, probed.probed, probed.leaked,
        many=len(panel) > 1,
    )  # fmt: skip


def _coverage(case: Case, told: Told, label: str) -> list[Finding]:
    found: list[Finding] = []
    if not told.intervals:
        why = (
            f"{label} has no intervals here: they reach as far as its fitted horizon, and 80 % "
            "needs 4 calibration windows."
        )
        return [Finding(label, "coverage", why, math.nan, "%", concern=False)]
    for level, (lower, upper) in told.intervals.items():
        inside = np.where(np.isfinite(case.y), (case.y >= lower) & (case.y <= upper), np.nan)
        error = coverage_error(inside, case.apart)
        measured = float(100 * np.nanmean(inside)) if np.isfinite(inside).any() else float("nan")
        found.append(coverage_finding(label, level, measured, error))
    return found
