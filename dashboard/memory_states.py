"""What each cell keeps in mind while it reads a window: its states, and its gates."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dashboard.frame import KEPT
from dashboard.guards import guarded
from dashboard.memory_measures import KEPT_LARGE, Subject, looked, states_of
from dashboard.memory_tables import folded_table
from forecast.charts.memory_states import plot_gates, plot_states_over
from forecast.insight.states import LayerStates

if TYPE_CHECKING:
    import plotly.graph_objects as go

LAYER, LETTER = "memory_layer", "memory_letter"  # keys, in the address too
UNREAD = "The states over this window cannot be read"
LETTERS = {"h": "h, hidden state", "c": "c, memory"}
GATES = {
    "update": "update z: near 1 the state stays as it is",
    "reset": "reset r: near 0 the state is left out of the candidate",
    "input": "input i: how much of the candidate is taken in",
    "forget": "forget f: near 1 the memory stays as it is",
    "output": "output o: how much of the memory is shown",
    "candidate": "candidate: what is new",
}


@st.fragment
def show_states(of: Subject, number: int) -> None:
    """Draw the cells side by side: states under the input, and gates, over the same window."""
    st.subheader("What each cell keeps in mind", anchor=False)
    with guarded(UNREAD):
        _show_cells(of, number)


def _show_cells(of: Subject, number: int) -> None:
    labels = list(looked(of).networks)
    names = [one.name for one in states_of(of, labels[0], number).layers]
    kinds = [_layer(of, label, number, names[0]).memories is not None for label in labels]
    with st.container(horizontal=True):
        layer = _choice("Layer", names, LAYER)
        letter = _choice("Shown of LSTM", list(LETTERS) if any(kinds) else ["h"], LETTER)
    for place, label in zip(st.columns(len(labels), gap="medium"), labels, strict=True):
        with place:
            _show_cell(of, label, number, layer, letter, alone=len(labels) == 1)


def _show_cell(
    of: Subject, label: str, number: int, layer: str, letter: str, *, alone: bool
) -> None:
    """Draw states, and below them gates; of a cell that is alone, beside them."""
    one = _layer(of, label, number, layer)
    left, right = st.columns(2, gap="large") if alone and one.gates else (st, st)
    with left.container():
        _show_states(of, label, number, layer, letter if one.memories is not None else "h")
    with right.container():
        if one.gates:
            _show_gates(of, label, number, layer)
        else:
            st.markdown(
                f"**{label} has no gates.** It rewrites its whole state at every step, which is "
                "why it tends to forget early."
            )


def _show_states(of: Subject, label: str, number: int, layer: str, shown: str) -> None:
    st.plotly_chart(
        _states(of, label, number, layer, shown),
        key=f"states-{label}",
        alt=f"Input, and heat map of {LETTERS[shown]} of {label}. "
        f"{_told(of, label, number, layer, shown)}",
    )
    st.markdown(_told(of, label, number, layer, shown))
    folded_table(
        f"states of {label}",
        lambda: states_of(of, label, number).table,
        f"states-{label.lower()}",
        "One row a layer, lag and unit.",
    )


def _show_gates(of: Subject, label: str, number: int, layer: str) -> None:
    gates = _layer(of, label, number, layer).gates
    said = [f"{GATES[name]} (mean {np.nanmean(values):.2f})" for name, values in gates.items()]
    st.plotly_chart(
        _gates(of, label, number, layer),
        key=f"gates-{label}",
        alt=f"Gates of {label} over the window, mean and spread over the units: {'; '.join(said)}.",
    )
    st.markdown("  \n".join(said))
    folded_table(
        f"gates of {label}",
        lambda: states_of(of, label, number).gates_table,
        f"gates-{label.lower()}",
        "One row a layer, lag and gate.",
    )


def _choice(title: str, options: list[str], key: str) -> str:
    """Draw a choice where there is one."""
    if len(options) == 1:
        return options[0]
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)  # of another run or cell
    chosen = st.segmented_control(
        title, options, default=options[0], key=key, required=True,
        format_func=lambda one: LETTERS.get(one, one), **KEPT,
    )  # fmt: skip
    return chosen if chosen in options else options[0]


def _layer(of: Subject, label: str, number: int, name: str) -> LayerStates:
    layers = states_of(of, label, number).layers
    return next((one for one in layers if one.name == name), layers[0])


def _shown(of: Subject, label: str, number: int, layer: str, letter: str) -> Any:
    """Return states, one row a timestep that is no padding, oldest first."""
    one = _layer(of, label, number, layer)
    states = one.memories if letter == "c" and one.memories is not None else one.states
    return _by_row(of, label, number, states)


def _by_row(of: Subject, label: str, number: int, values: Any) -> Any:
    """Return values of steps by row of the window: a step may be a segment, or padding."""
    inputs = states_of(of, label, number).inputs
    each = np.repeat(values, len(inputs) // len(values), axis=0)
    return each[~np.isnan(inputs).all(axis=1)]


def _told(of: Subject, label: str, number: int, layer: str, letter: str) -> str:
    """Return how fast the states change over the window, in one sentence."""
    states = _shown(of, label, number, layer, letter)
    size = float(np.abs(states).mean())
    if len(states) < 2 or size == 0:
        return f"{letter} of {states.shape[1]} units."
    moved = 100 * float(np.abs(np.diff(states, axis=0)).mean()) / size
    return (
        f"From one step to the next, {letter} of {states.shape[1]} units changes by {moved:.0f} % "
        "of its mean size."
    )


@lru_cache(maxsize=KEPT_LARGE)
def _states(of: Subject, label: str, number: int, layer: str, letter: str) -> "go.Figure":
    found = states_of(of, label, number)
    return plot_states_over(
        _by_row(of, label, number, found.inputs),
        found.columns,
        _shown(of, label, number, layer, letter),
        label=label,
        letter=letter,
    )


@lru_cache(maxsize=KEPT_LARGE)
def _gates(of: Subject, label: str, number: int, layer: str) -> "go.Figure":
    gates = _layer(of, label, number, layer).gates
    rows = {name: _by_row(of, label, number, values) for name, values in gates.items()}
    return plot_gates(rows, label=label)
