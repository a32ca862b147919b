"""The service's own record of a run; readers get pictures of it.

Everything here is done with the service's lock held.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from forecast.data.windows import Origins
from forecast.evaluation.comparison import Comparison
from forecast.jobs.request import Plans, Request
from forecast.jobs.snapshot import DONE, FAILED, QUEUED, RUNNING, STOPPED, RunSnapshot
from forecast.jobs.task import Task

if TYPE_CHECKING:
    from forecast.jobs.process import Worker


class Live(NamedTuple):
    """What the live forecast of a run is of: (targets,) each."""

    origins: Origins
    ds: tuple[Any, ...]
    y: tuple[float, ...]


@dataclass(eq=False)
class Run:
    """A run, from its submission on; see `RunSnapshot` for what is shown of it.

    Attributes:
        plans: by value of the grid; dropped once concluded.
        stopping: whether a person has stopped it.
        concluding: whether its result is being put together.
    """

    id: str
    owner: str
    request: Request
    plans: Plans
    tasks: list[Task]
    live: Live
    state: str = QUEUED
    place: int = 0
    version: int = 1
    stopping: bool = False
    concluding: bool = False
    result: Comparison | None = None
    grid: pd.DataFrame | None = None
    error: str | None = None
    submitted: float = field(default_factory=time.time)
    started: float | None = None
    finished: float | None = None
    _picture: RunSnapshot | None = None

    def at_work(self) -> "list[tuple[Task, Worker]]":
        """Return the tasks that have a worker, and it."""
        return [(task, task.worker) for task in self.tasks if task.worker is not None]

    def changed(self) -> None:
        """Let the next picture be a new one."""
        self.version += 1
        self._picture = None

    def queue_at(self, place: int) -> None:
        """Note its place in the queue, from 1."""
        if place != self.place:
            self.place = place
            self.changed()

    def start(self) -> None:
        """Leave the queue and run."""
        self.state, self.place, self.started = RUNNING, 0, time.time()
        self.changed()

    def stop_waiting(self) -> None:
        """Stop the tasks that no worker has begun."""
        self.stopping = True
        for task in self.tasks:
            if task.worker is None and not task.ended:
                task.end(STOPPED)
        self.changed()

    def abandon(self) -> None:
        """Stop all tasks without waiting for them, and finish."""
        for task in self.tasks:
            if not task.ended:
                task.end(STOPPED)
        self.finish(STOPPED)

    def conclude(
        self, result: Comparison | None, grid: pd.DataFrame | None, error: str | None
    ) -> None:
        """Finish with what has come of the tasks, all of which have ended."""
        self.result, self.grid = result, grid
        states = {task.state for task in self.tasks}
        if error is None and result is None and STOPPED not in states:
            error = _why_failed(self.tasks)
        ending = STOPPED if STOPPED in states else DONE
        self.finish(ending if error is None else FAILED, error)

    def finish(self, state: str, error: str | None = None) -> None:
        """Note that nothing more will come."""
        self.state, self.error, self.place, self.finished = state, error, 0, time.time()
        self.plans = ()
        self.changed()

    def picture(self) -> RunSnapshot:
        """Return the run as readers see it; the same picture until something changes."""
        if self._picture is None:
            self._picture = RunSnapshot(
                id=self.id,
                owner=self.owner,
                state=self.state,
                place=self.place,
                version=self.version,
                request=self.request,
                cells=tuple(task.picture() for task in self.tasks),
                live_ds=self.live.ds,
                live_y=self.live.y,
                result=self.result,
                grid=self.grid,
                error=self.error,
                submitted=self.submitted,
                started=self.started,
                finished=self.finished,
            )
        return self._picture


def _why_failed(tasks: list[Task]) -> str:
    """Say in one sentence why a run came to nothing, by the errors of its tasks."""
    first = tasks[0]
    if len({task.error for task in tasks}) == 1:
        return str(first.error)
    return f"No cell was fitted; {first.label}: {first.error}"
