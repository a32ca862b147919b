"""What came of training on many series: how errors are spread, worst and best series, any one.

Whatever is clicked chooses one series, and that one is drawn below.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.address import keep_within, write
from dashboard.frame import KEPT
from dashboard.panel_scores import (
    ENDS,
    ROWS_SHOWN,
    SERIES,
    asked_series,
    extremes,
    in_bin,
    medians,
    named_series,
    series_key,
    shown_scores,
)
from dashboard.remembered import remembered
from dashboard.series_finder import find_one
from dashboard.times import counted
from dashboard.training import service
from forecast.charts.one_series import plot_one_series
from forecast.charts.series_scores import (
    REFERENCE,
    model_labels,
    network_labels,
    plot_against,
)
from forecast.data.panel import as_panel
from forecast.evaluation.comparison import Comparison
from forecast.jobs.snapshot import RunSnapshot

if TYPE_CHECKING:
    import plotly.graph_objects as go

OF = "scores_of"  # in the address and in the session
NUMBER = st.column_config.NumberColumn


def show_medians(scores: pd.DataFrame) -> None:
    """Draw one figure a network: its median MASE, and in how many series it beats the baseline."""
    with st.container(horizontal=True):
        for one in medians(scores):
            st.metric(
                f"{one.label}, median MASE",
                f"{one.median:.3f}",
                delta=f"beats {one.rival} in {one.share:.0f} %",
                delta_color="off",
                delta_arrow="off",
                border=True,
                help=f"Of {one.series:,} series. MASE below 1 is better than the seasonal naive "
                "forecast was before the test part.",
            )


@st.fragment
def show_panel(snapshot: RunSnapshot, result: Comparison) -> None:
    """Draw the scores by series, and the series that is chosen."""
    scores = result.series
    if scores is None:
        return
    _choose_asked(snapshot.id, scores)
    networks = network_labels(scores)
    label = networks[0]
    if len(networks) > 1:
        label = st.segmented_control(
            "Series by the error of", networks, default=networks[0], key=OF, required=True, **KEPT
        ) or networks[0]  # fmt: skip
        label = label if label in networks else networks[0]
    left, right = st.columns(2)
    with left:
        _clickable(snapshot.id, "spread", "", "How many series have which MASE, by network.")
    with right:
        _clickable(snapshot.id, "against", label, f"One point a series: {label} and {REFERENCE}.")
    _tables(snapshot.id, scores, label)
    _one(snapshot, result, scores)


def _choose_asked(run_id: str, scores: pd.DataFrame) -> None:
    """Take the series that the address names, else the one with the largest error."""
    key, names = series_key(run_id), named_series(scores)
    if st.session_state.get(key) is None:
        asked = asked_series(names)
        worst, _ = extremes(scores, network_labels(scores)[0], 1)
        first = str(worst["unique_id"].iloc[0]) if len(worst) else names[0]
        st.session_state[key] = asked or first


def _choose(run_id: str, scores: pd.DataFrame, row: int) -> None:
    """Choose a series by its row in the table of scores."""
    if 0 <= row < len(scores):
        st.session_state[series_key(run_id)] = str(scores["unique_id"].iloc[row])


def _clickable(run_id: str, kind: str, label: str, said: str) -> None:
    """Draw a chart whose points can be clicked."""
    key = f"{kind}-{run_id}-{label}"
    st.plotly_chart(
        _figure(run_id, kind, label),
        key=key,
        on_select=lambda: _clicked(run_id, kind, key),
        selection_mode="points",
        alt=said,
    )


def _clicked(run_id: str, kind: str, key: str) -> None:
    """Choose the series of the point, or list those of the bar, that was clicked."""
    points = st.session_state[key].selection.points
    scores = _scores(run_id)
    if kind == "against":
        rows = [int(_data(point)) for point in points if _data(point) is not None]
        if rows:
            _choose(run_id, scores, rows[0])
        return
    bars = [point for point in points if _data(point) is not None]
    networks = network_labels(scores)
    st.session_state[f"bar-{run_id}"] = (
        (networks[int(bars[0]["curve_number"])], int(_data(bars[0])))
        if bars and int(bars[0]["curve_number"]) < len(networks)
        else None
    )


def _data(point: Any) -> Any:
    """Return what a point carries; Plotly hands a number on alone, or in a list."""
    carried = point.get("customdata")
    return carried[0] if isinstance(carried, list) and carried else carried


def _tables(run_id: str, scores: pd.DataFrame, label: str) -> None:
    """Draw the worst and the best series, and those of a bar that was clicked."""
    bar = st.session_state.get(f"bar-{run_id}")
    if bar is not None:
        rows, said = in_bin(scores, *bar)
        st.markdown(f"**{said}**")
        _table(run_id, scores, rows.head(ROWS_SHOWN), f"bar-{bar[0]}-{bar[1]}", bar[0])
        if len(rows) > ROWS_SHOWN:
            st.caption(f"The {ROWS_SHOWN} of them with the largest errors are listed.")
    if len(scores) <= 2 * ENDS:
        st.markdown(f"**Series, the largest errors of {label} first**")
        _table(run_id, scores, extremes(scores, label, len(scores))[0], f"every-{label}", label)
        return
    worst, best = extremes(scores, label)
    left, right = st.columns(2)
    with left:
        st.markdown(f"**Largest errors of {label}**")
        _table(run_id, scores, worst, f"worst-{label}", label)
    with right:
        st.markdown(f"**Smallest errors of {label}**")
        _table(run_id, scores, best, f"best-{label}", label)


def _table(run_id: str, scores: pd.DataFrame, rows: pd.DataFrame, name: str, label: str) -> None:
    """Draw some series; a click chooses one."""
    key, numbers = f"{name}-{run_id}", rows.index.tolist()

    def take() -> None:
        chosen = st.session_state[key].selection.rows
        if chosen and chosen[0] < len(numbers):
            _choose(run_id, scores, numbers[chosen[0]])

    shown = shown_scores(rows, label)
    st.dataframe(
        shown,
        key=key,
        column_config=_columns(shown),
        hide_index=True,
        on_select=take,
        selection_mode="single-row",
        alt="One row a series: its rows, and the MASE of each model. A click draws the series.",
    )


def _columns(shown: pd.DataFrame) -> dict[str, ColumnConfig]:
    found: dict[str, ColumnConfig] = {
        "unique_id": st.column_config.TextColumn("Series", pinned=True),
        "rows": NUMBER("Rows", format="localized"),
        "skill": NUMBER(
            "Skill %", format="%+.1f", help="How much smaller the MAE is than Naive's."
        ),
    }
    labels = [name for name in map(str, shown) if name not in found]
    return found | {one: NUMBER(one, format="%.3f", help="MASE of this series.") for one in labels}


def _one(snapshot: RunSnapshot, result: Comparison, scores: pd.DataFrame) -> None:
    """Draw the chosen series with the forecasts of its test part."""
    names, key = named_series(scores), series_key(snapshot.id)
    name = find_one("Series", names, key)
    write(SERIES, name)
    horizon, step = int(result.settings["horizon"]), 1
    if horizon > 1:
        keep_within("step", horizon)
        step = int(st.slider("Steps ahead", 1, horizon, 1, key="step", **KEPT))
    number = names.index(name)
    row, one = scores.iloc[number], scores["unique_id"].iloc[number]
    st.text(_said(name, row, network_labels(scores)))
    st.plotly_chart(
        _one_figure(snapshot, result, one, step),
        key="one-series",
        alt="The last rows of the chosen series, and every model's forecast of its test part.",
    )


def _said(name: str, row: "pd.Series[Any]", labels: list[str]) -> str:
    """Return what is known of a series in one line; its name comes from data."""
    told = [f"{one} {row[one]:.3f}" for one in (*labels, REFERENCE, "Naive") if one in row]
    rows, windows = counted(int(row["rows"]), "row"), counted(int(row["windows"]), "test window")
    return f"{name}: {rows}, {windows}; MASE {', '.join(told)}"


def _one_figure(snapshot: RunSnapshot, result: Comparison, one: Any, step: int) -> "go.Figure":
    """Return the chart of one series, which is remembered with the predictions."""
    panel, predictions = as_panel(snapshot.request.series), result.predictions

    def made() -> "go.Figure":
        rows = predictions[predictions["unique_id"] == one]
        observed = panel.one(panel.ids.index(one)).observed_values()
        return plot_one_series(observed, rows, step=step, name=str(one))

    return remembered(predictions, "one series", (one, step), made, most=16)


def _scores(run_id: str) -> pd.DataFrame:
    """Return the scores by series of a finished run.

    Raises:
        LookupError: it has none.
    """
    snapshot = service().snapshot(run_id)
    scores = None if snapshot is None or snapshot.result is None else snapshot.result.series
    if scores is None:
        raise LookupError(f"run {run_id} has no scores by series")
    return scores


@lru_cache(maxsize=64)
def _figure(run_id: str, kind: str, label: str) -> "go.Figure":
    """Draw a figure of a finished run, once."""
    from forecast.charts.series_scores import plot_series_scores

    scores = _scores(run_id)
    if kind == "spread":
        return plot_series_scores(scores)
    rival = REFERENCE if REFERENCE in model_labels(scores) else "Naive"
    return plot_against(scores, label, rival)
