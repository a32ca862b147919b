"""Whole processes: how long they take, and the most memory they held."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
LAST_WORDS = 300


class Spent(NamedTuple):
    """What a process took.

    Attributes:
        seconds: from before its start to after its end.
        megabytes: the most memory it held at once.
    """

    seconds: float
    megabytes: float


class ProgramError(Exception):
    """A program failed."""


def run(arguments: list[str], environment: dict[str, str]) -> Spent:
    """Run Python with arguments; return what it took.

    The kernel counts the memory of the parent at the start as the child's, so nothing large may be
    imported here.

    Raises:
        ProgramError: it ended with another status than 0.
    """
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  (our own interpreter and programs)
        [sys.executable, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | environment,
    )
    with process:
        told = process.stderr.read() if process.stderr is not None else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise ProgramError(told.decode(errors="replace").strip()[-LAST_WORDS:])
    unit = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
    return Spent(seconds, usage.ru_maxrss * unit / 1e6)
