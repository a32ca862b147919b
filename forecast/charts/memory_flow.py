"""How a gradient, and a change of the state, gets on through time."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.charts.figures import plain
from forecast.charts.memory_panels import Lags, Panel, axis_name, stacked
from forecast.charts.palette import GUIDE, SYMBOLS, colour
from forecast.errors import DataError

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_FRAMES = 40
FLOW, STEP = 260, 240  # heights of a panel, pixels
CONTROLS = 84  # pixels of slider and buttons
PACE = 120  # milliseconds a frame
MARKS = 10  # markers that a line shows; its hover tells of every lag
WIDEST = 14  # decades that an axis shows below its largest norm


def plot_gradient_flow(histories: Mapping[str, pd.DataFrame]) -> "go.Figure":
    """Draw the norm of a loss's gradient by lag, one line a cell, epoch by epoch.

    The last epoch is shown first; the axes are those of all epochs. One panel a layer. A cell
    whose training ended early keeps its last epoch.

    Args:
        histories: columns epoch, layer, lag and norm, of every cell by its label; and seed, over
            which is averaged, where there are several.

    Raises:
        DataError: there is no cell, or one has no row.
        MissingExtraError: Plotly is not installed.
    """
    _check("histories", histories)
    lines = [
        _Line(number, label, str(layer), _wide(rows), first=place == 0)
        for number, (label, table) in enumerate(histories.items())
        for place, (layer, rows) in enumerate(table.groupby("layer", sort=False))
    ]
    layers = list(dict.fromkeys(line.layer for line in lines))
    epochs = _thinned(sorted({int(epoch) for line in lines for epoch in line.norms.index}))
    norms = [_at(line.norms, epochs) for line in lines]
    traces = [
        _line(line.number, line.label, axis_name(layers.index(line.layer)), line.lags, norm[-1])
        | {"showlegend": line.first, "hovertemplate": "%{y:.3g}"}
        for line, norm in zip(lines, norms, strict=True)
    ]
    upright = _decades(norms)
    return stacked(
        "Gradient by lag",
        [Panel(FLOW, layer if len(layers) > 1 else "", axis=upright) for layer in layers],
        traces,
        timesteps=max(int(line.lags.max()) for line in lines),
        subtitle="norm of the loss's gradient with respect to the state",
        legend=True,
        **_animated(epochs, norms),
    )


def plot_jacobians(tables: Mapping[str, pd.DataFrame]) -> "go.Figure":
    """Draw how much one step stretches the state: spectral radius, and largest singular value.

    Beyond the line at 1 a change grows from step to step. One panel a layer.

    Args:
        tables: columns layer, lag, spectral_radius and singular_value, of every cell by its label.

    Raises:
        DataError: there is no cell, or one has no row.
        MissingExtraError: Plotly is not installed.
    """
    _check("tables", tables)
    layers = list(dict.fromkeys(layer for table in tables.values() for layer in table["layer"]))
    traces = []
    for number, (label, table) in enumerate(tables.items()):
        for layer, rows in table.groupby("layer", sort=False):
            rows = rows.sort_values("lag", ascending=False)
            axis = axis_name(layers.index(layer))
            traces += _pair(number, label, axis, rows, first=layer == table["layer"].iloc[0])
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1}
    ones = [
        {**line, "yref": axis_name(place), "line": {"color": GUIDE, "width": 1.5}}
        for place in range(len(layers))
    ]
    return stacked(
        "What one step does to the state",
        [
            Panel(STEP, layer if len(layers) > 1 else "", axis={"rangemode": "tozero"})
            for layer in layers
        ],
        traces,
        timesteps=max(int(table["lag"].max()) for table in tables.values()),
        subtitle="solid: spectral radius, dashed: largest singular value",
        legend=True,
        shapes=ones,
    )


def _check(name: str, tables: Mapping[str, pd.DataFrame]) -> None:
    if not tables:
        raise DataError(f"`{name}` must hold at least one cell; got none.")
    for label, table in tables.items():
        if not len(table):
            raise DataError(f"`{name}` must have rows for every cell; got none for {label!r}.")


class _Line(NamedTuple):
    """The norms of one layer of a cell."""

    number: int  # of the cell, from 0
    label: str
    layer: str
    norms: pd.DataFrame  # a row an epoch, a column a lag, the longest first
    first: bool  # of the cell's layers

    @property
    def lags(self) -> Lags:
        return self.norms.columns.to_numpy(np.int64)


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    wide: pd.DataFrame = rows.pivot_table(index="epoch", columns="lag", values="norm")
    return wide.sort_index(axis=1, ascending=False)


def _thinned(epochs: list[int]) -> list[int]:
    """Return at most so many epochs, the first and the last among them."""
    if len(epochs) <= MOST_FRAMES:
        return epochs
    places = np.linspace(0, len(epochs) - 1, MOST_FRAMES).round().astype(int)
    return [epochs[place] for place in places]


def _at(norms: pd.DataFrame, epochs: Sequence[int]) -> list[Any]:
    """Return the norms at each of these epochs; where there is none, those of the last before."""
    places = np.searchsorted(norms.index.to_numpy(), epochs, side="right") - 1
    return list(norms.to_numpy(np.float32)[np.maximum(places, 0)])


def _line(number: int, label: str, axis: str, lags: Any, values: Any) -> dict[str, Any]:
    """Return a cell's line; its symbols tell it from others in grey."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": lags,
        "y": values,
        "yaxis": axis,
        "name": plain(label),
        "legendgroup": plain(label),
        "line": {"color": colour(label), "width": 2},
        "marker": {"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8, "maxdisplayed": MARKS},
    }


