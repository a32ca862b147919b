"""One side in a process of its own: JSON lines in, JSON lines out.

    python -m benchmarks.worker SIDE

Requests: `{"do": "versions"}`, `{"do": "prepare", "kind", "point", "rival", "budget"}`, and
`{"do": "time"}`, which times what was prepared. A process of its own because Keras takes its
backend from the environment, and because the threads of two frameworks in one process fight.
"""

import gc
import importlib
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.choices import Chosen, Run, count_for, fastest, timed
from benchmarks.points import Point
from benchmarks.sides import SIDES

REWARM_SECONDS = 0.05  # a run shorter than this is run once untimed: the caches are another's


def _repeated(call: Callable[..., object], *arguments: object) -> Run:
    def run(count: int) -> None:
        for _ in range(count):
            call(*arguments)

    return run


def _checked_latency(point: Point, call: Callable[[Any], Any]) -> Run:
    generator = np.random.default_rng(0)
    window = generator.normal(size=(1, point.timesteps, point.features)).astype(np.float32)
    shape = np.asarray(call(window)).shape
    if shape != (1, 1):
        raise ValueError(f"the output must be (1, 1); got {shape}")
    return _repeated(call, window)


class Bench:
    """What the process holds between two requests."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.chosen: Chosen | None = None
        self.count = 1

    def versions(self) -> dict[str, str]:
        """Return the versions of the side's packages."""
        found: dict[str, str] = self.module.versions()
        return found

    def prepare(
        self, kind: str, point: list[Any], rival: float | None, budget: float
    ) -> dict[str, Any]:
        """Find the fastest choice at a point and keep it warm."""
        self.chosen = None
        gc.collect()
        at = Point(*point)
        as_run = {"step": lambda run: run, "epoch": _repeated}.get(
            kind, partial(_checked_latency, at)
        )
        self.chosen = fastest(getattr(self.module, kind)(at), as_run, rival)
        self.count = count_for(self.chosen.seconds, budget)
        return {key: value for key, value in self.chosen._asdict().items() if key != "run"}

    def time(self) -> dict[str, float]:
        """Time what was prepared, for about the budget."""
        if self.chosen is None:
            raise RuntimeError("nothing is prepared")
        if self.chosen.seconds < REWARM_SECONDS:
            self.chosen.run(1)
        return {"seconds": timed(self.chosen.run, self.count)}


def main() -> None:
    """Answer requests until there are no more."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)  # what a framework prints must not stand between the answers
        bench = Bench(importlib.import_module(SIDES[sys.argv[1]].module))
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = getattr(bench, request.pop("do"))(**request)
            except Exception as error:  # the driver reports it and goes on
                answer = {"error": f"{type(error).__name__}: {error}"[:500]}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
