"""A layer over one window: its states under the input, and its gates."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.charts.figures import plain
from forecast.charts.memory_panels import Lags, Panel, arranged, axis_name, lags_of, stacked
from forecast.charts.palette import OBSERVED, OTHERS, SIGNED, colour, translucent
from forecast.charts.states import framed
from forecast.errors import DataError
from forecast.nn.arrays import Array

if TYPE_CHECKING:
    import plotly.graph_objects as go

INPUTS, GATE = 110, 92  # heights of the panels, pixels
STROKES = ("solid", "dash", "dot", "dashdot", "longdash")
FEW = 40  # rows or columns of a heat map that still get gaps between them
LOW, HIGH = 10, 90  # percentiles over units


def plot_states_over(
    inputs: Array,
    columns: Sequence[str],
    states: Array,
    *,
    label: str,
    letter: str = "h",
    marked: int | None = None,
) -> "go.Figure":
    """Draw what a layer read, and under it, over the same lags, the states it came to.

    The colours of the states rise in lightness from the most negative to the most positive, so
    that signs can be told apart in grey.

    Args:
        inputs: (timesteps, columns) as the network read them, the oldest first.
        columns: their names.
        states: (timesteps, units), finite, the oldest first.
        label: of the cell.
        letter: what the equations call a state.
        marked: lag to frame.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    timesteps, units = states.shape
    lags = lags_of(timesteps)
    height = max(120, min(380, 14 * units))
    panels = [
        Panel(INPUTS, "input, as the network reads it", axis={"nticks": 4}),
        Panel(height, f"{letter} of {units} units", axis=_units(units)),
    ]
    share = height / arranged((INPUTS, height)).height
    traces = [
        *input_lines(inputs, columns, lags, axis_name(0)),
        _heat(states, lags, letter, share),
        _summary(states, lags, letter),
    ]
    return stacked(
        f"States of {label}",
        panels,
        traces,
        timesteps=timesteps,
        legend=len(columns) > 1,
        shapes=[] if marked is None else framed(marked, units, axis=axis_name(1)),
    )


def plot_gates(gates: Mapping[str, Array], *, label: str) -> "go.Figure":
    """Draw the gates of a layer over a window: the mean over its units, and where 80 % lie.

    Args:
        gates: (timesteps, units) by name, the oldest first; `candidate` runs from -1 to 1.
        label: of the cell.

    Raises:
        DataError: there is no gate; SimpleRNN has none.
        MissingExtraError: Plotly is not installed.
    """
    if not gates:
        raise DataError("`gates` must hold at least one gate; got none. SimpleRNN has no gates.")
    timesteps = len(next(iter(gates.values())))
    lags = lags_of(timesteps)
    panels, traces = [], []
    for place, (name, values) in enumerate(gates.items()):
        panels.append(Panel(GATE, name, axis={"range": _range(name, values), "nticks": 4}))
        traces += _gate(values, lags, label, name, axis_name(place))
    return stacked(
        f"Gates of {label}",
        panels,
        traces,
        timesteps=timesteps,
        subtitle=f"line: mean over the units; band: their {LOW}th to {HIGH}th percentile",
    )


def _units(units: int) -> dict[str, Any]:
    return {
        "title": {"text": "unit"},
        "range": [units + 0.5, 0.5],
        "tickformat": "d",
        "nticks": min(8, units + 1),
        "showgrid": False,
    }


def input_lines(
    inputs: Array, columns: Sequence[str], lags: Lags, axis: str
) -> list[dict[str, Any]]:
    """Return a line for each input, told apart by colour and by strokes.

    Args:
        inputs: (timesteps, columns), the oldest first.
        columns: their names.
        lags: (timesteps,) of the rows.
        axis: of the panel, as `axis_name` gives it.
    """
    several = len(columns) > 1
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": lags,
            "y": np.asarray(inputs[:, place], np.float32),
            "yaxis": axis,
            "name": plain(str(name)),
            "line": {
                "color": OTHERS[place % len(OTHERS)] if several else OBSERVED,
                "width": 2,
                "dash": STROKES[place % len(STROKES)],
            },
            "hovertemplate": "%{y:.3f}",
        }
        for place, name in enumerate(columns)
    ]


def _heat(states: Array, lags: Lags, letter: str, share: float) -> dict[str, Any]:
    timesteps, units = states.shape
    widest = float(abs(states).max()) or 1.0
    gap = 1 if timesteps <= FEW and units <= FEW else 0
    return {
        "type": "heatmap",
        "z": states.T.astype(np.float32),
        "x": lags,
        "y": np.arange(1, units + 1),
        "yaxis": axis_name(1),
        "zmin": -widest,
        "zmax": widest,
        "colorscale": SIGNED,
        "colorbar": {"thickness": 12, "len": share, "y": 0, "yanchor": "bottom", "nticks": 5},
        "name": "this unit",
        "hovertemplate": f"{letter} of unit %{{y}}: %{{z:.3f}}<extra></extra>",
        "xgap": gap,
        "ygap": gap,
    }


def _summary(states: Array, lags: Lags, letter: str) -> dict[str, Any]:
    """Return unseen points whose hover tells a column of the heat map in three numbers."""
    units = states.shape[1]
    told = np.column_stack([states.min(axis=1), states.max(axis=1), abs(states).mean(axis=1)])
    return {
        "type": "scatter",
        "mode": "markers",
        "x": lags,
        "y": np.full(len(lags), (units + 1) / 2),
        "yaxis": axis_name(1),
        "customdata": told.astype(np.float32),
        "marker": {"opacity": 0, "size": 1},
        "showlegend": False,
        "hovertemplate": f"{letter}: %{{customdata[0]:.2f}} to %{{customdata[1]:.2f}}, mean size "
        "%{customdata[2]:.2f}<extra></extra>",
    }


def _gate(values: Array, lags: Lags, label: str, name: str, axis: str) -> list[dict[str, Any]]:
    low, high = np.percentile(values, (LOW, HIGH), axis=1)
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": np.concatenate([lags, lags[::-1]]),
        "y": np.concatenate([high, low[::-1]]).astype(np.float32),
        "yaxis": axis,
        "fill": "toself",
        "fillcolor": translucent(label, 0.28),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    mean = {
        "type": "scatter",
        "mode": "lines",
        "x": lags,
        "y": values.mean(axis=1).astype(np.float32),
        "yaxis": axis,
        "name": plain(name),
        "customdata": np.column_stack([low, high]).astype(np.float32),
        "line": {"color": colour(label), "width": 2},
        "hovertemplate": "%{y:.2f} (%{customdata[0]:.2f} to %{customdata[1]:.2f})",
    }
    return [band, mean]


def _range(name: str, values: Array) -> list[float]:
    """Return the ends of a gate's axis: those its activation has, or those of its values."""
    low, high = float(values.min()), float(values.max())
    least = -1.0 if name == "candidate" or low < 0 else 0.0
    return [min(least, low) - 0.04, max(1.0, high) + 0.04]
