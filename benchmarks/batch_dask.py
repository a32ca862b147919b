"""A Dask cluster of two worker processes on this machine, of which one is killed in a batch run."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.soak_batch_checks import LossError, compare, ended, errors_of

ROOT = Path(__file__).parents[1]
SECONDS_TO_START = 60.0
LOOKS = 0.02  # seconds


class Cluster(NamedTuple):
    """A scheduler and its workers.

    Attributes:
        address: of the scheduler.
        workers: one process each, which nobody starts anew.
    """

    address: str
    workers: list["subprocess.Popen[bytes]"]


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler and workers; end them with the block."""
    file = folder / f"scheduler-{time.monotonic_ns()}.json"
    with ExitStack() as stack:
        _start(stack, "dask_scheduler", "--scheduler-file", str(file), "--host", "127.0.0.1",
               "--port", "0", "--no-dashboard")  # fmt: skip
        end = time.monotonic() + SECONDS_TO_START
        while not (file.exists() and file.stat().st_size):
            if time.monotonic() > end:
                raise LossError("the scheduler did not start")
            time.sleep(LOOKS)  # the scheduler writes a file, and tells nobody
        hands = [
            _start(stack, "dask_worker", "--scheduler-file", str(file), "--nthreads", "1",
                   "--no-nanny", "--no-dashboard", "--local-directory", str(folder))
            for _ in range(workers)
        ]  # fmt: skip
        yield Cluster(json.loads(file.read_text())["address"], hands)


def _start(stack: ExitStack, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(  # noqa: S603  (our own interpreter)
        [sys.executable, "-m", f"distributed.cli.{program}", *arguments],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def begin(source: Path, out: Path, address: str, options: Sequence[str]) -> "subprocess.Popen[str]":
    """Start a batch run on a cluster."""
    command = [sys.executable, "-m", "forecast", "batch", str(source), "--out", str(out)]
    with errors_of(out).open("w") as errors:
        return subprocess.Popen(  # noqa: S603  (our own interpreter and program)
            [*command, *options, "--backend", "dask", "--address", address],
            cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip


def through_a_kill(
    source: Path,
    top: Path,
    options: Sequence[str],
    whole: dict[str, bytes],
    chance: random.Random,
) -> str:
    """Kill one of two workers while partitions are forecast; the run must end by itself.

    Args:
        source: of the series.
        top: a folder for the run.
        options: of the run.
        whole: what an undisturbed run with processes of this machine left.
        chance: says when.

    Returns:
        A sentence.

    Raises:
        LossError: the run failed, or left something else.
    """
    out = top / "dask"
    with cluster(top) as hands:
        process = begin(source, out, hands.address, options)
        stage = chance.choice(["work/rows/piece-*", "work/sample/part-*", "forecasts/part-*"])
        while process.poll() is None and not any(out.glob(stage)):
            time.sleep(LOOKS)  # until the stage has begun, which only its files tell
        time.sleep(chance.uniform(0, 0.2))  # so that the kill falls anywhere within it
        in_time = process.poll() is None
        hands.workers[0].send_signal(signal.SIGKILL)
        compare(whole, ended(process, out))
    if not in_time:
        raise LossError("the run was over before a worker could be killed")
    return (
        f"A Dask cluster of 2 workers, one killed once {stage} appeared: the run ended by itself, "
        "with the same bytes as processes of one machine."
    )
