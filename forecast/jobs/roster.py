"""The runs of a service: waiting in order, running, pausing, finished.

Every method is called with the service's lock held, and none waits.
"""

from collections import Counter

from forecast.errors import BusyError
from forecast.jobs.limits import Limits
from forecast.jobs.run import Run
from forecast.jobs.snapshot import ACTIVE, PAUSED, QUEUED, RUNNING


class Roster:
    """The runs that are known.

    Args:
        limits: how many may train, pause and wait, of one owner too, and how many are remembered.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._runs: dict[str, Run] = {}  # in the order of their submission

    def admit(self, run: Run) -> None:
        """Let a run in, to be begun or to wait.

        Raises:
            BusyError: its owner has as many runs as one person may, or it would have to wait, and
                as many wait as may.
        """
        limits, waiting = self._limits, len(self.queued())
        own = sum(one.owner == run.owner for one in self.active())
        if own >= limits.runs_per_person:
            raise BusyError(
                f"One person may have {limits.runs_per_person} trainings at once, and you have "
                f"{own}. Wait until one has ended, or stop one."
            )
        if len(self.running()) >= limits.runs_at_once and waiting >= limits.queue_limit:
            raise BusyError(
                f"At most {limits.queue_limit} trainings may wait, and {waiting} do: yours would "
                f"have place {waiting + 1}. Try again in a few minutes, or stop one of your own."
            )
        self._runs[run.id] = run

    def admit_pause(self, owner: str) -> None:
        """Let one more run pause; of one owner half of those that may, so that others can.

        Raises:
            BusyError: as many pause as may, of all or of the owner.
        """
        pausing = [run.owner for run in self._runs.values() if run.state == PAUSED]
        most = self._limits.paused_at_once
        own = -(-most // 2)
        if len(pausing) >= most:
            raise BusyError(
                f"At most {most} trainings may pause at once, and {len(pausing)} do. Stop yours "
                "instead: its best weights are kept."
            )
        if pausing.count(owner) >= own:
            raise BusyError(
                f"One person may pause {own} trainings at once, and you pause "
                f"{pausing.count(owner)}. Resume or stop one of them."
            )

    def find(self, run_id: str) -> Run | None:
        """Return a run, or None if it is unknown."""
        return self._runs.get(run_id)

    def forget(self, run_id: str) -> None:
        """Forget a run that has ended."""
        run = self._runs.get(run_id)
        if run is not None and run.finished is not None:
            del self._runs[run_id]

    def of(self, owner: str) -> tuple[str, ...]:
        """Return the ids of an owner's runs, the newest first."""
        return tuple(run.id for run in reversed(self._runs.values()) if run.owner == owner)

    def active(self) -> list[Run]:
        """Return the runs that have not ended, the oldest first."""
        return [run for run in self._runs.values() if run.state in ACTIVE]

    def running(self) -> list[Run]:
        """Return the runs in training, the oldest first."""
        return [run for run in self._runs.values() if run.state == RUNNING]

    def queued(self) -> list[Run]:
        """Return the runs that wait, in the order in which they will begin.

        People take turns: a run waits for those that came before it, but not for the second of
        somebody whose first is running while its own owner has none.
        """
        waiting = [run for run in self._runs.values() if run.state == QUEUED]
        turn = Counter(run.owner for run in self.running())
        turns = {}
        for run in waiting:
            turns[run.id] = turn[run.owner]
            turn[run.owner] += 1
        return sorted(waiting, key=lambda run: turns[run.id])  # else in order: sorting is stable

    def move_on(self, now: float) -> None:
        """Begin runs while there is room, number the rest, and forget the oldest finished ones.

        Args:
            now: by the service's clock.
        """
        while len(self.running()) < self._limits.runs_at_once:
            ready = [run for run in self.queued() if run.ready]
            if not ready:
                break
            ready[0].start(now)
        for place, run in enumerate(self.queued(), start=1):
            run.queue_at(place)
        finished = [(run.finished, run.id) for run in self._runs.values() if run.finished]
        for _, run_id in sorted(finished)[: -self._limits.keep_finished]:
            del self._runs[run_id]
