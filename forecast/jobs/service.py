"""The training service of a server process: runs in a queue, workers, pictures for readers."""

import atexit
import logging
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from forecast.checks import whole_number
from forecast.errors import BusyError
from forecast.jobs.compiling import Compiling
from forecast.jobs.crew import Crew
from forecast.jobs.outcome import Outcome, outcome_of
from forecast.jobs.preparation import prepared_run
from forecast.jobs.process import Worker
from forecast.jobs.request import Request
from forecast.jobs.roster import Roster
from forecast.jobs.run import Run
from forecast.jobs.snapshot import QUEUED, STOPPED, RunSnapshot

TASKS_AT_ONCE = 3  # of one run
WARM = 3  # workers that are started before they are needed
OBEY_SECONDS = 5.0  # that a worker has to stop before it is killed
CLOSE_SECONDS = 5.0  # that closing waits for the workers' ends

LOG = logging.getLogger(__name__)


class Service:
    """Trains what people ask for in warm worker processes.

    Every method may be called from any thread, and none waits for a training. The processes end
    with this one, however it ends.

    Args:
        runs_at_once: runs in training, at least 1; others wait in order.
        workers: processes, at least 1.
        queue_limit: runs that may wait, at least 0.
        keep_finished: finished runs that are kept in memory, at least 1; the oldest go first.

    Raises:
        SettingError: a number lies outside its range.

    Example:
        >>> import forecast as fc
        >>> from forecast.data.series import prepare
        >>> y = prepare(fc.load_sample("air_passengers"))
        >>> small = {"timesteps": 12, "hidden_units": 8, "epochs": 3}
        >>> service = Service()
        >>> run = service.submit(Request(y, "sample:air_passengers", ("gru",), small), owner="me")
        >>> service.snapshot(run).state
        'running'
        >>> service.close()
    """

    def __init__(
        self,
        *,
        runs_at_once: int = 2,
        workers: int = 6,
        queue_limit: int = 20,
        keep_finished: int = 100,
    ) -> None:
        self._roster = Roster(runs_at_once, queue_limit, keep_finished)
        self._crew = Crew(whole_number("workers", workers), self._on_event, self._on_end)
        self._compiling = Compiling()
        self._lock = threading.Lock()  # never held over anything slow
        self._folder: Path | None = None
        self._closed = False

    def start(self) -> None:
        """Start a few workers in the background, and compile kernels; `submit` does so as well.

        Raises:
            BusyError: the service was closed.
        """
        self._open()

    def submit(self, request: Request, *, owner: str) -> str:
        """Queue a run, or begin it at once where there is room.

        Args:
            request: what to train.
            owner: who asks, as `runs_of` will be asked.

        Returns:
            The run's unguessable id.

        Raises:
            BusyError: the queue is full, or the service was closed.
        """
        run = prepared_run(request, owner, self._open())
        with self._lock:
            self._roster.admit(run)
            self._advance()
        return run.id

    def snapshot(self, run_id: str) -> RunSnapshot | None:
        """Return a run as it is now, or None if it is unknown."""
        with self._lock:
            run = self._roster.find(run_id)
            return None if run is None else run.picture()

    def runs_of(self, owner: str) -> tuple[str, ...]:
        """Return the ids of an owner's runs, the newest first."""
        with self._lock:
            return self._roster.of(owner)

    def stop(self, run_id: str) -> None:
        """Stop a run, and keep the best weights of every cell so far.

        A run that waits leaves the queue. Workers stop after the batch at hand; one that has not
        within a few seconds is killed, and its weights are lost. A run that is unknown, finished
        or being stopped stays as it is.
        """
        with self._lock:
            run = self._roster.find(run_id)
            if run is None or run.stopping or run.finished is not None:
                return
            run.stop_waiting()
            if run.state == QUEUED:
                run.finish(STOPPED)
            for task, worker in run.at_work():
                worker.send({"job": "stop", "id": task.id})
            self._advance()
        insisting = threading.Timer(OBEY_SECONDS, self._insist, (run,))
        insisting.daemon = True
        insisting.start()

    def close(self) -> None:
        """End all workers; what was not finished is stopped."""
        with self._lock:
            self._closed = True
            for run in self._roster.queued() + self._roster.running():
                run.abandon()
            workers = list(self._crew.workers)
            for worker in workers:
                worker.kill()
        self._compiling.close()
        for worker in workers:
            worker.join(CLOSE_SECONDS)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.close)

    def _open(self) -> Path:
        """See that there are warm workers and a folder for their models; return it."""
        with self._lock:
            if self._closed:
                raise BusyError("The training service was closed. Start the server again.")
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="forecast-jobs-"))
                atexit.register(self.close)
                self._crew.warm(WARM)
                self._compiling.start()
            return self._folder

    def _advance(self) -> None:
        """Begin what can begin, and conclude what has ended. The lock is held."""
        if self._closed:
            return
        self._roster.move_on()
        for run in self._roster.running():
            self._employ(run)
            if not run.concluding and all(task.ended for task in run.tasks):
                run.concluding = True
                threading.Thread(target=self._conclude, args=(run,), daemon=True).start()

    def _employ(self, run: Run) -> None:
        """Give workers to tasks that wait. The lock is held."""
        waiting = [task for task in run.tasks if task.worker is None and not task.ended]
        for task in waiting[: TASKS_AT_ONCE - len(run.at_work())]:
            worker = self._crew.free()
            if worker is None:
                return
            worker.work, task.worker = (run, task), worker
            worker.send(task.message)

    def _on_event(self, worker: Worker, event: dict[str, Any]) -> None:
        """Note an event, in the thread that listens to the worker."""
        with self._lock:
            if self._closed:
                return
            if event["event"] == "ready":
                worker.ready = True
            elif worker.work is not None and event["id"] == worker.work[1].id:
                run, task = worker.work
                task.take(event)
                run.changed()
                if task.ended:
                    worker.work = None
                    self._advance()

    def _on_end(self, worker: Worker, reason: str) -> None:
        """Note that a worker's process is gone, and go on without it."""
        with self._lock:
            if self._closed:
                return
            if worker.work is not None:
                run, task = worker.work
                task.bereave(reason)
                if run.stopping:
                    run.stop_waiting()
                run.changed()
            self._crew.lost(worker)
            self._advance()

    def _insist(self, run: Run) -> None:
        """Kill the workers that have not stopped."""
        with self._lock:
            for task, worker in run.at_work():
                task.abandoned = True
                worker.kill()

    def _conclude(self, run: Run) -> None:
        """Put the result together, outside the lock, and finish the run."""
        outcome, error = Outcome(None, None), None
        try:
            outcome = outcome_of(run.plans, run.tasks)
        except Exception as fault:  # a run must come to an end, whatever happens
            error = f"The result could not be put together ({fault})."
            LOG.exception("run %s has no result", run.id)
        with self._lock:
            if not self._closed:
                run.conclude(outcome.result, outcome.grid, error)
                self._advance()
