"""What a door to the network brought: data for this session, or why there is none."""

from collections.abc import Mapping
from typing import Any, Protocol

import streamlit as st

from dashboard.guards import show_error
from dashboard.series_choice import Brought, uploads
from forecast.errors import FetchError, ForecastError, OfflineError

AWAY = "The network is away"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class Asked(Protocol):
    """What is asked of a source."""

    @property
    def name(self) -> str:
        """Of the data, among all that can be chosen."""

    def fetch(self, *, stale: bool) -> Any:
        """Return it; where the source fails, an old copy if that will do."""


def fetched(door: str, asked: Asked, *, stale: bool = False) -> None:
    """Fetch data and keep it for this session, or keep why it could not be had.

    Args:
        door: of the page; names what is kept in the session.
        asked: what is asked for.
        stale: whether an old copy will do.
    """
    st.session_state.pop(f"{door}-trouble", None)
    try:
        data = asked.fetch(stale=stale)
    except ForecastError as error:
        st.session_state[f"{door}-trouble"] = error, asked
        return
    said = _said(data)
    data.attrs.clear()  # pandas copies them deeply at every step
    uploads()[asked.name] = Brought(data, said)
    st.session_state[f"{door}-fetched"] = asked.name


def show_trouble(door: str, title: str, otherwise: str) -> None:
    """Say why the last fetch failed; offer an old copy where there is one.

    Args:
        door: of the page.
        title: a text of our own.
        otherwise: what can be done without the source.
    """
    error, asked = st.session_state.get(f"{door}-trouble", (None, None))
    if error is None:
        return
    show_error(AWAY if isinstance(error, OfflineError) else title, error)
    copy = error.kept if isinstance(error, FetchError) else None
    if copy is None:
        st.text(otherwise)
    elif st.button(
        f"Use the copy fetched {spoken_age(copy)}", icon=":material/history:", key=f"{door}-copy"
    ):
        fetched(door, asked, stale=True)
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
    said += f", {spoken_age(age)}" if age >= MINUTE else ""
    return f"{said}; an old copy, as the source did not answer" if facts.get("stale") else said


def spoken_age(seconds: float) -> str:
    """Return how long ago something was, in words."""
    for size, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        count = int(seconds // size)
        if count:
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"
