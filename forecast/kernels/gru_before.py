"""One step of GRU with the reset gate before the product; the equations are in `forecast.nn.gru`.

Columns of a panel: z, r, n, r h; after the backward step the gradients of z, r, n, and r h still.
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
    act, gate = layer[L.ACTIVATION], layer[L.RECURRENT_ACTIVATION]
    for p in range(P):
        product(arena, saved + p * 64, W, 16, arena, x, K, 1, 0,
                w, layer[L.W_X] + p * 48 * K, 16, K * 16, K, 1, 3, rows, 3)  # fmt: skip
        if not first:
            product(arena, saved + p * 64, W, 16, arena, h, S, 1, 0,
                    w, layer[L.W_H] + p * 32 * Kh, 16, Kh * 16, Kh, 1, 0, rows, 2)  # fmt: skip
    for i in range(rows):
        for p in range(P):
            at = saved + i * W + p * 64
            r = activate(gate, load(arena, at + 16))
            store(arena, at, activate(gate, load(arena, at)))
            store(arena, at + 16, r)
            store(arena, at + 48, r * load(arena, h + i * S + p * 16))
    if not first:
        product(arena, saved + 32, W, 64, arena, saved + 48, W, 1, 64,
                w, layer[L.W_N], 16, Kh * 16, 16, P, 0, rows, P)  # fmt: skip
    for i in range(rows):
        for p in range(P):
            at = saved + i * W + p * 64
            n = activate(act, load(arena, at + 32))
            store(arena, at + 32, n)
            before = load(arena, h + i * S + p * 16)
            store(arena, h_next + i * S + p * 16, fma(load(arena, at), before - n, n))


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
            for p in range(P):
                for q in range(3):
                    store(arena, saved + i * W + p * 64 + q * 16, zero)
            continue
        for p in range(P):
            at = saved + i * W + p * 64
            z = load(arena, at)
            n = load(arena, at + 32)
            before = load(arena, h + i * S + p * 16)
            d_h = load(arena, grad_h + (i * P + p) * 16)
            store(arena, at, d_activate(gate, z, d_h * (before - n)))
            store(arena, at + 32, d_activate(act, n, d_h * (one - z)))
            store(arena, grad_h + (i * P + p) * 16, d_h * z)
    product(arena, layer[L.SPARE], P * 16, 16, arena, saved + 32, W, 1, 64,
            wt, layer[L.T_N], 16, P * 256, 16, P, P, rows, P)  # fmt: skip
    for i in range(rows):
        if masked and arena[live + i] == 0:
            continue
        for p in range(P):
            at = saved + i * W + p * 64
            here = (i * P + p) * 16
            r = load(arena, at + 16)
            d_reset = load(arena, layer[L.SPARE] + here)
            before = load(arena, h + i * S + p * 16)
            store(arena, at + 16, d_activate(gate, r, d_reset * before))
            store(arena, grad_h + here, fma(d_reset, r, load(arena, grad_h + here)))
    if not last:
        product(arena, grad_h, P * 16, 16, arena, saved, W, 1, 64,
                wt, layer[L.T_H], 16, P * 512, 32, P, 0, rows, P)  # fmt: skip


@unit
def weight_gradients(
    layer: Wholes, arena: Floats, gradient: Floats, x: int, h: int, saved: int,
    steps: int, skipped: int, fresh: int,
) -> None:  # fmt: skip
    """Add to the gradients what `steps` rows say; the first `skipped` have a state of zero."""
    P, W, K, Kh = layer[L.PANELS], layer[L.SAVED_ROW], layer[L.INPUTS], layer[L.H_STEPS]
    S, late = layer[L.H_ROW], saved + skipped * layer[L.SAVED_ROW]
    for p in range(P):
        product(gradient, layer[L.W_X] + p * 48 * K, 16, K * 16, arena, x, 1, K, 0,
                arena, saved + p * 64, W, 16, steps, 1, 3 * fresh, K, 3)  # fmt: skip
        product(gradient, layer[L.W_H] + p * 32 * Kh, 16, Kh * 16, arena, h + skipped * S, 1, S, 0,
                arena, late + p * 64, W, 16, steps - skipped, 1,
                2 * fresh, layer[L.UNITS], 2)  # fmt: skip
        for k in range(P):
            product(gradient, layer[L.W_N] + p * 16 * Kh + k * 256, 16, Kh * 16,
                    arena, late + k * 64 + 48, 1, W, 0, arena, late + p * 64 + 32, W, 16,
                    steps - skipped, 1,
                    fresh, min(16, layer[L.UNITS] - k * 16), 1)  # fmt: skip


@unit
def inputs_gradient(layer: Wholes, wt: Floats, arena: Floats, saved: int, rows: int) -> None:
    """Put the gradient of `rows` rows of inputs into d_x."""
    P, vectors = layer[L.PANELS], layer[L.D_X_ROW] // 16
    product(arena, layer[L.D_X], layer[L.D_X_ROW], 16,
            arena, saved, layer[L.SAVED_ROW], 1, 64,
            wt, layer[L.T_X], 16, P * 768, 48, P, vectors, rows, vectors)  # fmt: skip
