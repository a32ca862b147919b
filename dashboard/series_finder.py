"""One of many series by its name: a list while they are few, a search that narrows it else."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.address import choose

MOST_LISTED = 200  # names in one list: each run of a page sends all of them to the browser
MOST_FOUND = 50


def found_names(names: Sequence[str], text: str, most: int = MOST_FOUND) -> list[str]:
    """Return names that hold a text: those that begin with it first, else in their order.

    Args:
        names: to look through.
        text: in any case; blank finds the first ones.
        most: names to return.
    """
    word = text.strip().lower()
    if not word:
        return list(names[:most])
    begin: list[str] = []
    inside: list[str] = []
    for name in names:
        place = name.lower().find(word)
        if place == 0:
            begin.append(name)
            if len(begin) >= most:
                break
        elif place > 0 and len(inside) < most:
            inside.append(name)
    return [*begin, *inside][:most]


def find_one(
    label: str,
    names: Sequence[str],
    key: str,
    *,
    asked: str | None = None,
    of: str = "",
    **how: Any,
) -> str:
    """Draw the choice of one name, above it a search where there are many; see `choose`.

    What the search finds first is chosen at once; the list offers the others.
    """
    if len(names) <= MOST_LISTED:
        return choose(label, names, key, asked=asked, of=of, **how)
    text = st.text_input(
        f"Find one of {len(names):,}",
        key=f"{key}-find",
        max_chars=200,
        icon=":material/search:",
        placeholder="A part of its name, then Enter",
        on_change=_take_first,
        args=(names, key),
    )
    found = found_names(names, text or "")
    current = _current(names, key, asked, of)
    if not found:
        st.caption("No name holds that text.")
    options = [current, *(name for name in found if name != current)]
    return choose(label, options, key, asked=asked, of=of, **how)


def _take_first(names: Sequence[str], key: str) -> None:
    """Choose what was found first."""
    text = str(st.session_state.get(f"{key}-find") or "")
    found = found_names(names, text, 1) if text.strip() else []
    if found:
        st.session_state[key] = found[0]


def _current(names: Sequence[str], key: str, asked: str | None, of: str) -> str:
    """Return the name that is chosen now."""
    known: dict[str, str] = st.session_state.get(f"{key}-of", {})
    for one in (asked, st.session_state.get(key), known.get(of)):
        if one is not None and one in names:
            return one
    return names[0]
