"""One step of LSTM; the equations are in `forecast.nn.lstm`.

Columns of a panel: i, f, g, o, activation(c); after the backward step the gradients of i, f, g, o.
"""

import numpy as np

from forecast.kernels import layer_fields as L
from forecast.kernels.activations import activate, d_activate
from forecast.kernels.tile import product
from forecast.kernels.unit import Floats, Wholes, unit
from forecast.kernels.vector import fma, load, splat, store

ZERO = np.float32(0.0)


@unit
def forward_step(
    layer: Wholes, w: Floats, arena: Floats, x: int, h: int, h_next: int, c: int, c_next: int,
    saved: int, rows: int, first: int,
) -> None:  # fmt: skip
    """Run one step of all rows."""
    S = layer[L.H_ROW]
    P, W, K, Kh = layer[L.PANELS], layer[L.SAVED_ROW], layer[L.INPUTS], layer[L.H_STEPS]
    for p in range(P):
        product(arena, saved + p * 80, W, 16, arena, x, K, 1, 0,
                w, layer[L.W_X] + p * 64 * K, 16, K * 16, K, 1, 4, rows, 4)  # fmt: skip
        if not first:
            product(arena, saved + p * 80, W, 16, arena, h, S, 1, 0,
                    w, layer[L.W_H] + p * 64 * Kh, 16, Kh * 16, Kh, 1, 0, rows, 4)  # fmt: skip
    act, gate = layer[L.ACTIVATION], layer[L.RECURRENT_ACTIVATION]
    for k in range(rows):
        for p in range(P):
            at = saved + k * W + p * 80
            here = (k * P + p) * 16
            i = activate(gate, load(arena, at))
            f = activate(gate, load(arena, at + 16))
            g = activate(act, load(arena, at + 32))
            o = activate(gate, load(arena, at + 48))
            new = fma(f, load(arena, c + here), i * g)
            squashed = activate(act, new)
            store(arena, at, i)
            store(arena, at + 16, f)
            store(arena, at + 32, g)
            store(arena, at + 48, o)
            store(arena, at + 64, squashed)
            store(arena, c_next + here, new)
            store(arena, h_next + k * S + p * 16, o * squashed)


@unit
def backward_step(
    layer: Wholes, wt: Floats, arena: Floats, h: int, h_next: int, c: int, c_next: int,
    grad_h: int, grad_c: int, saved: int, live: int, masked: int, rows: int, last: int,
) -> None:  # fmt: skip
    """Put the gradients of the gates into `saved`, those of h_{t-1}, c_{t-1} into d_h, d_c."""
    P, W = layer[L.PANELS], layer[L.SAVED_ROW]
    act, gate = layer[L.ACTIVATION], layer[L.RECURRENT_ACTIVATION]
    zero = splat(ZERO)
    for k in range(rows):
        if masked and arena[live + k] == 0:
            for p in range(P):
                for q in range(4):
                    store(arena, saved + k * W + p * 80 + q * 16, zero)
            continue
        for p in range(P):
            at = saved + k * W + p * 80
            here = (k * P + p) * 16
            i = load(arena, at)
            f = load(arena, at + 16)
            g = load(arena, at + 32)
            o = load(arena, at + 48)
            squashed = load(arena, at + 64)
            d_h = load(arena, grad_h + here)
            d_c = load(arena, grad_c + here) + d_activate(act, squashed, d_h * o)
            store(arena, at, d_activate(gate, i, d_c * g))
            store(arena, at + 16, d_activate(gate, f, d_c * load(arena, c + here)))
            store(arena, at + 32, d_activate(act, g, d_c * i))
            store(arena, at + 48, d_activate(gate, o, d_h * squashed))
            store(arena, grad_c + here, d_c * f)
            store(arena, grad_h + here, zero)
    if not last:
        product(arena, grad_h, P * 16, 16, arena, saved, W, 1, 80,
                wt, layer[L.T_H], 16, P * 1024, 64, P, 0, rows, P)  # fmt: skip


@unit
def weight_gradients(
    layer: Wholes, arena: Floats, gradient: Floats, x: int, h: int, saved: int,
    steps: int, skipped: int, fresh: int,
) -> None:  # fmt: skip
    """Add to the gradients what `steps` rows say; the first `skipped` have a state of zero."""
    S = layer[L.H_ROW]
    W, K, Kh = layer[L.SAVED_ROW], layer[L.INPUTS], layer[L.H_STEPS]
    for p in range(layer[L.PANELS]):
        at = saved + p * 80
        product(gradient, layer[L.W_X] + p * 64 * K, 16, K * 16, arena, x, 1, K, 0,
                arena, at, W, 16, steps, 1, 4 * fresh, K, 4)  # fmt: skip
        product(gradient, layer[L.W_H] + p * 64 * Kh, 16, Kh * 16,
                arena, h + skipped * S, 1, S, 0,
                arena, at + skipped * W, W, 16, steps - skipped, 1,
                4 * fresh, layer[L.UNITS], 4)  # fmt: skip


@unit
def inputs_gradient(layer: Wholes, wt: Floats, arena: Floats, saved: int, rows: int) -> None:
    """Put the gradient of `rows` rows of inputs into d_x."""
    P, vectors = layer[L.PANELS], layer[L.D_X_ROW] // 16
    product(arena, layer[L.D_X], layer[L.D_X_ROW], 16, arena, saved, layer[L.SAVED_ROW], 1, 80,
            wt, layer[L.T_X], 16, P * 1024, 64, P, vectors, rows, vectors)  # fmt: skip
