"""A forecast with its intervals, after the history it goes on from."""

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.charts.figures import figure, plain
from forecast.charts.palette import DASHES, GUIDE, OBSERVED, colour, translucent
from forecast.charts.predictions import NO_MODEL
from forecast.charts.thinning import MOST_POINTS, Places, thinned
from forecast.checks import one_of
from forecast.errors import DataError, SettingError

if TYPE_CHECKING:
    import plotly.graph_objects as go

FEWEST_SHOWN = 60  # rows of the history in the first view, if there are as many
HORIZONS_SHOWN = 5  # the history in the first view is at least this many times the forecast
MOST_MARKED = 31  # steps that still get a marker each
PALEST, STRONGEST = 0.26, 0.42  # opacity of the widest and of the narrowest band
LEVEL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
INTERVAL = re.compile(rf"-(?:lo|hi)-{LEVEL.pattern}$")


def plot_fan(
    history: pd.Series, forecast: pd.DataFrame, *, name: str, label: str | None = None
) -> "go.Figure":
    """Draw a history, the forecast that follows, and one band a level, the wider the paler.

    The first view shows the end of a long history; a double click shows all of it, thinned.

    Args:
        history: values by timestamp or row number; NaN where a value was filled.
        forecast: columns ds, one a model, and for a level L `NAME-lo-L` and `NAME-hi-L`, or none.
        name: of the series.
        label: the model to draw; may be left out if there is one.

    Raises:
        SettingError: there is no such model, or several and none was named.
        DataError: the forecast is of several series, or has no row.
        MissingExtraError: Plotly is not installed.
    """
    label = _chosen(forecast, label)
    levels = levels_of(forecast, label)
    steps = len(forecast)
    numbers = forecast[["ds", label, *_bounds(label, levels)]]
    drawn = numbers.iloc[thinned(numbers.drop(columns="ds"))]
    ahead = "1 step" if steps == 1 else f"{steps} steps"
    made = figure(f"{label}, {ahead} ahead", "", name, subtitle=_said(levels))
    _add_bands(made, drawn, label, levels)
    _add_history(made, history.iloc[_history_places(history, steps)])
    _add_forecast(made, drawn, label, levels)
    _connect(made, history.dropna(), drawn, label)
    if len(history):
        made.add_shape(
            type="line", x0=history.index[-1], x1=history.index[-1], y0=0, y1=1, yref="paper",
            line={"color": GUIDE, "width": 1, "dash": "dot"},
        )  # fmt: skip
    _show_end(made, history, numbers)
    return made


def model_labels(forecasts: pd.DataFrame) -> list[str]:
    """Return the columns that hold a model's forecasts; bounds of intervals do not count."""
    columns = [str(column) for column in forecasts if column not in (*NO_MODEL, "unique_id")]
    return [
        one for one in columns if not (INTERVAL.search(one) and INTERVAL.sub("", one) in columns)
    ]


def levels_of(forecasts: pd.DataFrame, label: str) -> list[str]:
    """Return the interval levels of a model in rising order, as its columns write them."""
    low, high = f"{label}-lo-", f"{label}-hi-"
    ends = [str(one).removeprefix(low) for one in forecasts if str(one).startswith(low)]
    named = [end for end in ends if LEVEL.fullmatch(end) and f"{high}{end}" in forecasts]
    return sorted(named, key=float)


def number_format(values: Any, digits: int = 5) -> str:
    """Return a format, d3's and Python's, that shows the largest of these with so many digits."""
    sizes = np.abs(np.asarray(values, dtype=float))
    largest = float(sizes[np.isfinite(sizes)].max(initial=0.0))
    if largest == 0:
        return ",.2f"
    places = digits - 1 - math.floor(math.log10(largest))
    return f",.{max(0, places)}f" if places <= 8 else f".{digits}g"


def _chosen(forecast: pd.DataFrame, label: str | None) -> str:
    if not len(forecast):
        raise DataError("A forecast must have at least one row; got none.")
    series = len(forecast["unique_id"].unique()) if "unique_id" in forecast else 1
    if series > 1:
        raise DataError(
            f"A fan shows one series; got forecasts of {series}. Choose one `unique_id`."
        )
    labels = model_labels(forecast)
    if label is None and len(labels) != 1:
        raise SettingError(f"`label` must name the model to draw; the forecast has {labels}.")
    return one_of("label", labels[0] if label is None else label, labels)


def _bounds(label: str, levels: list[str]) -> list[str]:
    return [f"{label}-{side}-{level}" for level in levels for side in ("lo", "hi")]


