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
    made = figure(
        "Loss by epoch", "epoch", "loss, scaled", subtitle="solid: training, dashed: validation"
    )
    for cell, rows in history.groupby("cell", sort=False):
        label = plain(str(cell))
        line = {"color": colour(str(cell)), "width": 2}
        shared = {"x": rows["epoch"], "mode": "lines", "legendgroup": label}
        made.add_scatter(y=rows["loss"], name=label, line=line, **shared)
        if rows["val_loss"].notna().any():
            made.add_scatter(
                y=rows["val_loss"],
                name=f"{label} validation",
                line=line | {"dash": "dash"},
                showlegend=False,
                **shared,
            )
    if log:
        made.update_yaxes(type="log")
    return made
