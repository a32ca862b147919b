"""A small grid of runs: one setting varied."""

from typing import TYPE_CHECKING

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import DASHES, colour

if TYPE_CHECKING:
    import plotly.graph_objects as go


def plot_grid(grid: pd.DataFrame, *, vary: str, score: str = "mae") -> "go.Figure":
    """Draw a score of every cell, and of Naive, against the varied setting.

    Args:
        grid: columns value, model and the score; one row a value and model.
        vary: name of the varied setting.
        score: column to draw.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    made = figure(f"{score.upper()} by {vary}", vary, score.upper())
    for label, rows in grid.groupby("model", sort=False):
        name = str(label)
        rows = rows.sort_values("value")
        made.add_scatter(
            x=rows["value"].astype(str),
            y=rows[score],
            name=plain(name),
            mode="lines+markers",
            line={"color": colour(name), "width": 2, "dash": DASHES.get(name, "solid")},
        )
    made.update_xaxes(type="category")
    return made
