"""One cell of a run: what a worker is told, and what it has told.

Everything here is done with the service's lock held.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.jobs.snapshot import DONE, FAILED, PAUSED, RUNNING, STOPPED, WAITING, CellState
from forecast.jobs.wire import unpacked_epoch, unpacked_numbers
from forecast.training.history import Epoch

if TYPE_CHECKING:
    from forecast.jobs.process import Worker


@dataclass(eq=False)
class Task:
    """One cell to fit, for one value of the grid.

    Attributes:
        id: names the job on the wire.
        label: of the cell.
        value: of the grid, or None.
        message: the job for a worker.
        path: where the worker saves the model.
        epochs: asked for.
        limit: seconds of training that end it, or None.
        worker: that works on it, or None.
        kept: whether a model of at least one epoch lies at `path`.
        abandoned: whether its worker is being killed because it did not stop.
        ending: whether its worker has left the training, to save what it has learned.
        bereaved: whether a worker has died on it before it began.
        seconds: sum over the finished epochs.
        noted: the state that the run store was last told.
        state, history, live, error, engine: see `CellState`.
    """

    id: str
    label: str
    value: int | None
    message: Mapping[str, Any]
    path: Path
    epochs: int
    limit: float | None = None
    worker: "Worker | None" = None
    kept: bool = False
    abandoned: bool = False
    ending: bool = False
    bereaved: bool = False
    seconds: float = 0.0
    noted: str = WAITING
    state: str = WAITING
    history: list[Epoch] = field(default_factory=list)
    live: tuple[float, ...] = ()
    error: str | None = None
    engine: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in (DONE, STOPPED, FAILED)

    def take(self, event: Mapping[str, Any]) -> None:
        """Note an event of the worker."""
        if "live" in event:
            self.live = unpacked_numbers(event["live"])
        self.engine = event.get("engine", self.engine)
        match event["event"]:
            case "started":
                self.state = RUNNING
            case "epoch":
                self.history.append(unpacked_epoch(event["record"]))
                self.seconds += self.history[-1].seconds
            case "ending":
                self.ending = True
            case "done":
                self.kept = event["kept"]
                self.end(STOPPED if event["stopped_by"] == "cancel" else DONE)
            case "failed":
                self.end(FAILED, event["message"])

    def bereave(self, reason: str) -> None:
        """Note that its worker has died; a task that had not begun may wait for another, once."""
        idle_death = self.state == WAITING and self.worker is not None and self.worker.ready
        if self.abandoned:
            self.end(STOPPED)
        elif idle_death and not self.bereaved:
            self.worker, self.bereaved = None, True
        else:
            self.end(FAILED, reason)

    def end(self, state: str, error: str | None = None) -> None:
        """Note that nothing more will come."""
        self.state, self.error, self.worker = state, error, None
        self.message = {}  # it holds the whole series

    def picture(self, *, paused: bool = False) -> CellState:
        """Return the task as readers see it; of a run that pauses, one in training pauses."""
        left = self._seconds_left()
        history, live = tuple(self.history), self.live
        return CellState(
            label=self.label,
            value=self.value,
            state=PAUSED if paused and self.state == RUNNING else self.state,
            epochs=self.epochs,
            history=history,
            live=live,
            seconds_left=left,
            error=self.error,
            engine=self.engine,
            limit=self.limit,
        )

    def _seconds_left(self) -> float | None:
        if not self.history:
            return None
        if self.limit is not None:
            return 0.0 if self.ended else max(0.0, self.limit - self.seconds)
        # Of several networks epochs are counted on, past those that an early stop has saved.
        left = self.epochs - self.history[-1].epoch
        return 0.0 if self.ended else self.seconds / len(self.history) * left
