"""Kill a process that writes runs at random moments: nothing acknowledged may be lost or broken.

    python -m benchmarks.soak_store [--kills 200] [--seed 0]

After every kill the store is opened again. Every file must have its checksum, every run that was
acknowledged as finished its whole result, every acknowledged epoch its row; a run that was cut off
is marked with what was kept of it; and of what was half written nothing is left after a sweep.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.soak_store_checks import LossError, Told, look
from benchmarks.soak_store_writer import reference

ROOT = Path(__file__).parents[1]
LONGEST = 0.25  # seconds until a kill
NEAR_END = 0.03  # seconds from the beginning of an end until a kill, a little more than it takes
ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass
class Figures:
    """What the soak counted."""

    kills: int = 0
    within_end: int = 0
    within_begin: int = 0
    begun: int = 0
    finished: int = 0
    epochs: int = 0
    uploads: int = 0
    cut_off: int = 0
    slowest: float = 0.0  # seconds to open and recover

    def __str__(self) -> str:
        return (
            f"{self.kills} kills ({self.within_begin} within a beginning, {self.within_end} within "
            f"an end): {self.begun:,} runs begun, {self.finished:,} finished, {self.epochs:,} "
            f"epochs and {self.uploads:,} uploads acknowledged, all there and whole; {self.cut_off}"
            f" runs cut off and marked, nothing half written left; opening and recovering took "
            f"{self.slowest:.2f} s at most."
        )


class Nursery:
    """A process that forks writers without the seconds of an import."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and program)
            [sys.executable, "-m", "benchmarks.soak_store_writer", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1,
            env=os.environ | ALONE,
        )  # fmt: skip
        self._expect("ready")

    def lives(self, folder: Path, number: int, chance: random.Random) -> Told:
        """Let a writer begin, kill it at a random moment, and return what it told."""
        self._ask(f"{folder} {number}")
        told, pid = Told(), int(self._expect("writer").split()[1])
        waits = chance.random() < 0.5  # for an end, to hit one more often than chance would
        for line in self._until("begun", told):
            told.take(line)
        end = time.monotonic() + chance.uniform(0, LONGEST)
        if waits:
            for line in self._until("finishing", told):
                told.take(line)
            end = time.monotonic() + chance.uniform(0, NEAR_END)
        time.sleep(max(end - time.monotonic(), 0))
        os.kill(pid, signal.SIGKILL)
        for line in self._lines():
            if line == "gone":
                return told
            told.take(line)
        raise LossError("the nursery ended")

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        self._process.wait()

    def _ask(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(f"{line}\n")

    def _lines(self) -> Iterator[str]:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                yield line.strip()

    def _until(self, word: str, told: Told) -> Iterator[str]:
        while told.at != word:
            yield next(self._lines())

    def _expect(self, word: str) -> str:
        line = next(self._lines(), "nothing")
        if not line.startswith(word):
            raise LossError(f"expected {word!r}, got {line!r}")
        return line


def soak(kills: int, seed: int) -> Figures:
    """Kill writers and look at what they left; return what was counted.

    Raises:
        LossError: something was lost or broken; the folder is kept and named.
    """
    chance, figures = random.Random(seed), Figures()  # noqa: S311
    top = Path(tempfile.mkdtemp(prefix="soak-store-"))
    whole = reference(top / "reference")
    nursery = Nursery(top / "reference")
    try:
        for number in range(kills):
            told = nursery.lives(top / "store", number, chance)
            seen = look(top / "store", told, whole)
            count(figures, told, seen.cut_off)
            figures.slowest = max(figures.slowest, seen.seconds)
    except LossError as fault:
        raise LossError(f"after {figures.kills} kills: {fault}. Kept: {top}") from fault
    finally:
        nursery.close()
    shutil.rmtree(top)
    return figures


def count(figures: Figures, told: Told, marked: int) -> None:
    """Add a kill."""
    figures.kills += 1
    figures.within_end += told.at == "finishing"
    figures.within_begin += told.at == "beginning"
    figures.begun += len(told.begun)
    figures.finished += len(told.finished)
    figures.epochs += 2 * sum(told.epochs.values())
    figures.uploads += len(told.uploads)
    figures.cut_off += marked


def main() -> int:
    """Soak, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    try:
        print(soak(given.kills, given.seed))
    except LossError as fault:
        print(fault)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