def _pair(
    number: int, label: str, axis: str, rows: pd.DataFrame, *, first: bool
) -> list[dict[str, Any]]:
    lags = rows["lag"].to_numpy()
    radius = _line(number, label, axis, lags, rows["spectral_radius"].to_numpy(np.float32))
    radius |= {"showlegend": first, "hovertemplate": "%{y:.3f}, spectral radius"}
    value = _line(number, label, axis, lags, rows["singular_value"].to_numpy(np.float32))
    value["line"] = value["line"] | {"dash": "dash"}
    value |= {"showlegend": False, "hovertemplate": "%{y:.3f}, largest singular value"}
    return [radius, value]


def _decades(norms: list[list[Any]]) -> dict[str, Any]:
    """Return a logarithmic axis that holds the norms of all epochs."""
    every = np.concatenate([np.concatenate(one) for one in norms]).astype(float)
    every = every[np.isfinite(every) & (every > 0)]
    high = float(np.log10(every.max())) if len(every) else 0.0
    low = max(float(np.log10(every.min())), high - WIDEST) if len(every) else -1.0
    room = 0.05 * (high - low or 1.0)
    return {
        "type": "log",
        "range": [low - room, high + room],
        "exponentformat": "power",
        "nticks": 6,
        "title": {"text": "norm"},
    }


def _animated(epochs: Sequence[int], norms: list[list[Any]]) -> dict[str, Any]:
    """Return frames, slider and buttons; nothing for a single epoch."""
    if len(epochs) < 2:
        return {}
    traces = list(range(len(norms)))
    frames = [
        {"name": str(epoch), "traces": traces, "data": [{"y": one[place]} for one in norms]}
        for place, epoch in enumerate(epochs)
    ]
    steps = [
        {"label": str(epoch), "method": "animate", "args": [[str(epoch)], _pace(0)]}
        for epoch in epochs
    ]
    return {"frames": frames, "below": CONTROLS, **_controls(steps)}


def _controls(steps: list[dict[str, Any]]) -> dict[str, Any]:
    ink = {"color": GUIDE}
    slider = {
        "active": len(steps) - 1,
        "steps": steps,
        "currentvalue": {"prefix": "epoch ", "xanchor": "left"},
        "x": 0,
        "len": 1,
        "pad": {"t": 76, "l": 120},
        "bordercolor": GUIDE,
        "bgcolor": "rgba(148, 163, 184, 0.35)",
        "activebgcolor": GUIDE,
        "tickcolor": GUIDE,
    }
    buttons = {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 96},
        "bgcolor": "rgba(0,0,0,0)",
        "bordercolor": GUIDE,
        "font": ink,
        "buttons": [
            {"label": "Play", "method": "animate", "args": [None, _pace(PACE, fromcurrent=True)]},
            {"label": "Pause", "method": "animate", "args": [[None], _pace(0)]},
        ],
    }
    return {"sliders": [slider], "updatemenus": [buttons]}


def _pace(milliseconds: int, *, fromcurrent: bool = False) -> dict[str, Any]:
    return {
        "mode": "immediate",
        "fromcurrent": fromcurrent,
        "frame": {"duration": milliseconds, "redraw": False},
        "transition": {"duration": 0},
    }
