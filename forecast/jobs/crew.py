"""The worker processes of a service: a bounded number, started when they are needed.

Every method is called with the service's lock held, and none waits.
"""

from forecast.jobs.process import OnEnd, OnEvent, Worker


class Crew:
    """The workers.

    Args:
        most: workers at once.
        on_event: called by a worker's thread with every event of its process.
        on_end: called by a worker's thread with the reason when its process has ended.

    Attributes:
        workers: all that have not ended, in the order of their start.
    """

    def __init__(self, most: int, on_event: OnEvent, on_end: OnEnd) -> None:
        self.workers: list[Worker] = []
        self._most, self._on_event, self._on_end = most, on_event, on_end

    def warm(self, count: int) -> None:
        """See that there are at least `count` workers, as far as the bound allows."""
        while len(self.workers) < min(count, self._most):
            self._start()

    def free(self) -> Worker | None:
        """Return a worker without work, at best a warm one, or None if all are busy."""
        idle = [one for one in self.workers if one.work is None and not one.ending]
        if idle:
            return next((worker for worker in idle if worker.ready), idle[0])
        return self._start() if len(self.workers) < self._most else None

    def lost(self, worker: Worker) -> None:
        """Replace a worker that has ended; one that never got ready would only end again."""
        self.workers.remove(worker)
        if worker.ready:
            self._start()

    def _start(self) -> Worker:
        worker = Worker(self._on_event, self._on_end)
        self.workers.append(worker)
        return worker
