"""A series as it is, with its filled values marked."""

from typing import TYPE_CHECKING

import numpy as np

from forecast.charts.figures import figure
from forecast.charts.palette import FILLED, OBSERVED
from forecast.charts.thinning import spread, thinned

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from forecast.data.series import TimeSeries


def plot_series(series: "TimeSeries") -> "go.Figure":
    """Draw a series; filled values stand as open circles on it.

    A long series is thinned so that its extremes stay.

    Args:
        series: prepared, so that gaps are filled and marked.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    chosen = thinned(series.values)
    made = figure("", "", series.name)
    line = {"color": OBSERVED, "width": 1.5}
    made.add_scatter(
        x=series.index[chosen], y=series.values[chosen], name="observed", mode="lines", line=line
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
