"""Panels over one axis of lags: the window's first row on the left, lag 1 on the right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.charts.figures import GRID, graph_objects, look, plain
from forecast.charts.palette import GUIDE

if TYPE_CHECKING:
    import plotly.graph_objects as go

Lags = NDArray[np.int64]

GAP = 34  # pixels between two panels; a heading stands there
TITLED, SUBTITLED = 46, 38  # pixels that the texts over the panels take
LEGEND = 32  # pixels that a legend takes below the axis


class Panel(NamedTuple):
    """One panel: its height in pixels, its headings and its upright axis."""

    height: int
    heading: str = ""
    said: str = ""  # at the right end of the heading's line
    axis: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it


class Space(NamedTuple):
    """Where the panels stand, in parts of the area from 0 at the bottom to 1."""

    height: int  # of them all, pixels
    domains: list[list[float]]


def stacked(
    title: str,
    panels: Sequence[Panel],
    traces: Sequence[dict[str, Any]],
    *,
    timesteps: int,
    subtitle: str = "",
    legend: bool = False,
    below: int = 0,
    frames: Sequence[dict[str, Any]] = (),
    **layout: Any,
) -> "go.Figure":
    """Return panels over one axis of lags; hovering one tells of all of them at that lag.

    Args:
        title: may come from data and is escaped.
        panels: from the top.
        traces: each with `yaxis` as `axis_name` gives it, and x in lags.
        timesteps: the longest lag.
        subtitle: may come from data and is escaped.
        legend: leave room for one, and show it.
        below: pixels of room under all that.
        frames: of an animation.
        layout: more of it; shapes and annotations stand beside those of the panels.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    module = graph_objects()
    space = arranged([panel.height for panel in panels])
    whole = look(title, "lag (1 = newest row of the window)", "", subtitle=subtitle)
    margin = whole["margin"] | {"t": TITLED + (SUBTITLED if subtitle else 0)}
    margin["t"] += GAP // 2 if panels[0].heading else 0
    margin["b"] += below + (LEGEND if legend else 0)
    upright = whole.pop("yaxis") | {"title": {"text": ""}, "fixedrange": True}
    for place, (panel, domain) in enumerate(zip(panels, space.domains, strict=True)):
        whole[f"yaxis{place + 1 if place else ''}"] = upright | {"domain": domain} | panel.axis
    whole["xaxis"] |= _lags(timesteps, len(panels))
    whole |= {
        "hoversubplots": "axis",
        "showlegend": legend,
        "margin": margin,
        "height": margin["t"] + space.height + margin["b"],
        "legend": {"orientation": "h", "x": 0, "y": -56 / space.height, "yanchor": "top"},
        **layout,
    }
    whole["annotations"] = [*_headings(panels, space.domains), *layout.get("annotations", ())]
    made: go.Figure = module.Figure(data=list(traces), layout=whole, frames=list(frames) or None)
    return made


def lags_of(timesteps: int) -> Lags:
    """Return the lags of a window's rows, the oldest row first."""
    return np.arange(timesteps, 0, -1)


def axis_name(place: int) -> str:
    """Return what Plotly calls the upright axis of a panel, counted from 0."""
    return f"y{place + 1}" if place else "y"


def arranged(heights: Sequence[int]) -> Space:
    """Return where panels of these heights stand, the first on top."""
    height = sum(heights) + GAP * (len(heights) - 1)
    domains, top = [], height
    for one in heights:
        domains.append([max(0.0, (top - one) / height), top / height])
        top -= one + GAP
    return Space(height, domains)


def _lags(timesteps: int, panels: int) -> dict[str, Any]:
    return {
        "anchor": axis_name(panels - 1),
        "range": [timesteps + 0.6, 0.4],
        "tickformat": "d",
        "tickvals": _ticks(timesteps),
        "unifiedhovertitle": {"text": "lag %{x:d}"},
        "showspikes": True,
        "spikemode": "across",
        "spikesnap": "data",
        "spikethickness": 1,
        "spikedash": "dot",
        "spikecolor": GUIDE,
        "gridcolor": GRID,
    }


def _ticks(timesteps: int) -> list[int]:
    """Return about seven round lags, and 1."""
    least = timesteps / 7
    step = next(
        ten * one
        for ten in (10**power for power in range(10))
        for one in (1, 2, 5)
        if ten * one >= least
    )
    return [1, *range(max(step, 2), timesteps + 1, step)]


def _headings(panels: Sequence[Panel], domains: list[list[float]]) -> list[dict[str, Any]]:
    shared = {
        "xref": "paper",
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "yshift": 3,
    }
    return [
        {"text": text, "x": x, "xanchor": anchor, "y": domain[1], **shared}
        for panel, domain in zip(panels, domains, strict=True)
        for text, x, anchor in (
            (f"<b>{plain(panel.heading)}</b>", 0, "left"),
            (plain(panel.said), 1, "right"),
        )
        if text not in ("", "<b></b>")
    ]
