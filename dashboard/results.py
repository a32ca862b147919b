"""A finished run: verdict, leaderboard, charts, downloads."""

import math
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.address import keep_within
from dashboard.downloads import download_table
from dashboard.findings_view import show_findings
from dashboard.frame import BACKTEST, FORECAST, KEPT, MEMORY
from dashboard.panel_views import show_medians, show_panel
from dashboard.training import service
from forecast.charts.errors import plot_errors
from forecast.charts.grid import plot_grid
from forecast.evaluation.comparison import Comparison
from forecast.evaluation.verdict import PairedTest, outcome
from forecast.jobs.snapshot import STOPPED, RunSnapshot
from forecast.models.forecaster import Forecaster

if TYPE_CHECKING:
    import plotly.graph_objects as go

NUMBER = st.column_config.NumberColumn
LEADERBOARD: dict[str, ColumnConfig] = {
    "model": st.column_config.TextColumn("Model", pinned=True),
    "outcome": st.column_config.TextColumn("Against naive"),
    "mae": NUMBER("MAE", format="%.4g", help="Mean absolute error, in the unit of the series."),
    "rmse": NUMBER("RMSE", format="%.4g", help="Root of the mean squared error."),
    "smape": NUMBER("sMAPE %", format="%.2f", help="0 to 200; M4's form."),
    "mase": NUMBER("MASE", format="%.3f", help="Below 1 beats the seasonal naive on past rows."),
    "skill": NUMBER("Skill %", format="%+.1f", help="How much smaller the MAE is than Naive's."),
    "seeds": st.column_config.TextColumn(
        "Skill over seeds", help="Mean ± standard deviation of the networks, each alone."
    ),
    "pinball": NUMBER("Pinball", format="%.4g", help="Mean quantile loss of median and intervals."),
    "crps": NUMBER("CRPS", format="%.4g", help="Error of the whole forecast distribution."),
}
COSTS: dict[str, ColumnConfig] = {
    "hidden_units": NUMBER("hidden_units"),
    "parameters": NUMBER("Parameters", format="localized"),
    "ms_per_forecast": NUMBER("ms a forecast", format="%.3f", help="When made together."),
    "seconds": NUMBER("Seconds", format="%.1f", help="Of training."),
    "epochs": NUMBER("Epochs"),
}


def show_result(snapshot: RunSnapshot) -> None:
    """Draw what came of a finished run."""
    result = snapshot.result
    if result is None:
        st.text("Stopped before any cell finished an epoch; there is nothing to compare.")
        return
    if snapshot.grid is not None:
        _show_grid(snapshot, snapshot.grid)
    st.subheader(result.verdict, anchor=False)
    st.text(_facts(snapshot, result))
    _skills(result)
    if result.series is not None:
        show_medians(result.series)
    show_findings(result.findings)
    show_leaderboard(result.table, result.tests)
    _ways_on()
    if result.series is None:
        _charts(snapshot, result)
    else:
        show_panel(snapshot, result)
        _losses(snapshot)
    _downloads(snapshot, result)


def show_leaderboard(table: pd.DataFrame, tests: Mapping[str, PairedTest]) -> None:
    """Draw the scores of a comparison or a backtest, best first.

    Args:
        table: one row a model; see `Comparison.table`.
        tests: against Naive, by model.
    """
    shown = _leaderboard(table, tests)
    st.dataframe(
        shown,
        column_config=_columns(shown),
        hide_index=True,
        alt="One row a model, best first.",
    )


def _leaderboard(table: pd.DataFrame, tests: Mapping[str, PairedTest]) -> pd.DataFrame:
    """Return the table, best first, with the verdict in short and without empty columns."""
    table = table.sort_values("mae")
    said = [
        "" if label == "Naive" else outcome(skill, tests[label])
        for label, skill in zip(table["model"], table["skill"], strict=True)
    ]
    table = table.assign(outcome=said)
    if "skill_mean" in table and table["skill_mean"].notna().any():
        pairs = table[["skill_mean", "skill_std"]].itertuples(index=False)
        table["seeds"] = ["" if math.isnan(m) else f"{m:+.1f} ± {s:.1f}" for m, s in pairs]
    return _without_gaps(table)


