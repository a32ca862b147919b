"""Runs written through to the run store while they train.

A store that cannot be written to ends no training: the run goes on, and says that it is not kept.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from forecast.errors import StoreError
from forecast.jobs.outcome import Outcome
from forecast.jobs.request import Request
from forecast.jobs.run import Run
from forecast.jobs.snapshot import PAUSED, RUNNING
from forecast.storage import keeping
from forecast.storage.records import (
    CellEnded,
    CellPlan,
    CellStarted,
    Change,
    RunDraft,
    RunPaused,
    RunStarted,
)
from forecast.storage.run_store import RunStore

NOTHING = Outcome(None, None)
LOG = logging.getLogger(__name__)


class Keeper:
    """The service's way to a run store.

    Args:
        store: or None, to keep nothing.
        reason: why there is none, where one was wanted.
    """

    def __init__(self, store: RunStore | None, reason: str | None = None) -> None:
        self._store, self._reason = store, reason

    def open(self, store: RunStore) -> None:
        """Keep the runs to come."""
        self._store, self._reason = store, None

    def keeps(self) -> bool:
        """Return whether there is a store."""
        return self._store is not None

    def begin(self, run: Run) -> None:
        """Write a new run; without the service's lock."""
        if self._store is None:
            run.unkept = self._reason
            return
        try:
            self._store.begin(draft_of(run), run.request.series)
            run.kept = True
        except StoreError as error:
            run.unkept = str(error)
            LOG.warning("run %s is not kept: %s", run.id, error)

    def write(self, runs: Iterable[Run], changes: Sequence[Change]) -> None:
        """Write what has happened to some runs; without the service's lock."""
        if self._store is None or not changes:
            return
        try:
            self._store.write(changes)
        except StoreError as error:
            LOG.warning("epochs are not kept: %s", error)
            for run in runs:
                run.unkept = str(error)

    def finish(
        self, run: Run, state: str, error: str | None, at: float, outcome: Outcome = NOTHING
    ) -> None:
        """Write the end of a run; without the service's lock."""
        if self._store is None or not run.kept:
            return
        said = error or run.note
        try:
            self._store.finish(run.id, state, said, outcome.result, outcome.grid, at)
        except StoreError as fault:
            run.unkept = str(fault)
            LOG.warning("the result of run %s is not kept: %s", run.id, fault)


def changes_of(run: Run) -> list[Change]:
    """Return what of a run's states has not been asked for yet; with the service's lock."""
    if not run.kept:
        return []
    found: list[Change] = []
    if run.started is not None and not run.noted:
        run.noted = True
        found.append(RunStarted(run.id, run.started))
    if run.noted_pause != (run.state == PAUSED):
        run.noted_pause = run.state == PAUSED
        found.append(RunPaused(run.id, run.noted_pause))
    for number, task in enumerate(run.tasks):
        if task.state == task.noted:
            continue
        task.noted = task.state
        if task.state == RUNNING:
            found.append(CellStarted(run.id, number, task.engine or ""))
        elif task.ended:
            found.append(CellEnded(run.id, number, task.state, task.error))
    return found


def draft_of(run: Run) -> RunDraft:
    """Return what is known of a run at its beginning."""
    request = run.request
    cells = tuple(CellPlan(task.label, task.value, task.epochs, task.limit) for task in run.tasks)
    return RunDraft(
        id=run.id,
        owner=run.owner,
        name="",
        source=request.source,
        target=request.target,
        asked=asked_of(request),
        cells=cells,
        submitted=run.submitted,
    )


def asked_of(request: Request) -> dict[str, Any]:
    """Return what a person asked for, as JSON can hold it."""
    asked = keeping.asked_of(
        request.cells,
        request.settings,
        test=request.test,
        fair=request.fair,
        fair_seconds=request.fair_seconds,
    )
    return asked | {"vary": request.vary, "values": list(request.values)}
