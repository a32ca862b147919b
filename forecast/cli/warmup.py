"""Compiling every kernel, with a bar on a terminal."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import Progress

from forecast.errors import EngineError
from forecast.kernels import library


def compile_kernels() -> dict[str, Any]:
    """Compile what this machine has not compiled yet.

    Returns:
        `folder`, `seconds` in all, and `kernels`: seconds that each took, 0 if it was there.

    Raises:
        EngineError: they cannot be compiled here.
    """
    started, taken = time.perf_counter(), {}
    shown = Console(stderr=True)
    with Progress(console=shown, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("Compiling kernels", total=len(library.KERNELS))
        for name in library.KERNELS:
            taken[name] = _seconds(name)
            progress.advance(bar)
    folder = str(library.folder())
    return {"folder": folder, "seconds": time.perf_counter() - started, "kernels": taken}


def _seconds(name: str) -> float:
    """Compile one kernel; return how long it took."""
    if library.is_ready(name):
        return 0.0
    started = time.perf_counter()
    try:
        library.kernel(name)
    except Exception as error:  # Numba and LLVM raise what they like where they do not fit
        raise EngineError(
            f"The kernels cannot be compiled here ({type(error).__name__}: {error}). Install "
            "Numba with: pip install numba. Without it everything computes with NumPy."
        ) from error
    return time.perf_counter() - started
