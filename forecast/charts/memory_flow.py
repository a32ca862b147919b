"""How a gradient, and a change of the state, gets on through time."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.charts.figures import plain
from forecast.charts.memory_frames import animated, frames_of
from forecast.charts.memory_panels import Lags, Panel, axis_name, stacked
from forecast.charts.palette import GUIDE, SYMBOLS, colour
from forecast.errors import DataError

if TYPE_CHECKING:
    import plotly.graph_objects as go

FLOW, STEP = 260, 240  # heights of a panel, pixels
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
    epochs = frames_of(sorted({int(epoch) for line in lines for epoch in line.norms.index}))
    norms = [_at(line.norms, epochs) for line in lines]
    traces = [
        _line(line.number, line.label, axis_name(layers.index(line.layer)), line.lags, norm[-1])
        | {"showlegend": line.first, "hovertemplate": "%{y:.2e}" + _named(line.layer, layers)}
        for line, norm in zip(lines, norms, strict=True)
    ]
    return stacked(
        "Gradient by lag",
        _panels(FLOW, layers, _decades(norms)),
        traces,
        timesteps=max(int(line.lags.max()) for line in lines),
        subtitle="norm of the loss's gradient with respect to the state",
        legend=True,
        **animated(epochs, norms),
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
            axis, said = axis_name(layers.index(layer)), _named(str(layer), layers)
            first = layer == table["layer"].iloc[0]
            traces += _pair(_line(number, label, axis, rows["lag"], None), rows, said, first=first)
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1}
    ones = [
        {**line, "yref": axis_name(place), "line": {"color": GUIDE, "width": 1.5}}
        for place in range(len(layers))
    ]
    return stacked(
        "What one step does to the state",
        _panels(STEP, layers, {"rangemode": "tozero"}),
        traces,
        timesteps=max(int(table["lag"].max()) for table in tables.values()),
        subtitle="solid: spectral radius, dashed: largest singular value",
        legend=True,
        shapes=ones,
        hoverdistance=-1,  # a few steps only, far apart
    )


def _panels(height: int, layers: list[str], axis: dict[str, Any]) -> list[Panel]:
    return [Panel(height, layer if len(layers) > 1 else "", axis=axis) for layer in layers]


def _named(layer: str, layers: list[str]) -> str:
    """Return what a hover adds to tell a layer from others."""
    return f", {plain(layer)}" if len(layers) > 1 else ""


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
    wide: pd.DataFrame = rows.pivot_table(index="epoch", columns="lag", values="norm", dropna=False)
    return wide.sort_index(axis=1, ascending=False)


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
        "marker": {
            "symbol": SYMBOLS[number % len(SYMBOLS)],
            "size": 8,
            "maxdisplayed": MARKS if len(lags) > 2 * MARKS else 0,
        },
    }


def _pair(
    line: dict[str, Any], rows: pd.DataFrame, said: str, *, first: bool
) -> list[dict[str, Any]]:
    """Return the two lines of a layer; only its cell's first stands in the legend."""
    radius = {"y": rows["spectral_radius"].to_numpy(np.float32), "showlegend": first}
    radius["hovertemplate"] = "%{y:.3f} spectral radius" + said
    value = {"y": rows["singular_value"].to_numpy(np.float32), "showlegend": False}
    value["hovertemplate"] = "%{y:.3f} largest singular value" + said
    dashed = {"line": line["line"] | {"dash": "dash"}}
    return [line | radius, line | value | dashed]


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
