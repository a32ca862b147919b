"""Units of compilation: functions with C signatures that call each other by symbol.

Numba compiles a function together with everything it calls, again for every caller. A unit is
compiled once, by itself, and the others find it by its symbol: that is what makes a first compile
short. The signature is read from the annotations:

    Floats, Doubles, Wholes, Flags   pointers to float32, float64, int64, uint8
    int, float                       int64, float64
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from numba import types


class Floats(Protocol):
    """A pointer to float32."""

    def __getitem__(self, position: int) -> Any:
        """Read one."""

    def __setitem__(self, position: int, value: Any) -> None:
        """Write one."""


class Doubles(Floats, Protocol):
    """A pointer to float64."""


class Wholes(Floats, Protocol):
    """A pointer to int64."""


class Flags(Floats, Protocol):
    """A pointer to uint8."""


_KINDS: dict[Any, Any] = {
    Floats: types.CPointer(types.float32),
    Doubles: types.CPointer(types.float64),
    Wholes: types.CPointer(types.int64),
    Flags: types.CPointer(types.uint8),
    int: types.int64,
    float: types.float64,
    None: types.void,
}

# Of every function that units inline: nobody calls it from Python.
FAST = {
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


class Unit(NamedTuple):
    """A function to compile.

    Attributes:
        symbol: by which others call it.
        function: in Python.
        signature: in Numba's terms.
    """

    symbol: str
    function: Callable[..., Any]
    signature: Any


UNITS: dict[str, Unit] = {}  # in the order of definition: callees come before their callers


def unit(function: Callable[..., Any], suffix: str = "") -> Any:
    """Register a function as a unit; return what other units call."""
    annotations = dict(function.__annotations__)
    result = _KINDS[annotations.pop("return")]
    signature = result(*(_KINDS[kind] for kind in annotations.values()))
    room = function.__module__.rpartition(".")[2]
    symbol = "_".join(part for part in ("forecast", room, function.__name__, suffix) if part)
    UNITS[symbol] = Unit(symbol, function, signature)
    return types.ExternalFunction(symbol, signature)
