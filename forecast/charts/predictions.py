"""Forecasts over the test part."""

from typing import TYPE_CHECKING

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import COLOURS, DASHES, OBSERVED, colour
from forecast.checks import whole_number

if TYPE_CHECKING:
    import plotly.graph_objects as go

NO_MODEL = ("cutoff", "ds", "step", "y")


def plot_predictions(predictions: pd.DataFrame, *, step: int = 1, name: str = "y") -> "go.Figure":
    """Draw what was observed with every model's forecast of it.

    Cells are solid lines; Naive is a grey dotted one; the other baselines wait in the legend.

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
    made = figure(f"{name}: test part, forecast {ahead}", "", name)
    made.add_scatter(
        x=rows["ds"],
        y=rows["y"],
        name="observed",
        mode="lines",
        line={"color": OBSERVED, "width": 2},
    )
    for label in (str(column) for column in rows if column not in NO_MODEL):
        line = {"color": colour(label), "width": 1.5, "dash": DASHES.get(label, "solid")}
        shown = True if label in COLOURS or label == "Naive" else "legendonly"
        made.add_scatter(
            x=rows["ds"], y=rows[label], name=plain(label), mode="lines", line=line, visible=shown
        )
    return made
