"""One window of the Memory screen: what the forecast uses of it, by lag and by column."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.address import keep_within
from dashboard.frame import KEPT
from dashboard.guards import guarded
from dashboard.memory_measures import Subject, Window, influence_of, looked, memory_of, states_of
from dashboard.memory_states import show_states
from dashboard.memory_tables import by_model, folded_table
from forecast.charts.memory import plot_influence, plot_influence_grid
from forecast.insight.influence import Influence

if TYPE_CHECKING:
    import plotly.graph_objects as go

WINDOW, AHEAD, MEAN = "window", "memory_step", "mean_bars"  # keys, in the address too
EVERY = "all"  # rows ahead, together
COLUMNS_NAMED = 4
MOST_BESIDE = 5  # that strokes and colours can tell apart


@st.fragment
def show_window(of: Subject, method: str) -> None:
    """Draw the choice of a window, what each cell uses of it, and what it keeps in mind."""
    st.subheader("One window, cell by cell", anchor=False)
    found = looked(of)
    number = found.windows
    if found.windows > 1:
        keep_within(WINDOW, found.windows)
        number = st.slider(
            "Window", 1, found.windows, found.windows, key=WINDOW,
            help="Windows of the test part, by the row that each ends with; the last one ends "
            "with the newest row.", **KEPT,
        )  # fmt: skip
    window = found.window(number)
    st.text(f"{window.said}; the forecast begins with the row after them.")
    _show_influence(of, method, number)
    if found.settings.block > 1:
        _show_grids(of, method)
    show_states(of, number)


@st.fragment
def _show_influence(of: Subject, method: str, number: int) -> None:
    """Draw the bars, for all rows ahead or one of them, of the window or of a mean."""
    found = looked(of)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    step = _step(left, found.settings.block)
    mean = right.toggle(
        "Mean over the test windows", key=MEAN,
        help="Off: the bars are of this window alone.", **KEPT,
    )  # fmt: skip
    with guarded("The influence of this window cannot be measured"):
        _draw_bars(of, method, number, step, mean)


def _draw_bars(of: Subject, method: str, number: int, step: int | None, mean: bool) -> None:
    of_window = None if mean else number
    said = _said(of, method, of_window, step)
    st.plotly_chart(
        _bars(of, method, number, step, mean),
        key="influence",
        alt=f"The window, and under it the share of each lag. {said}",
    )
    st.markdown(said)
    _show_columns(of, method, of_window)
    folded_table(
        "shares by lag",
        lambda: _shares_table(of, method, number, step, mean),
        "influence-by-lag",
        "One row a lag: time, value, and the share of each cell in percent.",
    )


def _step(place: "st.delta_generator.DeltaGenerator", block: int) -> int | None:
    """Draw the choice of a row ahead; None is all of them."""
    if block == 1:
        place.caption("One row ahead is forecast.")
        return None
    options = (EVERY, *(str(step) for step in range(1, block + 1)))
    if st.session_state.get(AHEAD) not in options:
        st.session_state.pop(AHEAD, None)  # of a run that looked further ahead
    chosen = place.select_slider(
        "Row ahead", options, EVERY, key=AHEAD,
        help="What the forecast of this row uses; all takes them together.", **KEPT,
    )  # fmt: skip
    return None if chosen == EVERY else int(str(chosen))


def _shares(of: Subject, method: str, window: int | None) -> dict[str, Influence]:
    return {label: influence_of(of, label, method, window) for label in looked(of).networks}


def _held(of: Subject, method: str, window: int | None, step: int | None) -> dict[str, int]:
    """Return the lags that hold 90 %, by label."""
    memories = {label: memory_of(of, label, method, window) for label in looked(of).networks}
    if step is None:
        return {label: one.lags[90.0] for label, one in memories.items()}
    return {label: int(one.table["90"].iloc[step - 1]) for label, one in memories.items()}


def _said(of: Subject, method: str, window: int | None, step: int | None) -> str:
    """Return what the bars show, in one sentence; the labels are ours."""
    held = _held(of, method, window, step)
    told = ", ".join(f"{label} in the last {lags}" for label, lags in held.items())
    where = "Over the test windows" if window is None else "In this window"
    ahead = "" if step is None else f" for row {step} ahead"
    said = f"{where}, 90 % of what is used{ahead} lies: {told} of {looked(of).settings.timesteps}."
    read = [one for one in _shares(of, method, window).values() if one.beside.any()]
    if read:
        said += (
            " What the last layer reads at seasonal lags, past the window's steps, is not shown."
        )
    return said


@lru_cache(maxsize=128)
def _bars(of: Subject, method: str, number: int, step: int | None, mean: bool) -> "go.Figure":
    """Draw the window and the bars, once."""
    found, window = looked(of), None if mean else number
    shown: Window = found.window(number)
    return plot_influence(
        shown.values,
        {label: one.share(step)[::-1] for label, one in _shares(of, method, window).items()},
        _held(of, method, window, step),
        name=found.name,
        ds=shown.ds,
        others=_others(of, number),
    )


def _others(of: Subject, number: int) -> dict[str, Any]:
    """Return the first inputs beside the series' own values, as the networks read them."""
    found = states_of(of, next(iter(looked(of).networks)), number)
    names = found.columns[1 : 1 + MOST_BESIDE]
    return {name: found.inputs[:, place] for place, name in enumerate(names, 1)}


