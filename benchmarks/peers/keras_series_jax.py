"""Loops of one's own around the stateless calls of Keras on JAX, to train one series' network."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.local_network import EPOCHS
from benchmarks.local_ways import Way
from benchmarks.peers.keras_series_network import Train, joined, network, orders, rmsprop, split

Step = Callable[[Any, Any, Any], Any]


def _step(model: Any, optimizer: Any) -> Step:
    """Return one step, from (weights, moments), x and y to the next ones."""
    rest = [one.value for one in model.non_trainable_variables]

    def loss(weights: Any, x: Any, y: Any) -> Any:
        outputs, _ = model.stateless_call(weights, rest, x, training=True)
        return ((outputs - y) ** 2).mean()

    def step(state: Any, x: Any, y: Any) -> Any:
        weights, moments = state
        gradient = jax.grad(loss)(weights, x, y)
        return optimizer.stateless_apply(moments, gradient, weights)

    return step


def _stepwise(step: Step) -> Step:
    jitted = jax.jit(step)

    def run(state: Any, x: Any, y: Any) -> Any:
        for at in orders(len(x)):
            state = jitted(state, x[at : at + 1], y[at : at + 1])
        return state

    return run


def _whole(step: Step, longest: int) -> Step:
    """Return the whole training in one compiled call; padded, or each length would compile."""

    @jax.jit
    def whole(state: Any, x: Any, y: Any, order: Any, count: Any) -> Any:
        def one(k: Any, state: Any) -> Any:
            chosen = jax.lax.dynamic_slice_in_dim
            return step(state, chosen(x, order[k], 1), chosen(y, order[k], 1))

        return jax.lax.fori_loop(0, count, one, state)

    def run(state: Any, x: Any, y: Any) -> Any:
        order = orders(len(x))
        padded = _padded(x, longest), _padded(y, longest), _padded(order, longest * EPOCHS)
        return whole(state, *padded, len(order))

    return run


def _padded(values: Any, length: int) -> Any:
    return np.pad(values, [(0, length - len(values))] + [(0, 0)] * (values.ndim - 1))


def trainer(way: Way, longest: int) -> Train:
    """Return what trains one network; see `keras_series.trainer`."""
    model, optimizer = network(), rmsprop()
    optimizer.build(model.trainable_variables)
    moments = [jnp.array(one.value) for one in optimizer.variables]
    step = _step(model, optimizer)
    run = _whole(step, longest) if way.loop == "whole" else _stepwise(step)

    def train(first: Any, x: Any, y: Any) -> Any:
        weights = [jnp.asarray(one) for one in split(first, model)]
        return joined(run((weights, moments), x, y)[0])

    return train
