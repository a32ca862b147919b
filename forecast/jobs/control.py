"""How a worker's job is stopped, paused and resumed while it trains."""

import threading
import time
from collections.abc import Callable


class Control:
    """Asked by the training between batches; a paused training waits in the question.

    Attributes:
        waited: seconds of pauses so far, which are no training.
    """

    def __init__(self) -> None:
        self.waited = 0.0
        self._stopped, self._going = threading.Event(), threading.Event()
        self._going.set()

    def stop(self) -> None:
        """End the training, also a paused one."""
        self._stopped.set()
        self._going.set()

    def pause(self) -> None:
        """Let the training wait from its next question on; one that is stopped goes on."""
        if not self._stopped.is_set():
            self._going.clear()

    def resume(self) -> None:
        """Let the training go on."""
        self._going.set()

    @property
    def stopped(self) -> bool:
        """Whether somebody has stopped it."""
        return self._stopped.is_set()

    def is_set(self) -> bool:
        """Return True once the training is to stop; wait while it is paused."""
        if not self._going.is_set():
            begun = time.perf_counter()
            self._going.wait()
            self.waited += time.perf_counter() - begun
        return self._stopped.is_set()


class TimedControl:
    """A control that also stops after some seconds of training.

    Args:
        seconds: from now, pauses left out; None never ends it.
        control: of the job.
        on_end: called once, when the training is first told to stop.
    """

    def __init__(
        self, seconds: float | None, control: Control, on_end: Callable[[], None] = lambda: None
    ) -> None:
        self._control, self._seconds, self._on_end = control, seconds, on_end
        self._told = False
        self._begun, self._before = time.perf_counter(), control.waited

    @property
    def waited(self) -> float:
        """Seconds of pauses so far."""
        return self._control.waited

    def over(self) -> bool:
        """Return whether the time is over."""
        if self._seconds is None:
            return False
        paused = self._control.waited - self._before
        return time.perf_counter() - self._begun - paused >= self._seconds

    def is_set(self) -> bool:
        """Return True once the training is to stop."""
        ends = self._control.is_set() or self.over()
        if ends and not self._told:
            self._told = True
            self._on_end()
        return ends
