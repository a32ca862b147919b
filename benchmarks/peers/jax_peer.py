"""Plain JAX: a compiled `lax.scan`, and Adam by hand.

Shapes: inputs of a gate (timesteps, batch, units); a state (batch, units); the GRU is the one with
the reset gate after the product (`reset_after`), as in Keras and PyTorch.
"""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.choices import Choice
from benchmarks.peers import jax_loops
from benchmarks.points import GATES, Point

Weights = dict[str, Any]
RATE, RHO_1, RHO_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
UNROLLS = (1, 4)  # 8 and more compile longer and ran slower at every size


def _simple_rnn(x: Any, r: Any, _: Any) -> Any:
    return (jnp.tanh(x[0] + r[0]),)


def _gru(x: Any, r: Any, state: Any) -> Any:
    z, reset = jax.nn.sigmoid(x[0] + r[0]), jax.nn.sigmoid(x[1] + r[1])
    candidate = jnp.tanh(x[2] + reset * r[2])
    return (z * state[0] + (1 - z) * candidate,)


def _lstm(x: Any, r: Any, state: Any) -> Any:
    i, f, o = (jax.nn.sigmoid(x[k] + r[k]) for k in (0, 1, 3))
    c = f * state[1] + i * jnp.tanh(x[2] + r[2])
    return o * jnp.tanh(c), c


CELLS = {"simple_rnn": _simple_rnn, "gru": _gru, "lstm": _lstm}


def _weights(point: Point) -> Weights:
    generator = np.random.default_rng(0)
    wide = GATES[point.cell] * point.units
    shapes = {
        "kernel": (point.features, wide), "recurrent": (point.units, wide), "bias": (wide,),
        "recurrent_bias": (wide,), "head": (point.units, 1), "head_bias": (1,),
    }  # fmt: skip
    if point.cell != "gru":  # only its candidate needs a second bias
        del shapes["recurrent_bias"]
    spread = 1 / np.sqrt(point.units)
    return {
        name: jnp.asarray(generator.uniform(-spread, spread, shape), jnp.float32)
        for name, shape in shapes.items()
    }


def outputs(point: Point, weights: Weights, x: Any, *, unroll: int, split: bool) -> Any:
    """Run the network; `split` gives every gate a product of its own instead of one for all."""
    gates = GATES[point.cell]
    inputs = jnp.split(x.swapaxes(0, 1) @ weights["kernel"] + weights["bias"], gates, axis=2)
    bias = weights.get("recurrent_bias", jnp.zeros(()))
    parts = jnp.split(weights["recurrent"], gates, axis=1)
    biases = jnp.split(bias, gates) if bias.ndim else [bias] * gates

    def step(state: Any, x: Any) -> tuple[Any, None]:
        if split:
            r = [state[0] @ part + b for part, b in zip(parts, biases, strict=True)]
        else:
            r = jnp.split(state[0] @ weights["recurrent"] + bias, gates, axis=1)
        return CELLS[point.cell](x, r, state), None

    zeros = jnp.zeros((x.shape[0], point.units), jnp.float32)
    first = (zeros, zeros) if point.cell == "lstm" else (zeros,)
    state, _ = jax.lax.scan(step, first, tuple(inputs), unroll=unroll)
    return state[0] @ weights["head"] + weights["head_bias"]


def _adam(state: Any, gradient: Weights) -> Any:
    weights, first, second, count = state
    count = count + 1
    first = jax.tree.map(lambda m, g: RHO_1 * m + (1 - RHO_1) * g, first, gradient)
    second = jax.tree.map(lambda v, g: RHO_2 * v + (1 - RHO_2) * g * g, second, gradient)
    rate = RATE * jnp.sqrt(1 - RHO_2**count) / (1 - RHO_1**count)
    weights = jax.tree.map(
        lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second
    )
    return weights, first, second, count


def training(point: Point, unroll: int, split: bool) -> tuple[jax_loops.Step, Any]:
    """Return a training step and its first state."""

    def loss(weights: Weights, x: Any, y: Any) -> Any:
        return jnp.mean((outputs(point, weights, x, unroll=unroll, split=split) - y) ** 2)

    def step(state: Any, x: Any, y: Any) -> tuple[Any, Any]:
        value, gradient = jax.value_and_grad(loss)(state[0], x, y)
        return _adam(state, gradient), value

    weights = _weights(point)
    first, second = (jax.tree.map(jnp.zeros_like, weights) for _ in range(2))
    return step, (weights, first, second, jnp.float32(0))


def _forms(point: Point, unrolls: tuple[int, ...]) -> list[tuple[str, int, bool]]:
    """Return name, unroll and split of every form worth trying."""
    splits = (False,) if point.cell == "simple_rnn" else (True, False)
    return [
        (f"unroll {unroll}, {'a product a gate' if split else 'one product'}", unroll, split)
        for unroll, split in product(unrolls, splits)
    ]


def _trained(point: Point, loop: Callable[..., Any]) -> list[Choice]:
    return [
        Choice(name, lambda u=unroll, s=split: loop(point, *training(point, u, s)))
        for name, unroll, split in _forms(point, UNROLLS)
    ]


def step(point: Point) -> list[Choice]:
    """Return the forms of a step."""
    return _trained(point, jax_loops.steps)


def epoch(point: Point) -> list[Choice]:
    """Return the forms of an epoch."""
    return _trained(point, jax_loops.epochs)


def _latency(point: Point, unroll: int, split: bool) -> Callable[[Any], Any]:
    weights = _weights(point)
    compiled = jax.jit(partial(outputs, point, unroll=unroll, split=split))
    return lambda window: np.asarray(compiled(weights, window))


def latency(point: Point) -> list[Choice]:
    """Return the forms of the network on one window."""
    forms = _forms(point, (1, 4, point.timesteps))
    return [Choice(name, partial(_latency, point, u, s)) for name, u, s in forms]


def versions() -> dict[str, str]:
    """Return the version of JAX."""
    return {"jax": jax.__version__}
