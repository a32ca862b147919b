"""What a model's forecasts left over: how it is spread, and whether it repeats itself."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.charts.fan import model_labels, number_format
from forecast.charts.figures import GRID, figure, plain
from forecast.charts.palette import GUIDE, SHADE, colour
from forecast.checks import one_of, whole_number
from forecast.errors import TooFewRowsError

if TYPE_CHECKING:
    import plotly.graph_objects as go

Values = NDArray[np.float64]

MOST_BINS = 60


def plot_residuals(
    forecasts: pd.DataFrame, label: str, step: int = 1, *, name: str = "y"
) -> "go.Figure":
    """Draw a histogram of a model's residuals y − forecast, and their autocorrelation.

    A histogram that lies beside 0 shows a bias. Bars of the autocorrelation beyond the band of
    ±1.96 / √n show something that could still have been learned.

    Args:
        forecasts: columns cutoff, step, y and one a model, with unique_id if of several series;
            rows with NaN in y or in the forecast are left out.
        label: of the model.
        step: horizon step, from 1.
        name: of the series.

    Raises:
        SettingError: there is no such model or step.
        TooFewRowsError: fewer than two residuals are left.
        MissingExtraError: Plotly is not installed.
    """
    one_of("label", label, model_labels(forecasts))
    whole_number("step", step, most=int(forecasts["step"].max()))
    rows = forecasts[forecasts["step"] == step].sort_values("cutoff")
    series = rows.get("unique_id", pd.Series("", index=rows.index))
    groups = [
        (part["y"] - part[label]).to_numpy(float) for _, part in rows.groupby(series, sort=False)
    ]
    residuals = np.concatenate([*groups, np.empty(0)])
    residuals = residuals[np.isfinite(residuals)]
    if residuals.size < 2:
        raise TooFewRowsError(
            f"Residuals need at least 2 observed rows; got {residuals.size} at step {step}."
        )
    made = _panels(label, step, residuals)
    _add_histogram(made, residuals, colour(label), name)
    _add_correlations(made, groups, residuals.size, colour(label))
    return made


def autocorrelations(groups: list[Values], lags: int) -> Values:
    """Return the autocorrelation at the lags 1 … `lags`, (lags,), pooled over series.

    Each series is taken about its own mean; a NaN keeps its place and counts for nothing.

    Args:
        groups: (rows,) of each series, in time order.
        lags: the longest lag.

    Source: Box and Jenkins (1976), section 2.1.6; Parzen (1963) for missing values.
    """
    products, squares = np.zeros(lags), 0.0
    for group in groups:
        there = np.isfinite(group)
        if there.any():
            left = np.where(there, group - group[there].mean(), 0.0)
            squares += float(left @ left)
            for lag in range(1, min(lags, len(left) - 1) + 1):
                products[lag - 1] += left[:-lag] @ left[lag:]
    return products / squares if squares > 0 else products


def _panels(label: str, step: int, residuals: Values) -> "go.Figure":
    spread = float(residuals.std(ddof=1))
    digits = number_format([spread], 3)
    mean = f"{residuals.mean():{digits}}".replace("-", "−")
    ahead = "1 step" if step == 1 else f"{step} steps"
    made = figure(
        f"Residuals of {label}, {ahead} ahead",
        "",
        "",
        subtitle=f"{residuals.size:,} residuals, mean {mean}, standard deviation {spread:{digits}}",
    )
    from plotly.subplots import make_subplots  # `figure` has said so if Plotly is not there

    made = make_subplots(rows=1, cols=2, horizontal_spacing=0.16, figure=made)
    made.update_xaxes(gridcolor=GRID, zeroline=False)
    made.update_yaxes(gridcolor=GRID, zeroline=False)
    made.update_layout(showlegend=False, hovermode="closest")
    return made


def _add_histogram(made: "go.Figure", residuals: Values, shade: str, name: str) -> None:
    bins = min(MOST_BINS, math.ceil(2 * residuals.size ** (1 / 3)))  # Rice's rule
    counts, edges = np.histogram(residuals, bins=bins)
    digits = number_format(edges, 3)
    made.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges) * 0.96,
        customdata=np.column_stack([edges[:-1], edges[1:]]),
        name="residuals",
        marker={"color": shade, "opacity": 0.8, "line": {"width": 0}},
        hovertemplate=f"%{{customdata[0]:{digits}}} to %{{customdata[1]:{digits}}}: "
        "%{y:,d} windows<extra></extra>",
        row=1,
        col=1,
    )
    made.add_vline(x=0, line={"color": GUIDE, "width": 1, "dash": "dash"}, row=1, col=1)
    made.update_xaxes(title={"text": plain(f"{name}: observed − forecast")}, row=1, col=1)
    made.update_yaxes(title={"text": "windows"}, row=1, col=1)


def _add_correlations(made: "go.Figure", groups: list[Values], count: int, shade: str) -> None:
    longest = max(len(group) for group in groups) - 1
    lags = max(1, min(longest, round(10 * math.log10(count))))  # as R's acf
    band = 1.96 / math.sqrt(count)
    shared: dict[str, Any] = {"row": 1, "col": 2}
    correlations = autocorrelations(groups, lags)
    made.add_bar(
        x=np.arange(1, lags + 1),
        y=correlations,
        width=0.35,
        name="autocorrelation",
        marker={"color": shade, "line": {"width": 0}},
        hovertemplate="lag %{x}: %{y:.2f}<extra></extra>",
        **shared,
    )
    # after the bars, since Plotly leaves an empty panel without them
    made.add_hrect(y0=-band, y1=band, fillcolor=SHADE, line_width=0, layer="below", **shared)
    made.add_hline(y=0, line={"color": GUIDE, "width": 1}, **shared)
    made.update_xaxes(title={"text": "lag, windows"}, tickformat="d", **shared)
    reach = 1.15 * max(band, float(np.abs(correlations).max()))
    made.update_yaxes(title={"text": "autocorrelation"}, range=[-reach, reach], **shared)
