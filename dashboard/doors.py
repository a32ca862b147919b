"""Which door of the Data screen an address opens, and what stands behind it then."""

import streamlit as st

from dashboard.address import draw_anew
from dashboard.brought import still_there, uploads
from dashboard.series_choice import SAMPLE, asked_source

BUNDLED, OWN, YAHOO, WEATHER = "Bundled series", "Your own file", "Yahoo Finance", "Weather"
FETCHING = {"yahoo": YAHOO, "weather": WEATHER}
DOOR = "door"  # key of the tabs, in the address too
SAMPLES = "samples"  # key of the table of bundled series
CHOSEN = "sample"  # of the session: the one that was chosen last
OPENED = "opened"  # of the session: a file that an address has named


def find_door() -> None:
    """Open the door that leads to the data which a new address names, unless it names a door."""
    source = asked_source()
    if source is None:
        return
    kind = source.partition(":")[0]
    if source.startswith(SAMPLE):
        st.session_state[CHOSEN] = source
        draw_anew(SAMPLES)
        door = BUNDLED
    elif kind in FETCHING:
        st.session_state[fetched_key(kind)] = source
        door = FETCHING[kind]
    else:
        st.session_state[OPENED] = source
        door = OWN
    if DOOR not in st.query_params:
        st.session_state[DOOR] = door


def fetched_key(kind: str) -> str:
    """Return under which key the session keeps what was fetched last.

    Args:
        kind: `yahoo` or `weather`.
    """
    return f"{kind}-fetched"


def opened_file() -> str | None:
    """Return the file that an address has opened, if its stored copy is still there."""
    source: str | None = st.session_state.get(OPENED)
    return source if source is not None and source in uploads() and still_there(source) else None
