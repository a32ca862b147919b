"""A series as it is, with its filled values marked."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from forecast.charts.figures import figure, plain
from forecast.charts.palette import FILLED, OBSERVED, OTHERS
from forecast.charts.thinning import spread, thinned

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from forecast.data.series import TimeSeries


def plot_series(series: "TimeSeries", beside: Sequence["TimeSeries"] = ()) -> "go.Figure":
    """Draw a series; filled values stand as open circles on it.

    A long series is thinned so that its extremes stay.

    Args:
        series: prepared, so that gaps are filled and marked.
        beside: other series, drawn thin behind it.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    made = figure("", "", "" if beside else series.name)
    for other, colour in zip(beside, cycle(OTHERS)):
        chosen = thinned(other.values)
        made.add_scatter(
            x=other.index[chosen],
            y=other.values[chosen],
            name=plain(other.name),
            mode="lines",
            line={"color": colour, "width": 1},
        )
    chosen = thinned(series.values)
    made.add_scatter(
        x=series.index[chosen],
        y=series.values[chosen],
        name=plain(series.name) if beside else "observed",
        mode="lines",
        line={"color": OBSERVED, "width": 2 if beside else 1.5},
    )
    filled = spread(np.flatnonzero(~series.observed), len(series))
    if filled.size:
        marker = {"color": FILLED, "size": 8, "symbol": "circle-open"}
        made.add_scatter(
            x=series.index[filled],
            y=series.values[filled],
            name="filled forward",
            mode="markers",
            marker=marker,
        )
    return made
