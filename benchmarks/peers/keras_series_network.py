"""The Keras network of one series, its first weights, and the orders of its windows."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from benchmarks.local_network import ACTIVATION, EPOCHS, LEARNING_RATE, TIMESTEPS, UNITS

Train = Callable[[Any, Any, Any], Any]  # from first weights, x and y to weights
GENERATOR = np.random.default_rng(0)


def network() -> Any:
    """Return the network, not yet compiled; its steps are written out."""
    cell = keras.layers.SimpleRNN(UNITS, activation=ACTIVATION, unroll=True)
    return keras.Sequential([keras.layers.Input((TIMESTEPS, 1)), cell, keras.layers.Dense(1)])


def rmsprop() -> Any:
    """Return the optimizer."""
    return keras.optimizers.RMSprop(LEARNING_RATE)


def split(flat: Any, model: Any) -> list[Any]:
    """Return the weights of one network as Keras takes them."""
    shapes = [one.shape for one in model.weights]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)]


def joined(weights: list[Any]) -> Any:
    """Return the weights of one network as one array, (size,)."""
    return np.concatenate([np.ravel(one) for one in weights])


def orders(count: int) -> Any:
    """Return the windows of all epochs, each epoch in an order of its own, (epochs · count,)."""
    return np.concatenate([GENERATOR.permutation(count) for _ in range(EPOCHS)])
