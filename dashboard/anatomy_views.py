"""The views of the Anatomy screen: equations, a step in numbers, shapes, the cells side by side."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from dashboard.anatomy_latex import (
    FIRST,
    MOST,
    count_formula,
    entering,
    equations,
    parts_of,
)
from dashboard.anatomy_timing import BATCH, Timing, measure
from dashboard.frame import KEPT
from dashboard.train_form import label
from forecast.charts.states import plot_states
from forecast.layers.anatomy import (
    GATES,
    LAYERS,
    PARTS,
    Anatomy,
    Plan,
    anatomy,
    keras_line,
    our_line,
)

EVERY = "All of it"
MEASURED = "measured"  # key of the timings of this session, by their sizes
GATE_WORDS = {"simple_rnn": "none", "gru": "2: update, reset", "lstm": "3: input, forget, output"}
CARRIED = {"simple_rnn": "h", "gru": "h", "lstm": "h and c"}
BEGINS = {"kernel": "Glorot uniform", "recurrent_kernel": "orthogonal"}
built = lru_cache(maxsize=8)(anatomy)  # shared; nobody changes what it hands out


def show_equations(made: Anatomy) -> None:
    """Draw the two figures one asks for first, and the equations."""
    with st.container(horizontal=True):
        st.metric("Output shape", str(made.model.output_shape), border=True)
        st.metric("Parameters", f"{made.model.count_params():,}", border=True)
    st.subheader("The equations", anchor=False)
    st.latex(equations(made.plan))
    st.caption(
        "$x_t$ input, $h_t$ hidden state"
        + (", $c_t$ memory" if made.memories is not None else "")
        + r"; columns of numbers. $\sigma$ squeezes into 0 to 1, $\tanh$ into −1 to 1, $\circ$ "
        "multiplies number by number. $W$ and $R$ are the layer's kernel and recurrent kernel, "
        "transposed."
    )


@st.fragment
def show_step(plan: Plan) -> None:
    """Draw the choice of a step, the states over time, and that step in numbers."""
    st.subheader("One step, in numbers", anchor=False)
    made, last, t = built(plan), plan.timesteps, 1
    if last > 1:
        help_ = "The arrow keys move it. The state before the first step is zero."
        t = int(st.slider("Step t", 1, last, 2, key="t", help=help_, **KEPT))
    states = made.states[1:]
    st.plotly_chart(
        plot_states(states, marked=t),
        key="states",
        config={"displayModeBar": False},  # nine buttons between the slider and its numbers
        alt=f"Heat map of the hidden states over {last} steps and {states.shape[1]} units, from "
        f"{states.min():.4f} to {states.max():.4f}; step {t} is framed.",
    )
    st.markdown(f"**What enters step {t}**")
    st.latex(entering(made, t))
    lines, shown = parts_of(made, t), _choose_parts(made.plan.cell)
    for part in shown:
        if len(shown) > 1:
            st.markdown(f"**{PARTS[made.plan.cell][part]}**")
        st.latex(lines[part])
    if max(made.plan.hidden_units, made.plan.input_dim) > MOST:
        st.caption(
            f"Of more than {MOST} rows or columns the first {FIRST} are shown; the sums run over "
            "all of them."
        )


def _choose_parts(cell: str) -> list[str]:
    """Draw the choice of a gate; the browser typesets one in a moment, all of them in a second."""
    titles = PARTS[cell]
    if len(titles) == 1:
        return list(titles)
    chosen = st.segmented_control(
        "Part of the cell",
        [*titles, EVERY],
        default=next(iter(titles)),
        format_func=lambda part: titles.get(part, part),
        key=f"part_{cell}",
        required=True,
        label_visibility="collapsed",
        **KEPT,
    )
    if chosen == EVERY:
        return list(titles)
    return [str(chosen) if chosen in titles else next(iter(titles))]  # an address may clear it


def show_shapes(made: Anatomy) -> None:
    """Draw the weights' shapes and how many numbers they hold."""
    st.subheader("The weights", anchor=False)
    layer = made.model.layers[0]
    rows = [
        (
            f"`{name}`",
            _letters(made.plan, name),
            str(array.shape),
            f"{array.size:,}",
            _begin(made.plan, name),
        )
        for name, array in layer.weights.items()
    ]
    columns = ["Weight", "In the equations", "Shape", "Numbers", "Starts as"]
    st.table(
        pd.DataFrame(rows, columns=columns), hide_index=True, alt="The layer's weights, one a row."
    )
    st.latex(count_formula(made.plan))
    kept = "every state" if made.plan.return_sequences else "the last state"
    st.markdown(f"It hands out {kept}: output shape `{made.model.output_shape}`.")


def _letters(plan: Plan, name: str) -> str:
    letters = {"kernel": "W", "recurrent_kernel": "R", "bias": "b"}[name]
    rows = [letters, "c"] if name == "bias" and plan.biases == 2 else [letters]
    turned = "" if name == "bias" else r"^\top"
    gates = [f"_{gate}" for gate in GATES[plan.cell]] or [""]
    return "; ".join(", ".join(f"${row}{gate}{turned}$" for gate in gates) for row in rows)


def _begin(plan: Plan, name: str) -> str:
    if name != "bias":
        return BEGINS[name]
    start, forget = ("small random numbers", "about 1") if plan.random_bias else ("zeros", "1")
    return start + (f"; forget gate {forget}" if plan.cell == "lstm" else "")


def show_cells(plan: Plan) -> None:
    """Draw the three cells side by side, with timings once they are measured."""
    st.subheader("Side by side", anchor=False)
    sizes = plan._replace(cell="gru", return_sequences=False, random_bias=False, seed=0)
    kept: dict[Plan, dict[str, Timing]] = st.session_state.setdefault(MEASURED, {})
    if st.button("Measure milliseconds per step", icon=":material/timer:", key="measure"):
        with st.spinner("Measuring"):
            kept[sizes] = measure(sizes)
    timings = kept.get(sizes, {})
    st.table(
        pd.DataFrame({label(cell): _facts(plan, cell, timings.get(cell)) for cell in LAYERS}),
        alt="Gates, states, parameters and milliseconds of SimpleRNN, GRU and LSTM.",
    )
    if timings:
        engines = {timing.engine for timing in timings.values()}
        st.caption(
            f"Medians on this server just now, {' and '.join(sorted(engines))} engine, float32: "
            f"{BATCH} sequences of {plan.timesteps} steps and {plan.input_dim} features through "
            "the layer and a dense layer on its last state. Training is forward, backward and "
            "Adam's update."
        )


def _facts(plan: Plan, cell: str, timing: Timing | None) -> dict[str, str]:
    other = plan._replace(cell=cell)
    return {
        "Gates": GATE_WORDS[cell],
        "Carries on": CARRIED[cell],
        "Matrix pairs": f"{other.blocks}",
        "Parameters": f"{other.parameters:,}",
        "Forward step, ms": "–" if timing is None else f"{timing.forward:.3f}",
        "Training step, ms": "–" if timing is None else f"{timing.training:.3f}",
    }


def show_code(plan: Plan) -> None:
    """Draw the lines that build the layer."""
    st.subheader("The line that builds it", anchor=False)
    st.caption("With Keras")
    st.code(keras_line(plan), wrap_lines=True)
    st.caption("Here; it draws the very weights shown above")
    st.code(our_line(plan), wrap_lines=True)