def _shares_table(
    of: Subject, method: str, number: int, step: int | None, mean: bool
) -> pd.DataFrame:
    shown = looked(of).window(number)
    lags = range(len(shown.ds), 0, -1)
    frame = pd.DataFrame({"lag": lags, "ds": shown.ds, "y": shown.values})
    shares = _shares(of, method, None if mean else number)
    return frame.assign(**{label: one.share(step)[::-1] for label, one in shares.items()})


def _show_columns(of: Subject, method: str, window: int | None) -> None:
    """Say how the influence is spread over the inputs, where there are several."""
    lines = []
    for label, one in _shares(of, method, window).items():
        whole = one.values.sum()
        if len(one.columns) < 2 or whole == 0:
            return
        parts = 100 * one.values.sum(axis=(0, 1)) / whole
        order = parts.argsort()[::-1][:COLUMNS_NAMED]
        named = ", ".join(f"{one.columns[place]} {parts[place]:.0f} %" for place in order)
        lines.append(f"{label} by input: {named}")
    st.text("\n".join(lines))


def _show_grids(of: Subject, method: str) -> None:
    """Draw a heat map of lag and row ahead for each cell, the mean over the test windows."""
    st.subheader("Near and far ahead", anchor=False)
    labels = list(looked(of).networks)
    for place, label in zip(st.columns(len(labels)), labels, strict=True):
        place.plotly_chart(
            _grid(of, label, method),
            key=f"grid-{label}",
            alt=f"Heat map of the influence on {label} by lag and row ahead. "
            f"{_drift(of, label, method)}",
        )
        place.markdown(_drift(of, label, method))
    folded_table(
        "influence by row ahead, lag and input",
        lambda: by_model({one: influence_of(of, one, method, None).table for one in labels}),
        "influence",
        "One row a cell, row ahead, lag and input.",
    )


def _drift(of: Subject, label: str, method: str) -> str:
    """Return how far back the first and the last row ahead look, in one sentence."""
    table = memory_of(of, label, method, None).table
    first, last = int(table["90"].iloc[0]), int(table["90"].iloc[-1])
    return (
        f"{label} needs the last {first} timesteps for 90 % of row 1 ahead, the last {last} for "
        f"row {len(table)}."
    )


@lru_cache(maxsize=64)
def _grid(of: Subject, label: str, method: str) -> "go.Figure":
    return plot_influence_grid(influence_of(of, label, method, None).by_lag, label=label)
