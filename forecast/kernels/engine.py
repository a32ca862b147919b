"""Which engine computes: `numpy`, the readable truth, or `numba`, the compiled kernels.

`auto` takes the kernels where they serve: in float32, and where they are compiled or Numba can
compile them. Where they do not, it says so once and goes on with NumPy.
"""

import os
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from forecast.errors import EngineError, EngineWarning
from forecast.kernels import library

ENGINES = ("auto", "numba", "numpy")
WAIT_VARIABLE = "FORECAST_WAIT_FOR_KERNELS"  # 0: take NumPy rather than wait for a first compile

_lock = threading.Lock()
_said: set[str] = set()


def chosen_engine(engine: str, dtype: str, kernels: Iterable[str]) -> str:
    """Return the engine to use, `numba` or `numpy`, with its kernels ready.

    Args:
        engine: `auto`, `numba` or `numpy`.
        dtype: `float32` or `float64`.
        kernels: that will be needed; see `forecast.kernels.library.KERNELS`.

    Raises:
        EngineError: `numba` was asked for and cannot be had.
    """
    if engine == "numpy" or (engine == "auto" and dtype != "float32"):
        return "numpy"
    needed = [name for name in kernels if not library.is_loaded(name)]
    if engine == "auto" and not _may_wait() and not all(map(library.is_ready, needed)):
        return "numpy"
    try:
        with _announced(needed):
            for name in needed:
                library.kernel(name)
    except Exception as error:  # Numba and LLVM raise what they like where they do not fit
        reason = f"{type(error).__name__}: {error}"
        if engine == "numba":
            raise EngineError(
                f"The engine 'numba' cannot run here ({reason}). Install Numba with: pip install "
                "numba, or use engine='numpy'."
            ) from error
        say_once(
            f"The fast engine cannot run here ({reason}); computing with NumPy. Install Numba "
            "with: pip install numba, or ask for engine='numpy' to hide this.",
        )
        return "numpy"
    return "numba"


def ready_engine(engine: str, dtype: str, kernels: Iterable[str]) -> str:
    """Return the engine that would compute now, without waiting for a compile."""
    if engine == "numpy" or dtype != "float32" or not all(map(library.is_ready, kernels)):
        return "numpy"
    return chosen_engine("auto", dtype, kernels)


def uncompiled() -> tuple[str, ...]:
    """Return the kernels that this machine has not compiled yet."""
    return tuple(name for name in library.KERNELS if not library.is_ready(name))


def kernels_of(cell: str, *, reset_after: bool = True) -> tuple[str, ...]:
    """Return the kernels that a forecaster of a cell needs."""
    before = cell == "gru" and not reset_after
    return (f"network_{'gru_before' if before else cell}",)


def say_once(message: str) -> None:
    """Warn, the first time only."""
    with _lock:
        if message in _said:
            return
        _said.add(message)
    warnings.warn(message, EngineWarning, stacklevel=3)


def _may_wait() -> bool:
    return os.environ.get(WAIT_VARIABLE, "1") != "0"


@contextmanager
def _announced(needed: list[str]) -> Iterator[None]:
    """Tell a person at a terminal that the first compile takes some seconds."""
    waits = any(not library.is_ready(name) for name in needed)
    shown = waits and sys.stderr is not None and sys.stderr.isatty()
    if shown:
        print(  # noqa: T201  (a line for the terminal, none in a pipe)
            "Compiling the kernels for this machine, once; this takes some seconds …",
            file=sys.stderr,
            flush=True,
        )
    yield
