"""Steps and epochs of a JAX training step: compiled, with its state's buffers given back.

A training step here is `step(state, x, y) -> (state, loss)`.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.choices import Run
from benchmarks.peers.data import examples
from benchmarks.points import Point

Step = Callable[[Any, Any, Any], tuple[Any, Any]]


def steps(point: Point, step: Step, state: Any) -> Run:
    """Return what takes steps on one batch; they queue, and the last is waited for."""
    x, y = map(jnp.asarray, examples(point.batch, point.timesteps, point.features))
    compiled = jax.jit(step, donate_argnums=0)

    def run(count: int) -> None:
        nonlocal state
        loss = None
        for _ in range(count):
            state, loss = compiled(state, x, y)
        jax.block_until_ready(loss)

    return run


def epochs(point: Point, step: Step, state: Any) -> Callable[[], object]:
    """Return what trains one epoch: shuffle and all batches are one compiled scan."""
    x, y = map(jnp.asarray, examples(point.windows, point.timesteps, point.features))
    key = jax.random.key(0)

    def whole(state: Any, key: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
        key, once = jax.random.split(key)
        order = jax.random.permutation(once, point.windows).reshape(point.batches, point.batch)
        state, losses = jax.lax.scan(
            lambda state, chosen: step(state, x[chosen], y[chosen]), state, order
        )
        return state, key, losses.mean()

    compiled = jax.jit(whole, donate_argnums=0)

    def run() -> None:
        nonlocal state, key
        state, key, loss = compiled(state, key, x, y)
        jax.block_until_ready(loss)

    return run
