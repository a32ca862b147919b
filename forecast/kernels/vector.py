"""Sixteen float32 values at once, as a type of the compiled code.

A `Vector` is one AVX-512 register, two of AVX2, or four of NEON: LLVM splits it as the processor
needs. Kernels are written with it, so that no loop rests on a compiler's choice to vectorise.

Pointers are `float32*`; positions count floats. Comparisons with NaN are false, so `clamp` hands
NaN on, and a diverging training is seen.
"""

import operator
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 16
HAS_AVX512 = config.CPU_NAME is None and llvm.get_host_cpu_features().get("avx512f", False)

_FLOAT, _DOUBLE, _INT = ir.FloatType(), ir.DoubleType(), ir.IntType(64)
_NARROW, _WIDE = ir.VectorType(_FLOAT, LANES), ir.VectorType(_DOUBLE, LANES)


class _VectorType(types.Type):
    """A register's worth of numbers."""


VECTOR = _VectorType("float32x16")
WIDE = _VectorType("float64x16")


@register_model(_VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _NARROW if kind is VECTOR else _WIDE)


def _infix(symbol: Callable[..., Any], instruction: str) -> None:
    """Let two vectors of one kind be joined by an operator."""

    @infer_global(symbol)
    class Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) == 2 and args[0] == args[1] and isinstance(args[0], _VectorType):
                return signature(args[0], *args)
            return None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args)

    for kind in (VECTOR, WIDE):
        lower_builtin(symbol, kind, kind)(lower)


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _infix(_symbol, _instruction)


def vector_pointer(builder: Any, pointer: Any, position: Any) -> Any:
    """Return the address of the vector that starts at a position."""
    return builder.bitcast(builder.gep(pointer, [position]), _NARROW.as_pointer())


def splat_value(builder: Any, scalar: Any) -> Any:
    """Return a vector of one value, in LLVM's terms."""
    empty = ir.Constant(_NARROW, ir.Undefined)
    first = builder.insert_element(empty, scalar, ir.Constant(ir.IntType(32), 0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, empty, lanes)


def fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a · b + c, in LLVM's terms, in one instruction where the processor has it."""
    kind = ir.FunctionType(_NARROW, [_NARROW] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
    return builder.call(function, [a, b, c])


@intrinsic
def load(typing: Any, pointer: Any, position: Any) -> Any:
    """Read the vector that starts at a position."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(vector_pointer(builder, *args), align=4)

    return VECTOR(pointer, types.int64), code


@intrinsic
def store(typing: Any, pointer: Any, position: Any, value: Any) -> Any:
    """Write a vector from a position on."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], vector_pointer(builder, args[0], args[1]), align=4)
        return context.get_dummy_value()

    return types.void(pointer, types.int64, value), code


@intrinsic
def splat(typing: Any, scalar: Any) -> Any:
    """Return a vector of one value."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return splat_value(builder, args[0])

    return VECTOR(types.float32), code


@intrinsic
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a · b + c."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return fused(builder, *args)

    return VECTOR(VECTOR, VECTOR, VECTOR), code


@intrinsic
def clamp(typing: Any, value: Any, limit: Any) -> Any:
    """Return values held to ± limit; NaN stays NaN."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value, limit = args
        value = builder.select(builder.fcmp_ordered(">", value, limit), limit, value)
        least = builder.fneg(limit)
        return builder.select(builder.fcmp_ordered("<", value, least), least, value)

    return VECTOR(VECTOR, VECTOR), code


@intrinsic
def where_positive(typing: Any, tested: Any, yes: Any) -> Any:
    """Return `yes` where `tested` is above 0 or NaN, and 0 elsewhere."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        zero = ir.Constant(_NARROW, [0.0] * LANES)
        return builder.select(builder.fcmp_unordered(">", args[0], zero), args[1], zero)

    return VECTOR(VECTOR, VECTOR), code


@intrinsic
def quotient(typing: Any, a: Any, b: Any) -> Any:
    """Return a / b; with AVX-512 from an estimate of 1 / b and one step of Newton's.

    A division of sixteen values takes as long as thirty products. The estimate is good to 2⁻¹⁴, the
    step doubles the digits.
    """

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        a, b = args
        if not HAS_AVX512:
            return builder.fdiv(a, b)
        mask = ir.IntType(16)
        kind = ir.FunctionType(_NARROW, [_NARROW, _NARROW, mask])
        name = "llvm.x86.avx512.rcp14.ps.512"
        estimate = cgutils.get_or_insert_function(builder.module, kind, name)
        one, zero = ir.Constant(_NARROW, [1.0] * LANES), ir.Constant(_NARROW, [0.0] * LANES)
        y = builder.call(estimate, [b, zero, ir.Constant(mask, -1)])
        y = fused(builder, y, fused(builder, builder.fneg(b), y, one), y)
        return builder.fmul(a, y)

    return VECTOR(VECTOR, VECTOR), code


@intrinsic
def root(typing: Any, value: Any) -> Any:
    """Return square roots."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(_NARROW, [_NARROW])
        name = f"llvm.sqrt.v{LANES}f32"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)

    return VECTOR(VECTOR), code


@intrinsic
def widen(typing: Any, value: Any) -> Any:
    """Return the same values in float64."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.fpext(args[0], _WIDE)

    return WIDE(VECTOR), code


@intrinsic
def total(typing: Any, value: Any) -> Any:
    """Return the sum of a wide vector, lane after lane."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        result: Any = ir.Constant(_DOUBLE, 0.0)
        for lane in range(LANES):
            one = builder.extract_element(args[0], ir.Constant(ir.IntType(32), lane))
            result = builder.fadd(result, one)
        return result

    return types.float64(WIDE), code
