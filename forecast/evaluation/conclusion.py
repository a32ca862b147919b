"""What came of a comparison: fitted networks scored beside the baselines."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.data.panel import Panel, Rows
from forecast.errors import CancelledError
from forecast.evaluation.asking import ask, probe
from forecast.evaluation.comparison import Comparison
from forecast.evaluation.diagnosis import Evidence, diagnose, evidence_of
from forecast.evaluation.findings import findings_frame
from forecast.evaluation.marks import Case, Marks, Told
from forecast.evaluation.parting import first_rows
from forecast.evaluation.plan import Plan
from forecast.evaluation.scores import TestPart, prediction_frame, series_frame
from forecast.evaluation.words import verdict_of
from forecast.models.baselines import Drift, Mean, Naive, SeasonalNaive
from forecast.models.contract import Model
from forecast.models.fitted import Fitted
from forecast.models.forecaster import Forecaster


def conclude(plan: Plan, fitted: Mapping[str, Forecaster]) -> Comparison:
    """Score fitted networks beside the baselines.

    Args:
        plan: of the comparison.
        fitted: by label, each fitted on the rows before the plan's test part. Networks that
            were cancelled before their first epoch ended are left out.

    Raises:
        CancelledError: none is left.
        NotFittedError: a network is not fitted.
    """
    trained = {label: one for label, one in fitted.items() if len(one.learned().history) > 0}
    if not trained:
        over = "ran out of `seconds`; give more" if plan.seconds is not None else "was cancelled"
        raise CancelledError(f"The comparison {over} before any cell finished an epoch.")
    models: dict[str, Model] = dict(trained)
    seconds = {label: network.learned().seconds for label, network in trained.items()}
    known = _known(plan.part)
    for baseline in (Naive(), SeasonalNaive(plan.part.season), Drift(), Mean()):
        started = time.perf_counter()
        models[baseline.label] = baseline.fit(known)
        seconds[baseline.label] = time.perf_counter() - started
    return _scored(plan, models, seconds)


def _known(part: TestPart) -> Panel:
    """Return the rows before the test part of the series that are scored."""
    scored = set(part.panel.ids)
    keep = np.array([one in scored for one in part.before.ids])
    return first_rows(part.before, keep, part.before.lengths)


class _Spread(NamedTuple):
    """Skill over the seeds of one model, in percent; NaN where there is one."""

    mean: float
    std: float


def _scored(plan: Plan, models: dict[str, Model], seconds: dict[str, float]) -> Comparison:
    part, horizon = plan.part, plan.part.horizon
    case, panel, origins = part.case(), part.panel, part.origins
    heard = {label: _heard(case, part, model) for label, model in models.items()}
    told = {label: one.told for label, one in heard.items()}
    networks = {k: one for k, one in models.items() if isinstance(one, Forecaster)}
    evidence = evidence_of(
        case, told, models, panel, origins, part.season,
        probes={label: probe(model, panel, origins, horizon) for label, model in networks.items()},
        seen={label: max(model.last_row().values()) for label, model in models.items()},
    )  # fmt: skip
    findings = diagnose(evidence)
    histories = [model.history_.assign(cell=label) for label, model in networks.items()]
    history = pd.concat(histories, ignore_index=True)
    some = list(networks.values())
    return Comparison(
        data=_described(part, some[0].learned()),
        settings=_settings(some) | dict(plan.chosen),
        table=_table(evidence, heard, seconds),
        predictions=prediction_frame(part, told),
        history=history[["cell", *(name for name in history if name != "cell")]],
        findings=findings_frame(findings),
        models=models,
        tests={label: one.test for label, one in evidence.rivals.items()},
        verdict=verdict_of(evidence, findings),
        series=series_frame(part, case, told) if panel.long else None,
    )


class _Heard(NamedTuple):
    """What a model answered, and the scores of it.

    Attributes:
        told: its forecasts; of a panel without the quantiles, which take most of the room.
        milliseconds: see `Asked`.
        errors, scores: see `Marks.whole`.
    """

    told: Told
    milliseconds: float
    errors: Mapping[str, float]
    scores: Mapping[str, float]


def _heard(case: Case, part: TestPart, model: Model) -> _Heard:
    """Ask a model for the forecasts of the test part, and score them."""
    told, milliseconds = ask(model, part.panel, part.origins, part.horizon)
    errors, scores = Marks(case, told, sorted(told.intervals)).whole()
    kept = told._replace(quantiles=None) if part.panel.long else told
    return _Heard(kept, milliseconds, errors, scores)


def _table(
    evidence: Evidence, heard: Mapping[str, _Heard], seconds: Mapping[str, float]
) -> pd.DataFrame:
    """Return one row a model; see `Comparison`."""
    levels = sorted({level for one in heard.values() for level in one.told.intervals})
    rows = []
    for label, model in evidence.models.items():
        network = model if isinstance(model, Forecaster) else None
        against, spread = evidence.rivals[label], _spread(evidence.skills.get(label, ()))
        rows.append(
            {
                "model": label,
                "hidden_units": 0 if network is None else network.settings.hidden_units,
                "parameters": model.parameter_count,
                "seconds": seconds[label],
                "ms_per_forecast": heard[label].milliseconds,
                "epochs": 0 if network is None else len(network.history_),
                **heard[label].errors,
                "skill": against.skill,
                "skill_mean": spread.mean,
                "skill_std": spread.std,
                **_of_levels(heard[label].scores, levels),
                "verdict": "the naive forecast itself" if label == "Naive" else against.said,
            }
        )
    return pd.DataFrame(rows)


def _of_levels(scores: Mapping[str, float], levels: Sequence[float]) -> dict[str, float]:
    """Return scores of intervals under all levels; where a model lacks one, it has no pinball."""
    wanted = [f"{kind}-{level:g}" for level in levels for kind in ("coverage", "width")]
    found = {name: scores.get(name, math.nan) for name in ("pinball", "crps", *wanted)}
    if any(name not in scores for name in wanted):
        found["pinball"] = math.nan
    return found


def _spread(skills: Sequence[float]) -> _Spread:
    if not skills:
        return _Spread(math.nan, math.nan)
    return _Spread(float(np.mean(skills)), float(np.std(skills, ddof=1)))


def _settings(networks: Sequence[Forecaster]) -> dict[str, Any]:
    settings = asdict(networks[0].settings)
    del settings["cell"], settings["threads"]  # no result depends on the threads
    settings["engine"] = networks[0].engine_
    return {"cells": [network.settings.cell for network in networks]} | settings


def _described(part: TestPart, fitted: Fitted) -> dict[str, Any]:
    """Describe the data and its parts in plain values."""
    flat = part.data.flat
    found: dict[str, Any] = {
        "name": flat.name,
        "rows": len(flat),
        "filled": int((~flat.observed).sum()),
        "frequency": flat.frequency,
        "season": part.season,
        "first": str(flat.index.min()),
        "last": str(flat.index.max()),
        "parts": _parts(part, fitted),
        "test_windows": part.windows,
    }
    if part.data.long:
        found |= {"series": len(part.data), "scored": len(part.panel)}
    return found


def _parts(part: TestPart, fitted: Fitted) -> dict[str, Any]:
    """Return how many rows each part has, over all series, and where these begin and end."""
    begins = part.before.offsets[:-1]
    found = {}
    for name in fitted.splits[0]._fields:
        rows = fitted.splits.part(name)
        found[name] = _range(part.before, begins + rows.starts, begins + rows.stops)
    stops = part.panel.offsets[1:]
    found["test"] = _range(part.panel, stops - part.test_rows(), stops)
    return found


def _range(panel: Panel, starts: Rows, stops: Rows) -> dict[str, Any]:
    """Describe the rows from each start to the stop after it."""
    some = stops > starts
    rows, index = int((stops - starts)[some].sum()), panel.flat.index
    if not rows:
        return {"rows": 0, "first": None, "last": None}
    first, last = index[starts[some]].min(), index[stops[some] - 1].max()
    return {"rows": rows, "first": str(first), "last": str(last)}
