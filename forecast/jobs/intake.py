"""What workers tell, taken in by one thread, as many at once as have come."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from forecast.jobs.process import Worker

LOG = logging.getLogger(__name__)
MOST = 512  # told at once, so that the first of many does not wait for the last


class Told(NamedTuple):
    """One thing that a worker told.

    Attributes:
        worker: which one.
        event: of its process, or None if that has ended.
        reason: of its end.
    """

    worker: Worker
    event: dict[str, Any] | None
    reason: str = ""


class Intake:
    """A queue, and the thread that empties it, in order.

    Args:
        take: called with what has come; the next call waits for its end.
    """

    def __init__(self, take: Callable[[Sequence[Told]], None]) -> None:
        self._take = take
        self._queue: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._thread.start()

    def event(self, worker: Worker, event: dict[str, Any]) -> None:
        """Leave an event of a worker."""
        self._queue.put(Told(worker, event))

    def end(self, worker: Worker, reason: str) -> None:
        """Leave the end of a worker."""
        self._queue.put(Told(worker, None, reason))

    def close(self, seconds: float) -> None:
        """Take in what has come by now, and no more."""
        self._queue.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = [first], False
            while len(batch) < MOST and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    last = True
                    break
                batch.append(following)
            try:
                self._take(batch)
            except Exception:  # a fault of ours must not end all other trainings
                LOG.exception("%d messages of workers could not be taken in", len(batch))
            if last:
                return
