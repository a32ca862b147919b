"""Interleaved timing: every repeat times each side once, so that a machine's drift meets all."""

import statistics
import time
from collections.abc import Callable, Collection
from typing import NamedTuple

SETTLE_SECONDS = 0.1  # idle threads of OpenMP and OpenBLAS spin for a while after their work
SLOW, SLOW_REPEATS = 4.0, 3  # a peer so many times slower than the fastest is timed so often


class Rounds(NamedTuple):
    """What was timed.

    Attributes:
        seconds: one number a repeat, of each side that worked.
        failed: what went wrong with the others.
    """

    seconds: dict[str, list[float]]
    failed: dict[str, str]


def interleave(
    timers: dict[str, Callable[[], float]],
    repeats: int,
    *,
    peers: Collection[str],
    failures: tuple[type[Exception], ...],
) -> Rounds:
    """Time sides in turn, each repeat beginning with another one.

    Args:
        timers: give the seconds of one timing, by name of the side.
        repeats: timings of each side, at least 1.
        peers: sides that are timed less often where they are hopelessly slow.
        failures: what a timer raises where its side cannot go on.
    """
    names, seconds, failed = list(timers), {name: [] for name in timers}, {}
    for repeat in range(repeats):
        skipped = _slow(seconds, peers) if repeat >= SLOW_REPEATS else set()
        turn = repeat % len(names)
        for name in names[turn:] + names[:turn]:
            if name in failed or name in skipped:
                continue
            time.sleep(SETTLE_SECONDS)  # until the threads of the side before have stopped spinning
            try:
                seconds[name].append(timers[name]())
            except failures as error:
                failed[name] = str(error)
    return Rounds({name: took for name, took in seconds.items() if name not in failed}, failed)


def _slow(seconds: dict[str, list[float]], peers: Collection[str]) -> set[str]:
    """Return the slow peers, judged by the first repeats: who is out stays out."""
    medians = {
        name: statistics.median(seconds[name][:SLOW_REPEATS])
        for name in peers
        if len(seconds.get(name, [])) >= SLOW_REPEATS
    }
    limit = SLOW * min(medians.values(), default=0.0)
    return {name for name, median in medians.items() if median > limit}
