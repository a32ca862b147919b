"""A door to the network: its form, and the data that it brought or why there is none."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import streamlit as st

from dashboard.brought import bring
from dashboard.doors import fetched_key
from dashboard.guards import show_error
from forecast.data.kept_answers import spoken
from forecast.data.yahoo import MAX_AGE
from forecast.errors import FetchError, ForecastError, OfflineError

AWAY = "The network is away"
MINUTE = 60.0  # seconds; a younger answer is said to be fetched now


class Asked(Protocol):
    """What is asked of a source."""

    @property
    def name(self) -> str:
        """Of the data, among all that can be chosen."""

    def fetch(self, max_age: float) -> Any:
        """Return it, or the copy on this machine if that is at most so many seconds old."""


class Door(NamedTuple):
    """A source on the network, and what its door says.

    Attributes:
        key: of the form, and of what is kept in the session.
        source: its name.
        example: what the second button asks for.
        called: what that button calls it.
        trouble: title of an error, a text of our own.
        otherwise: what can be done without the source.
    """

    key: str
    source: str
    example: Asked
    called: str
    trouble: str
    otherwise: str


def fetch_form(door: Door, fields: Callable[[], Asked]) -> str | None:
    """Draw a form with its buttons, and fetch what is asked for or say why it is not to be had.

    Args:
        door: whose form it is.
        fields: draws what stands above the buttons, and returns what is asked for there.

    Returns:
        The name of what was fetched last, or named by the address; None before that.
    """
    with st.form(door.key, border=False):
        asked = fields()
        with st.container(horizontal=True):
            pressed = st.form_submit_button("Fetch", type="primary", icon=":material/download:")
            tried = st.form_submit_button(f"Try it: {door.called}", icon=":material/play_arrow:")
    if pressed or tried:
        with st.spinner(f"Asking {door.source}, 20 s at most …"):
            _fetch(door, door.example if tried else asked)
    _show_trouble(door)
    name: str | None = st.session_state.get(fetched_key(door.key))
    return name


def _fetch(door: Door, asked: Asked, max_age: float = MAX_AGE) -> None:
    """Fetch data and keep it for this session, or keep why it could not be had.

    Args:
        door: names what is kept in the session.
        asked: what is asked for.
        max_age: seconds that a copy on this machine may be old.
    """
    st.session_state.pop(f"{door.key}-trouble", None)
    try:
        data = asked.fetch(max_age)
    except ForecastError as error:
        st.session_state[f"{door.key}-trouble"] = error, asked
        return
    bring(asked.name, data, _said(data))
    st.session_state[fetched_key(door.key)] = asked.name


def _show_trouble(door: Door) -> None:
    """Say why the last fetch failed; offer an old copy where there is one."""
    error, asked = st.session_state.get(f"{door.key}-trouble", (None, None))
    if error is None:
        return
    show_error(AWAY if isinstance(error, OfflineError) else door.trouble, error)
    copy = error.kept if isinstance(error, FetchError) else None
    if copy is None:
        st.text(door.otherwise)
    elif st.button(
        f"Use the copy fetched {spoken(copy)} ago",
        icon=":material/history:",
        key=f"{door.key}-copy",
    ):
        _fetch(door, asked, math.inf)
        st.rerun()


def _said(data: Any) -> str:
    """Return where data comes from and how old it is, in plain words; it may quote the source."""
    facts = data.attrs
    said = [str(facts.get("source", "")), _where(facts.get("place") or {})]
    said += [str(facts[key]) for key in ("name", "exchange", "currency") if facts.get(key)]
    if "adjusted" in facts:
        said.append("adjusted for splits and dividends" if facts["adjusted"] else "not adjusted")
    said += [f"{name} in {unit}" for name, unit in (facts.get("units") or {}).items()]
    said.append(_when(facts))
    failed = facts.get("failed") or {}
    said += [f"without {name}: {reason}" for name, reason in failed.items()]
    said += [str(note) for note in facts.get("notes") or ()]
    return "\n".join(one for one in said if one)


def _where(place: Mapping[str, Any]) -> str:
    named = [str(place[key]) for key in ("name", "region", "country") if place.get(key)]
    if place and not named:
        named = [str(place.get(key)) for key in ("latitude", "longitude")]
    return ", ".join(named)


def _when(facts: Mapping[str, Any]) -> str:
    if "fetched" not in facts:
        return ""
    said = f"fetched {str(facts['fetched'])[:16].replace('T', ' ')} UTC"
    age = float(facts.get("age_seconds", 0.0))
    said += f", {spoken(age)} ago" if age >= MINUTE else ""
    return said
