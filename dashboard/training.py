"""The links to the run store and the training service, and each person's own run."""

import logging
import threading
from contextlib import suppress

import streamlit as st

from dashboard.guards import guarded
from dashboard.person import may_change, person
from forecast.errors import StoreError
from forecast.jobs.limits import Limits
from forecast.jobs.request import Request
from forecast.jobs.service import Service
from forecast.jobs.snapshot import RunSnapshot
from forecast.storage.run_store import RunStore

RUN = "run"  # in the address and in the session
LOG = logging.getLogger(__name__)

_lock = threading.RLock()
_stores: list[RunStore] = []
_services: list[Service] = []


def store() -> RunStore:
    """Return the server's run store; the first call opens it and ends what a dead server left.

    Raises:
        StoreError: its folder or database cannot be used.
    """
    with _lock:
        if not _stores:
            one = RunStore()
            lost = one.recover()
            if lost:
                LOG.warning("%d runs ended with an earlier server", len(lost))
            _stores.append(one)
        return _stores[0]


def service() -> Service:
    """Return the server's training service; the first call makes it.

    Without a run store it trains all the same, and keeps the newest runs in memory.

    Raises:
        SettingError: a limit in the environment is no number, or out of range.
    """
    with _lock:
        if not _services:
            try:
                _services.append(Service(Limits.of(), store()))
            except StoreError as error:
                LOG.error("runs are not kept: %s", error)
                _services.append(Service(Limits.of(), unkept=str(error)))
        return _services[0]


def close_service() -> None:
    """End the service, its workers and the store; a later call of `service` makes a new one."""
    with _lock:
        if _services:
            _services.pop().close()
        if _stores:
            _stores.pop().close()


def start(request: Request) -> str:
    """Submit a run and make it this person's own.

    Raises:
        ForecastError: the queue is full, or this person has as many runs as one may.
    """
    if not service().keeps():
        with suppress(StoreError):  # then the run says that it is not kept, and why
            service().keep_in(store())
    run_id = service().submit(request, owner=person())
    st.session_state[RUN] = run_id
    st.query_params.pop(RUN, None)  # else the run of the address would still be shown
    return run_id


def is_own(snapshot: RunSnapshot) -> bool:
    """Return whether the visitor may stop, pause and change a run."""
    return may_change(snapshot.owner)


def current_run() -> RunSnapshot | None:
    """Return the run that the address names, else the session's own; say so if it is broken.

    The address survives a refresh and is dropped by a page switch, the session the other way round;
    so each is kept up with the other.
    """
    run_id = st.query_params.get(RUN) or st.session_state.get(RUN)
    if run_id is None:
        return None
    snapshot = None
    with guarded("This run cannot be read"):
        snapshot = service().snapshot(str(run_id))
    if snapshot is None:
        st.query_params.pop(RUN, None)
        st.session_state.pop(RUN, None)
        return None
    st.session_state[RUN] = run_id
    if st.query_params.get(RUN) != run_id:
        st.query_params[RUN] = str(run_id)
    return snapshot
