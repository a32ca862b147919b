"""A backtest: which rows each window was fitted on and forecast, and how large the errors were."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.charts.fan import number_format
from forecast.charts.figures import figure, plain
from forecast.charts.palette import (
    AHEAD,
    DASHES,
    GUIDE,
    KEPT,
    SYMBOLS,
    TRAINED,
    colour,
    waiting,
)
from forecast.charts.thinning import thinned
from forecast.checks import one_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_LANES = 40
MOST_MARKED = 40  # values of a line that still get a marker each
SPANS_SHOWN = 8  # the first view is at most this many times what was forecast
MOST_TICKS = 15  # steps that are all named on the axis
LANE_PIXELS, TOP_PIXELS = 18, 150
KEYS = ("model", "step", "cutoff", "unique_id")
ERRORS = {
    "mae": "Mean absolute error",
    "rmse": "Root of the mean squared error",
    "smape": "Symmetric mean absolute percentage error",
    "mase": "Mean absolute scaled error",
    "skill": "Skill against Naive",
}
UNITS = {"smape": "percent", "mase": "times the seasonal naive", "skill": "percent"}
SIGNED_METRICS = ("skill", "coverage")  # their axes need not begin at 0


def plot_windows(windows: pd.DataFrame, *, name: str) -> "go.Figure":
    """Draw one lane a cut-off, the newest at the bottom: rows fitted on, then rows forecast.

    Rows fitted on are strong where the model was fitted at that cut-off, pale where it was kept.
    The first view shows the end of a long training; a double click shows all of it.

    Args:
        windows: columns cutoff, train_first, train_last, first, last and fitted; one row a window.
            Windows of several series at one cut-off share a lane.
        name: of the series.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    lanes = windows.groupby("cutoff", as_index=False).agg(
        {"train_first": "min", "train_last": "max", "first": "min", "last": "max", "fitted": "any"}
    )
    count = min(len(lanes), MOST_LANES)
    drawn = lanes.iloc[np.unique(np.linspace(0, max(len(lanes) - 1, 0), count).astype(int))]
    drawn = drawn.assign(lane=_worded(drawn["cutoff"]))
    said = _counted(lanes, len(drawn))
    made = figure(f"Windows of the backtest, {name}", "", "cut-off", subtitle=said)
    here = drawn["fitted"].astype(bool)
    fitted_on = ("train_first", "train_last")
    _add_spans(made, drawn[here], fitted_on, "fitted at this cut-off", TRAINED)
    _add_spans(made, drawn[~here], fitted_on, "fitted earlier", KEPT)
    _add_spans(made, drawn, ("first", "last"), "forecast", AHEAD)
    _lay_out_lanes(made, drawn)
    return made


def plot_error_by_step(
    by_step: pd.DataFrame, metric: str = "mae", *, name: str = "y"
) -> "go.Figure":
    """Draw a metric of every model against the number of steps ahead.

    Args:
        by_step: columns model, step and the metric; one row a model and step.
        metric: the column to draw, such as mae, rmse, coverage-80 (percent) or width-80.
        name: of the series.

    Raises:
        SettingError: there is no such metric.
        MissingExtraError: Plotly is not installed.
    """
    made = _metric_lines(by_step, "step", metric, name)
    steps = by_step["step"]
    if len(steps.unique()) <= MOST_TICKS:
        made.update_xaxes(dtick=1)
    made.update_xaxes(title="steps ahead", tickformat="d")
    return made


def plot_error_by_cutoff(
    by_cutoff: pd.DataFrame, metric: str = "mae", *, name: str = "y"
) -> "go.Figure":
    """Draw a metric of every model against the cut-off.

    Args:
        by_cutoff: columns model, cutoff and the metric; one row a model and cut-off.
        metric: the column to draw, such as mae, rmse, coverage-80 (percent) or width-80.
        name: of the series.

    Raises:
        SettingError: there is no such metric.
        MissingExtraError: Plotly is not installed.
    """
    made = _metric_lines(by_cutoff, "cutoff", metric, name)
    made.update_xaxes(title="cut-off")
    return made


