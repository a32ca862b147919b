"""An animation over epochs: its frames, its slider, its buttons."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.charts.palette import GUIDE

MOST_FRAMES = 40
CONTROLS = 106  # pixels of slider and buttons
PACE = 120  # milliseconds a frame


def frames_of(epochs: list[int]) -> list[int]:
    """Return at most 40 epochs, evenly spread, the first and the last among them."""
    if len(epochs) <= MOST_FRAMES:
        return epochs
    places = np.linspace(0, len(epochs) - 1, MOST_FRAMES).round().astype(int)
    return [epochs[place] for place in places]


def animated(epochs: Sequence[int], values: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return frames, slider and buttons of a figure's layout; nothing for a single epoch.

    Args:
        epochs: one a frame.
        values: upright values by trace, then by epoch.
    """
    if len(epochs) < 2:
        return {}
    traces = list(range(len(values)))
    frames = [
        {"name": str(epoch), "traces": traces, "data": [{"y": one[place]} for one in values]}
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
        "currentvalue": {"prefix": "epoch ", "xanchor": "right"},
        "x": 0,
        "len": 1,
        "pad": {"t": 92, "l": 6},
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
        "pad": {"t": 86},
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
