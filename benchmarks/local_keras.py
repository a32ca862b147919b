"""The driver's end of `benchmarks.peers.keras_series`, in the Python of another environment."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.local_ours import Floats, Job
from benchmarks.local_ways import WAYS
from benchmarks.processes import LAST_WORDS, QUIET, ROOT, ProgramError

MODULE = "benchmarks.peers.keras_series"
FIND = "import importlib.util as u; print(*(n for n in {names} if u.find_spec(n)))"
SECONDS = 1200.0


class Trained(NamedTuple):
    """What became of the networks; S series.

    Attributes:
        weights: (S, size).
        seconds: (S,) on the clock.
        cpu: (S,) of all cores.
        versions: of Keras and its backend.
    """

    weights: Floats
    seconds: NDArray[np.float64]
    cpu: NDArray[np.float64]
    versions: dict[str, str]


def installed(python: Path) -> set[str]:
    """Return which backends of Keras an environment has; none where it lacks Keras itself."""
    names = ["keras", *dict.fromkeys(way.backend for way in WAYS.values())]
    told = subprocess.run(  # noqa: S603  (the interpreter that was asked for)
        [python, "-c", FIND.format(names=names)], capture_output=True, text=True, check=False
    )
    found = set(told.stdout.split())
    return found - {"keras"} if "keras" in found else set()


def first_series(job: Job, count: int) -> Job:
    """Return the job of the first series alone."""
    end = job.offsets[min(count, len(job.first))]
    return Job(job.x[:end], job.y[:end], job.offsets[: count + 1], job.first[:count])


def trained(python: Path, name: str, job: Job) -> Trained:
    """Train all series of a job in a way.

    Raises:
        ProgramError: it failed, or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="local-") as folder:
        given, found = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, **job._asdict())
        _run([str(python), "-m", MODULE, name, str(given), str(found)], WAYS[name].backend)
        told = np.load(found)
        versions = json.loads(str(told["versions"]))
        return Trained(told["weights"], told["seconds"], told["cpu"], versions)


def _run(command: list[str], backend: str) -> None:
    environment = os.environ | QUIET | {"KERAS_BACKEND": backend}
    try:
        told = subprocess.run(  # noqa: S603  (our own program)
            command, cwd=ROOT, env=environment, capture_output=True, text=True,
            check=False, timeout=SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ProgramError(f"not through in {SECONDS:.0f} s") from None
    if told.returncode != 0:
        raise ProgramError(told.stderr.strip()[-LAST_WORDS:])
