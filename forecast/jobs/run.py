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
from forecast.jobs.snapshot import DONE, FAILED, PAUSED, QUEUED, RUNNING, STOPPED, RunSnapshot
from forecast.jobs.task import Task

if TYPE_CHECKING:
    from forecast.jobs.process import Worker


class Live(NamedTuple):
    """What the live forecast of a run is of.

    Attributes:
        origins: (targets,) rows of the series.
        ds: (targets,) timestamps or row numbers.
        y: (targets,) observed values.
        number: of the series among those of the run.
        name: of the series.
    """

    origins: Origins
    ds: tuple[Any, ...]
    y: tuple[float, ...]
    number: int
    name: str


@dataclass(eq=False)
class Run:
    """A run, from its submission on; see `RunSnapshot` for what is shown of it.

    Attributes:
        plans: by value of the grid; dropped once concluded.
        stopping: whether a person has stopped it.
        concluding: whether its result is being put together.
        ready: whether it may leave the queue; the run store is told of it first.
        kept: whether the run store knows it.
        noted: whether the run store was told of its start.
        noted_pause: whether the run store was told that it pauses.
        watched: when somebody last looked at it, by the service's clock.
        resumed: when it last began to train, by the service's clock; None while it does not.
        trained: seconds of training up to the last pause.
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
    ready: bool = False
    kept: bool = False
    noted: bool = False
    noted_pause: bool = False
    watched: float = 0.0
    resumed: float | None = None
    trained: float = 0.0
    lasting: bool = False
    note: str | None = None
    unkept: str | None = None
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

    def start(self, now: float) -> None:
        """Leave the queue and run, or go on after a pause."""
        self.state, self.place, self.resumed = RUNNING, 0, now
        self.started = self.started or time.time()
        self._order("resume")
        self.changed()

    def pause(self, now: float) -> None:
        """Let the workers wait."""
        self.trained, self.resumed, self.state = self.seconds(now), None, PAUSED
        self._order("pause")
        self.changed()

    def go_on(self) -> None:
        """Wait in the queue to go on after a pause."""
        self.state = QUEUED
        self.changed()

    def stop(self, note: str | None) -> None:
        """Let the workers stop, and stop what none has begun; one that never began has ended."""
        self.note = note
        self.stop_waiting()
        if self.started is None:
            self.finish(STOPPED)
            return
        self.state, self.place = RUNNING, 0  # paused workers go on, only to end
        self._order("stop")
        self.changed()

    def seconds(self, now: float) -> float:
        """Return the seconds of training so far."""
        return self.trained + (0.0 if self.resumed is None else now - self.resumed)

    def _order(self, job: str) -> None:
        """Tell the workers to pause, to go on, or to stop."""
        for task, worker in self.at_work():
            worker.send({"job": job, "id": task.id})
            worker.parked = job == "pause"

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

    def ending(self, result: Comparison | None, error: str | None) -> tuple[str, str | None]:
        """Return the last state and the error, now that all tasks have ended."""
        states = {task.state for task in self.tasks}
        if error is None and result is None and STOPPED not in states:
            error = _why_failed(self.tasks)
        if error is not None:
            return FAILED, error
        return STOPPED if STOPPED in states else DONE, None

    def conclude(
        self,
        result: Comparison | None,
        grid: pd.DataFrame | None,
        state: str,
        error: str | None,
        at: float,
    ) -> None:
        """Finish with what has come of the tasks."""
        self.result, self.grid = result, grid
        self.finish(state, error, at)

    def finish(self, state: str, error: str | None = None, at: float | None = None) -> None:
        """Note that nothing more will come."""
        self.state, self.error, self.place, self.finished = state, error, 0, at or time.time()
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
                cells=tuple(task.picture(paused=self.state == PAUSED) for task in self.tasks),
                live_ds=self.live.ds,
                live_y=self.live.y,
                live_name=self.live.name,
                result=self.result,
                grid=self.grid,
                error=self.error,
                submitted=self.submitted,
                started=self.started,
                finished=self.finished,
                note=self.note,
                lasting=self.lasting,
                stopping=self.stopping and self.finished is None,
                unkept=self.unkept,
            )
        return self._picture


def _why_failed(tasks: list[Task]) -> str:
    """Say in one sentence why a run came to nothing, by the errors of its tasks."""
    first = tasks[0]
    if len({task.error for task in tasks}) == 1:
        return str(first.error)
    return f"No cell was fitted; {first.label}: {first.error}"
