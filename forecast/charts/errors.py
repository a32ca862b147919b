"""Errors over the test part, smoothed."""

from typing import TYPE_CHECKING

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import COLOURS, DASHES, colour
from forecast.charts.predictions import model_columns
from forecast.charts.thinning import thinned

if TYPE_CHECKING:
    import plotly.graph_objects as go

SPANS = 20  # how many smoothing spans the test part is long


def plot_errors(predictions: pd.DataFrame, *, name: str = "y") -> "go.Figure":
    """Draw the mean absolute error of each cell and of Naive over time, as a running mean.

    Args:
        predictions: columns cutoff, ds, step, y, and one a model.
        name: of the series.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    labels = [name for name in model_columns(predictions) if name in COLOURS or name == "Naive"]
    errors = predictions[labels].sub(predictions["y"], axis=0).abs()
    windows = errors.groupby(predictions["cutoff"]).mean()
    span = max(1, len(windows) // SPANS)
    smooth = windows.rolling(span, min_periods=1).mean()
    said = f"mean absolute error, running over {span} windows"
    smooth = smooth.iloc[thinned(smooth)]
    made = figure("Error over time", "", f"error of {name}", subtitle=said)
    for label in labels:
        line = {"color": colour(label), "width": 1.5, "dash": DASHES.get(label, "solid")}
        made.add_scatter(
            x=smooth.index, y=smooth[label], name=plain(label), mode="lines", line=line
        )
    return made
