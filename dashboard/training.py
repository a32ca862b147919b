"""The links to the training service: one for the whole server, and each person's own run."""

import secrets
import threading

import streamlit as st

from forecast.jobs.request import Request
from forecast.jobs.service import Service
from forecast.jobs.snapshot import RunSnapshot

_lock = threading.Lock()
_service: list[Service] = []

RUN = "run"  # in the address and in the session
OWNER = "owner"


def service() -> Service:
    """Return the server's training service; the first call makes it."""
    with _lock:
        if not _service:
            _service.append(Service())
        return _service[0]


def close_service() -> None:
    """End the service and its workers; a later call of `service` makes a new one."""
    with _lock:
        if _service:
            _service.pop().close()


def owner() -> str:
    """Return who this session is: a random word, made at its first visit."""
    if OWNER not in st.session_state:
        st.session_state[OWNER] = secrets.token_urlsafe(9)
    return str(st.session_state[OWNER])


def start(request: Request) -> str:
    """Submit a run and make it this person's own.

    Raises:
        ForecastError: the queue is full.
    """
    run_id = service().submit(request, owner=owner())
    st.session_state[RUN] = run_id
    return run_id


def current_run() -> RunSnapshot | None:
    """Return the run that the address names, else the session's own.

    The address survives a refresh and is dropped by a page switch, the session the other way round;
    so each is kept up with the other.
    """
    run_id = st.query_params.get(RUN) or st.session_state.get(RUN)
    if run_id is None:
        return None
    snapshot = service().snapshot(str(run_id))
    if snapshot is None:
        st.query_params.pop(RUN, None)
        st.session_state.pop(RUN, None)
        return None
    st.session_state[RUN] = run_id
    if st.query_params.get(RUN) != run_id:
        st.query_params[RUN] = str(run_id)
    return snapshot
