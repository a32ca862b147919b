"""The views of the Backtest screen: which windows, the verdict on them, tables and charts."""

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import streamlit as st

import forecast as fc
from dashboard.address import keep_within
from dashboard.downloads import download_table
from dashboard.findings_view import show_findings
from dashboard.frame import KEPT
from dashboard.guards import guarded, show_error
from dashboard.one_of_panel import one_series, pick_one
from dashboard.results import show_leaderboard
from dashboard.times import moment
from dashboard.training import service
from forecast.charts.backtest import MOST_LANES, plot_windows
from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.errors import SettingError
from forecast.evaluation.backtest_result import Backtest
from forecast.evaluation.comparison import Comparison
from forecast.jobs.snapshot import RunSnapshot
from forecast.models.forecaster import Forecaster

if TYPE_CHECKING:
    import plotly.graph_objects as go

LEVELS = (80, 95, 90, 50)
USUAL_LEVELS = (80, 95)
USUAL_WINDOWS = 60
LANES_NAMED = 14
WINDOWS = "n_windows"  # in the address and in the session
METRICS = {
    "mae": "MAE", "rmse": "RMSE", "smape": "sMAPE", "mase": "MASE",
    "pinball": "Pinball", "crps": "CRPS",
}  # fmt: skip


class Asked(NamedTuple):
    """Which windows of which run, with which intervals.

    Attributes:
        run: id.
        n_windows: cut-offs.
        step_size: rows from one to the next.
        levels: in percent, rising.
        series: id, where the run has many; else None.
    """

    run: str
    n_windows: int
    step_size: int
    levels: tuple[int, ...]
    series: Any = None


