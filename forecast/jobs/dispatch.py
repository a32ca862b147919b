"""Runs given to workers, and what workers tell taken in; the moving part of the service."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from forecast.jobs.crew import Crew
from forecast.jobs.intake import Intake, Told
from forecast.jobs.keeper import Keeper, changes_of
from forecast.jobs.limits import Limits
from forecast.jobs.outcome import Outcome, outcome_of
from forecast.jobs.process import Worker
from forecast.jobs.roster import Roster
from forecast.jobs.run import Run
from forecast.jobs.wire import unpacked_epoch
from forecast.storage.records import Change, EpochEnded

TASKS_AT_ONCE = 3  # of one run

LOG = logging.getLogger(__name__)


class Dispatch:
    """The roster and the crew of a service, and one lock over both.

    Args:
        limits: of the service.
        keeper: is told of everything before it is shown.
        clock: seconds that never go back.

    Attributes:
        lock: held over every use of the others, and never over anything slow.
        roster: the runs.
        crew: the workers.
        closed: whether nothing moves any more.
    """

    def __init__(self, limits: Limits, keeper: Keeper, clock: Callable[[], float]) -> None:
        self.lock = threading.Lock()
        self.roster = Roster(limits)
        self.intake = Intake(self._take_in)
        on_event, on_end = self.intake.event, self.intake.end
        self.crew = Crew(limits.workers, limits.worker_megabytes, on_event, on_end)
        self.closed = False
        self._keeper, self._clock = keeper, clock

    def advance(self) -> None:
        """Begin what can begin, and conclude what has ended. The lock is held."""
        if self.closed:
            return
        self.roster.move_on(self._clock())
        for run in self.roster.running():
            self._employ(run)
        for run in self.roster.active():
            if not run.concluding and all(task.ended for task in run.tasks):
                run.concluding = True
                threading.Thread(target=self._conclude, args=(run,), daemon=True).start()

    def insist(self, run: Run) -> None:
        """Kill the workers of a run that have not stopped."""
        with self.lock:
            for task, worker in run.at_work():
                task.abandoned = True
                worker.kill()

    def _employ(self, run: Run) -> None:
        """Give workers to tasks that wait. The lock is held."""
        waiting = [task for task in run.tasks if task.worker is None and not task.ended]
        for task in waiting[: TASKS_AT_ONCE - len(run.at_work())]:
            worker = self.crew.free()
            if worker is None:
                return
            worker.work, task.worker = (run, task), worker
            worker.send(task.message)

    def _take_in(self, batch: Sequence[Told]) -> None:
        """Note what workers have told: in the run store first, then for readers."""
        with self.lock:
            runs = {
                told.worker.work[0].id: told.worker.work[0] for told in batch if told.worker.work
            }
            before = [change for run in runs.values() for change in changes_of(run)]
        epochs = [change for told in batch if (change := _epoch(runs, told)) is not None]
        self._keeper.write(runs.values(), [*before, *epochs])
        with self.lock:
            if self.closed:
                return
            for told in batch:
                self._note(told)
            after = [change for run in runs.values() for change in changes_of(run)]
        self._keeper.write(runs.values(), after)
        with self.lock:
            self.advance()

    def _note(self, told: Told) -> None:
        """Note one thing that a worker told. The lock is held."""
        worker, event = told.worker, told.event
        if event is None:
            self._lose(worker, told.reason)
        elif event["event"] == "ready":
            worker.ready = True
        elif worker.work is not None and event["id"] == worker.work[1].id:
            run, task = worker.work
            task.take(event)
            run.changed()
            if task.ended:
                self.crew.release(worker)

    def _lose(self, worker: Worker, reason: str) -> None:
        """Go on without a worker whose process is gone. The lock is held."""
        if worker.work is not None:
            run, task = worker.work
            task.bereave(reason)
            if run.stopping:
                run.stop_waiting()
            run.changed()
        self.crew.lost(worker)

    def _conclude(self, run: Run) -> None:
        """Put the result together, without the lock, keep it, and finish the run."""
        outcome, error = Outcome(None, None), None
        try:
            outcome = outcome_of(run.plans, run.tasks)
        except Exception as fault:  # a run must come to an end, whatever happens
            error = f"The result could not be put together ({fault})."
            LOG.exception("run %s has no result", run.id)
        state, error = run.ending(outcome.result, error)
        with self.lock:
            left = changes_of(run)
        self._keeper.write([run], left)
        at = time.time()
        self._keeper.finish(run, state, error, at, outcome)
        with self.lock:
            if not self.closed:
                run.conclude(outcome.result, outcome.grid, state, error, at)
                self.advance()


def _epoch(runs: dict[str, Run], told: Told) -> Change | None:
    """Return the finished epoch that a worker told of, for a run that is kept."""
    event: dict[str, Any] = told.event or {}
    if event.get("event") != "epoch":
        return None
    run, _, number = str(event["id"]).rpartition(".")
    kept = run in runs and runs[run].kept
    return EpochEnded(run, int(number), unpacked_epoch(event["record"])) if kept else None
