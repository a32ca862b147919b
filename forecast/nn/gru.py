"""GRU (Cho et al., 2014, "Learning phrase representations using RNN encoder–decoder").

z_t = σ(x_t W_z + h_{t-1} R_z + b_z)                     update gate
r_t = σ(x_t W_r + h_{t-1} R_r + b_r)                     reset gate
n_t = activation(x_t W_h + b_h + r_t ∘ (h_{t-1} R_h + c_h))    candidate, reset_after=True
n_t = activation(x_t W_h + b_h + (r_t ∘ h_{t-1}) R_h)          candidate, reset_after=False
h_t = z_t ∘ h_{t-1} + (1 − z_t) ∘ n_t

W kernel (features, 3 units) · R recurrent_kernel (units, 3 units)
Gates stand in Keras' order z, r, h.
bias (2, 3 units) with reset_after: row 0 is added to x W, row 1 to h R; else (3 units,)
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
        gates: (timesteps, batch, 3 units), z, r, n after their activations.
        inner: (timesteps, batch, units), what the reset gate scales: h_{t-1} R_h + c_h with
            reset_after, h_{t-1} without.
        mask: (timesteps, batch, 1) or None.
        options: of the cell.
    """

    x: Array
    h: Array
    gates: Array
    inner: Array
    mask: Mask | None
    options: CellOptions


def shapes(input_dim: int, units: int, options: CellOptions) -> Shapes:
    """Return the shapes of the weights."""
    bias = (2, 3 * units) if options.reset_after else (3 * units,)
    return recurrent_shapes(3, input_dim, units, bias if options.use_bias else None)


def init(
    generator: np.random.Generator, input_dim: int, units: int, options: CellOptions
) -> dict[str, Array]:
    """Draw kernel (glorot uniform) and recurrent kernel (orthogonal); the bias is zero."""
    return recurrent_weights(generator, shapes(input_dim, units, options))


def forward(
    weights: Weights, x: Array, state: State, mask: Mask | None, options: CellOptions
) -> Forward:
    """Run a batch of sequences; see `forecast.nn.cell` for the arguments."""
    inputs, steps = time_major(blank_masked(x, mask)), step_mask(mask)
    bias, recurrent_bias = _biases(weights, options)
    gates = project(inputs, weights["kernel"], bias)  # (timesteps, batch, 3 units)
    h = empty_like_steps(len(inputs) + 1, state[0])
    inner = empty_like_steps(len(inputs), state[0])
    h[0] = state[0]
    step = _step_reset_after if options.reset_after else _step_reset_before
    for t in range(len(inputs)):
        gates[t], inner[t] = step(weights, recurrent_bias, gates[t], h[t], options)
        z, _, n = gates_of(gates[t], 3)
        h[t + 1] = keep_masked(steps, t, n + z * (h[t] - n), h[t])
    cache = Cache(inputs, h, gates, inner, steps, options)
    return Forward(time_major(h[1:]), (h[-1],), cache)


def _biases(weights: Weights, options: CellOptions) -> tuple[Array | None, Array | None]:
    """Return the bias of the input product and that of the recurrent product."""
    bias = weights.get("bias")
    if bias is None or not options.reset_after:
        return bias, None
    return bias[0], bias[1]


def _step_reset_after(
    weights: Weights, bias: Array | None, projected: Array, h: Array, options: CellOptions
) -> tuple[Array, Array]:
    """Return the gates (batch, 3 units) and h R_h + c_h (batch, units) of one step."""
    units = h.shape[1]
    product = h @ weights["recurrent_kernel"]
    if bias is not None:
        product = product + bias
    gate = activation(options.recurrent_activation)
    opened = gate.value(projected[:, : 2 * units] + product[:, : 2 * units])
    inner = product[:, 2 * units :]
    candidate = projected[:, 2 * units :] + opened[:, units:] * inner
    return np.concatenate((opened, activation(options.activation).value(candidate)), axis=1), inner


def _step_reset_before(
    weights: Weights, _bias: Array | None, projected: Array, h: Array, options: CellOptions
) -> tuple[Array, Array]:
    """Return the gates (batch, 3 units) and h (batch, units) of one step."""
    units, recurrent = h.shape[1], weights["recurrent_kernel"]
    gate = activation(options.recurrent_activation)
    opened = gate.value(projected[:, : 2 * units] + h @ recurrent[:, : 2 * units])
    candidate = projected[:, 2 * units :] + (opened[:, units:] * h) @ recurrent[:, 2 * units :]
    return np.concatenate((opened, activation(options.activation).value(candidate)), axis=1), h


