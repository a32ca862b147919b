"""The programs of the cold process: what is run, and every peer's ways of running it."""

import os
from pathlib import Path
from typing import NamedTuple

from benchmarks.processes import QUIET, Spent, run

EPOCHS = "COLD_EPOCHS"  # the variable that tells a program how many


class Program(NamedTuple):
    """One way of running a side's program.

    Attributes:
        name: of the way, shown in the report.
        arguments: module and arguments.
        environment: variables.
        keeps: whether it keeps compiled code, so that its first run counts for nothing.
    """

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    keeps: bool = False

    def run(self, **more: str) -> Spent:
        """Run it once."""
        arguments = ["-m", *self.arguments]
        return run(arguments, QUIET | self.environment | more)


OURS = [
    Program("1 thread", ("benchmarks.cold.ours", "1"), {}),
    Program("all threads", ("benchmarks.cold.ours", str(os.cpu_count())), {}),
]
OURS_SERIES = Program("", ("benchmarks.cold.ours_series",), {})


def _keras(backend: str, name: str, *arguments: str, **kept: str) -> Program:
    environment = {"KERAS_BACKEND": backend} | kept
    command = ("benchmarks.cold.keras_program", *arguments)
    return Program(name, command, environment, keeps=bool(kept))


def peers(folder: Path) -> dict[str, list[Program]]:
    """Return every peer's programs; JAX may keep what it compiled in a folder, as we do."""
    kept = {
        "JAX_COMPILATION_CACHE_DIR": str(folder / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    plain = ("benchmarks.cold.jax_program",)
    torch = "benchmarks.cold.pytorch"
    return {
        "jax": [
            Program("nothing kept", plain, {}),
            Program("compiled code kept from the run before", plain, kept, keeps=True),
        ],
        "keras-jax": [
            _keras("jax", "fit", "jit", "1"),
            _keras("jax", "fit, 60 steps at once", "jit", "60"),
            _keras("jax", "fit, compiled code kept from the run before", "jit", "1", **kept),
        ],
        "keras-tensorflow": [
            _keras("tensorflow", "fit", "plain", "1"),
            _keras("tensorflow", "fit, XLA", "jit", "1"),
            _keras("tensorflow", "fit, XLA, 60 steps at once", "jit", "60"),
        ],
        "torch": [
            Program("1 thread", (torch, "1"), {}),
            Program("all threads", (torch, "all"), {}),
        ],
        "keras-torch": [_keras("torch", "fit", "plain", "1")],
    }
