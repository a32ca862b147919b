"""Weights the other way round, for the products of the backward pass."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from forecast.kernels import layer_fields as L
from forecast.kernels.unit import Floats, Wholes, unit
from forecast.kernels.vector import LANES, vector_pointer


@intrinsic
def _square(typing: Any, W: Any, w: Any, T: Any, t: Any, count: Any) -> Any:
    """Turn the 16 × 16 block at w into its transpose at t; rows from `count` on are zeros.

    Four rounds, one for each bit of the lane: rows whose numbers differ in that bit exchange the
    lanes that differ in it.
    """

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        W, w, T, t, count = args
        zero = ir.Constant(ir.VectorType(ir.FloatType(), LANES), [0.0] * LANES)
        rows = []
        for i in range(LANES):
            place = vector_pointer(builder, W, builder.add(w, ir.Constant(w.type, i * LANES)))
            there = builder.icmp_signed("<", ir.Constant(w.type, i), count)
            rows.append(builder.select(there, builder.load(place, align=4), zero))
        for bit in (1, 2, 4, 8):
            for i in range(LANES):
                if i & bit:
                    continue
                low, high = rows[i], rows[i | bit]
                first = [lane if not lane & bit else LANES + lane - bit for lane in range(LANES)]
                other = [lane + bit if not lane & bit else LANES + lane for lane in range(LANES)]
                rows[i], rows[i | bit] = (
                    builder.shuffle_vector(
                        low, high, ir.Constant(ir.VectorType(ir.IntType(32), LANES), lanes)
                    )
                    for lanes in (first, other)
                )
        for i in range(LANES):
            place = vector_pointer(builder, T, builder.add(t, ir.Constant(t.type, i * LANES)))
            builder.store(rows[i], place, align=4)
        return context.get_dummy_value()

    return types.void(W, types.int64, T, types.int64, types.int64), code


@unit
def transpose(
    W: Floats, w: int, T: Floats, t: int, vectors: int, row: int, steps: int, one: int, every: int
) -> None:
    """Transpose columns of 16, (vectors, row, 16), to (⌈steps / 16⌉, vectors · 16, 16).

    Rows beyond `steps` become zeros, but are read: W must go on for 256 floats. Of all the columns
    take number `one` of `every`, so that threads share the work.
    """
    v = one
    while v < vectors:
        column = w + v * row * 16
        for k in range(0, steps, 16):
            block = t + (k // 16) * vectors * 256 + v * 256
            _square(W, column + k * 16, T, block, min(16, steps - k))
        v += every


@unit
def transpose_layer(layer: Wholes, w: Floats, t: Floats, one: int, every: int) -> None:
    """Turn a layer's weights around, for the backward pass."""
    P, K, Kh, D = layer[L.PANELS], layer[L.INPUTS], layer[L.H_STEPS], layer[L.D_X_ROW]
    gates = (layer[L.W_N] - layer[L.W_H]) // (P * 16 * Kh)
    transpose(w, layer[L.W_H], t, layer[L.T_H], P * gates, Kh, P * 16, one, every)
    if layer[L.T_N] >= 0:
        transpose(w, layer[L.W_N], t, layer[L.T_N], P, Kh, P * 16, one, every)
        gates += 1
    if D > 0:
        features = layer[L.FEATURES]
        transpose(w, layer[L.W_X], t, layer[L.T_X], P * gates, K, features, one, every)
