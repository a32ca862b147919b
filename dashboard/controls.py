"""What the owner of a run may do while it trains: pause, resume, stop, let it go on alone."""

import streamlit as st

from dashboard.guards import show_error
from dashboard.training import service
from forecast.errors import BusyError
from forecast.jobs.snapshot import PAUSED, RUNNING, RunSnapshot

REFUSED = "pause-refused"  # of the session: why a run could not pause


def show_controls(snapshot: RunSnapshot) -> None:
    """Draw the buttons of a run that has not ended."""
    run = (snapshot.id,)
    with st.container(horizontal=True, vertical_alignment="center"):
        # Callbacks: what is drawn below then shows the run as the button has left it.
        if snapshot.state == RUNNING:
            st.button("Pause", icon=":material/pause:", key="pause", on_click=_pause, args=run)
        if snapshot.state == PAUSED:
            resume = service().resume
            st.button("Resume", icon=":material/resume:", key="resume", on_click=resume, args=run)
        stop = service().stop
        st.button("Stop", icon=":material/stop_circle:", key="stop", on_click=stop, args=run)
        _show_lasting(snapshot)
    refused = st.session_state.pop(REFUSED, None)
    if refused is not None:
        show_error("It cannot pause now", refused)


def _show_lasting(snapshot: RunSnapshot) -> None:
    minutes, key = service().limits.lease_seconds / 60, f"lasting-{snapshot.id}"
    st.session_state[key] = snapshot.lasting  # another tab may have settled it
    st.toggle(
        "Go on when I leave",
        key=key,
        on_change=_settle,
        args=(snapshot.id, key),
        help=f"Else it stops {minutes:.0f} minutes after the last page that shows it was closed. "
        "What it has learned by then is kept either way.",
    )


def _settle(run_id: str, key: str) -> None:
    service().last(run_id, lasting=bool(st.session_state[key]))


def _pause(run_id: str) -> None:
    try:
        service().pause(run_id)
    except BusyError as error:
        st.session_state[REFUSED] = str(error)
