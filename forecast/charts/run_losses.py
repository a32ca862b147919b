"""Loss curves of several runs, one over another."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import colour
from forecast.charts.thinning import thinned
from forecast.checks import one_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

STROKES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
TITLES = {"loss": "Training loss by epoch", "val_loss": "Validation loss by epoch"}
LONGEST = 28  # characters of a run's name in the legend


def plot_run_losses(
    history: pd.DataFrame, *, loss: str = "val_loss", log: bool = False
) -> "go.Figure":
    """Draw one loss of runs by epoch: one colour a cell, one kind of line a run.

    Args:
        history: columns run, cell, network (its number, where a cell has several), epoch, loss and
            val_loss.
        loss: `val_loss` or `loss`; a network without validation rows shows its training loss.
        log: draw the losses on a logarithmic axis.

    Raises:
        SettingError: there is no such loss.
        MissingExtraError: Plotly is not installed.
    """
    one_of("loss", loss, tuple(TITLES))
    several = len(history["run"].unique()) > 1
    said = "one colour a cell, one line style a run" if several else ""
    made = figure(TITLES[loss], "epoch", "loss, scaled", subtitle=said)
    made.update_layout(hovermode="closest")
    for number, (run, rows) in enumerate(history.groupby("run", sort=False)):
        stroke = STROKES[number % len(STROKES)]
        for cell, of_cell in rows.groupby("cell", sort=False):
            for place, (_, one) in enumerate(of_cell.groupby("network")):
                _add(made, one, loss, (str(run), str(cell)), stroke, first=place == 0)
    if log:
        made.update_yaxes(type="log")
    return made


def _add(
    made: "go.Figure",
    rows: pd.DataFrame,
    loss: str,
    of: tuple[str, str],
    stroke: str,
    *,
    first: bool,
) -> None:
    """Add the curve of one network; of several, only the first stands in the legend."""
    run, cell = of
    shown = loss if rows[loss].notna().any() else "loss"
    rows = rows.iloc[thinned(rows[[shown]])]
    short = run if len(run) <= LONGEST else f"{run[: LONGEST - 1]}…"
    name = plain(f"{cell}, {short}")
    line: dict[str, Any] = {"color": colour(cell), "width": 1.8, "dash": stroke}
    made.add_scatter(
        x=rows["epoch"],
        y=rows[shown],
        mode="lines",
        name=name,
        line=line,
        legendgroup=name,
        showlegend=first,
        hovertemplate=f"{name}, epoch %{{x}}: %{{y:.4g}}<extra></extra>",
    )
