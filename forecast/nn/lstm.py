"""LSTM (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000).

i_t = σ(x_t W_i + h_{t-1} R_i + b_i)        input gate
f_t = σ(x_t W_f + h_{t-1} R_f + b_f)        forget gate
g_t = activation(x_t W_c + h_{t-1} R_c + b_c)   candidate
o_t = σ(x_t W_o + h_{t-1} R_o + b_o)        output gate
c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
h_t = o_t ∘ activation(c_t)

W kernel (features, 4 units) · R recurrent_kernel (units, 4 units) · b bias (4 units,)
Gates stand in Keras' order i, f, c, o. The forget bias starts at 1 (Jozefowicz et al., 2015).
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
    gates_of,
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
        c: (timesteps + 1, batch, units), the initial state first.
        gates: (timesteps, batch, 4 units), i, f, c, o after their activations.
        squashed: (timesteps, batch, units), activation(c_t).
        mask: (timesteps, batch, 1) or None.
        options: of the cell.
    """

    x: Array
    h: Array
    c: Array
    gates: Array
    squashed: Array
    mask: Mask | None
    options: CellOptions


def shapes(input_dim: int, units: int, options: CellOptions) -> Shapes:
    """Return the shapes of the weights."""
    bias = (4 * units,)
    return recurrent_shapes(4, input_dim, units, bias if options.use_bias else None)


def init(
    generator: np.random.Generator, input_dim: int, units: int, options: CellOptions
) -> dict[str, Array]:
    """Draw kernel (glorot uniform) and recurrent kernel (orthogonal); biases 0, forget 1."""
    weights = recurrent_weights(generator, shapes(input_dim, units, options))
    if options.use_bias:
        weights["bias"][units : 2 * units] = 1.0
    return weights


def forward(
    weights: Weights, x: Array, state: State, mask: Mask | None, options: CellOptions
) -> Forward:
    """Run a batch of sequences; see `forecast.nn.cell` for the arguments."""
    recurrent, act = weights["recurrent_kernel"], activation(options.activation)
    gate = activation(options.recurrent_activation)
    inputs, steps = time_major(blank_masked(x, mask)), step_mask(mask)
    gates = project(inputs, weights["kernel"], weights.get("bias"))  # (timesteps, batch, 4 units)
    h, c = (empty_like_steps(len(inputs) + 1, part) for part in state)
    h[0], c[0] = state
    squashed = empty_like_steps(len(inputs), state[0])
    units = h.shape[-1]
    for t in range(len(inputs)):
        before = gates[t] + h[t] @ recurrent
        gates[t] = gate.value(before)
        gates[t, :, 2 * units : 3 * units] = act.value(before[:, 2 * units : 3 * units])
        i, f, g, o = gates_of(gates[t], 4)
        new_c = f * c[t] + i * g
        squashed[t] = act.value(new_c)
        h[t + 1] = keep_masked(steps, t, o * squashed[t], h[t])
        c[t + 1] = keep_masked(steps, t, new_c, c[t])
    cache = Cache(inputs, h, c, gates, squashed, steps, options)
    return Forward(time_major(h[1:]), (h[-1], c[-1]), cache)


def backward(
    weights: Weights,
    cache: Cache,
    d_outputs: Array | None,
    d_state: State | None,
    trace: bool,
) -> Backward:
    """Backpropagate through all steps; `None` stands for a gradient of zero."""
    recurrent = weights["recurrent_kernel"]
    x, h, _, gates, _, mask, _ = cache
    d_every = None if d_outputs is None else time_major(d_outputs)
    zero = np.zeros_like(h[0])
    d_h, d_c = (zero, zero) if d_state is None else d_state
    d_gates = np.empty_like(gates)
    traced = np.empty_like(h[1:]) if trace else None
    for t in reversed(range(len(x))):
        if d_every is not None:
            d_h = d_h + d_every[t]
        if traced is not None:
            traced[t] = d_h
        d_h_new, d_h_over = split_masked(mask, t, d_h)
        d_c_new, d_c_over = split_masked(mask, t, d_c)
        d_gates[t], d_c = _backward_step(cache, t, d_h_new, d_c_new)
        d_c = d_c + d_c_over
        d_h = d_gates[t] @ recurrent.T + d_h_over
    gradients = {
        "kernel": product_gradient(x, d_gates),
        "recurrent_kernel": product_gradient(h[:-1], d_gates),
    }
    if "bias" in weights:
        gradients["bias"] = over_rows(d_gates)
    d_x = inputs_gradient(d_gates, weights["kernel"])
    return Backward(gradients, d_x, (d_h, d_c), None if traced is None else time_major(traced))


def _backward_step(cache: Cache, t: int, d_h: Array, d_c: Array) -> tuple[Array, Array]:
    """Return the gradients of step t's gates, before activation, and of c_{t-1}."""
    act = activation(cache.options.activation)
    gate = activation(cache.options.recurrent_activation)
    i, f, g, o = gates_of(cache.gates[t], 4)
    d_c = d_c + d_activation(act, cache.squashed[t], d_h * o)
    d_i = d_activation(gate, i, d_c * g)
    d_f = d_activation(gate, f, d_c * cache.c[t])
    d_g = d_activation(act, g, d_c * i)
    d_o = d_activation(gate, o, d_h * cache.squashed[t])
    return np.concatenate((d_i, d_f, d_g, d_o), axis=1), d_c * f


LSTM = Cell("lstm", "LSTM", 2, shapes, init, forward, backward)
