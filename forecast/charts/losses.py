"""Loss curves."""

from typing import TYPE_CHECKING

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import colour

if TYPE_CHECKING:
    import plotly.graph_objects as go


def plot_losses(history: pd.DataFrame, *, log: bool = False) -> "go.Figure":
    """Draw training loss (solid) and validation loss (dashed) by epoch, one colour a cell.

    Args:
        history: columns cell, epoch, loss, val_loss.
        log: draw the losses on a logarithmic axis.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    made = figure("Loss by epoch", "epoch", "loss (scaled units)")
    for cell, rows in history.groupby("cell", sort=False):
        label = plain(str(cell))
        curves = (("loss", "training", "solid"), ("val_loss", "validation", "dash"))
        for column, word, dash in curves:
            if rows[column].notna().any():
                line = {"color": colour(str(cell)), "dash": dash, "width": 2}
                made.add_scatter(
                    x=rows["epoch"], y=rows[column], name=f"{label} {word}", line=line, mode="lines"
                )
    if log:
        made.update_yaxes(type="log")
    return made
