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
OURS_SERIES = "ours, a pandas Series"
KERNELS = "FORECAST_CACHE_DIR"


class _Cold:
    """One comparison, with a folder for what programs keep."""

    def __init__(self, folder: Path, epochs: int) -> None:
        self.folder = folder
        self.epochs = {programs.EPOCHS: str(epochs)}
        self.memory: dict[str, list[float]] = {}
        self.choice = ""

    def time(self, side: str, program: Program, **more: str) -> float:
        """Run a program; note its memory and return its seconds."""
        spent = program.run(**self.epochs, **more)
        self.memory.setdefault(side, []).append(round(spent.megabytes, 1))
        return round(spent.seconds, 4)

    def ours(self) -> dict[str, Callable[[], float]]:
        """Return our timers: with the kernels of the run before, and with none."""
        warm = {KERNELS: str(self.folder / "kernels")}
        programs.OURS[0].run(**self.epochs, **warm)
        took = {way.name: way.run(**self.epochs, **warm).seconds for way in programs.OURS}
        best = min(programs.OURS, key=lambda way: took[way.name])
        self.choice = best.name
        return {
            OURS: partial(self.time, OURS, best, **warm),
            OURS_EMPTY: partial(self._with_nothing_kept, best),
            OURS_SERIES: partial(self.time, OURS_SERIES, programs.OURS_SERIES, **warm),
        }

    def _with_nothing_kept(self, program: Program) -> float:
        with tempfile.TemporaryDirectory(dir=self.folder) as empty:
            return self.time(OURS_EMPTY, program, **{KERNELS: empty})

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
        "choices": choices | {OURS: comparison.choice},
        "failed": failed | rounds.failed,
    }
