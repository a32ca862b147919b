"""Threads that help with the calls of one plan."""

import threading

import numpy as np
from numpy.typing import NDArray

from forecast.kernels import plan_fields as F
from forecast.kernels.library import Kernel

ANNOUNCE = -1  # a kernel called with this number announces a call


class Crew:
    """Helpers that stay for a moment after a call, should another follow, and then go.

    Args:
        plan: that the kernel reads.
        counters: of that plan.
    """

    def __init__(self, plan: NDArray[np.int64], counters: NDArray[np.int64]) -> None:
        self._plan, self._counters = plan, counters
        self._address: int = plan.__array_interface__["data"][0]
        self._present: set[int] = set()
        self._lock = threading.Lock()  # nobody goes while a call is announced

    def call(self, kernel: Kernel, threads: int) -> None:
        """Call a kernel on so many threads and wait for all."""
        if threads > 1:
            with self._lock:
                seen = int(self._counters[F.CALL])
                kernel(self._address, ANNOUNCE)
                missing = set(range(1, threads)) - self._present
                self._present |= missing
            for number in missing:
                self._counters[F.SEEN + number] = seen
                threading.Thread(target=self._help, args=(kernel, number)).start()
        kernel(self._address, 0)

    def _help(self, kernel: Kernel, number: int) -> None:
        staying = True
        while staying:
            kernel(self._address, number)
            with self._lock:
                staying = self._counters[F.SEEN + number] != self._counters[F.CALL]
                if not staying:
                    self._present.remove(number)
