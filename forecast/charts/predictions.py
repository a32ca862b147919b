"""Forecasts over the test part."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import COLOURS, DASHES, OBSERVED, colour
from forecast.charts.thinning import thinned
from forecast.checks import whole_number

if TYPE_CHECKING:
    import plotly.graph_objects as go

NO_MODEL = ("cutoff", "ds", "step", "y")


def plot_predictions(predictions: pd.DataFrame, *, step: int = 1, name: str = "y") -> "go.Figure":
    """Draw what was observed with every model's forecast of it.

    Args:
        predictions: columns cutoff, ds, step, y, and one a model.
        step: which horizon step to draw, from 1.
        name: of the series.

    Raises:
        SettingError: no such step was forecast.
        MissingExtraError: Plotly is not installed.
    """
    whole_number("step", step, most=int(predictions["step"].max()))
    rows = predictions[predictions["step"] == step]
    ahead = "1 step ahead" if step == 1 else f"{step} steps ahead"
    labels = model_columns(rows)
    title = f"Test part, forecast {ahead}"
    return overlay(rows["ds"], rows["y"], {label: rows[label] for label in labels}, title, name)


def overlay(
    ds: Sequence[Any] | pd.Series,
    y: Sequence[float] | pd.Series,
    forecasts: Mapping[str, Sequence[float] | pd.Series],
    title: str,
    name: str,
) -> "go.Figure":
    """Draw observed values and forecasts of them over time.

    Cells are solid lines in their colours; Naive is a grey dotted one; the other baselines wait in
    the legend. A long test part is thinned so that the extremes of each line stay.

    Args:
        ds: (rows,) timestamps or row numbers.
        y: (rows,) observed values.
        forecasts: (rows,) values by model.
        title: of the figure.
        name: of the series.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    lines = np.column_stack([np.asarray(one, dtype=float) for one in (y, *forecasts.values())])
    places = thinned(lines)
    x, drawn = pd.Index(ds)[places], lines[places].T
    made = figure(title, "", name)
    observed = {"color": OBSERVED, "width": 2}
    made.add_scatter(x=x, y=drawn[0], name="observed", mode="lines", line=observed)
    for label, values in zip(forecasts, drawn[1:], strict=True):
        line = {"color": colour(label), "width": 1.5, "dash": DASHES.get(label, "solid")}
        shown = True if label in COLOURS or label == "Naive" else "legendonly"
        made.add_scatter(x=x, y=values, name=plain(label), mode="lines", line=line, visible=shown)
    return made


def model_columns(predictions: pd.DataFrame) -> list[str]:
    """Return the columns that hold forecasts."""
    return [str(column) for column in predictions if column not in NO_MODEL]
