"""SimpleRNN (Elman, 1990, "Finding structure in time").

h_t = activation(x_t W + h_{t-1} R + b)

W kernel (features, units) · R recurrent_kernel (units, units) · b bias (units,)
"""

from typing import NamedTuple

import numpy as np

from forecast.nn.activations import activation
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights
from forecast.nn.cell import Backward, Cell, CellOptions, Forward
from forecast.nn.initializers import recurrent_shapes, recurrent_weights
from forecast.nn.sequence import (
    blank_masked,
    d_activation,
    empty_like_steps,
    inputs_gradient,
    keep_masked,
    over_rows,
    product_gradient,
    project,
    split_masked,
    step_mask,
    time_major,
)


class Cache(NamedTuple):
    """What the backward pass needs, time-major.

    Attributes:
        x: (timesteps, batch, features).
        h: (timesteps + 1, batch, units), the initial state first.
        mask: (timesteps, batch, 1) or None.
        options: of the cell.
    """

    x: Array
    h: Array
    mask: Mask | None
    options: CellOptions


def shapes(input_dim: int, units: int, options: CellOptions) -> Shapes:
    """Return the shapes of the weights."""
    bias = (units,)
    return recurrent_shapes(1, input_dim, units, bias if options.use_bias else None)


def init(
    generator: np.random.Generator, input_dim: int, units: int, options: CellOptions
) -> dict[str, Array]:
    """Draw kernel (glorot uniform) and recurrent kernel (orthogonal); the bias is zero."""
    return recurrent_weights(generator, shapes(input_dim, units, options))


def forward(
    weights: Weights, x: Array, state: State, mask: Mask | None, options: CellOptions
) -> Forward:
    """Run a batch of sequences; see `forecast.nn.cell` for the arguments."""
    recurrent, act = weights["recurrent_kernel"], activation(options.activation)
    inputs, steps = time_major(blank_masked(x, mask)), step_mask(mask)
    projected = project(inputs, weights["kernel"], weights.get("bias"))  # (timesteps, batch, units)
    h = empty_like_steps(len(inputs) + 1, state[0])
    h[0] = state[0]
    for t in range(len(inputs)):
        new = act.value(projected[t] + h[t] @ recurrent)
        h[t + 1] = keep_masked(steps, t, new, h[t])
    return Forward(time_major(h[1:]), (h[-1],), Cache(inputs, h, steps, options))


def backward(
    weights: Weights,
    cache: Cache,
    d_outputs: Array | None,
    d_state: State | None,
    trace: bool,
) -> Backward:
    """Backpropagate through all steps; `None` stands for a gradient of zero."""
    recurrent, act = weights["recurrent_kernel"], activation(cache.options.activation)
    x, h, mask, _ = cache
    d_every = None if d_outputs is None else time_major(d_outputs)
    d_h = np.zeros_like(h[0]) if d_state is None else d_state[0]
    d_pre = np.empty_like(h[1:])
    traced = np.empty_like(d_pre) if trace else None
    for t in reversed(range(len(x))):
        if d_every is not None:
            d_h = d_h + d_every[t]
        if traced is not None:
            traced[t] = d_h
        d_new, d_over = split_masked(mask, t, d_h)
        d_pre[t] = d_activation(act, h[t + 1], d_new)
        d_h = d_pre[t] @ recurrent.T + d_over
    gradients = {
        "kernel": product_gradient(x, d_pre),
        "recurrent_kernel": product_gradient(h[:-1], d_pre),
    }
    if "bias" in weights:
        gradients["bias"] = over_rows(d_pre)
    d_x = inputs_gradient(d_pre, weights["kernel"])
    return Backward(gradients, d_x, (d_h,), None if traced is None else time_major(traced))


SIMPLE_RNN = Cell("simple_rnn", "SimpleRNN", 1, shapes, init, forward, backward)
