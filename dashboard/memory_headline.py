"""What a newcomer reads first of the memory: a sentence a cell, the difference, the advice."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.memory_measures import Subject, jacobian_of, looked, memory_of
from dashboard.memory_tables import by_model, folded_table
from dashboard.taking_over import take_over
from dashboard.train_form import LONGEST, SHORTEST
from forecast.evaluation.comparison import Comparison
from forecast.insight.effective_memory import EffectiveMemory
from forecast.jobs.snapshot import RunSnapshot

HALF, MOST, NEARLY_ALL = 50.0, 90.0, 99.0  # percent


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
        + "  \n".join(jacobian_of(of, memory.label, 0).said.values())
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
