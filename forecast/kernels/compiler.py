"""Numba's part: units in, machine code out."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import llvmlite.binding as llvm
from numba import cfunc, config, types

from forecast.kernels.library import Piece
from forecast.kernels.unit import FAST, UNITS, Unit


def compile_units(name: str, addresses: dict[str, int], pieces: dict[str, Piece]) -> list[str]:
    """Compile what a kernel needs and is not there yet.

    Args:
        name: of the kernel, such as `network_gru`.
        addresses: of the units in this process, by symbol; new ones are added.
        pieces: their machine code; new ones are added.

    Returns:
        The symbols of all units that the kernel needs, callees first, itself last.
    """
    kind, _, cell = name.partition("_")
    root = f"forecast_{kind}_{kind}_{cell}"
    if root not in UNITS:
        room = importlib.import_module(f"forecast.kernels.{kind}")
        room.register(importlib.import_module(f"forecast.kernels.{cell}"))
    needed = list(dict.fromkeys(_callees_first(UNITS[root])))
    with _light_passes():
        for one in needed:
            if one.symbol not in addresses:
                addresses[one.symbol], pieces[one.symbol] = _compiled(one)
    return [one.symbol for one in needed]


def _compiled(one: Unit) -> tuple[int, Piece]:
    options = {"error_model": FAST["error_model"], "boundscheck": False, "forceinline": True}
    code = cfunc(one.signature, **options)(one.function)
    if "numba_gil_ensure" in code.inspect_llvm():  # whoever loads this without Numba would end
        raise AssertionError(f"The unit {one.symbol} can raise; its code needs Numba's runtime.")
    llvm.add_symbol(one.symbol, code.address)
    machine_code = code._library._get_compiled_object()
    return code.address, Piece(one.symbol, code.native_name, machine_code)


def _callees_first(one: Unit) -> Iterator[Unit]:
    function = one.function
    named: dict[str, Any] = {
        name: function.__globals__[name]
        for name in function.__code__.co_names
        if name in function.__globals__
    }
    cells = function.__closure__ or ()
    enclosed = [cell.cell_contents for cell in cells]
    for value in (*named.values(), *enclosed):
        if isinstance(value, types.ExternalFunction):
            yield from _callees_first(UNITS[value.symbol])
    yield one


@contextmanager
def _light_passes() -> Iterator[None]:
    """Compile with fewer passes: the kernels say themselves what is a vector."""
    before = config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE
    config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE = type(before[0])("1"), 0, 0
    try:
        yield
    finally:
        config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE = before
