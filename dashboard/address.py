"""What an address names besides bound widgets, and the numbers that it may not hold.

A bound widget writes what it shows. A choice whose options are shown by other words than the
address has for them, or that several screens share, is written here.
"""

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

SCREEN = "screen"  # of the session: the address of the screen that was opened last
# How the keys of bound inputs of whole numbers begin. Streamlit 1.67 makes a whole number of what
# stands in the address before it looks at the limits, and fails at infinity.
WHOLE = (
    "horizon", "epochs", "batch_size", "seed", "patience", "layers", "fair_seconds", "ahead_",
    "step_size_", "input_dim", "units", "drawing", "rows_",
)  # fmt: skip


def note_screen(name: str) -> None:
    """Note which screen a person has come to, and forget infinite numbers in its address."""
    st.session_state[SCREEN] = name
    said = {key: st.query_params.get_all(key) for key in st.query_params}
    good = {key: words for key, words in said.items() if not _infinite(key, words)}
    if len(good) == len(said):
        return
    try:
        st.query_params.from_dict(good)
    except StreamlitAPIException:  # by the Back button: the widgets are bound, and have values
        st.query_params.from_dict({})
    st.rerun()  # what is taken from the address now would still seed a widget of this run


def _infinite(key: str, words: Sequence[str]) -> bool:
    if not key.startswith(WHOLE):
        return False
    try:
        return any(math.isinf(float(word)) for word in words)
    except ValueError:
        return False


def news(key: str) -> str | None:
    """Return what the address says under a key, unless that was written here; the last counts."""
    words = st.query_params.get_all(key)  # `get` raises and catches where there is none
    if not words or words[-1] == st.session_state.get(f"{key}-written"):
        return None
    return words[-1]


def write(key: str, word: str | None) -> None:
    """Let the address say a word under a key, or nothing."""
    said = st.query_params.get_all(key)
    if word is None and said:
        del st.query_params[key]
    elif word is not None and said != [word]:
        st.query_params[key] = word
    st.session_state[f"{key}-written"] = word


def first_drawn(key: str, of: str = "") -> bool:
    """Tell whether a widget is new on this screen, or belongs to something else than before."""
    return bool(st.session_state.get(f"{key}-drawn") != (st.session_state.get(SCREEN), of))


def draw_anew(key: str) -> None:
    """Let a widget count as new on this screen."""
    st.session_state.pop(f"{key}-drawn", None)


def note_drawn(key: str, of: str = "") -> None:
    """Note that a widget was drawn on this screen."""
    st.session_state[f"{key}-drawn"] = (st.session_state.get(SCREEN), of)


def choose(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    asked: str | None = None,
    of: str = "",
    **how: Any,
) -> str:
    """Draw a choice that is kept over screens and is remembered for each thing it belongs to.

    The first option stands for the default, so that the choice needs no index: with one, Streamlit
    warns whenever the choice is set from outside. A widget under a key that another screen has
    drawn would show its default once, so the value is handed on.

    Args:
        label: of the choice.
        options: at least one.
        key: of the widget.
        asked: what the address asks for; passed over if it is no option.
        of: what the options belong to.
        how: of `st.selectbox`.
    """
    remembered: dict[str, str] = st.session_state.setdefault(f"{key}-of", {})
    if asked in options:
        st.session_state[key] = asked
    elif first_drawn(key, of):
        held = (remembered.get(of), st.session_state.get(key))
        st.session_state[key] = next((one for one in held if one in options), options[0])
    chosen = st.selectbox(label, options, key=key, persist_state="session", **how)
    note_drawn(key, of)
    found = chosen if chosen in options else options[0]
    if of:
        remembered[of] = found
    return found


def keep_within(key: str, most: int) -> bool:
    """Forget a kept number that is above the end of a slider, which would refuse it.

    Returns:
        Whether it was forgotten.
    """
    kept = st.session_state.get(key)
    beyond = isinstance(kept, (int, float)) and kept > most
    if beyond:
        del st.session_state[key]
    return beyond
