"""Keras on TensorFlow: train_on_batch, fit, and a loop of one's own in a tf.function.

The loop of one's own, as Keras' guide writes it, spares what `train_on_batch` does around a step.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from benchmarks.choices import Choice, Run
from benchmarks.peers import keras_models
from benchmarks.peers.data import examples
from benchmarks.points import Point


def _trainer(point: Point, jit: bool, unroll: bool, x: Any, y: Any) -> Callable[[Any], Any]:
    """Return what takes a step on the windows of those indices."""
    model, adam = keras_models.network(point, unroll=unroll), keras_models.adam()
    weights = model.trainable_variables
    adam.build(weights)

    @tf.function(jit_compile=jit)
    def train(chosen: Any) -> Any:
        inputs, targets = tf.gather(x, chosen), tf.gather(y, chosen)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(inputs, training=True) - targets) ** 2)
        adam.apply(tape.gradient(loss, weights), weights)
        return loss

    return train


def _step(point: Point, jit: bool, unroll: bool = False) -> Run:
    x, y = map(tf.constant, examples(point.batch, point.timesteps, point.features))
    train, every = _trainer(point, jit, unroll, x, y), tf.range(point.batch)

    def run(count: int) -> None:
        loss = None
        for _ in range(count):
            loss = train(every)
        if loss is not None:
            loss.numpy()  # waits

    return run


def _epoch(point: Point, jit: bool, unroll: bool = False) -> Callable[[], object]:
    x, y = map(tf.constant, examples(point.windows, point.timesteps, point.features))
    train = _trainer(point, jit, unroll, x, y)

    def run() -> None:
        loss = None
        order = tf.reshape(tf.random.shuffle(tf.range(point.windows)), (point.batches, point.batch))
        for chosen in order:
            loss = train(chosen)
        if loss is not None:
            loss.numpy()

    return run


def _unrolled(point: Point, build: Callable[..., Any]) -> list[Choice]:
    if point.timesteps > keras_models.UNROLLED_TIMESTEPS:
        return []
    return [Choice("own loop, XLA, unrolled", partial(build, point, True, True), slow=True)]


def step(point: Point) -> list[Choice]:
    """Return train_on_batch and the own loop, with and without XLA."""
    return [
        Choice("own loop, XLA", partial(_step, point, True)),
        Choice("own loop", partial(_step, point, False)),
        Choice("train_on_batch, XLA", partial(keras_models.train_on_batch, point, True)),
        Choice("train_on_batch", partial(keras_models.train_on_batch, point, False)),
        *_unrolled(point, _step),
    ]


def epoch(point: Point) -> list[Choice]:
    """Return fit and the own loop, with and without XLA."""
    return [
        Choice("own loop, XLA", partial(_epoch, point, True)),
        Choice(
            "fit, XLA, all steps at once", partial(keras_models.fit, point, True, point.batches)
        ),
        Choice("fit", partial(keras_models.fit, point, False)),
        *_unrolled(point, _epoch),
    ]


def _latency(point: Point, jit: bool, unroll: bool) -> Callable[[Any], Any]:
    model = keras_models.network(point, unroll=unroll)
    compiled = tf.function(lambda x: model(x, training=False), jit_compile=jit)
    return lambda window: compiled(tf.constant(window)).numpy()


def latency(point: Point) -> list[Choice]:
    """Return tf.function with and without XLA and unrolling, and predict_on_batch."""
    return [
        Choice("tf.function, XLA", partial(_latency, point, True, False)),
        Choice("tf.function, XLA, unrolled", partial(_latency, point, True, True)),
        Choice("tf.function", partial(_latency, point, False, False)),
        Choice("tf.function, unrolled", partial(_latency, point, False, True)),
        Choice("predict_on_batch", partial(keras_models.predict_on_batch, point)),
    ]


def versions() -> dict[str, str]:
    """Return the version of TensorFlow."""
    return {"tensorflow": tf.__version__}
