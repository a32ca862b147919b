"""One worker process as the service sees it: started, written to, listened to, ended."""

import json
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, cast

from forecast.jobs.environment import command, environment
from forecast.jobs.wire import line

if TYPE_CHECKING:
    from forecast.jobs.run import Run
    from forecast.jobs.task import Task

LAST_BREATH = 2.0  # seconds that a process whose stdout has ended may take to end itself

OnEvent = Callable[["Worker", dict[str, Any]], None]
OnEnd = Callable[["Worker", str], None]


class Worker:
    """A worker process. No method waits for it, except `join`.

    Args:
        on_event: called by a thread of its own with every event of the process.
        on_end: called by that thread with the reason when the process has ended.
        megabytes: of memory that it may take.

    Attributes:
        ready: whether it has said so.
        ending: whether it is being killed.
        parked: whether its work is paused; kept by the service.
        work: the run and task that it works on, or None; kept by the service.
    """

    def __init__(self, on_event: OnEvent, on_end: OnEnd, megabytes: int) -> None:
        self.ready = False
        self.ending = False
        self.parked = False
        self.work: tuple[Run, Task] | None = None
        self._on_event, self._on_end, self._megabytes = on_event, on_end, megabytes
        self._outbox: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._life = threading.Thread(target=self._live, name="worker life", daemon=True)
        self._life.start()

    def send(self, message: Mapping[str, Any]) -> None:
        """Leave a message for the process; it is encoded and written by another thread."""
        self._outbox.put(message)

    def kill(self) -> None:
        """End the process at once."""
        with self._guard:
            self.ending = True
            if self._process is not None:
                self._process.kill()

    def join(self, seconds: float) -> None:
        """Wait until the process has ended and its end was told."""
        self._life.join(seconds)

    def _live(self) -> None:
        """Start the process, pass its events on, and tell of its end."""
        try:
            process = self._started()
        except OSError as error:
            reason = error.strerror or str(error)
            self._on_end(self, f"The training process could not be started ({reason}).")
            return
        threading.Thread(
            target=self._write, args=(cast("IO[bytes]", process.stdin),), daemon=True
        ).start()
        try:
            self._listen(cast("IO[bytes]", process.stdout))
        finally:
            status = _ended(process)
            self._outbox.put(None)
            self._on_end(self, _reason(status))

    def _started(self) -> "subprocess.Popen[bytes]":
        """Start the process, in a session of its own so that Ctrl-C does not reach it.

        Raises:
            OSError: it cannot be started.
        """
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            command(),
            env=environment(megabytes=self._megabytes),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        with self._guard:
            self._process = process
            if self.ending:
                process.kill()
        return process

    def _listen(self, events: IO[bytes]) -> None:
        """Pass events on until the process closes its stdout, or writes what is no event."""
        with events:
            for text in events:
                try:
                    event = json.loads(text)
                except ValueError:
                    self.kill()
                    return
                self._on_event(self, event)

    def _write(self, jobs: IO[bytes]) -> None:
        """Write the messages until the end is told; a process that is gone reads none."""
        try:
            with jobs:
                while (message := self._outbox.get()) is not None:
                    jobs.write(line(message))
                    jobs.flush()
        except OSError:
            pass  # `_live` finds out how it ended


def _ended(process: "subprocess.Popen[bytes]") -> int:
    """See that a process ends; return its exit status, negative for a signal."""
    try:
        return process.wait(LAST_BREATH)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _reason(status: int) -> str:
    if status == -signal.SIGKILL:
        return (
            "The training process was killed (signal 9), by a person or because the machine ran "
            "out of memory. Train again, with fewer `hidden_units` if it happens once more."
        )
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    return f"The training process ended unexpectedly ({how}). Train again."
