"""Addresses as pointers, and what threads share."""

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from forecast.kernels.unit import Wholes, unit

_WHOLE = ir.IntType(64)
_IS_X86 = platform.machine().lower() in ("x86_64", "amd64")
SPINS = 10_000  # looks at a counter, with pauses between, before a thread sleeps: some 250 µs


def _pointer_to(element: Any) -> Any:
    """Return the function that turns an address, int64, into a pointer."""

    @intrinsic
    def at(typing: Any, address: Any) -> Any:
        kind = types.CPointer(element)

        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], context.get_value_type(kind))

        return kind(types.int64), code

    return at


floats, doubles = _pointer_to(types.float32), _pointer_to(types.float64)
wholes, flags = _pointer_to(types.int64), _pointer_to(types.uint8)


@intrinsic
def fetch_add(typing: Any, pointer: Any, position: Any, amount: Any) -> Any:
    """Add to a counter that threads share; return what stood there before."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = builder.gep(args[0], [args[1]])
        return builder.atomic_rmw("add", place, args[2], "seq_cst")

    return types.int64(pointer, types.int64, types.int64), code


@intrinsic
def look(typing: Any, pointer: Any, position: Any) -> Any:
    """Read a counter that threads share."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load_atomic(builder.gep(args[0], [args[1]]), "seq_cst", 8)

    return types.int64(pointer, types.int64), code


@intrinsic
def call_with(typing: Any, address: Any, argument: Any) -> Any:
    """Call the C function at an address, `int f(unsigned)`."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [ir.IntType(32)])
        function = builder.inttoptr(args[0], kind.as_pointer())
        builder.call(function, [builder.trunc(args[1], ir.IntType(32))])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), code


@intrinsic
def pause(typing: Any) -> Any:
    """Let the processor's other thread work for a moment."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if _IS_X86:
            kind = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), code


_FLUSH = 0x8040  # of the control register: tiny results are 0 (bit 15), tiny operands too (bit 6)


def _control_register(builder: Any, name: str, place: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
    builder.call(function, [builder.bitcast(place, ir.IntType(8).as_pointer())])


@intrinsic
def flush_tiny(typing: Any) -> Any:
    """Let this thread take numbers below 1e-38 for zero; return the setting before.

    A gradient that vanishes over many steps comes to such numbers, and a processor takes a hundred
    times as long for them. Nothing changes where the processor is no x86.
    """

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = cgutils.alloca_once_value(builder, ir.Constant(ir.IntType(32), 0))
        if _IS_X86:
            _control_register(builder, "stmxcsr", place)
        before = builder.load(place)
        builder.store(builder.or_(before, ir.Constant(ir.IntType(32), _FLUSH)), place)
        if _IS_X86:
            _control_register(builder, "ldmxcsr", place)
        return builder.zext(before, _WHOLE)

    return types.int64(), code


@intrinsic
def restore_tiny(typing: Any, before: Any) -> Any:
    """Put back the setting that `flush_tiny` returned."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if _IS_X86:
            value = builder.trunc(args[0], ir.IntType(32))
            _control_register(builder, "ldmxcsr", cgutils.alloca_once_value(builder, value))
        return context.get_dummy_value()

    return types.void(types.int64), code


@unit
def wait_for(counters: Wholes, place: int, goal: int, sleep: int) -> None:
    """Wait until a counter has reached a number.

    A thread that has looked long enough sleeps some microseconds, so that on a busy machine the
    one it waits for gets the core. It does not sleep at once: waking up takes about as long.
    """
    looks = 0
    while look(counters, place) < goal:
        looks += 1
        pause()
        if looks > SPINS and sleep != 0:
            call_with(sleep, 20)


@unit
def wait_for_all(counters: Wholes, place: int, threads: int, sleep: int) -> None:
    """Wait until every thread has come here; then go on together.

    A counter that only grows needs no reset: round r is over once it has reached r · threads.
    """
    if threads == 1:
        return
    before = fetch_add(counters, place, 1)
    wait_for(counters, place, (before // threads + 1) * threads, sleep)
