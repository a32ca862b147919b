"""The worker processes of a service: a bounded number, started when they are needed.

Every method is called with the service's lock held, and none waits.
"""

from forecast.jobs.process import OnEnd, OnEvent, Worker


class Crew:
    """The workers.

    Args:
        most: workers at once, those whose work is paused left out.
        megabytes: of memory that each may take.
        on_event: called by a worker's thread with every event of its process.
        on_end: called by a worker's thread with the reason when its process has ended.

    Attributes:
        workers: all that have not ended, in the order of their start.
    """

    def __init__(self, most: int, megabytes: int, on_event: OnEvent, on_end: OnEnd) -> None:
        self.workers: list[Worker] = []
        self._most, self._megabytes = most, megabytes
        self._on_event, self._on_end = on_event, on_end

    def warm(self, count: int) -> None:
        """See that there are at least `count` workers, as far as the bound allows."""
        while self._active() < min(count, self._most):
            self._start()

    def free(self) -> Worker | None:
        """Return a worker without work, at best a warm one, or None if all are busy."""
        idle = [one for one in self.workers if one.work is None and not one.ending]
        if idle:
            return next((worker for worker in idle if worker.ready), idle[0])
        return self._start() if self._active() < self._most else None

    def release(self, worker: Worker) -> None:
        """Take a worker's work from it; end it if pauses have made it one too many."""
        worker.work, worker.parked = None, False
        if self._active() > self._most:
            worker.kill()

    def lost(self, worker: Worker) -> None:
        """Replace a worker that has ended; one that never got ready would only end again."""
        self.workers.remove(worker)
        if worker.ready and self._active() < self._most:
            self._start()

    def _active(self) -> int:
        return sum(not worker.parked and not worker.ending for worker in self.workers)

    def _start(self) -> Worker:
        worker = Worker(self._on_event, self._on_end, self._megabytes)
        self.workers.append(worker)
        return worker
