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
SAVE_SECONDS = 60.0  # that a stopped worker has to calibrate and save

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
                threading.Thread(target=self._conclude, args=(run,), daemon=True).start()
                run.concluding = True  # once there is a thread

    def insist_after(self, seconds: float, run: Run, *, wholly: bool = False) -> None:
        """Kill the workers of a run that have not left the training by then.

        Those that have may take a while to calibrate and save what they have learned.

        Args:
            seconds: from now.
            run: that was stopped.
            wholly: whether those are killed too.
        """
        timer = threading.Timer(seconds, self._insist, (run, wholly))
        timer.daemon = True
        timer.start()

    def _insist(self, run: Run, wholly: bool) -> None:
        with self.lock:
            for task, worker in run.at_work():
                if wholly or not task.ending:
                    task.abandoned = True
                    worker.kill()
            left = bool(run.at_work()) and not wholly
        if left:
            self.insist_after(SAVE_SECONDS, run, wholly=True)

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
        self._keeper.write(runs.values(), [*before, *_epochs(runs, batch)])
        with self.lock:
            if self.closed:
                return
            for told in batch:
                try:
                    self._note(told)
                except Exception:  # a fault of ours must not cost others what they told
                    LOG.exception("a message of a worker could not be taken in")
                    told.worker.kill()  # whose end then fails its cell
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
        at = time.time()
        try:
            with self.lock:
                left = changes_of(run)
            self._keeper.write([run], left)
            self._keeper.finish(run, state, error, at, outcome)
        except Exception as fault:
            run.unkept = f"The result could not be kept ({fault})."
            LOG.exception("the result of run %s is not kept", run.id)
        with self.lock:
            if not self.closed:
                run.conclude(outcome.result, outcome.grid, state, error, at)
                self.advance()


def _epochs(runs: dict[str, Run], batch: Sequence[Told]) -> list[Change]:
    """Return the finished epochs that workers told of, of runs that are kept."""
    found: list[Change] = []
    for told in batch:
        event: dict[str, Any] = told.event or {}
        run, _, number = str(event.get("id")).rpartition(".")
        if event.get("event") == "epoch" and run in runs and runs[run].kept:
            try:
                found.append(EpochEnded(run, int(number), unpacked_epoch(event["record"])))
            except (KeyError, TypeError, ValueError):
                continue  # `_note` fails its cell
    return found
