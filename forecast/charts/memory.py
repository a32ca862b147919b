"""What a forecast uses of its window: influence by lag, and by lag and horizon step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.charts.fan import number_format
from forecast.charts.figures import plain
from forecast.charts.memory_panels import Lags, Panel, axis_name, lags_of, stacked
from forecast.charts.memory_states import input_lines
from forecast.charts.palette import GUIDE, OBSERVED, fading, translucent
from forecast.errors import DataError
from forecast.nn.arrays import Array

if TYPE_CHECKING:
    import plotly.graph_objects as go

WINDOW, BESIDE, ROW = 150, 84, 84  # heights of the panels, pixels
HELD = 90  # percent that the bracket holds
PALEST = 0.3  # opacity of a bar that holds next to nothing
ROOM = 1.22  # of an axis over its highest bar; the bracket lies there
FEW = 40  # columns of a heat map that still get gaps between them
SINGLE = 18  # pixels of a heat map's row


def plot_influence(
    values: Array,
    shares: Mapping[str, Array],
    memories: Mapping[str, float],
    *,
    name: str,
    ds: Sequence[Any] | pd.Index | None = None,
    others: Mapping[str, Array] | None = None,
) -> "go.Figure":
    """Draw a window and under it, over the same lags, the share of each lag in a cell's forecast.

    A bracket spans the newest lags that together hold 90 %; the less a bar holds, the paler it is.

    Args:
        values: (timesteps,) of the series, the oldest first; NaN where one is missing.
        shares: (timesteps,) percent by lag, the oldest first, of every cell by its label.
        memories: lags that hold 90 % by label; a label may be absent.
        name: of the series.
        ds: (timesteps,) timestamps or row numbers of the window, for the hover.
        others: (timesteps,) of each other input by its name, as the networks read it.

    Raises:
        DataError: there is no cell, or one has not a share for every value.
        MissingExtraError: Plotly is not installed.
    """
    timesteps = len(values)
    _check(shares, timesteps)
    lags = lags_of(timesteps)
    highest = max(float(np.nanmax(one, initial=0.0)) for one in shares.values()) or 1.0
    upright = {"range": [0, highest * ROOM], "nticks": 3, "ticksuffix": " %", "rangemode": "tozero"}
    panels = [Panel(WINDOW, name)]
    traces = [_window(values, lags, name, ds)]
    if others:
        panels.append(Panel(BESIDE, "other inputs, as the networks read them", axis={"nticks": 4}))
        beside = np.column_stack([np.asarray(one, float) for one in others.values()])
        traces += input_lines(beside, list(others), lags, axis_name(1))
    for place, (label, share) in enumerate(shares.items(), len(panels)):
        memory = _held(memories.get(label), timesteps)
        panels.append(Panel(ROW, label, _said(memory), upright))
        traces.append(_bars(label, np.asarray(share, float), lags, axis_name(place)))
        if memory:
            traces.append(_bracket(memory, highest, axis_name(place)))
    return stacked(
        "What the forecast uses of its window",
        panels,
        traces,
        timesteps=timesteps,
        subtitle=f"share of the influence by lag; the bracket holds {HELD} %",
        legend=len(others or ()) > 1,
        bargap=0.15,
    )


def plot_influence_grid(by_lag: Array, *, label: str) -> "go.Figure":
    """Draw a cell's influence as a heat map, one column a lag and one row a horizon step.

    Args:
        by_lag: (steps, timesteps), lag 1 first.
        label: of the cell.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    steps, timesteps = by_lag.shape
    whole = by_lag.sum(axis=1, keepdims=True)
    share = np.divide(100 * by_lag, whole, out=np.zeros(by_lag.shape), where=whole > 0)
    height = max(110, min(420, SINGLE * steps))
    gap = 1 if timesteps <= FEW else 0  # a phone's columns would be all gap
    heat = {
        "type": "heatmap",
        "z": by_lag.astype(np.float32),
        "x": np.arange(1, timesteps + 1),
        "y": np.arange(1, steps + 1),
        "customdata": share.astype(np.float32),
        "zmin": 0,
        "zmax": float(by_lag.max(initial=0.0)) or 1.0,
        "colorscale": fading(label),
        "colorbar": {"thickness": 12, "nticks": 5},
        "hovertemplate": "lag %{x}, step %{y}: %{z:.3g}, %{customdata:.1f} % of its step"
        "<extra></extra>",
        "xgap": gap,
        "ygap": gap,
    }
    upright = {
        "title": {"text": "horizon step"},
        "range": [steps + 0.5, 0.5],
        "tickformat": "d",
        "nticks": min(12, steps + 1),
        "showgrid": False,
    }
    return stacked(
        f"Influence in {label}, by lag and step",
        [Panel(height, axis=upright)],
        [heat],
        timesteps=timesteps,
        hovermode="closest",
    )


def _check(shares: Mapping[str, Array], timesteps: int) -> None:
    if not shares:
        raise DataError("`shares` must hold at least one cell; got none.")
    for label, share in shares.items():
        if len(share) != timesteps:
            raise DataError(
                f"`shares` must have one share for each of the window's {timesteps} values; "
                f"got {len(share)} for {label!r}."
            )


def _held(memory: float | None, timesteps: int) -> int:
    """Return the lags that the bracket spans; 0 for none."""
    if memory is None or not np.isfinite(memory):
        return 0
    return max(0, min(timesteps, round(memory)))


def _said(memory: int) -> str:
    if not memory:
        return ""
    return f"{HELD} % in the last row" if memory == 1 else f"{HELD} % in the last {memory} rows"


def _window(
    values: Array, lags: Lags, name: str, ds: Sequence[Any] | pd.Index | None
) -> dict[str, Any]:
    digits = number_format(values)
    dates = None if ds is None else pd.Series(ds).astype(str).to_numpy()
    told = f"%{{y:{digits}}}"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": lags,
        "y": np.asarray(values, float),
        "yaxis": axis_name(0),
        "name": plain(name),
        "line": {"color": OBSERVED, "width": 2},
        "marker": {"size": 4},
        "customdata": dates,
        "showlegend": False,
        "hovertemplate": told if ds is None else f"{told} (%{{customdata}})",
    }


def _bars(label: str, share: Array, lags: Lags, axis: str) -> dict[str, Any]:
    highest = float(np.nanmax(share, initial=0.0)) or 1.0
    strength = PALEST + (1 - PALEST) * np.sqrt(np.clip(np.nan_to_num(share), 0, None) / highest)
    return {
        "type": "bar",
        "x": lags,
        "y": share,
        "yaxis": axis,
        "name": plain(label),
        "marker": {
            "color": [translucent(label, float(one)) for one in strength],
            "line": {"width": 0},
        },
        "showlegend": False,
        "hovertemplate": "%{y:.2f} %",
    }


def _bracket(memory: int, highest: float, axis: str) -> dict[str, Any]:
    """Return a bracket over the newest lags, its ends turned down."""
    first, last = memory + 0.45, 0.55
    top, foot = highest * (ROOM - 0.08), highest * (ROOM - 0.18)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [first, first, last, last],
        "y": [foot, top, top, foot],
        "yaxis": axis,
        "line": {"color": GUIDE, "width": 2},
        "showlegend": False,
        "hoverinfo": "skip",
    }
