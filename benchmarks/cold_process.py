"""Cold processes side by side: import, build, train, predict, end."""

import math
import tempfile
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import programs
from benchmarks.processes import ProgramError
from benchmarks.programs import Program
from benchmarks.rounds import interleave
from benchmarks.sides import OURS

OURS_EMPTY = "ours, empty cache"
KERNELS = "FORECAST_CACHE_DIR"


class _Cold:
    """One comparison, with a folder for what programs keep."""

    def __init__(self, folder: Path, epochs: int) -> None:
        self.folder = folder
        self.epochs = {programs.EPOCHS: str(epochs)}
        self.memory: dict[str, list[float]] = {}

    def time(self, side: str, program: Program, **more: str) -> float:
        """Run a program; note its memory and return its seconds."""
        spent = program.run(**self.epochs, **more)
        self.memory.setdefault(side, []).append(round(spent.megabytes, 1))
        return round(spent.seconds, 4)

    def ours(self) -> dict[str, Callable[[], float]]:
        """Return our timers: with the kernels of the run before, and with none."""
        warm = {KERNELS: str(self.folder / "kernels")}
        programs.OURS.run(**self.epochs, **warm)
        return {
            OURS: partial(self.time, OURS, programs.OURS, **warm),
            OURS_EMPTY: self._with_nothing_kept,
        }

    def _with_nothing_kept(self) -> float:
        with tempfile.TemporaryDirectory(dir=self.folder) as empty:
            return self.time(OURS_EMPTY, programs.OURS, **{KERNELS: empty})

    def fastest(self, side: str, ways: list[Program]) -> Program | str:
        """Run every program of a side, warm; return the fastest, or why none works."""
        took: dict[str, float] = {}
        failed: dict[str, str] = {}
        for way in ways:
            try:
                if way.keeps:
                    way.run(**self.epochs)
                took[way.name] = way.run(**self.epochs).seconds
            except ProgramError as error:
                failed[way.name] = str(error)
        told = [f"{name} {seconds:.2f} s" for name, seconds in took.items()]
        told += [f"{name} failed: {text}" for name, text in failed.items()]
        print(f"  {side}: {', '.join(told)}", flush=True)
        return min(ways, key=lambda way: took.get(way.name, math.inf)) if took else str(failed)


def cold(names: Collection[str], repeats: int, epochs: int) -> dict[str, Any]:
    """Time whole programs, interleaved; each peer's fastest one is found first.

    Args:
        names: of the peers.
        repeats: runs of each program.
        epochs: that each trains.
    """
    failed: dict[str, str] = {}
    choices: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        comparison = _Cold(Path(scratch), epochs)
        timers = comparison.ours()
        for side, ways in programs.peers(Path(scratch)).items():
            if side not in names:
                continue
            found = comparison.fastest(side, ways)
            if isinstance(found, str):
                failed[side] = found
            else:
                choices[side] = found.name
                timers[side] = partial(comparison.time, side, found)
        rounds = interleave(timers, repeats, peers=list(choices), failures=(ProgramError,))
    return {
        "epochs": epochs,
        "seconds": rounds.seconds,
        "megabytes": comparison.memory,
        "choices": choices,
        "failed": failed | rounds.failed,
    }
