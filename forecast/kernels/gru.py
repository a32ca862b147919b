"""One step of GRU with reset_after; the equations are in `forecast.nn.gru`.

Columns of a panel: h R_h + c_h, z, r, n; after the backward step the gradients of these four. The
first three belong to the recurrent weights and the last three to the input weights, so that both
products read and write neighbours.
"""

import numpy as np

from forecast.kernels import layer_fields as L
from forecast.kernels.activations import activate, d_activate
from forecast.kernels.tile import product
from forecast.kernels.unit import Floats, Wholes, unit
from forecast.kernels.vector import fma, load, splat, store

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@unit
def forward_step(
    layer: Wholes, w: Floats, arena: Floats, x: int, h: int, h_next: int, c: int, c_next: int,
    saved: int, rows: int, first: int,
) -> None:  # fmt: skip
    """Run one step of all rows."""
    S = layer[L.H_ROW]
    P, W, K, Kh = layer[L.PANELS], layer[L.SAVED_ROW], layer[L.INPUTS], layer[L.H_STEPS]
    skipped = P * 16 if first else 0  # of a state of zero only the one counts, for the bias
    for p in range(P):
        at = saved + p * 64
        product(arena, at + 16, W, 16, arena, x, K, 1, 0,
                w, layer[L.W_X] + p * 48 * K, 16, K * 16, K, 1, 3, rows, 3)  # fmt: skip
        product(arena, at, W, 16, arena, h + skipped, S, 1, 0,
                w, layer[L.W_H] + p * 48 * Kh + skipped * 16, 16, Kh * 16,
                Kh - skipped, 1, 1, rows, 3)  # fmt: skip
    act, gate = layer[L.ACTIVATION], layer[L.RECURRENT_ACTIVATION]
    for i in range(rows):
        for p in range(P):
            at = saved + i * W + p * 64
            inner = load(arena, at)
            z = activate(gate, load(arena, at + 16))
            r = activate(gate, load(arena, at + 32))
            n = activate(act, fma(r, inner, load(arena, at + 48)))
            store(arena, at + 16, z)
            store(arena, at + 32, r)
            store(arena, at + 48, n)
            before = load(arena, h + i * S + p * 16)
            store(arena, h_next + i * S + p * 16, fma(z, before - n, n))


@unit
def backward_step(
    layer: Wholes, wt: Floats, arena: Floats, h: int, h_next: int, c: int, c_next: int,
    grad_h: int, grad_c: int, saved: int, live: int, masked: int, rows: int, last: int,
) -> None:  # fmt: skip
    """Put the gradients of the gates into `saved`, that of h_{t-1} into d_h."""
    S = layer[L.H_ROW]
    P, W = layer[L.PANELS], layer[L.SAVED_ROW]
    act, gate = layer[L.ACTIVATION], layer[L.RECURRENT_ACTIVATION]
    zero, one = splat(ZERO), splat(ONE)
    for i in range(rows):
        if masked and arena[live + i] == 0:
            for q in range(4 * P):
                store(arena, saved + i * W + q * 16, zero)
            continue
        for p in range(P):
            at = saved + i * W + p * 64
            inner = load(arena, at)
            z = load(arena, at + 16)
            r = load(arena, at + 32)
            n = load(arena, at + 48)
            before = load(arena, h + i * S + p * 16)
            d_h = load(arena, grad_h + (i * P + p) * 16)
            d_n = d_activate(act, n, d_h * (one - z))
            store(arena, at, d_n * r)
            store(arena, at + 16, d_activate(gate, z, d_h * (before - n)))
            store(arena, at + 32, d_activate(gate, r, d_n * inner))
            store(arena, at + 48, d_n)
            store(arena, grad_h + (i * P + p) * 16, d_h * z)
    if not last:
        product(arena, grad_h, P * 16, 16, arena, saved, W, 1, 64,
                wt, layer[L.T_H], 16, P * 768, 48, P, 0, rows, P)  # fmt: skip


@unit
def weight_gradients(
    layer: Wholes, arena: Floats, gradient: Floats, x: int, h: int, saved: int,
    steps: int, skipped: int, fresh: int,
) -> None:  # fmt: skip
    """Add to the gradients what `steps` rows say; the first `skipped` have a state of zero."""
    P, W, K, Kh = layer[L.PANELS], layer[L.SAVED_ROW], layer[L.INPUTS], layer[L.H_STEPS]
    S = layer[L.H_ROW]
    for p in range(P):
        at, place = saved + p * 64, layer[L.W_H] + p * 48 * Kh
        product(gradient, layer[L.W_X] + p * 48 * K, 16, K * 16, arena, x, 1, K, 0,
                arena, at + 16, W, 16, steps, 1, 3 * fresh, K, 3)  # fmt: skip
        product(gradient, place, 16, Kh * 16, arena, h + skipped * S, 1, S, 0,
                arena, at + skipped * W, W, 16, steps - skipped, 1,
                3 * fresh, layer[L.UNITS], 3)  # fmt: skip
        if Kh > P * 16:  # the row of ones counts from the first step on
            product(gradient, place + P * 256, 16, Kh * 16, arena, layer[L.H] + P * 16, 1, S, 0,
                    arena, at, W, 16, steps, 1, 3 * fresh, 1, 3)  # fmt: skip


@unit
def inputs_gradient(layer: Wholes, wt: Floats, arena: Floats, saved: int, rows: int) -> None:
    """Put the gradient of `rows` rows of inputs into d_x."""
    P, vectors = layer[L.PANELS], layer[L.D_X_ROW] // 16
    product(arena, layer[L.D_X], layer[L.D_X_ROW], 16,
            arena, saved + 16, layer[L.SAVED_ROW], 1, 64,
            wt, layer[L.T_X], 16, P * 768, 48, P, vectors, rows, vectors)  # fmt: skip
