"""Runs that the run store holds, as pictures like those of runs in memory."""

import threading
from collections import OrderedDict

from forecast.errors import ForecastError, StoreError
from forecast.jobs.request import Request
from forecast.jobs.snapshot import ACTIVE, STOPPED, CellState, RunSnapshot
from forecast.storage.calls import asked_settings
from forecast.storage.records import KeptCell, KeptRun
from forecast.storage.run_store import RunStore

MOST = 16  # runs that are kept in memory, ended ones with their models


class Shelf:
    """The service's way back from a run store.

    Args:
        store: or None, which holds nothing.
    """

    def __init__(self, store: RunStore | None) -> None:
        self._store = store
        self._taken: OrderedDict[str, RunSnapshot] = OrderedDict()
        self._forgotten = 0
        self._lock = threading.Lock()

    def open(self, store: RunStore) -> None:
        """Look into a store that could not be opened before."""
        self._store = store

    def find(self, run_id: str) -> RunSnapshot | None:
        """Return a run, or None if the store does not hold it.

        Raises:
            StoreError: it cannot be read.
        """
        with self._lock:
            known, forgotten = self._taken.get(run_id), self._forgotten
            if known is not None:
                self._taken.move_to_end(run_id)
                if known.state not in ACTIVE:
                    return known
        kept = None if self._store is None else self._store.find(run_id)
        if self._store is None or kept is None:
            return None
        request = _request(self._store, kept) if known is None else known.request
        picture = _picture(self._store, kept, request)
        with self._lock:
            if forgotten == self._forgotten:  # else it may have been deleted meanwhile
                self._taken[run_id] = picture
                while len(self._taken) > MOST:
                    self._taken.popitem(last=False)
        return picture

    def forget(self, run_id: str) -> None:
        """Take a run off the shelf."""
        with self._lock:
            self._taken.pop(run_id, None)
            self._forgotten += 1


def _picture(store: RunStore, kept: KeptRun, request: Request) -> RunSnapshot:
    result, grid = store.result(kept.id)
    stopped = kept.state == STOPPED
    return RunSnapshot(
        id=kept.id,
        owner=kept.owner,
        state=kept.state,
        place=0,
        version=1,
        request=request,
        cells=tuple(_cell(cell) for cell in kept.cells),
        live_ds=(),
        live_y=(),
        result=result,
        grid=grid,
        error=None if stopped else kept.error,
        submitted=kept.submitted,
        started=kept.started,
        finished=kept.finished,
        note=kept.error if stopped else None,
    )


def _cell(kept: KeptCell) -> CellState:
    return CellState(
        label=kept.label,
        value=kept.value,
        state=kept.state,
        epochs=kept.epochs,
        history=kept.history,
        live=(),
        seconds_left=None,
        error=kept.error,
        engine=kept.engine,
        limit=kept.limit,
    )


def _request(store: RunStore, kept: KeptRun) -> Request:
    """Return what was asked for.

    Raises:
        StoreError: this version of the package would refuse it.
    """
    asked = kept.asked
    try:
        return Request(
            store.series(kept.id),
            kept.source,
            tuple(asked["cells"]),
            asked_settings(asked),
            target=kept.target,
            test=asked["test"],
            vary=asked["vary"],
            values=tuple(asked["values"]),
            fair=asked["fair"],
            fair_seconds=asked["fair_seconds"],
        )
    except StoreError:
        raise
    except (ForecastError, KeyError, TypeError) as error:
        raise StoreError(
            f"Run {kept.id} was made by version {kept.versions.get('forecast', 'unknown')} and "
            f"cannot be opened by this one ({error}). Its history and scores are under Runs."
        ) from error
