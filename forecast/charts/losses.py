"""Loss curves."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import colour
from forecast.charts.thinning import thinned

if TYPE_CHECKING:
    import plotly.graph_objects as go

ALONE, ONE_OF_MANY = 2, 1.2  # widths of a line


def plot_losses(history: pd.DataFrame, *, log: bool = False) -> "go.Figure":
    """Draw training loss (solid) and validation loss (dashed) by epoch, one colour a cell.

    Args:
        history: columns cell, epoch, loss, val_loss; and seed, the number of a network from 0,
            where cells have several: each gets its curves, and the cell one entry in the legend.
        log: draw the losses on a logarithmic axis.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    said = "solid: training, dashed: validation"
    several = "seed" in history
    if several:
        said += "; one line a network"
    made = figure("Loss by epoch", "epoch", "loss, scaled", subtitle=said)
    for cell, rows in history.groupby("cell", sort=False):
        networks = [one for _, one in rows.groupby("seed")] if several else [rows]
        for number, one in enumerate(networks):
            named = f"{cell} {number + 1}" if several else str(cell)
            _add_network(made, one, str(cell), named, first=number == 0, several=several)
    if log:
        made.update_yaxes(type="log")
    return made


def _add_network(
    made: "go.Figure", rows: pd.DataFrame, cell: str, named: str, *, first: bool, several: bool
) -> None:
    """Add the curves of one network; of several, only the first stands in the legend."""
    label = plain(cell)
    rows = rows.iloc[thinned(rows[["loss", "val_loss"]])]
    shared: dict[str, Any] = {"x": rows["epoch"], "mode": "lines", "legendgroup": label}
    if several:  # a box with the losses of every network would hide them
        shared |= {"hovertemplate": f"{plain(named)}, epoch %{{x}}: %{{y:.4g}}<extra></extra>"}
        made.update_layout(hovermode="closest")
    line = {"color": colour(cell), "width": ONE_OF_MANY if several else ALONE}
    made.add_scatter(y=rows["loss"], name=label, line=line, showlegend=first, **shared)
    if rows["val_loss"].notna().any():
        made.add_scatter(
            y=rows["val_loss"],
            name=f"{label} validation",
            line=line | {"dash": "dash"},
            showlegend=False,
            **shared,
        )
