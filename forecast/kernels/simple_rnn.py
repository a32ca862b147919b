"""One step of SimpleRNN; the equations are in `forecast.nn.simple_rnn`."""

import numpy as np

from forecast.kernels import layer_fields as L
from forecast.kernels.activations import activate, d_activate
from forecast.kernels.tile import product
from forecast.kernels.unit import Floats, Wholes, unit
from forecast.kernels.vector import load, splat, store

ZERO = np.float32(0.0)


@unit
def forward_step(
    layer: Wholes, w: Floats, arena: Floats, x: int, h: int, h_next: int, c: int, c_next: int,
    saved: int, rows: int, first: int,
) -> None:  # fmt: skip
    """h_t = activation(x_t W + b + h_{t-1} R)."""
    S = layer[L.H_ROW]
    P, W, K = layer[L.PANELS], layer[L.SAVED_ROW], layer[L.INPUTS]
    product(arena, saved, W, 16, arena, x, K, 1, 0,
            w, layer[L.W_X], 16, K * 16, K, 1, P, rows, P)  # fmt: skip
    if not first:
        K = layer[L.H_STEPS]
        product(arena, saved, W, 16, arena, h, S, 1, 0,
                w, layer[L.W_H], 16, K * 16, K, 1, 0, rows, P)  # fmt: skip
    act = layer[L.ACTIVATION]
    for i in range(rows):
        for p in range(P):
            pre = load(arena, saved + i * W + p * 16)
            store(arena, h_next + i * S + p * 16, activate(act, pre))


@unit
def backward_step(
    layer: Wholes, wt: Floats, arena: Floats, h: int, h_next: int, c: int, c_next: int,
    grad_h: int, grad_c: int, saved: int, live: int, masked: int, rows: int, last: int,
) -> None:  # fmt: skip
    """Put the gradient before activation into `saved`, that of h_{t-1} into d_h."""
    S = layer[L.H_ROW]
    P, W, act = layer[L.PANELS], layer[L.SAVED_ROW], layer[L.ACTIVATION]
    zero = splat(ZERO)
    for i in range(rows):
        real = not masked or arena[live + i] != 0
        for p in range(P):
            y = load(arena, h_next + i * S + p * 16)
            d_h = load(arena, grad_h + (i * P + p) * 16)
            d_pre = d_activate(act, y, d_h) if real else zero
            store(arena, saved + i * W + p * 16, d_pre)
            store(arena, grad_h + (i * P + p) * 16, zero if real else d_h)
    if not last:
        product(arena, grad_h, P * 16, 16, arena, saved, W, 1, 16,
                wt, layer[L.T_H], 16, P * 256, 16, P, 0, rows, P)  # fmt: skip


@unit
def weight_gradients(
    layer: Wholes, arena: Floats, gradient: Floats, x: int, h: int, saved: int,
    steps: int, skipped: int, fresh: int,
) -> None:  # fmt: skip
    """Add to the gradients what `steps` rows say; the first `skipped` have a state of zero."""
    S = layer[L.H_ROW]
    P, W, K = layer[L.PANELS], layer[L.SAVED_ROW], layer[L.INPUTS]
    product(gradient, layer[L.W_X], 16, K * 16, arena, x, 1, K, 0,
            arena, saved, W, 16, steps, 1, P * fresh, K, P)  # fmt: skip
    K = layer[L.H_STEPS]
    product(gradient, layer[L.W_H], 16, K * 16, arena, h + skipped * S, 1, S, 0,
            arena, saved + skipped * W, W, 16, steps - skipped, 1,
            P * fresh, layer[L.UNITS], P)  # fmt: skip


@unit
def inputs_gradient(layer: Wholes, wt: Floats, arena: Floats, saved: int, rows: int) -> None:
    """Put the gradient of `rows` rows of inputs into d_x."""
    P, W = layer[L.PANELS], layer[L.SAVED_ROW]
    vectors = layer[L.D_X_ROW] // 16
    product(arena, layer[L.D_X], layer[L.D_X_ROW], 16, arena, saved, W, 1, 16,
            wt, layer[L.T_X], 16, P * 256, 16, P, vectors, rows, vectors)  # fmt: skip
