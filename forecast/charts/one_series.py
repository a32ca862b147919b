"""One series of a panel: its last rows, and what every model forecast of its test part."""

from typing import TYPE_CHECKING

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import COLOURS, DASHES, OBSERVED, colour
from forecast.charts.predictions import model_columns
from forecast.charts.thinning import thinned
from forecast.checks import whole_number

if TYPE_CHECKING:
    import plotly.graph_objects as go

BEFORE = 3  # times the test part that is drawn before it
LEAST_BEFORE = 24  # rows
MOST_MARKED = 40  # forecasts of a line that still get a marker each


def plot_one_series(
    observed: "pd.Series[float]", predictions: pd.DataFrame, *, step: int = 1, name: str = "y"
) -> "go.Figure":
    """Draw the last rows of a series with every model's forecast of its test part.

    Args:
        observed: values of the whole series by time, NaN where they were filled.
        predictions: of this series: columns cutoff, ds, step, y, and one a model.
        step: which horizon step to draw, from 1.
        name: of the series.

    Raises:
        SettingError: no such step was forecast.
        MissingExtraError: Plotly is not installed.
    """
    whole_number("step", step, most=int(predictions["step"].max()))
    rows = predictions[predictions["step"] == step]
    first = int(observed.index.searchsorted(rows["ds"].min()))
    begin = max(0, first - max(LEAST_BEFORE, BEFORE * (len(observed) - first)))
    shown = observed.iloc[begin:]
    shown = shown.iloc[thinned(shown)]
    ahead = "1 step ahead" if step == 1 else f"{step} steps ahead"
    made = figure(f"{name}: test part, forecast {ahead}", "", "")
    made.add_scatter(
        x=shown.index, y=shown, name="observed", mode="lines",
        line={"color": OBSERVED, "width": 2},
    )  # fmt: skip
    for label in model_columns(rows.drop(columns="unique_id", errors="ignore")):
        drawn = rows.iloc[thinned(rows[label])]
        made.add_scatter(
            x=drawn["ds"],
            y=drawn[label],
            name=plain(label),
            mode="lines+markers" if len(drawn) <= MOST_MARKED else "lines",
            marker={"size": 5},
            line={"color": colour(label), "width": 1.5, "dash": DASHES.get(label, "solid")},
            visible=True if label in COLOURS or label == "Naive" else "legendonly",
        )
    return made
