"""What came of a comparison: fitted networks scored beside the baselines."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.data.series import TimeSeries
from forecast.errors import CancelledError
from forecast.evaluation.asking import Asked, ask, probe
from forecast.evaluation.comparison import Comparison
from forecast.evaluation.diagnosis import Evidence, diagnose, evidence_of
from forecast.evaluation.findings import findings_frame
from forecast.evaluation.marks import Marks
from forecast.evaluation.plan import Plan
from forecast.evaluation.scores import TestPart, prediction_frame
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
    for baseline in (Naive(), SeasonalNaive(plan.part.season), Drift(), Mean()):
        started = time.perf_counter()
        models[baseline.label] = baseline.fit(plan.part.before)
        seconds[baseline.label] = time.perf_counter() - started
    return _scored(plan, models, seconds)


class _Spread(NamedTuple):
    """Skill over the seeds of one model, in percent; NaN where there is one."""

    mean: float
    std: float


def _scored(plan: Plan, models: dict[str, Model], seconds: dict[str, float]) -> Comparison:
    part, horizon = plan.part, plan.part.windows.horizon
    case, panel, origins = part.case(), part.panel, part.origins
    asked = {label: ask(model, panel, origins, horizon) for label, model in models.items()}
    told = {label: one.told for label, one in asked.items()}
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
        table=_table(evidence, asked, seconds),
        predictions=prediction_frame(part, {k: one.point[0] for k, one in told.items()}),
        history=history[["cell", *(name for name in history if name != "cell")]],
        findings=findings_frame(findings),
        models=models,
        tests={label: one.test for label, one in evidence.rivals.items()},
        verdict=verdict_of(evidence, findings),
    )


def _table(
    evidence: Evidence, asked: Mapping[str, Asked], seconds: Mapping[str, float]
) -> pd.DataFrame:
    """Return one row a model; see `Comparison`."""
    levels = sorted({level for one in asked.values() for level in one.told.intervals})
    rows = []
    for label, model in evidence.models.items():
        network = model if isinstance(model, Forecaster) else None
        against, spread = evidence.rivals[label], _spread(evidence.skills.get(label, ()))
        errors, scores = Marks(evidence.case, asked[label].told, levels).whole()
        rows.append(
            {
                "model": label,
                "hidden_units": 0 if network is None else network.settings.hidden_units,
                "parameters": model.parameter_count,
                "seconds": seconds[label],
                "ms_per_forecast": asked[label].milliseconds,
                "epochs": 0 if network is None else len(network.history_),
                **errors,
                "skill": against.skill,
                "skill_mean": spread.mean,
                "skill_std": spread.std,
                **scores,
                "verdict": "the naive forecast itself" if label == "Naive" else against.said,
            }
        )
    return pd.DataFrame(rows)


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
    series = part.windows.series
    ranges = fitted.parts._asdict()
    ranges["test"] = range(len(part.before), len(series))
    return {
        "name": series.name,
        "rows": len(series),
        "filled": int((~series.observed).sum()),
        "frequency": series.frequency,
        "season": part.season,
        "first": str(series.index[0]),
        "last": str(series.index[-1]),
        "parts": {name: _range(series, rows) for name, rows in ranges.items()},
        "test_windows": len(part.windows),
    }


def _range(series: TimeSeries, rows: range) -> dict[str, Any]:
    ends = (None, None) if not rows else (str(series.index[rows[0]]), str(series.index[rows[-1]]))
    return {"rows": len(rows), "first": ends[0], "last": ends[1]}
