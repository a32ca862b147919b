"""The result of a backtest: tables, figures, findings, and a verdict in words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.data.panel import Panel
from forecast.evaluation.cutoffs import Cutoffs
from forecast.evaluation.diagnosis import Evidence, diagnose
from forecast.evaluation.findings import findings_frame
from forecast.evaluation.marks import (
    ALL,
    Case,
    Chosen,
    Rivalry,
    Told,
    errors_of,
    marks_of,
    rivalry,
)
from forecast.evaluation.plain import plain_rows
from forecast.evaluation.rolling import Run
from forecast.evaluation.verdict import PairedTest
from forecast.evaluation.words import verdict_of
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Backtest:
    """Models, scored on the same windows behind past cut-offs.

    Attributes:
        data: what was forecast: name, series, rows, frequency, season, first and last cut-off.
        settings: of the backtest.
        table: one row a model: model, parameters, seconds (of all fits), ms_per_forecast, mae,
            rmse, smape (percent), mase, skill (percent against Naive), pinball, crps, for each
            level `coverage-80` (percent) and `width-80`, verdict.
        forecasts: one row a window and step: unique_id, cutoff, ds, step, y, and for each model
            `NAME`, `NAME-lo-80`, `NAME-hi-80`, …; y is NaN where a value was filled.
        windows: one row a window: unique_id, cutoff, train_first, train_last, first, last, and
            `fitted`, whether a fit took place before it. Of models that were fitted before, the
            last row is the latest that any network has seen.
        by_step: one row a model and step: the scores of `table`.
        by_cutoff: one row a model and cut-off (in a panel, the window's number from the first):
            likewise.
        findings: one row a network and check: model, check, finding (a sentence), number, unit,
            concern; see `forecast.evaluation.findings`.
        models: as they were fitted last, by name.
        tests: of each model against Naive, by name; see `forecast.evaluation.verdict`.
        verdict: in words: who beats repeating the last value, and what speaks against it.
    """

    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    table: pd.DataFrame
    forecasts: pd.DataFrame
    windows: pd.DataFrame
    by_step: pd.DataFrame
    by_cutoff: pd.DataFrame
    findings: pd.DataFrame
    models: Mapping[str, Model]
    tests: Mapping[str, PairedTest]
    verdict: str

    def plot_windows(self) -> "go.Figure":
        """Draw the rows that each window was fitted on and forecast.

        Raises:
            MissingExtraError: Plotly is not installed.
        """
        from forecast.charts.backtest import plot_windows

        return plot_windows(self.windows, name=str(self.data["name"]))

    def plot_errors(self, metric: str = "mae", *, by: str = "cutoff") -> "go.Figure":
        """Draw a score of each model by `cutoff` or by `step`.

        Raises:
            SettingError: there is no such score.
            MissingExtraError: Plotly is not installed.
        """
        from forecast.charts.backtest import plot_error_by_cutoff, plot_error_by_step

        name = str(self.data["name"])
        if by == "step":
            return plot_error_by_step(self.by_step, metric, name=name)
        return plot_error_by_cutoff(self.by_cutoff, metric, name=name)

    def plot_coverage(self) -> "go.Figure":
        """Draw the measured coverage of every model beside the nominal one.

        Raises:
            SettingError: no model has intervals.
            MissingExtraError: Plotly is not installed.
        """
        from forecast.charts.coverage import plot_coverage

        return plot_coverage(self.table, self.settings["level"])

    def plot_residuals(self, label: str, *, step: int = 1) -> "go.Figure":
        """Draw the errors of one model: how they spread, and how they depend on each other.

        Raises:
            SettingError: there is no such model or step.
            MissingExtraError: Plotly is not installed.
        """
        from forecast.charts.residuals import plot_residuals

        return plot_residuals(self.forecasts, label, step, name=str(self.data["name"]))

    def to_dict(self) -> dict[str, Any]:
        """Return everything but single forecasts as plain values; what is not finite is None."""
        return {
            "data": dict(self.data),
            "settings": dict(self.settings),
            "models": plain_rows(self.table),
            "by_step": plain_rows(self.by_step),
            "by_cutoff": plain_rows(self.by_cutoff),
            "findings": plain_rows(self.findings),
            "verdict": self.verdict,
        }


def result_of(
    panel: Panel,
    cuts: Cutoffs,
    case: Case,
    runs: Mapping[str, Run],
    season: int,
    given: Mapping[str, Any],
) -> Backtest:
    """Score the forecasts of all models."""
    told = {label: run.told for label, run in runs.items()}
    models = {label: run.model for label, run in runs.items()}
    probes = {label: run.probe for label, run in runs.items()}
    levels = sorted({level for one in told.values() for level in one.intervals})
    rivals = {label: rivalry(case, one, told["Naive"]) for label, one in told.items()}
    seen = {label: run.seen for label, run in runs.items()}
    evidence = Evidence(case, told, models, panel, cuts.origins, season, probes, seen)
    findings = diagnose(evidence)
    windows = _windows(panel, cuts)
    if given["fitted"]:
        windows = _seen_before(windows, models)
    steps = [(k + 1, (slice(None), slice(None), slice(k, k + 1))) for k in range(cuts.horizon)]
    return Backtest(
        data=_described(panel, cuts, season),
        settings={**given, "step_size": cuts.step_size, "level": levels} | _networks(models),
        table=_table(case, runs, rivals, levels),
        forecasts=_forecasts(panel, cuts, case, told),
        windows=windows,
        by_step=_scores(case, told, levels, "step", steps),
        by_cutoff=_scores(case, told, levels, "cutoff", _cutoffs(panel, cuts)),
        findings=findings_frame(findings),
        models=models,
        tests={label: one.test for label, one in rivals.items()},
        verdict=verdict_of(evidence, rivals, findings),
    )


def _networks(models: Mapping[str, Model]) -> dict[str, Any]:
    """Return the settings of the networks, by name."""
    networks = {
        label: asdict(one.settings) for label, one in models.items() if isinstance(one, Forecaster)
    }
    return {"models": networks}


def _described(panel: Panel, cuts: Cutoffs, season: int) -> dict[str, Any]:
    flat, firsts = panel.flat, cuts.origins[:, 0]
    return {
        "name": flat.name,
        "series": len(panel),
        "rows": len(flat),
        "filled": int((~flat.observed).sum()),
        "frequency": flat.frequency,
        "season": season,
        "first_cutoff": str(flat.index[int(firsts[0])]),
        "last_cutoff": str(flat.index[int(cuts.origins[0, -1])]),
    }


def _table(
    case: Case, runs: Mapping[str, Run], rivals: Mapping[str, Rivalry], levels: Sequence[float]
) -> pd.DataFrame:
    rows = []
    for label, run in runs.items():
        said = "the naive forecast itself" if label == "Naive" else rivals[label].said
        rows.append(
            {
                "model": label,
                "parameters": run.model.parameter_count,
                "seconds": run.cost.seconds,
                "ms_per_forecast": run.cost.milliseconds,
                **errors_of(case, run.told),
                "skill": rivals[label].skill,
                **marks_of(case, run.told, levels),
                "verdict": said,
            }
        )
    return pd.DataFrame(rows)


def _scores(
    case: Case,
    told: Mapping[str, Told],
    levels: Sequence[float],
    name: str,
    parts: Sequence[tuple[Any, Chosen]],
) -> pd.DataFrame:
    """Return the scores of each model on each part of the targets."""
    rows = [
        {
            "model": label,
            name: value,
            **errors_of(case, one, chosen),
            **marks_of(case, one, levels, chosen),
        }
        for label, one in told.items()
        for value, chosen in parts
    ]
    return pd.DataFrame(rows)


def _cutoffs(panel: Panel, cuts: Cutoffs) -> list[tuple[Any, Chosen]]:
    """Return each window over all series, by its cut-off where all series share it."""
    index, found = panel.flat.index, []
    for number in range(cuts.origins.shape[1]):
        shared = index[cuts.origins[:, number]].unique()
        value = shared[0] if len(shared) == 1 else number + 1
        found.append((value, (ALL[0], slice(number, number + 1), ALL[2])))
    mixed = any(isinstance(value, int) for value, _ in found) and len(panel) > 1
    if mixed:  # one kind of value in a column
        found = [(number + 1, chosen) for number, (_, chosen) in enumerate(found)]
    return found


def _forecasts(panel: Panel, cuts: Cutoffs, case: Case, told: Mapping[str, Told]) -> pd.DataFrame:
    flat, horizon = cuts.origins.ravel(), cuts.horizon
    steps = np.arange(1, horizon + 1)
    ids = np.array(panel.ids, dtype=object)[panel.which(flat)]
    columns: dict[str, Any] = {
        "unique_id": pd.Series(np.repeat(ids, horizon)).infer_objects(),
        "cutoff": panel.flat.index[np.repeat(flat, horizon)],
        "ds": panel.flat.index[(flat[:, None] + steps).ravel()],
        "step": np.tile(steps, len(flat)),
        "y": case.y.ravel(),
    }
    for label, one in told.items():
        columns[label] = one.point.ravel()
        for level, (lower, upper) in one.intervals.items():
            columns[f"{label}-lo-{level:g}"] = lower.ravel()
            columns[f"{label}-hi-{level:g}"] = upper.ravel()
    return pd.DataFrame(columns)


def _seen_before(windows: pd.DataFrame, models: Mapping[str, Model]) -> pd.DataFrame:
    """Return windows that nothing was fitted for, with the last row that networks had seen."""
    ends: dict[Any, Any] = {}
    for model in models.values():
        if model.parameter_count > 0:
            for one, end in model.last_row().items():
                ends[one] = max(end, ends.get(one, end))
    if not ends:
        return windows
    alone = next(iter(ends.values()))
    last = [ends.get(one, alone) for one in windows["unique_id"]]
    return windows.assign(train_last=last, fitted=False)


def _windows(panel: Panel, cuts: Cutoffs) -> pd.DataFrame:
    """Return the rows that each window was fitted on and forecast."""
    index, rows = panel.flat.index, []
    for group in cuts.groups:
        training = cuts.training(panel, group)
        for number in group:
            for series, (begin, part) in enumerate(zip(panel.offsets[:-1], training, strict=True)):
                origin = int(cuts.origins[series, number])
                rows.append(
                    {
                        "unique_id": panel.ids[series],
                        "cutoff": index[origin],
                        "train_first": index[int(begin) + part.start],
                        "train_last": index[int(begin) + part.stop - 1],
                        "first": index[origin + 1],
                        "last": index[origin + cuts.horizon],
                        "fitted": number == group[0],
                    }
                )
    return pd.DataFrame(rows)
