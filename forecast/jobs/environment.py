"""What a worker process is started with: a command, and an environment without secrets."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from forecast.jobs.limits import MEMORY
from forecast.kernels.engine import WAIT_VARIABLE
from forecast.kernels.threads import VARIABLE as THREADS_VARIABLE

ROOT = Path(__file__).resolve().parents[2]  # the folder that holds the package

# A worker is told what it needs, not what it must not know.
NAMES = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH"}
NAMES |= {"TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "XDG_CACHE_HOME", "LOCALAPPDATA"}
BEGINNINGS = ("LC_", "PYTHON", "FORECAST_", "OPENBLAS_", "OMP_", "MKL_", "NUMBA_")
SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "CREDENTIAL", "KEY")
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def command() -> list[str]:
    """Return the command that starts a worker; -P keeps the working directory off its path."""
    return [sys.executable, "-P", "-m", "forecast.jobs.worker"]


def compile_command() -> list[str]:
    """Return the command that compiles the kernels."""
    return [sys.executable, "-P", "-m", "forecast.jobs.compiler"]


def environment(
    server: Mapping[str, str] = os.environ, megabytes: int | None = None
) -> dict[str, str]:
    """Return a worker's environment, made of the server's, with the memory it may take.

    The worker finds the same package wherever it is started. It keeps to one thread, as there is
    a worker for every cell, and takes NumPy rather than let a person wait for a first compile.
    """
    kept = {name: value for name, value in server.items() if _needed(name.upper())}
    paths = [str(ROOT), *filter(None, [server.get("PYTHONPATH", "")])]
    own = {"PYTHONPATH": os.pathsep.join(paths), WAIT_VARIABLE: "0", THREADS_VARIABLE: "1"}
    memory = {} if megabytes is None else {MEMORY: str(megabytes)}
    return kept | dict.fromkeys(ONE_THREAD, "1") | own | memory


def _needed(name: str) -> bool:
    known = name in NAMES or name.startswith(BEGINNINGS)
    return known and not any(word in name for word in SECRET)
