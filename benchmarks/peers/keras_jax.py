"""Keras on JAX: train_on_batch, fit, and a loop of one's own around the stateless calls.

The loop of one's own, as Keras' guide writes it, spares what `train_on_batch` does around a step:
more than the step itself takes at small sizes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from benchmarks.choices import Choice
from benchmarks.peers import jax_loops, keras_models
from benchmarks.points import Point


def _values(variables: Any) -> list[Any]:
    return [variable.value for variable in variables]


def _training(point: Point, unroll: bool = False) -> tuple[jax_loops.Step, Any]:
    """Return a training step and its first state."""
    model, adam = keras_models.network(point, unroll=unroll), keras_models.adam()
    adam.build(model.trainable_variables)

    def loss(weights: Any, rest: Any, x: Any, y: Any) -> tuple[Any, Any]:
        outputs, rest = model.stateless_call(weights, rest, x, training=True)
        return ((outputs - y) ** 2).mean(), rest

    def step(state: Any, x: Any, y: Any) -> tuple[Any, Any]:
        weights, rest, moments = state
        (value, rest), gradient = jax.value_and_grad(loss, has_aux=True)(weights, rest, x, y)
        weights, moments = adam.stateless_apply(moments, gradient, weights)
        return (weights, rest, moments), value

    variables = (model.trainable_variables, model.non_trainable_variables, adam.variables)
    return step, tuple(map(_values, variables))


def _own_loop(point: Point, loop: Callable[..., Any]) -> list[Choice]:
    choices = [Choice("own loop", lambda: loop(point, *_training(point)))]
    if point.timesteps <= keras_models.UNROLLED_TIMESTEPS:
        unrolled = partial(_training, point, unroll=True)
        choices += [Choice("own loop, unrolled", lambda: loop(point, *unrolled()), slow=True)]
    return choices


def step(point: Point) -> list[Choice]:
    """Return train_on_batch and the own loop."""
    return [
        *_own_loop(point, jax_loops.steps),
        Choice("train_on_batch", partial(keras_models.train_on_batch, point, True)),
    ]


def epoch(point: Point) -> list[Choice]:
    """Return fit, with one step in a call and with all, and the own loop."""
    return [
        *_own_loop(point, jax_loops.epochs),
        Choice("fit", partial(keras_models.fit, point, True)),
        Choice("fit, all steps at once", partial(keras_models.fit, point, True, point.batches)),
    ]


def _latency(point: Point, unroll: bool) -> Callable[[Any], Any]:
    model = keras_models.network(point, unroll=unroll)
    weights, rest = _values(model.trainable_variables), _values(model.non_trainable_variables)
    compiled = jax.jit(lambda *given: model.stateless_call(*given, training=False)[0])
    return lambda window: np.asarray(compiled(weights, rest, window))


def latency(point: Point) -> list[Choice]:
    """Return the compiled stateless call, looped and unrolled, and predict_on_batch."""
    return [
        Choice("jax.jit", partial(_latency, point, False)),
        Choice("jax.jit, unrolled", partial(_latency, point, True)),
        Choice("predict_on_batch", partial(keras_models.predict_on_batch, point)),
    ]


def versions() -> dict[str, str]:
    """Return the version of JAX."""
    return {"jax": jax.__version__}
