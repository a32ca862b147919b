"""What a newcomer reads first of the memory: a sentence a cell, the difference, the advice."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.advanced_defaults import SETTINGS
from dashboard.frame import TRAIN, go_to
from dashboard.memory_measures import Subject, jacobian_of, looked, memory_of
from dashboard.memory_tables import by_model, folded_table
from dashboard.panel_choice import EVERY, is_panel
from dashboard.series_choice import DATA, TARGET, sources
from dashboard.train_form import DEFAULTS, LONGEST, SHORTEST, label
from forecast.data.panel import Panel
from forecast.evaluation.comparison import Comparison
from forecast.insight.effective_memory import EffectiveMemory
from forecast.jobs.request import Request
from forecast.jobs.snapshot import RunSnapshot

HALF, MOST, NEARLY_ALL = 50.0, 90.0, 99.0  # percent
ELSEWHERE = ("vary", "recipe")  # of the form: a grid or a recipe would choose the window
BLANK = {"patience": 0, "clip_norm": 0.0}  # what the form says for none


def show_headline(run: RunSnapshot, result: Comparison, of: Subject, method: str) -> None:
    """Draw how far back each cell looks, how they differ, and what to do about it."""
    memories = [memory_of(of, name, method, None) for name in looked(of).networks]
    st.subheader(difference(memories), anchor=False)
    st.text(_facts(run, result, of))
    for place, memory in zip(st.columns(len(memories)), memories, strict=True):
        with place.container(border=True, height="stretch"):
            _show_cell(of, memory, alone=len(memories) == 1)
    _show_advice(run, result, memories)


def difference(memories: Sequence[EffectiveMemory]) -> str:
    """Return one sentence on how far back cells look, beside each other.

    Args:
        memories: at least one, on windows of one length; they hold 90 %.
    """
    reach = {one.label: one.lags[MOST] for one in memories}
    if len(reach) == 1:
        return memories[0].said
    most, whole = max(reach.values()), memories[0].timesteps
    far = [name for name, lags in reach.items() if lags == most]
    if len(far) == len(reach):
        return f"All cells look back equally far: {most} of {whole} timesteps"
    others = ", ".join(f"{name} {lags}" for name, lags in reach.items() if lags < most)
    looks = "looks" if len(far) == 1 else "look"
    return f"{' and '.join(far)} {looks} back furthest: {most} of {whole} timesteps; {others}"


def _facts(run: RunSnapshot, result: Comparison, of: Subject) -> str:
    """Return what was trained on what; it quotes data."""
    names = ("timesteps", "hidden_units", "horizon", "seed")
    said = ", ".join(f"{name} {result.settings[name]}" for name in names)
    one = "" if of.series is None else f", {of.series}"
    return f"{run.request.said}{one}: {said}."


def _show_cell(of: Subject, memory: EffectiveMemory, *, alone: bool) -> None:
    lags = memory.lags
    st.metric(
        f"{memory.label} uses the last",
        f"{lags[MOST]} of {memory.timesteps}",
        help="The newest rows of the window that together hold 90 % of the influence on what it "
        f"forecasts; {lags[HALF]} hold 50 %, {lags[NEARLY_ALL]} hold 99 %.",
    )
    if not alone:  # the one sentence stands above
        st.markdown(memory.said)
    st.caption(
        f"50 % in the last {lags[HALF]}, 99 % in the last {lags[NEARLY_ALL]}.  \n"
        + "  \n".join(jacobian_of(of, memory.label, 1).said.values())
    )


def _show_advice(run: RunSnapshot, result: Comparison, memories: Sequence[EffectiveMemory]) -> None:
    """Draw each cell's advice, and the button that takes the longest window over."""
    now = memories[0].timesteps
    with st.container(border=True):
        st.markdown("**What to do about `timesteps`**")
        st.markdown("  \n".join(memory.advice.said for memory in memories))
        wanted = min(LONGEST, max(SHORTEST, *(memory.advice.timesteps for memory in memories)))
        if wanted == now:
            st.caption(f"Together: keep `timesteps` {now}.")
        elif st.button(
            f"Train with timesteps {wanted}",
            type="primary",
            icon=":material/straighten:",
            key="take-over",
            help="Opens the Train screen with this window; data and other settings are this run's.",
        ):
            take_over(run.request, {**_chosen(run, result), "timesteps": wanted})
    folded_table(
        "newest rows that hold 50, 90 and 99 %",
        lambda: by_model({memory.label: memory.table for memory in memories}),
        "effective-memory",
        "One row a cell and step ahead.",
    )


def _chosen(run: RunSnapshot, result: Comparison) -> dict[str, Any]:
    """Return the settings of a run; of a grid, those of the result that is shown."""
    settings, vary = dict(run.request.settings), run.request.vary
    return settings if vary is None else settings | {vary: result.settings[vary]}


def take_over(request: Request, settings: Mapping[str, Any]) -> None:
    """Open the Train screen with the data of a run and with settings.

    Args:
        request: of the run.
        settings: of `Forecaster`; those that the form has no place for stay behind.
    """
    usual = {**DEFAULTS, **SETTINGS, "fair": "units", "fair_seconds": None}
    seconds = None if request.fair_seconds is None else round(request.fair_seconds)
    asked = {**settings, "fair": request.fair, "fair_seconds": seconds}
    address: dict[str, Any] = {"cells": [label(cell) for cell in request.cells]}
    for name, one in usual.items():
        st.session_state.pop(name, None)  # else a kept value would take the place of the usual one
        value = asked.get(name, one)
        if value != one:  # an address that says nothing of the others leaves the form folded
            address[name] = BLANK[name] if value is None else value
    for key in ELSEWHERE:
        st.session_state.pop(key, None)
    if request.source in sources():
        st.session_state[DATA] = request.source
        if is_panel(request.source):
            address[EVERY] = str(isinstance(request.series, Panel)).lower()
        if not isinstance(request.series, Panel):
            address[TARGET] = request.target
    go_to(TRAIN, **address)
