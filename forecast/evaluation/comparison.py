"""The result of a comparison: tables, figures, and a verdict in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.errors import SettingError
from forecast.evaluation.plain import plain_rows
from forecast.evaluation.verdict import PairedTest

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from forecast.models.contract import Model


@dataclass(frozen=True)
class Comparison:
    """Cells and baselines, scored on the same test windows.

    Attributes:
        data: what was compared on: name, rows, frequency, season, the rows of each part.
        settings: every setting of the cells.
        table: one row a model, baselines included: model, hidden_units, parameters, seconds,
            ms_per_forecast, epochs, mae, rmse, smape (percent), mase, skill (percent against
            Naive), skill_mean and skill_std (over the networks, where there are several seeds),
            pinball, crps, for each level `coverage-80` (percent) and `width-80`, verdict.
        predictions: one row a test window and step: cutoff, ds, step, y, and a column a model, of
            a panel also unique_id; y is NaN where a value was filled.
        history: one row a cell and epoch: cell, epoch, loss, val_loss, learning_rate, grad_norm,
            seconds, clipped, updates; see `forecast.training.history.Epoch`.
        findings: one row a network and check: model, check, finding (a sentence), number, unit,
            concern; see `forecast.evaluation.findings`.
        models: the fitted models by label.
        tests: of each model against Naive, by label; see `forecast.evaluation.verdict`.
        verdict: in words: which cells beat repeating the last value, and what speaks against it.
        series: of a panel one row a series that was scored: unique_id, rows, windows, scale (mean
            absolute error of the seasonal naive forecast before the test part), and the MASE of
            each model in it; None of a single series.
    """

    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    table: pd.DataFrame
    predictions: pd.DataFrame
    history: pd.DataFrame
    findings: pd.DataFrame
    models: "Mapping[str, Model]"
    tests: Mapping[str, PairedTest]
    verdict: str
    series: pd.DataFrame | None = None

    def plot_losses(self, *, log: bool = False) -> "go.Figure":
        """Draw training and validation loss by epoch, one colour a cell.

        Args:
            log: draw the losses on a logarithmic axis.

        Raises:
            MissingExtraError: Plotly is not installed.
        """
        from forecast.charts.losses import plot_losses

        return plot_losses(self.history, log=log)

    def plot_predictions(self, *, step: int = 1, series: Any = None) -> "go.Figure":
        """Draw the test part with every model's forecast of it.

        Args:
            step: which horizon step to draw, from 1.
            series: of a panel, the id of the series to draw; None draws the first.

        Raises:
            SettingError: no such step was forecast, or there is no such series.
            MissingExtraError: Plotly is not installed.
        """
        from forecast.charts.predictions import plot_predictions

        rows, name = self.predictions, str(self.data["name"])
        if self.series is not None:
            known = self.series["unique_id"]
            one = known.iloc[0] if series is None else series
            if one not in set(known):
                raise SettingError(
                    f"`series` must be the id of a scored series; got {series!r}. See "
                    "`series` of the result."
                )
            rows, name = rows[rows["unique_id"] == one].drop(columns="unique_id"), str(one)
        return plot_predictions(rows, step=step, name=name)

    def plot_series(self) -> "go.Figure":
        """Draw how MASE is spread over the series of a panel.

        Raises:
            SettingError: it is a single series.
            MissingExtraError: Plotly is not installed.
        """
        from forecast.charts.series_scores import plot_series_scores

        if self.series is None:
            raise SettingError(
                "Scores by series are those of a panel, and this is a single series. Use "
                "plot_predictions()."
            )
        return plot_series_scores(self.series)

    def to_dict(self) -> dict[str, Any]:
        """Return data, settings and models as plain values; what is not finite is None."""
        return {
            "data": dict(self.data),
            "settings": dict(self.settings),
            "models": plain_rows(self.table),
            "findings": plain_rows(self.findings),
            "verdict": self.verdict,
        } | ({} if self.series is None else {"series": plain_rows(self.series)})
