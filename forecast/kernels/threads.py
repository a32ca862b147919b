"""How many threads a training takes."""

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

VARIABLE = "FORECAST_THREADS"
WORTH_A_THREAD = 4e8  # floating-point operations of a batch from which one thread is not enough

_lock = threading.Lock()
_running = 0


def cores() -> int:
    """Return how many cores this process may use: `$FORECAST_THREADS`, or what the system says."""
    named = os.environ.get(VARIABLE, "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def counted() -> Iterator[None]:
    """Count a training, so that others leave it its share of the cores."""
    global _running
    with _lock:
        _running += 1
    try:
        yield
    finally:
        with _lock:
            _running -= 1


def share(work: float, blocks: int, threads: int | None) -> int:
    """Return how many threads to take for the next batches; the results do not depend on it.

    Args:
        work: floating-point operations of a batch.
        blocks: that a batch falls into.
        threads: what the user asked for; None takes one for small batches, and for large ones
            what the trainings of this process leave of the cores.
    """
    if threads is None:
        threads = 1 if work < WORTH_A_THREAD else max(1, cores() // max(1, _running))
    return max(1, min(threads, blocks))


class Pace:
    """Learns whether several threads are faster than one, as on a busy machine they are not.

    Both are tried, and the slower one again every `AGAIN` calls, as others come and go.
    """

    AGAIN = 16
    NEWEST = 0.5  # weight of the newest measurement

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}
        self._calls = 0

    def choose(self, most: int) -> int:
        """Return how many threads to take next, 1 or `most`."""
        self._calls += 1
        for count in (most, 1):
            if count not in self._seconds:
                return count
        fast, slow = sorted((1, most), key=self._seconds.__getitem__)
        return slow if self._calls % self.AGAIN == 0 else fast

    def note(self, threads: int, batch_seconds: float) -> None:
        """Note how long a batch took with so many threads."""
        before = self._seconds.get(threads, batch_seconds)
        self._seconds[threads] = before + self.NEWEST * (batch_seconds - before)


@cache
def sleep_address() -> int:
    """Return the address of a C function that lets other threads run; 0 where none is known."""
    try:
        if sys.platform == "win32":
            function = ctypes.windll.kernel32.SwitchToThread
        else:
            function = ctypes.CDLL(None).usleep
        return ctypes.cast(function, ctypes.c_void_p).value or 0
    except (AttributeError, OSError):
        return 0
