"""Kill the driver and the workers of batch runs at random moments: what is left must not differ.

    python -m benchmarks.soak_batch [--kills 20] [--seed 0] [--series 2000] [--dask]

Runs are killed (the driver, one of its workers, or all at once), resumed, and killed again; every
run that comes to its end must have written the same bytes as one that nobody disturbed, with every
series once. With `--dask` the workers are two processes of a Dask cluster on this machine, of which
one is killed in the midst of a run; that run must end by itself, with the same bytes.
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
from dataclasses import dataclass
from pathlib import Path

from benchmarks.batch_dask import through_a_kill
from benchmarks.batch_input import write_series
from benchmarks.batch_processes import family_of, started_at
from benchmarks.soak_batch_checks import (
    LossError,
    check_complete,
    compare,
    content_of,
    ended,
    errors_of,
    said_of,
)

ROOT = Path(__file__).parents[1]
ROWS = 100
OPTIONS = (
    "--horizon", "7", "--level", "80", "--timesteps", "14", "--hidden-units", "16",
    "--epochs", "4", "--sample", "200", "--partition-rows", "10000", "--workers", "2",
)  # fmt: skip
KINDS = ("driver", "worker", "all")
LOOKS = 0.05  # seconds
UNDISTURBED = 0.9  # share of an undisturbed run's seconds within which it is killed


@dataclass
class Figures:
    """What the soak counted."""

    kills: int = 0
    drivers: int = 0
    workers: int = 0
    all: int = 0
    late: int = 0
    runs: int = 0
    resumed: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills ({self.drivers} of the driver, {self.workers} of a worker, "
            f"{self.all} of all), {self.resumed} resumptions, {self.runs} runs ended: the bytes "
            f"of all are those of an undisturbed one; {self.late} kills came too late to count."
        )


def begin(source: Path, out: Path, *more: str) -> "subprocess.Popen[str]":
    """Start a run, or go on with it."""
    command = [sys.executable, "-m", "forecast", "batch", str(source), "--out", str(out)]
    with errors_of(out).open("w") as errors:
        return subprocess.Popen(  # noqa: S603  (our own interpreter and program)
            [*command, *OPTIONS, *more], cwd=ROOT, text=True, env=os.environ,
            stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip


def strike(process: "subprocess.Popen[str]", kind: str, chance: random.Random) -> bool:
    """Kill the driver, a worker, or all; say whether there was anything to kill."""
    family = family_of(process.pid)
    while kind == "worker" and len(family) == 1 and process.poll() is None:
        time.sleep(LOOKS)  # until there are workers
        family = family_of(process.pid)
    workers = [pid for pid in family[1:] if started_at(pid) > 0]
    if process.poll() is not None or (kind == "worker" and not workers):
        return False
    doomed = {"driver": [process.pid], "worker": [chance.choice(workers or [0])], "all": family}
    for pid in doomed[kind]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return True


def soak(kills: int, chance: random.Random, source: Path, top: Path) -> Figures:
    """Kill, resume and compare until there were so many kills.

    Raises:
        LossError: a run failed, or left something else than an undisturbed one.
    """
    started = time.monotonic()
    whole = ended(begin(source, top / "whole"), top / "whole")
    seconds = time.monotonic() - started
    figures = Figures()
    while figures.kills < kills:
        out = top / f"run-{figures.runs}"
        while figures.kills < kills:
            process = begin(source, out, "--resume")
            figures.resumed += out.exists()
            time.sleep(chance.uniform(0, seconds * UNDISTURBED))
            kind = chance.choice(KINDS)
            struck = strike(process, kind, chance)
            process.wait()
            if not struck or process.returncode == 0:
                figures.late += struck
                break
            if kind == "worker" and "--resume" not in said_of(out):
                raise LossError(f"a killed worker was told of as: {said_of(out)[-500:]!r}")
            figures.kills += 1
            figures.drivers += kind == "driver"
            figures.workers += kind == "worker"
            figures.all += kind == "all"
        compare(whole, ended(begin(source, out, "--resume"), out))
        figures.runs += 1
        shutil.rmtree(out)
    return figures


def main() -> int:
    """Soak, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--series", type=int, default=2_000)
    parser.add_argument("--dask", action="store_true", help="the cluster too")
    given = parser.parse_args()
    top = Path(tempfile.mkdtemp(prefix="soak-batch-"))
    source = top / "series.parquet"
    write_series(source, given.series, ROWS)
    chance = random.Random(given.seed)  # noqa: S311
    try:
        print(soak(given.kills, chance, source, top))
        check_complete(top / "whole", given.series)
        if given.dask:
            whole = content_of(top / "whole")
            print(through_a_kill(source, top, OPTIONS, whole, chance))
    except LossError as fault:
        print(f"{fault}. Kept: {top}")
        return 1
    shutil.rmtree(top)
    return 0


if __name__ == "__main__":
    sys.exit(main())
