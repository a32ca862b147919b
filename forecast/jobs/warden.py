"""Ends runs that nobody looks at any more, and those that train longer than they may."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

from forecast.jobs.limits import Limits
from forecast.jobs.run import Run
from forecast.jobs.snapshot import PAUSED

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0  # between two looks at all runs
PAUSED_SECONDS = 3600.0  # that a lasting run may pause unwatched; it holds its processes


class Overdue(NamedTuple):
    """A run that is to be stopped, and why."""

    run: str
    note: str


def overdue(runs: Iterable[Run], limits: Limits, now: float) -> list[Overdue]:
    """Return the runs that have trained, or gone unwatched, longer than they may.

    Args:
        runs: that have not ended.
        limits: of the service.
        now: by the service's clock.
    """
    found = []
    for run in runs:
        if not run.ready:
            continue
        alone = now - run.watched
        patience = PAUSED_SECONDS if run.lasting else limits.lease_seconds
        if run.seconds(now) > limits.run_seconds:
            why = f"It had trained for {limits.run_seconds} s, the most that a run may here."
        elif alone > patience and (not run.lasting or run.state == PAUSED):
            why = f"Nobody had looked at it for {patience:.0f} s, and it was not asked to go on."
        else:
            continue
        found.append(Overdue(run.id, why))
    return found


class Warden:
    """A thread that looks at the runs every second.

    Args:
        look: returns the runs that are to be stopped.
        stop: stops one, with the reason.
    """

    def __init__(self, look: Callable[[], list[Overdue]], stop: Callable[[str, str], None]) -> None:
        self._look, self._stop = look, stop
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="warden", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def look(self) -> None:
        """Stop what is overdue now."""
        for run, note in self._look():
            self._stop(run, note)

    def _run(self) -> None:
        while not self._closed.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception:  # a fault of ours must not end all other leases
                LOG.exception("the runs could not be looked at")
