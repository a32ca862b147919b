"""A side's possible settings at a point, and the fastest of them.

Every side is a module with `versions()`, and with `step(point)`, `epoch(point)` and
`latency(point)`, each of which returns choices. What a choice builds is called so: a step with the
number of steps to run, an epoch with nothing, a latency with a window (1, timesteps, 1), for which
it returns the output (1, 1).
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

Run = Callable[[int], object]  # runs something so many times, and waits for the end of it

ROUNDS = 3
LOOK_SECONDS = 0.05
HOPELESS = 2.5  # a slow choice is not known to gain more than this
WARM_UPS = 1


class Choice(NamedTuple):
    """One way of running a point.

    Attributes:
        name: shown in the report.
        build: makes it; called with nothing.
        slow: it compiles for minutes, so it is built only where it could make its side the
            fastest peer.
    """

    name: str
    build: Callable[[], Any]
    slow: bool = False


class Chosen(NamedTuple):
    """The fastest choice.

    Attributes:
        name: of the choice.
        run: it, warm.
        seconds: of one run.
        tried: seconds of every choice.
        failed: what went wrong with those that do not work.
    """

    name: str
    run: Run
    seconds: float
    tried: dict[str, float]
    failed: dict[str, str]


def timed(run: Run, count: int) -> float:
    """Return the seconds of one run, the mean of `count`."""
    started = time.perf_counter()
    run(count)
    return (time.perf_counter() - started) / count


def count_for(seconds: float, budget: float) -> int:
    """Return how many runs of so many seconds fill a budget, at least one."""
    return max(1, round(budget / max(seconds, 1e-7)))


def fastest(choices: list[Choice], as_run: Callable[[Any], Run], rival: float | None) -> Chosen:
    """Build choices, warm them up, and keep the fastest.

    Args:
        choices: of one side at one point.
        as_run: turns what a choice builds into a run.
        rival: seconds of the fastest other peer so far, or None; see `Choice.slow`.

    Raises:
        RuntimeError: no choice works.
    """
    runs: dict[str, Run] = {}
    tried: dict[str, float] = {}
    failed: dict[str, str] = {}
    for choice in sorted(choices, key=lambda choice: choice.slow):
        best = min(tried.values(), default=0.0)
        if choice.slow and (rival is None or best > HOPELESS * rival):
            continue
        try:
            run = as_run(choice.build())
            run(WARM_UPS)  # compiles
            first = timed(run, 1)
            tried[choice.name] = min([first, *_looks(run, first)])
            runs[choice.name] = run
        except Exception as error:  # a peer that cannot is reported, whatever it raises
            failed[choice.name] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    if not tried:
        raise RuntimeError(f"no choice works: {failed}")
    name = min(tried, key=lambda name: tried[name])
    return Chosen(name, runs[name], tried[name], tried, failed)


def _looks(run: Run, first: float) -> list[float]:
    count = count_for(first, LOOK_SECONDS)
    return [timed(run, count) for _ in range(ROUNDS if first < 10 * LOOK_SECONDS else 1)]