def _said(levels: list[str]) -> str:
    if not levels:
        return ""
    shares = " and ".join(f"{level} %" for level in levels)
    return f"{'bands' if len(levels) > 1 else 'band'}: where {shares} of the values should fall"


def _rows_shown(steps: int) -> int:
    """Return how many rows of the history the first view shows, if there are as many."""
    return max(FEWEST_SHOWN, HORIZONS_SHOWN * steps)


def _history_places(history: pd.Series, steps: int) -> Places:
    """Return the rows to draw: half of them for the first view, which so keeps its detail."""
    half = MOST_POINTS // 2
    values = history.to_numpy(float)
    if len(values) <= MOST_POINTS:
        return np.arange(len(values))
    cut = max(0, len(values) - max(half, _rows_shown(steps)))
    return np.concatenate([thinned(values[:cut], half), cut + thinned(values[cut:], half)])


def _add_bands(made: "go.Figure", forecast: pd.DataFrame, label: str, levels: list[str]) -> None:
    """Add the bands, the widest first; a single step gets an upright bar."""
    opacities = np.linspace(STRONGEST, PALEST, len(levels))
    for level, opacity in list(zip(levels, opacities, strict=True))[::-1]:
        low, high = f"{label}-lo-{level}", f"{label}-hi-{level}"
        rows = forecast.dropna(subset=[low, high])
        shade = translucent(label, float(opacity))
        made.add_scatter(
            x=[*rows["ds"], *rows["ds"][::-1]],
            y=[*rows[high], *rows[low][::-1]],
            name=f"{level} %",
            mode="lines",
            line={"color": shade, "width": 0 if len(rows) > 1 else 12},
            fill="toself",
            fillcolor=shade,
            hoverinfo="skip",
            legendrank=1000 + float(level),
        )


def _add_history(made: "go.Figure", history: pd.Series) -> None:
    """Add the observed values; those between two gaps would have no line and get markers."""
    there = history.notna().to_numpy()
    beside = np.zeros_like(there)
    beside[1:] |= there[:-1]
    beside[:-1] |= there[1:]
    made.add_scatter(
        x=history.index,
        y=history,
        name="observed",
        mode="lines+markers" if (there & ~beside).any() else "lines",
        line={"color": OBSERVED, "width": 2},
        marker={"size": 4},
        hovertemplate=f"%{{y:{number_format(history)}}}",
    )


def _add_forecast(made: "go.Figure", forecast: pd.DataFrame, label: str, levels: list[str]) -> None:
    """Add the forecast; its hover also tells the intervals."""
    bounds = _bounds(label, levels)
    digits = number_format(forecast[[label, *bounds]])
    told = [
        f"{level} %: %{{customdata[{2 * place}]:{digits}}} to "
        f"%{{customdata[{2 * place + 1}]:{digits}}}"
        for place, level in enumerate(levels)
    ]
    made.add_scatter(
        x=forecast["ds"],
        y=forecast[label],
        customdata=forecast[bounds].to_numpy() if bounds else None,
        name=plain(label),
        mode="lines+markers" if len(forecast) <= MOST_MARKED else "lines",
        line={"color": colour(label), "width": 2, "dash": DASHES.get(label, "solid")},
        marker={"size": 5 if len(forecast) > 1 else 8},
        hovertemplate="<br>".join([f"%{{y:{digits}}}", *told]),
    )


def _connect(made: "go.Figure", observed: pd.Series, forecast: pd.DataFrame, label: str) -> None:
    """Add a thin line from the last observed value to the first forecast."""
    if len(observed):
        made.add_scatter(
            x=[observed.index[-1], forecast["ds"].iloc[0]],
            y=[observed.iloc[-1], forecast[label].iloc[0]],
            mode="lines",
            line={"color": colour(label), "width": 1, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )


def _show_end(made: "go.Figure", history: pd.Series, forecast: pd.DataFrame) -> None:
    """Set the first view to the end of a long history, and the values to what is in view."""
    rows = _rows_shown(len(forecast))
    if len(history) <= rows:
        return
    recent = history.iloc[-rows:]
    first, last = recent.index[0], forecast["ds"].iloc[-1]
    margin = (last - first) / 50
    numbers = forecast.drop(columns="ds").to_numpy(float)
    values = np.concatenate([recent.to_numpy(float), numbers.ravel()])
    low, high = np.nanmin(values), np.nanmax(values)
    made.update_xaxes(range=[first, last + margin])
    made.update_yaxes(range=[low - 0.06 * (high - low or 1.0), high + 0.06 * (high - low or 1.0)])
