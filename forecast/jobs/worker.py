"""A warm worker process: jobs come over stdin and events leave over stdout, as JSON lines.

Only the standard library, and modules of ours that need no more, are imported above `main`: stdout
is set aside for events before anything that might print is loaded, and the end of stdin is noticed
even while the rest is still loading.
"""

import json
import os
import queue
import signal
import sys
import threading
import traceback
from typing import Any, NamedTuple

from forecast.jobs.control import Control
from forecast.jobs.limits import LEAST_MEGABYTES, MEMORY

NICE = 5  # how far a training gives way to the server
ORDERS = {"stop": Control.stop, "pause": Control.pause, "resume": Control.resume}


class Assignment(NamedTuple):
    """A job, and what stops and pauses it."""

    job: dict[str, Any]
    control: Control


class Inbox:
    """Reads stdin in a thread of its own; its end, which is the server's, ends this process."""

    def __init__(self) -> None:
        self._assignments: queue.SimpleQueue[Assignment] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def next(self) -> Assignment:
        """Wait for the next job."""
        return self._assignments.get()

    def _read(self) -> None:
        try:
            newest: Assignment | None = None
            for line in sys.stdin.buffer:
                message = json.loads(line)
                if message["job"] == "fit":
                    newest = Assignment(message, Control())
                    self._assignments.put(newest)
                elif newest is not None and newest.job["id"] == message["id"]:
                    ORDERS[message["job"]](newest.control)
        finally:
            os._exit(0)  # at once, whatever the other thread is at


class Outbox:
    """Writes events to what was stdout; whatever is printed from now on goes to stderr."""

    def __init__(self) -> None:
        self._events = os.dup(1)
        os.dup2(2, 1)

    def tell(self, event: dict[str, Any]) -> None:
        """Send one event; without a server to read it, end."""
        left = json.dumps(event, allow_nan=False).encode() + b"\n"
        try:
            while left:
                left = left[os.write(self._events, left) :]
        except OSError:
            os._exit(0)


def main() -> None:
    """Serve jobs, one at a time, until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the server's
    outbox, inbox = Outbox(), Inbox()
    from forecast.jobs.fit import warm

    warm()
    _give_way()
    outbox.tell({"event": "ready"})
    while True:
        _work(inbox.next(), outbox)


def _work(assignment: Assignment, outbox: Outbox) -> None:
    from forecast.errors import ForecastError
    from forecast.jobs.fit import fit

    try:
        fit(assignment.job, assignment.control, outbox.tell)
        return
    except ForecastError as error:
        message = str(error)
    except MemoryError:
        message = (
            "There was not enough memory for this training. Use fewer `hidden_units`, a smaller "
            "`batch_size` or fewer `timesteps`."
        )
    except Exception as error:  # a fault of ours must not take the process, or the run, along
        traceback.print_exc()
        message = f"The training failed unexpectedly ({type(error).__name__}: {error})."
    outbox.tell({"event": "failed", "id": assignment.job["id"], "message": message})


def _give_way() -> None:
    """Let the server have the processor first, and take no more memory than is allowed."""
    if sys.platform == "win32":
        return
    import resource

    os.nice(NICE)
    allowed = int(os.environ.get(MEMORY) or LEAST_MEGABYTES) * 2**20
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY or allowed < most:
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))


if __name__ == "__main__":
    main()
