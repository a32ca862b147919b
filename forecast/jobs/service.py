"""The training service of a server process: runs in a queue, workers, pictures for readers."""

import atexit
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from forecast.errors import BusyError
from forecast.jobs.compiling import Compiling
from forecast.jobs.dispatch import Dispatch
from forecast.jobs.keeper import Keeper, changes_of
from forecast.jobs.limits import Limits
from forecast.jobs.preparation import prepared_run
from forecast.jobs.request import Request
from forecast.jobs.shelf import Shelf
from forecast.jobs.snapshot import PAUSED, RUNNING, RunSnapshot
from forecast.jobs.warden import Overdue, Warden, overdue
from forecast.storage.run_store import RunStore

WARM = 3  # workers that are started before they are needed
OBEY_SECONDS = 5.0  # that a worker has to stop before it is killed
LAST_SECONDS = 3.0  # that closing leaves to runs to end by themselves
LOOK_SECONDS = 0.01  # between two looks at whether they have
CLOSE_SECONDS = 5.0  # that closing waits for the workers' ends
SHUT_DOWN = "The server was shut down before this run had ended."


class Service:
    """Trains what people ask for in warm worker processes.

    Every method may be called from any thread, and none waits for a training. The processes end
    with this one, however it ends. What happens is written through to the run store before it is
    shown.

    Args:
        limits: of the machine and of one person.
        store: keeps the runs; None keeps the newest in memory alone.
        clock: seconds that never go back, for leases and the length of a training.
        unkept: why there is no store, where one was wanted.

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
        limits: Limits | None = None,
        store: RunStore | None = None,
        clock: Callable[[], float] = time.monotonic,
        unkept: str | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._clock, self._keeper, self._shelf = clock, Keeper(store, unkept), Shelf(store)
        self._dispatch = Dispatch(self.limits, self._keeper, clock)
        self._roster, self._lock = self._dispatch.roster, self._dispatch.lock
        self._compiling, self._warden = Compiling(), Warden(self._overdue, self.stop)
        self._folder: Path | None = None

    def start(self) -> None:
        """Start a few workers in the background, and compile kernels; `submit` does so as well.

        Raises:
            BusyError: the service was closed.
        """
        self._open()

    def keep_in(self, store: RunStore) -> None:
        """Keep the runs to come in a store that could not be opened before."""
        self._keeper.open(store)
        self._shelf.open(store)

    def keeps(self) -> bool:
        """Return whether there is a store."""
        return self._keeper.keeps()

    def trains(self, run_id: str) -> bool:
        """Return whether a run of this service has not ended; one of another process may go on."""
        with self._lock:
            run = self._roster.find(run_id)
            return run is not None and run.finished is None

    def ready(self) -> bool:
        """Return whether a worker waits for work, or works."""
        with self._lock:
            workers = self._dispatch.crew.workers
            return not self._dispatch.closed and any(worker.ready for worker in workers)

    def submit(self, request: Request, *, owner: str) -> str:
        """Queue a run, or begin it at once where there is room.

        Args:
            request: what to train.
            owner: who asks, as `runs_of` will be asked.

        Returns:
            The run's unguessable id.

        Raises:
            BusyError: the queue is full, the owner has as many runs as one person may, or the
                service was closed.
            SettingError: the weights need more memory than a worker may take.
        """
        run = prepared_run(request, owner, self._open(), self.limits.worker_megabytes)
        run.watched = self._clock()
        with self._lock:
            self._roster.admit(run)
            self._roster.move_on(self._clock())
        self._keeper.begin(run)
        with self._lock:
            if self._dispatch.closed and run.finished is None:
                run.abandon()
            run.ready = True
            run.changed()
            self._dispatch.advance()
        if run.finished is not None:  # stopped while the store was told of its beginning
            self._keeper.finish(run, run.state, run.note, run.finished)
        return run.id

    def snapshot(self, run_id: str) -> RunSnapshot | None:
        """Return a run as it is now, or None if it is unknown; who looks keeps it going.

        Raises:
            StoreError: the run store holds it, and it cannot be read.
        """
        with self._lock:
            run = self._roster.find(run_id)
            if run is not None:
                run.watched = self._clock()
                return run.picture()
        return self._shelf.find(run_id)

    def runs_of(self, owner: str) -> tuple[str, ...]:
        """Return the ids of an owner's runs in memory, the newest first."""
        with self._lock:
            return self._roster.of(owner)

    def active(self) -> dict[str, RunSnapshot]:
        """Return all runs that have not ended, by id; this keeps none of them going."""
        with self._lock:
            return {run.id: run.picture() for run in self._roster.active()}

    def last(self, run_id: str, *, lasting: bool = True) -> None:
        """Let a run go on though nobody looks at it, or no longer."""
        with self._lock:
            run = self._roster.find(run_id)
            if run is not None and run.finished is None and run.lasting != lasting:
                run.lasting = lasting
                run.changed()

    def pause(self, run_id: str) -> None:
        """Let a run in training wait, with what it has learned; others may begin meanwhile.

        A run that is unknown, not in training or being stopped stays as it is.

        Raises:
            BusyError: as many runs pause as may, of all or of its owner.
        """
        with self._lock:
            run = self._roster.find(run_id)
            if run is None or run.state != RUNNING or run.stopping or run.concluding:
                return
            self._roster.admit_pause(run.owner)
            run.pause(self._clock())
            told = changes_of(run)
            self._dispatch.advance()
        self._keeper.write([run], told)

    def resume(self, run_id: str) -> None:
        """Let a paused run go on: at once where there is room, else it waits in the queue."""
        with self._lock:
            run = self._roster.find(run_id)
            if run is None or run.state != PAUSED or run.stopping:
                return
            run.go_on()
            told = changes_of(run)
            self._dispatch.advance()
        self._keeper.write([run], told)

    def stop(self, run_id: str, note: str | None = None) -> None:
        """Stop a run, and keep the best weights of every cell so far.

        A run that waits leaves the queue. Workers stop after the batch at hand; one that has not
        within a few seconds is killed, and its weights are lost; one that has may take a minute to
        calibrate and save them. A run that is unknown, finished or being stopped stays as it is.

        Args:
            run_id: which run.
            note: why, where it was no person's wish.
        """
        with self._lock:
            run = self._roster.find(run_id)
            if run is None or run.stopping or run.concluding or run.finished is not None:
                return
            run.stop(note)
            self._dispatch.advance()
        if run.finished is not None:
            self._keeper.finish(run, run.state, run.note, run.finished)
            return
        self._dispatch.insist_after(OBEY_SECONDS, run)

    def forget(self, run_id: str) -> None:
        """Forget a run that has ended, such as one that was deleted from the store."""
        with self._lock:
            self._roster.forget(run_id)
        self._shelf.forget(run_id)

    def close(self) -> None:
        """Stop all runs with what they have learned, where that is quick, and end all workers."""
        atexit.unregister(self.close)
        self._warden.close()
        for run_id in self.active():
            self.stop(run_id, SHUT_DOWN)
        ends = self._clock() + LAST_SECONDS
        while self.active() and self._clock() < ends:
            time.sleep(LOOK_SECONDS)
        with self._lock:
            self._dispatch.closed = True
            lost, workers = self._roster.active(), list(self._dispatch.crew.workers)
            for run in lost:
                run.abandon()
            for worker in workers:
                worker.kill()
        for run in lost:
            self._keeper.finish(run, run.state, SHUT_DOWN, run.finished or time.time())
        self._compiling.close()
        for worker in workers:
            worker.join(CLOSE_SECONDS)
        self._dispatch.intake.close(CLOSE_SECONDS)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> Path:
        """See that there are warm workers and a folder for their models; return it."""
        with self._lock:
            if self._dispatch.closed:
                raise BusyError("The training service was closed. Start the server again.")
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="forecast-jobs-"))
                atexit.register(self.close)
                self._dispatch.crew.warm(WARM)
                self._compiling.start()
                self._warden.start()
            return self._folder

    def _overdue(self) -> list[Overdue]:
        """Return the runs that have lasted, or gone unwatched, longer than they may."""
        with self._lock:
            return overdue(self._roster.active(), self.limits, self._clock())