def backtest_form(run: RunSnapshot, result: Comparison) -> Asked:
    """Draw the form and return what stands in it."""
    one = pick_one(run, result)
    horizon = int(result.settings["horizon"])
    rows = int((one.series.index > _last_fitted(result, one.id)).sum())
    step_size = st.number_input(
        "step_size", 1, max(horizon, rows - horizon), horizon, key=f"step_size_{horizon}",
        help="Rows from one cut-off to the next. The horizon: windows side by side; 1: from every "
        "row, overlapping.", **KEPT,
    )  # fmt: skip
    step = int(step_size or horizon)
    most = max(1, (rows - horizon) // step + 1)
    n_windows = 1
    if most > 1:
        n_windows = st.slider(
            "n_windows", 1, most, _usual(most), key=WINDOWS,
            help=f"Cut-offs, counted from the end; the test part holds {most:,}.", **KEPT,
        )  # fmt: skip
    else:
        st.caption("One window: the test part holds no more.")
    levels = st.pills(
        "Intervals", LEVELS, selection_mode="multi", default=USUAL_LEVELS, key="bands",
        format_func=lambda level: f"{level} %",
        help="The share of the values that should fall within.", **KEPT,
    )  # fmt: skip
    st.caption(
        "Nothing is trained here. To fit again at each cut-off, use `refit=True` of `fc.backtest` "
        "in Python, or `--refit-every` of `python -m forecast backtest`."
    )
    return Asked(run.id, int(n_windows), step, tuple(sorted(levels or ())), one.id)


def _usual(most: int) -> int:
    """Return the first number of windows; a number kept from before that is too large goes."""
    return most if keep_within(WINDOWS, most) else min(USUAL_WINDOWS, most)


def show_backtest(run: RunSnapshot, result: Comparison, asked: Asked) -> None:
    """Draw the verdict, the findings, scores, charts and downloads."""
    with st.spinner("Forecasting from past cut-offs"):
        tested, refused = backtested(asked)
    st.subheader(tested.verdict, anchor=False)
    st.text(_facts(run, result, asked, tested))
    if refused is not None:
        show_error("An interval was left out", refused)
    show_findings(tested.findings)
    show_leaderboard(tested.table, tested.tests)
    st.plotly_chart(
        _figure(asked, "windows"),
        key="windows",
        alt="The rows that the networks were fitted on, and the rows of each window.",
    )
    _show_errors(asked, tested)
    _show_residuals(asked, tested)
    _downloads(tested.forecasts, tested.table)
    with st.expander("The same in Python", icon=":material/code:"):
        st.code(_code(run, result, asked), wrap_lines=True)


@lru_cache(maxsize=16)
def backtested(asked: Asked) -> tuple[Backtest, str | None]:
    """Backtest the models of a finished run, once; return also why a level was left out.

    Raises:
        ForecastError: the models cannot be tested so.
    """
    run, result = _finished(asked.run)
    levels, refused = asked.levels, None
    while True:
        try:
            tested = fc.backtest(
                dict(result.models), _rows(run, asked), fitted=True, level=levels,
                horizon=int(result.settings["horizon"]), n_windows=asked.n_windows,
                step_size=asked.step_size, season=int(result.data["season"]),
            )  # fmt: skip
            return tested, refused
        except SettingError as error:
            if not levels:
                raise
            refused, levels = refused or str(error), levels[:-1]


def _rows(run: RunSnapshot, asked: Asked) -> TimeSeries | Panel:
    """Return the rows to forecast: of many series, one."""
    rows = run.request.series
    if not isinstance(rows, Panel):
        return rows
    return one_series(rows, asked.series).alone or rows


def _finished(run_id: str) -> tuple[RunSnapshot, Comparison]:
    snapshot = service().snapshot(run_id)
    if snapshot is None or snapshot.result is None:
        raise LookupError(f"run {run_id} has no result")
    return snapshot, snapshot.result


def _facts(run: RunSnapshot, result: Comparison, asked: Asked, tested: Backtest) -> str:
    """Return which rows were learned from and which forecast."""
    data, settings = tested.data, tested.settings
    horizon, step, count = (int(settings[k]) for k in ("horizon", "step_size", "n_windows"))
    rows = "1 row" if horizon == 1 else f"{horizon} rows"
    windows = "1 window" if count == 1 else f"{count:,} windows"
    overlap = " They overlap; the tests count only those that do not." if step < horizon else ""
    of = "" if asked.series is None else f", {asked.series}"
    fitted = _last_fitted(result, asked.series)
    return (
        f"{run.request.said}{of}: {windows} of {rows}, after cut-offs from "
        f"{moment(data['first_cutoff'])} to {moment(data['last_cutoff'])}, {step} apart.{overlap} "
        f"The networks were fitted once, on rows up to {moment(fitted)}, before the "
        "first cut-off; the simple forecasts, on the rows up to it. Every window lies in the test "
        "part, which no network has learned from."
    )


def _last_fitted(result: Comparison, series: Any = None) -> Any:
    """Return the last row that the networks were fitted on, of one series or of the only one."""
    networks = [one for one in result.models.values() if isinstance(one, Forecaster)]
    known = networks[0].last_row()
    return next(iter(known.values())) if series is None else known[series]


def _show_errors(asked: Asked, tested: Backtest) -> None:
    """Draw a score by cut-off, and by step where there are several, and the coverage."""
    scores = tested.by_cutoff.drop(columns=["model", "cutoff"]).dropna(axis="columns", how="all")
    metrics = [str(name) for name in scores]
    chosen = st.selectbox("Score", metrics, format_func=_metric, key="score", **KEPT)
    metric = chosen if chosen in metrics else metrics[0]
    st.plotly_chart(
        _figure(asked, "cutoff", metric),
        key="by-cutoff",
        alt=f"{_metric(metric)} of each model by cut-off.",
    )
    kinds = ["step"] if int(tested.settings["horizon"]) > 1 else []
    kinds += ["coverage"] if tested.settings["level"] else []
    said = {
        "step": f"{_metric(metric)} of each model by the number of steps ahead.",
        "coverage": "Measured against nominal coverage of each model's intervals.",
    }
    for place, kind in zip(st.columns(max(1, len(kinds))), kinds, strict=False):
        figure = _figure(asked, kind, metric if kind == "step" else "")
        place.plotly_chart(figure, key=f"by-{kind}", alt=said[kind])


def _metric(name: str) -> str:
    kind, _, level = name.partition("-")
    return f"{kind.capitalize()}, {level} %" if level else METRICS.get(name, name)


def _show_residuals(asked: Asked, tested: Backtest) -> None:
    """Draw what one model left over."""
    labels, horizon = list(tested.models), int(tested.settings["horizon"])
    left, right = st.columns(2)
    label = left.selectbox("Residuals of", labels, key="residuals_of", **KEPT)
    label = label if label in labels else labels[0]
    step = 1
    if horizon > 1:
        keep_within("residuals_step", horizon)
        step = right.slider("Steps ahead", 1, horizon, 1, key="residuals_step", **KEPT)
    with guarded("There are no residuals to draw"):
        st.plotly_chart(
            _figure(asked, "residuals", label, step),
            key="residuals",
            alt=f"How the errors of {label} are spread, and how they depend on each other.",
        )


@lru_cache(maxsize=128)
def _figure(asked: Asked, kind: str, of: str = "", step: int = 1) -> "go.Figure":
    """Draw a figure of a backtest, once.

    Raises:
        TooFewRowsError: there are too few residuals.
    """
    tested, _ = backtested(asked)
    if kind == "windows":
        return _windows_figure(asked, tested)
    if kind == "coverage":
        return tested.plot_coverage()
    if kind == "residuals":
        return tested.plot_residuals(of, step=step)
    return tested.plot_errors(of, by=kind)


def _windows_figure(asked: Asked, tested: Backtest) -> "go.Figure":
    """Draw the windows behind the end of the rows that the networks were fitted on."""
    _, result = _finished(asked.run)
    fitted = _last_fitted(result, asked.series)
    windows = tested.windows
    first, last = windows["train_first"].iloc[0], windows["last"].iloc[-1]
    made = plot_windows(windows, name=str(tested.data["name"]))
    made.update_xaxes(range=[max(first, fitted - (last - fitted) / 3), last + (last - fitted) / 20])
    if len(windows) > LANES_NAMED:  # less height, and fewer lanes named
        named = math.ceil(min(len(windows), MOST_LANES) / LANES_NAMED)
        made.update_layout(height=420).update_yaxes(dtick=named)
    return made


def _downloads(forecasts: pd.DataFrame, scores: pd.DataFrame) -> None:
    with st.container(horizontal=True):
        for name, frame in (("Forecasts", forecasts), ("Scores", scores)):
            download_table(name, frame, f"backtest-{name.lower()}")


def _code(run: RunSnapshot, result: Comparison, asked: Asked) -> str:
    """Return the lines that do the same in Python; what comes from data is quoted."""
    networks = [label for label, one in result.models.items() if isinstance(one, Forecaster)]
    models = "".join(
        f"    {label!r}: fc.Forecaster.load({f'{label.lower()}.safetensors'!r}),\n"
        for label in networks
    )
    only = "" if asked.series is None else f"y = y[y['unique_id'] == {asked.series!r}]\n"
    return (
        "import forecast as fc\n\n"
        f"y = ...  # all rows of {run.request.said!r}\n"
        f"{only}"
        "models = {  # downloaded on the Train screen\n"
        f"{models}}}\n"
        "result = fc.backtest(\n"
        f"    models, y, horizon={result.settings['horizon']}, n_windows={asked.n_windows}, "
        f"step_size={asked.step_size}, level={asked.levels}, season={result.data['season']}, "
        "fitted=True,\n)\n"
        "print(result.verdict)\n"
        "# fitted=False with refit=True fits a copy of each model anew before every cut-off.\n"
    )
