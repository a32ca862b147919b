"""A plan: the numbers a kernel reads, and the arrays whose addresses are among them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecast.kernels import plan_fields as F
from forecast.kernels import threads as cores
from forecast.kernels.arena import Arena
from forecast.kernels.crew import Crew
from forecast.kernels.library import kernel

Kept = TypeVar("Kept", bound=NDArray[Any])


class Plan:
    """Numbers and arrays of one kernel.

    Args:
        name: of the kernel.
        arena: layout of a thread's scratch, made at the first run.
        known: numbers by field.
    """

    def __init__(self, name: str, arena: Arena, known: Mapping[int, int]) -> None:
        self._name, self._arena_size = name, arena.size
        self.numbers = np.zeros(F.FIELDS, np.int64)
        self.kept: dict[int, NDArray[Any]] = {}
        self.constants = self.keep(F.CONSTANTS_AT, np.zeros(F.CONSTANTS))
        self.keep(F.RECORDS_AT, arena.records)
        self._counters = self.keep(F.COUNTERS_AT, np.zeros(F.COUNTERS, np.int64))
        self._crew: Crew | None = None
        self.set(
            {
                **known, F.ARENA_SIZE: arena.size, F.SLEEP_AT: cores.sleep_address(),
                F.TOP: arena.top, F.OUT: arena.out, F.D_OUT: arena.d_out, F.LIVE: arena.live,
                F.ENDS: arena.ends,
            }
        )  # fmt: skip

    @property
    def address(self) -> int:
        """Where a kernel finds the numbers."""
        place: int = self.numbers.__array_interface__["data"][0]
        return place

    def set(self, known: Mapping[int, int]) -> None:
        """Set numbers by field."""
        for place, number in known.items():
            self.numbers[place] = number

    def keep(self, place: int, array: Kept) -> Kept:
        """Note an array's address, and keep it alive."""
        self.kept[place] = array
        self.numbers[place] = array.__array_interface__["data"][0]
        return array

    def keep_or_not(self, place: int, flag: int, array: NDArray[Any] | None) -> None:
        """Note an array that may be missing, and whether it is there."""
        self.numbers[flag] = array is not None
        if array is not None:
            self.keep(place, array)

    def make_room(self, threads: int) -> None:
        """See that there is scratch for so many threads."""
        size = threads * self._arena_size
        if F.ARENA_AT not in self.kept or self.kept[F.ARENA_AT].size < size:
            self.keep(F.ARENA_AT, np.zeros(size, np.float32))

    def prepared(self) -> Callable[[], None]:
        """Return what runs the kernel in this thread, as the plan is now, and does nothing else."""
        self.make_room(1)
        self.numbers[F.THREADS] = 1
        return partial(kernel(self._name), self.address, 0)

    def run(self, threads: int = 1) -> None:
        """Run the kernel and wait for it."""
        threads = min(threads, F.MOST_THREADS)
        self.make_room(threads)
        self.numbers[F.THREADS] = threads
        if threads > 1 and self._crew is None:
            self._crew = Crew(self.numbers, self._counters)
        if self._crew is None:
            kernel(self._name)(self.address, 0)
        else:
            self._crew.call(kernel(self._name), threads)