def _without_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that hold something: scores, intervals, costs, in this order."""
    there = set(table.dropna(axis="columns", how="all"))
    intervals = [name for name in table if str(name).startswith(("coverage-", "width-"))]
    order = [*LEADERBOARD, *intervals, *COSTS]
    return table[[name for name in order if name in there]]


def _columns(shown: pd.DataFrame) -> dict[str, ColumnConfig]:
    """Return how the columns are shown, those of intervals among them."""
    found = {**LEADERBOARD, **COSTS}
    for name in map(str, shown):
        kind, _, level = name.partition("-")
        if kind == "coverage":
            said = f"Share of the values inside the {level} % interval; {level} is right."
            found[name] = NUMBER(f"In {level} %", format="%.1f", help=said)
        elif kind == "width":
            said = f"Mean width of the {level} % interval, in the unit of the series."
            found[name] = NUMBER(f"Width {level} %", format="%.4g", help=said)
    return found


def _ways_on() -> None:
    """Draw the ways to what the trained models are for."""
    # Links: a button cannot leave a screen while a value of a form stands in the address.
    with st.container(horizontal=True, key="ways-on"):
        st.page_link(FORECAST.page(), label="Forecast with these models", icon=FORECAST.icon)
        st.page_link(BACKTEST.page(), label="Backtest them", icon=BACKTEST.icon)
        st.page_link(MEMORY.page(), label="See their memory", icon=MEMORY.icon)


def _facts(snapshot: RunSnapshot, result: Comparison) -> str:
    parts = result.data["parts"]
    names = ["timesteps", "hidden_units", "horizon", "seed"]
    names += ["seeds"] if result.settings["seeds"] > 1 else []
    chosen = ", ".join(f"{name} {result.settings[name]}" for name in names)
    stopped = " Stopped by hand; the best weights so far were kept."
    scored = f"{result.data['scored']:,} of them scored, " if "scored" in result.data else ""
    return (
        f"{snapshot.request.said}: {scored}{parts['train']['rows']:,} rows trained, "
        f"{parts['validation']['rows']:,} chose the epoch, {parts['calibration']['rows']:,} were "
        f"kept for intervals, {parts['test']['rows']:,} tested "
        f"({result.data['test_windows']:,} windows); "
        f"{chosen}.{stopped if snapshot.state == STOPPED and snapshot.note is None else ''}"
    )


def _skills(result: Comparison) -> None:
    """Draw one figure a cell: its skill against Naive."""
    cells = result.table[result.table["parameters"] > 0]
    with st.container(horizontal=True):
        for label, skill, verdict in cells[["model", "skill", "verdict"]].itertuples(index=False):
            st.metric(
                f"{label} against naive",
                "–" if math.isnan(skill) else f"{skill:+.1f} %",
                delta=outcome(skill, result.tests[label]),
                delta_color="off",
                delta_arrow="off",
                border=True,
                help=verdict,
            )


@st.fragment
def _charts(snapshot: RunSnapshot, result: Comparison) -> None:
    horizon = int(result.settings["horizon"])
    step = 1
    if horizon > 1:
        keep_within("step", horizon)
        step = int(st.slider("Steps ahead", 1, horizon, 1, key="step", **KEPT))
    st.plotly_chart(
        _figure(snapshot.id, "predictions", step),
        key="predictions",
        alt=f"Observed values of the test part and every model's forecast. {result.verdict}",
    )
    log = st.toggle("Logarithmic losses", key="log_losses", **KEPT)
    left, right = st.columns(2)
    left.plotly_chart(
        _figure(snapshot.id, "errors"),
        key="errors",
        alt="Each model's mean absolute error over the test part, smoothed.",
    )
    with right:
        _draw_losses(snapshot, log)


@st.fragment
def _losses(snapshot: RunSnapshot) -> None:
    """Draw the losses alone."""
    _draw_losses(snapshot, st.toggle("Logarithmic losses", key="log_losses", **KEPT))


def _draw_losses(snapshot: RunSnapshot, log: bool) -> None:
    st.plotly_chart(
        _figure(snapshot.id, "log losses" if log else "losses"),
        key="losses",
        alt="Training and validation loss of each cell by epoch.",
    )


def _show_grid(snapshot: RunSnapshot, grid: pd.DataFrame) -> None:
    vary = str(snapshot.request.vary)
    cells = grid[grid["parameters"] > 0]
    best = cells.sort_values("mae").iloc[0]
    st.subheader(f"{best['model']} with {vary} {best['value']} errs least", anchor=False)
    st.plotly_chart(
        _figure(snapshot.id, "grid"), key="grid", alt=f"Error of each cell by {vary}, with Naive."
    )
    with st.expander("All runs of the grid"):
        shown = _without_gaps(grid)
        shown.insert(0, "value", grid["value"])
        st.dataframe(
            shown,
            column_config=_columns(shown) | {"value": NUMBER(vary)},
            hide_index=True,
            alt="One row a value and model.",
        )
    st.caption(f"Below: the run with {vary} {result_value(snapshot)}, in full.")


def result_value(snapshot: RunSnapshot) -> object:
    """Return the value of the varied setting that the shown comparison has."""
    result = snapshot.result
    return None if result is None else result.settings[str(snapshot.request.vary)]


@lru_cache(maxsize=256)
def _figure(run_id: str, kind: str, step: int = 1) -> "go.Figure":
    """Draw a figure of a finished run, once: nothing in it changes any more."""
    snapshot = service().snapshot(run_id)
    if snapshot is None or snapshot.result is None:
        raise LookupError(f"run {run_id} has no result")
    result = snapshot.result
    if kind == "predictions":
        return result.plot_predictions(step=step)
    if kind == "errors":
        return plot_errors(result.predictions, name=str(result.data["name"]))
    if kind == "grid" and snapshot.grid is not None:
        return plot_grid(snapshot.grid, vary=str(snapshot.request.vary))
    return result.plot_losses(log=kind == "log losses")


def _downloads(snapshot: RunSnapshot, result: Comparison) -> None:
    with st.container(horizontal=True):
        download_table("Predictions", result.predictions, "predictions")
        if result.series is not None:
            download_table("Series", result.series, "series")
        download_table("History", result.history, "history")
        for label, model in result.models.items():
            if isinstance(model, Forecaster):
                st.download_button(
                    f"{label} (model)",
                    partial(model_bytes, model),
                    file_name=f"{label.lower()}.safetensors",
                    mime="application/octet-stream",
                    on_click="ignore",
                    icon=":material/download:",
                    key=f"model-{snapshot.id}-{label}",
                )


def model_bytes(model: Forecaster) -> bytes:
    """Return a fitted model as the file that `fc.Forecaster.load` reads."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        model.save(path)
        return path.read_bytes()
