"""The runs of a service: waiting in order, running, finished.

Every method is called with the service's lock held, and none waits.
"""

from forecast.checks import whole_number
from forecast.errors import BusyError
from forecast.jobs.run import Run
from forecast.jobs.snapshot import QUEUED, RUNNING


class Roster:
    """The runs that are known.

    Args:
        runs_at_once: runs in training, at least 1; others wait in order.
        queue_limit: runs that may wait, at least 0.
        keep_finished: finished runs that are kept, at least 1; the oldest go first.

    Raises:
        SettingError: a number lies outside its range.
    """

    def __init__(self, runs_at_once: int, queue_limit: int, keep_finished: int) -> None:
        self._runs_at_once = whole_number("runs_at_once", runs_at_once)
        self._queue_limit = whole_number("queue_limit", queue_limit, least=0)
        self._keep_finished = whole_number("keep_finished", keep_finished)
        self._runs: dict[str, Run] = {}  # in the order of their submission

    def admit(self, run: Run) -> None:
        """Let a run in, to be begun or to wait.

        Raises:
            BusyError: it would have to wait, and as many wait as may.
        """
        waiting = len(self.queued())
        if len(self.running()) >= self._runs_at_once and waiting >= self._queue_limit:
            raise BusyError(
                f"At most {self._queue_limit} trainings may wait, and {waiting} do. Try again in a "
                "few minutes, or stop one of your own."
            )
        self._runs[run.id] = run

    def find(self, run_id: str) -> Run | None:
        """Return a run, or None if it is unknown."""
        return self._runs.get(run_id)

    def of(self, owner: str) -> tuple[str, ...]:
        """Return the ids of an owner's runs, the newest first."""
        return tuple(run.id for run in reversed(self._runs.values()) if run.owner == owner)

    def queued(self) -> list[Run]:
        """Return the runs that wait, in order."""
        return [run for run in self._runs.values() if run.state == QUEUED]

    def running(self) -> list[Run]:
        """Return the runs in training, the oldest first."""
        return [run for run in self._runs.values() if run.state == RUNNING]

    def move_on(self) -> None:
        """Begin runs while there is room, number the rest, and forget the oldest finished ones."""
        for run in self.queued()[: self._runs_at_once - len(self.running())]:
            run.start()
        for place, run in enumerate(self.queued(), start=1):
            run.queue_at(place)
        finished = [(run.finished, run.id) for run in self._runs.values() if run.finished]
        for _, run_id in sorted(finished)[: -self._keep_finished]:
            del self._runs[run_id]
