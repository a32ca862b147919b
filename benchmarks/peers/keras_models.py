"""The Keras network, whatever the backend, and Keras' own ways of training it."""

from collections.abc import Callable
from typing import Any

import keras

from benchmarks.choices import Run
from benchmarks.peers.data import examples
from benchmarks.points import Point

LAYERS = {
    "simple_rnn": keras.layers.SimpleRNN,
    "gru": keras.layers.GRU,  # reset_after=True by default
    "lstm": keras.layers.LSTM,
}
UNROLLED_TIMESTEPS = 24  # unrolled, a step compiles for ten seconds, and worse after


def network(point: Point, *, unroll: bool = False) -> Any:
    """Return the cell with Dense(1) on its last state."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Input((point.timesteps, point.features)),
        LAYERS[point.cell](point.units, unroll=unroll),
        keras.layers.Dense(1),
    ]
    return keras.Sequential(layers)


def adam() -> Any:
    """Return the optimizer of every choice."""
    return keras.optimizers.Adam(1e-3)


def _compiled(point: Point, jit: bool, steps: int) -> Any:
    model = network(point)
    model.compile(optimizer=adam(), loss="mse", jit_compile=jit, steps_per_execution=steps)
    return model


def train_on_batch(point: Point, jit: bool) -> Run:
    """Return what takes steps by Keras' `train_on_batch`."""
    model = _compiled(point, jit, 1)
    x, y = examples(point.batch, point.timesteps, point.features)

    def run(count: int) -> None:
        for _ in range(count):
            model.train_on_batch(x, y)

    return run


def fit(point: Point, jit: bool, steps: int = 1) -> Callable[[], object]:
    """Return what trains one epoch by Keras' `fit`, `steps` batches in one call."""
    model = _compiled(point, jit, steps)
    x, y = examples(point.windows, point.timesteps, point.features)
    return lambda: model.fit(x, y, batch_size=point.batch, epochs=1, shuffle=True, verbose=0)


def predict_on_batch(point: Point) -> Callable[[Any], Any]:
    """Return what runs the network on one window by Keras' `predict_on_batch`."""
    return network(point).predict_on_batch
