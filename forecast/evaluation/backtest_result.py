"""The result of a backtest: tables, figures, findings, and a verdict in words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.data.panel import Panel
from forecast.evaluation.cutoffs import Cutoffs
from forecast.evaluation.diagnosis import diagnose, evidence_of
from forecast.evaluation.findings import findings_frame
from forecast.evaluation.marks import Case, Marks, Rivalry, Told
from forecast.evaluation.plain import plain_rows
from forecast.evaluation.rolling import Run
from forecast.evaluation.verdict import PairedTest
from forecast.evaluation.words import verdict_of
from forecast.models.baselines import is_simple
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster

if TYPE_CHECKING:
    import plotly.graph_objects as go


ROWS = ("cutoff", "train_first", "train_last", "first", "last")  # columns that hold timestamps


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
    marks = {label: Marks(case, one, levels) for label, one in told.items()}
    seen = {label: run.seen for label, run in runs.items()}
    evidence = evidence_of(case, told, models, panel, cuts.origins, season, probes, seen)
    rivals = evidence.rivals
    findings = diagnose(evidence)
    windows = _windows(panel, cuts)
    if given["fitted"]:
        windows = _seen_before(windows, models)
    return Backtest(
        data=_described(panel, cuts, season),
        settings={**given, "step_size": cuts.step_size, "level": levels} | _networks(models),
        table=_table(runs, rivals, marks),
        forecasts=_forecasts(panel, cuts, case, told),
        windows=windows,
        by_step=_scores(marks, "step", list(range(1, cuts.horizon + 1))),
        by_cutoff=_scores(marks, "cutoff", _cutoffs(panel, cuts)),
        findings=findings_frame(findings),
        models=models,
        tests={label: one.test for label, one in rivals.items()},
        verdict=verdict_of(evidence, findings),
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
    runs: Mapping[str, Run], rivals: Mapping[str, Rivalry], marks: Mapping[str, Marks]
) -> pd.DataFrame:
    rows = []
    for label, run in runs.items():
        said = "the naive forecast itself" if label == "Naive" else rivals[label].said
        errors, scores = marks[label].whole()
        rows.append(
            {
                "model": label,
                "parameters": run.model.parameter_count,
                "seconds": run.cost.seconds,
                "ms_per_forecast": run.cost.milliseconds,
                **errors,
                "skill": rivals[label].skill,
                **scores,
                "verdict": said,
            }
        )
    return pd.DataFrame(rows)


def _scores(marks: Mapping[str, Marks], by: str, parts: Sequence[Any]) -> pd.DataFrame:
    """Return the scores of each model on each part of the targets."""
    frames = [
        pd.DataFrame({"model": label, by: parts, **one.scores(by)}) for label, one in marks.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _cutoffs(panel: Panel, cuts: Cutoffs) -> list[Any]:
    """Return the cut-off of each window; where series do not share them, its number from 1."""
    index = panel.flat.index
    times = index.asi8 if isinstance(index, pd.DatetimeIndex) else index.to_numpy()
    if (times[cuts.origins] == times[cuts.origins[0]]).all():
        return list(index[cuts.origins[0]])
    return list(range(1, cuts.origins.shape[1] + 1))


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
        if not is_simple(model):
            for one, end in model.last_row().items():
                ends[one] = max(end, ends.get(one, end))
    if not ends:
        return windows
    alone = max(ends.values())
    last = [ends.get(one, alone) for one in windows["unique_id"]]
    return windows.assign(train_last=last, fitted=False)


def _windows(panel: Panel, cuts: Cutoffs) -> pd.DataFrame:
    """Return the rows that each window was fitted on and forecast."""
    index, frames = panel.flat.index, []
    for group in cuts.groups:
        training, begins = cuts.training(panel, group), panel.offsets[:-1]
        firsts, lasts = begins + training.starts, begins + training.stops - 1
        for number in group:
            origins = cuts.origins[:, number]
            columns: dict[str, Any] = {
                "unique_id": list(panel.ids),
                "cutoff": origins,
                "train_first": firsts,
                "train_last": lasts,
                "first": origins + 1,
                "last": origins + cuts.horizon,
                "fitted": number == group[0],
            }
            frames.append(columns)
    rows = {name: np.concatenate([np.atleast_1d(one[name]) for one in frames]) for name in ROWS}
    return pd.DataFrame(
        {
            "unique_id": [one for columns in frames for one in columns["unique_id"]],
            **{name: index[flat] for name, flat in rows.items()},
            "fitted": [columns["fitted"] for columns in frames for _ in panel.ids],
        }
    )
