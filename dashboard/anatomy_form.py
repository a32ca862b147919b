"""The form of the Anatomy screen; its keys are its own, since other screens' ranges are others."""

import streamlit as st

from dashboard.frame import KEPT
from dashboard.train_form import label
from forecast.layers.anatomy import LAYERS, Plan

USUAL = Plan()
MOST_UNITS = 512
MOST_STEPS = 50


def anatomy_form() -> Plan:
    """Draw the form and return what stands in it."""
    chosen = _choose_cell()
    with st.container(horizontal=True):
        input_dim = st.number_input(
            "input_dim", 1, MOST_UNITS, USUAL.input_dim, key="input_dim",
            help="Numbers that come in at every step.", **KEPT,
        )  # fmt: skip
        hidden_units = st.number_input(
            "hidden_units", 1, MOST_UNITS, USUAL.hidden_units, key="units",
            help="Size of the hidden state.", **KEPT,
        )  # fmt: skip
    length = "Length of the sequence."
    timesteps = st.slider(
        "timesteps", 1, MOST_STEPS, USUAL.timesteps, key="steps", help=length, **KEPT
    )
    return_sequences = st.toggle(
        "return_sequences", USUAL.return_sequences, key="return_sequences",
        help="Hand out the state after every step, not the last one only.", **KEPT,
    )  # fmt: skip
    reset_after = st.toggle(
        "reset_after", USUAL.reset_after, key="reset_after", disabled=chosen != "gru",
        help="GRU only: the reset gate acts after the recurrent product, or before it.", **KEPT,
    )  # fmt: skip
    random_bias = st.toggle(
        "Random biases", USUAL.random_bias, key="random_bias",
        help="A new layer's are zero, and one in the LSTM's forget gate. Random ones stand out.",
        **KEPT,
    )  # fmt: skip
    seed = st.number_input(
        "Seed", 0, 10_000, USUAL.seed, key="drawing", help="Of weights and inputs.", **KEPT
    )
    return Plan(
        chosen, int(input_dim or 1), int(hidden_units or 1), int(timesteps), return_sequences,
        reset_after, random_bias, int(seed or 0),
    )  # fmt: skip


def _choose_cell() -> str:
    chosen = st.segmented_control(
        "Cell", list(LAYERS), default=USUAL.cell, format_func=label, key="cell", required=True,
        **KEPT,
    )  # fmt: skip
    return str(chosen or USUAL.cell)