def _metric_lines(table: pd.DataFrame, by: str, metric: str, name: str) -> "go.Figure":
    one_of("metric", metric, [str(column) for column in table if column not in KEYS])
    title, unit = metric_words(metric, name)
    word = "step" if by == "step" else "cut-off"
    made = figure(f"{title} by {word}", "", unit)
    labels = [str(label) for label in table["model"].unique()]
    hidden = waiting(labels)
    mode = "lines+markers" if len(table[by].unique()) <= MOST_MARKED else "lines"
    for place, label in enumerate(labels):
        rows = table[table["model"] == label].sort_values(by)
        if rows[metric].isna().all():
            continue  # a model without intervals has no coverage
        rows = rows.iloc[thinned(rows[metric])]
        made.add_scatter(
            x=rows[by],
            y=rows[metric],
            name=plain(label),
            mode=mode,
            line={"color": colour(label), "width": 2, "dash": DASHES.get(label, "solid")},
            marker={"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 6},
            visible="legendonly" if label in hidden else True,
            hovertemplate=f"%{{y:{_digits(metric, table[metric])}}}",
        )
    kind, _, level = metric.partition("-")
    if kind == "coverage":
        made.add_hline(y=float(level), line={"color": GUIDE, "width": 1, "dash": "dot"})
    if kind not in SIGNED_METRICS:
        made.update_yaxes(rangemode="tozero")
    return made


def metric_words(metric: str, name: str) -> tuple[str, str]:
    """Return what a metric is called, and the unit that its axis names."""
    kind, _, level = metric.partition("-")
    if kind == "coverage":
        return f"Coverage of the {level} % interval", "percent inside"
    if kind == "width":
        return f"Width of the {level} % interval", f"width, {name}"
    return ERRORS.get(metric, metric), UNITS.get(metric, f"error of {name}")


def _digits(metric: str, values: pd.Series) -> str:
    return ".1f" if metric.startswith(("coverage", "skill", "smape")) else number_format(values)


def _counted(lanes: pd.DataFrame, drawn: int) -> str:
    cutoffs = "1 cut-off" if len(lanes) == 1 else f"{len(lanes)} cut-offs"
    fits = int(lanes["fitted"].sum())
    often = {0: "before the first", 1: "once"}.get(fits, f"{fits} times")
    said = f"{cutoffs}, fitted {often}"
    if len(lanes):
        said += f" on rows from {_worded(lanes['train_first'].nsmallest(1))[0]}"
    return said if drawn == len(lanes) else f"{said}; {drawn} of them drawn, evenly chosen"


def _worded(values: pd.Series) -> list[str]:
    """Return cut-offs as text; a time of day only where one is not midnight."""
    if not pd.api.types.is_datetime64_any_dtype(values):
        return [f"{value:,}" if isinstance(value, int) else str(value) for value in values.tolist()]
    whole_days = bool((values == values.dt.normalize()).all())
    return list(values.dt.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M"))


def _add_spans(
    made: "go.Figure",
    lanes: pd.DataFrame,
    columns: tuple[str, str],
    label: str,
    shade: str,
) -> None:
    """Add one bar a lane; the border of a forecast keeps a single row visible."""
    first, last = lanes[columns[0]], lanes[columns[1]]
    length: Any = last - first
    if pd.api.types.is_timedelta64_dtype(length):
        length = length / pd.Timedelta(milliseconds=1)  # what a date axis counts in
    told = np.column_stack([_worded(first), _worded(last)])
    made.add_bar(
        x=length,
        base=first,
        y=lanes["lane"],
        orientation="h",
        name=label,
        customdata=told,
        marker={"color": shade, "line": {"color": shade, "width": 3 if shade == AHEAD else 0}},
        hovertemplate=f"{label} %{{customdata[0]}} to %{{customdata[1]}}"
        "<br>cut-off %{y}<extra></extra>",
    )


def _lay_out_lanes(made: "go.Figure", lanes: pd.DataFrame) -> None:
    made.update_layout(
        barmode="overlay",
        bargap=0.3,
        hovermode="closest",
        height=TOP_PIXELS + LANE_PIXELS * len(lanes),
        legend={"yref": "container", "y": 0.01, "yanchor": "bottom"},
    )
    made.update_xaxes(type="date" if pd.api.types.is_datetime64_any_dtype(lanes["first"]) else None)
    made.update_yaxes(
        type="category", categoryorder="array", categoryarray=lanes["lane"],
        autorange="reversed", dtick=1, showgrid=False,
    )  # fmt: skip
    _show_forecasts(made, lanes)


def _show_forecasts(made: "go.Figure", lanes: pd.DataFrame) -> None:
    """Begin the first view late enough for the forecasts to be seen beside a long training."""
    if not len(lanes):
        return
    begin, first, last = lanes["train_first"].min(), lanes["first"].min(), lanes["last"].max()
    span = last - first
    if first < last and begin < last - SPANS_SHOWN * span:
        made.update_xaxes(range=[last - SPANS_SHOWN * span, last + span / 4])
