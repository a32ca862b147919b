"""Hidden states over time."""

from typing import TYPE_CHECKING, Any

from forecast.charts.figures import figure
from forecast.charts.palette import FRAME, SIGNED
from forecast.nn.arrays import Array

if TYPE_CHECKING:
    import plotly.graph_objects as go


def plot_states(states: Array, *, marked: int | None = None, letter: str = "h") -> "go.Figure":
    """Draw states as a heat map, one column a step and one row a unit.

    Args:
        states: (timesteps, units), finite; the colours reach to the largest, on both sides of 0.
        marked: step to frame, from 1.
        letter: what the equations call a state.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    made = figure("", "step t", "unit")
    steps, units = states.shape
    widest = float(abs(states).max()) or 1.0
    made.add_heatmap(
        z=states.T,
        x=list(range(1, steps + 1)),
        y=list(range(1, units + 1)),
        zmin=-widest,
        zmax=widest,
        colorscale=SIGNED,
        colorbar={"title": {"text": f"{letter}<sub>t</sub>"}, "thickness": 12},
        hovertemplate="step %{x}, unit %{y}: %{z:.4f}<extra></extra>",
        xgap=1 if steps * units <= 2_000 else 0,
        ygap=1 if steps * units <= 2_000 else 0,
    )
    if marked is not None:
        made.update_layout(shapes=framed(marked, units))
    made.update_layout(
        hovermode="closest", dragmode=False, height=max(220, min(420, 90 + 26 * units))
    )
    made.update_xaxes(showgrid=False, fixedrange=True, range=[0.4, steps + 0.6], tickformat="d")
    made.update_yaxes(showgrid=False, fixedrange=True, range=[units + 0.6, 0.4], tickformat="d")
    return made


def framed(column: int, units: int, *, axis: str = "y") -> list[dict[str, Any]]:
    """Return a frame about one column of a heat map: a light line about a dark one.

    Args:
        column: its place on the x axis.
        units: rows of the heat map.
        axis: the upright axis of its panel, in Plotly's words.
    """
    place = {"x0": column - 0.5, "x1": column + 0.5, "y0": 0.5, "y1": units + 0.5}
    shared = {"type": "rect", "xref": "x", "yref": axis, **place}
    return [
        {**shared, "line": {"color": shade, "width": width}}
        for shade, width in zip(FRAME, (5, 2), strict=True)
    ]
