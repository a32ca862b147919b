"""The program with plain JAX: an epoch is one compiled scan."""

from functools import partial

import jax
import jax.numpy as jnp

from benchmarks.cold.windows import BATCH, BATCHES, EPOCHS, TIMESTEPS, UNITS, WINDOWS, windows
from benchmarks.peers.jax_peer import outputs, training
from benchmarks.points import Point

point = Point("gru", UNITS, TIMESTEPS, BATCH, 1)
x, y, last = map(jnp.asarray, windows())
step, state = training(point, unroll=1, split=False)


@partial(jax.jit, donate_argnums=0)
def epoch(state: object, key: object) -> tuple[object, object]:
    """Train one epoch."""
    order = jax.random.permutation(key, WINDOWS).reshape(BATCHES, BATCH)
    return jax.lax.scan(lambda state, chosen: step(state, x[chosen], y[chosen]), state, order)


for key in jax.random.split(jax.random.key(0), EPOCHS):
    state, _ = epoch(state, key)
print(jax.jit(partial(outputs, point, unroll=1, split=False))(state[0], last))