def backward(
    weights: Weights,
    cache: Cache,
    d_outputs: Array | None,
    d_state: State | None,
    trace: bool,
) -> Backward:
    """Backpropagate through all steps; `None` stands for a gradient of zero."""
    d_every = None if d_outputs is None else time_major(d_outputs)
    d_h = np.zeros_like(cache.h[0]) if d_state is None else d_state[0]
    d_gates, d_products = np.empty_like(cache.gates), np.empty_like(cache.gates)
    traced = np.empty_like(cache.inner) if trace else None
    step = _back_reset_after if cache.options.reset_after else _back_reset_before
    for t in reversed(range(len(cache.x))):
        if d_every is not None:
            d_h = d_h + d_every[t]
        if traced is not None:
            traced[t] = d_h
        d_new, d_over = split_masked(cache.mask, t, d_h)
        d_gates[t], d_products[t], d_h = step(weights, cache, t, d_new)
        d_h = d_h + d_over
    gradients = _gradients(weights, cache, d_gates, d_products)
    d_x = inputs_gradient(d_gates, weights["kernel"])
    return Backward(gradients, d_x, (d_h,), None if traced is None else time_major(traced))


def _d_through_gates(cache: Cache, t: int, d_h: Array) -> tuple[Array, Array, Array]:
    """Return gradients before activation of z and n at step t, and the direct one of h_{t-1}."""
    z, _, n = gates_of(cache.gates[t], 3)
    d_z = d_activation(activation(cache.options.recurrent_activation), z, d_h * (cache.h[t] - n))
    d_n = d_activation(activation(cache.options.activation), n, d_h * (1 - z))
    return d_z, d_n, d_h * z


def _back_reset_after(
    weights: Weights, cache: Cache, t: int, d_h: Array
) -> tuple[Array, Array, Array]:
    """Return the gradients of x W, of h R and of h_{t-1} at step t."""
    d_z, d_n, d_before = _d_through_gates(cache, t, d_h)
    _, r, _ = gates_of(cache.gates[t], 3)
    gate = activation(cache.options.recurrent_activation)
    d_r = d_activation(gate, r, d_n * cache.inner[t])
    d_products = np.concatenate((d_z, d_r, d_n * r), axis=1)
    d_before = d_before + d_products @ weights["recurrent_kernel"].T
    return np.concatenate((d_z, d_r, d_n), axis=1), d_products, d_before


def _back_reset_before(
    weights: Weights, cache: Cache, t: int, d_h: Array
) -> tuple[Array, Array, Array]:
    """Return the gradients of x W, of h R (the same here) and of h_{t-1} at step t."""
    d_z, d_n, d_before = _d_through_gates(cache, t, d_h)
    _, r, _ = gates_of(cache.gates[t], 3)
    units, recurrent = r.shape[1], weights["recurrent_kernel"]
    gate = activation(cache.options.recurrent_activation)
    d_reset_h = d_n @ recurrent[:, 2 * units :].T
    d_r = d_activation(gate, r, d_reset_h * cache.h[t])
    d_gates = np.concatenate((d_z, d_r, d_n), axis=1)
    d_before = d_before + d_reset_h * r + d_gates[:, : 2 * units] @ recurrent[:, : 2 * units].T
    return d_gates, d_gates, d_before


def _gradients(
    weights: Weights, cache: Cache, d_gates: Array, d_products: Array
) -> dict[str, Array]:
    """Return the gradients of the weights from those of the two products."""
    units, before = cache.inner.shape[-1], cache.h[:-1]
    if cache.options.reset_after:
        recurrent = product_gradient(before, d_products)
    else:
        _, r, _ = gates_of(cache.gates, 3)
        gates_part = product_gradient(before, d_gates[..., : 2 * units])
        candidate_part = product_gradient(r * before, d_gates[..., 2 * units :])
        recurrent = np.concatenate((gates_part, candidate_part), axis=1)
    gradients = {
        "kernel": product_gradient(cache.x, d_gates),
        "recurrent_kernel": recurrent,
    }
    if "bias" in weights:
        total = over_rows(d_gates)
        both = np.stack((total, over_rows(d_products)))
        gradients["bias"] = both if cache.options.reset_after else total
    return gradients


GRU = Cell("gru", "GRU", 1, shapes, init, forward, backward)
