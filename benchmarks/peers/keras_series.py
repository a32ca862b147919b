"""One Keras network after another, each trained on the windows of one series.

    KERAS_BACKEND=… python -m benchmarks.peers.keras_series WAY IN.npz OUT.npz

IN holds the windows `x` (n, timesteps, 1) and `y` (n, 1), where those of each series begin and the
last ones end, `offsets` (series + 1,), and the `first` weights (series, size), in the order of
Keras. OUT takes the trained `weights` (series, size), `seconds` and `cpu` (series,), on the clock
and of all cores, and the `versions`.

The model is built and compiled once; before each series its weights and those of its optimizer are
set back, which is faster than another model. What compiles is run on the first series before the
clock starts.
"""

import importlib
import json
import sys
import time
from typing import Any

import keras
import numpy as np

from benchmarks.local_network import BATCH, EPOCHS
from benchmarks.local_ways import WAYS, Way
from benchmarks.peers.keras_series_network import Train, joined, network, orders, rmsprop, split


def _fit(model: Any, x: Any, y: Any) -> None:
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)


def _one_epoch(model: Any, x: Any, y: Any) -> None:
    """Train by `fit` on one long epoch, whose windows are shuffled before."""
    order = orders(len(x))
    model.fit(x[order], y[order], batch_size=BATCH, shuffle=False, verbose=0)


def _on_batch(model: Any, x: Any, y: Any) -> None:
    for one in orders(len(x)):
        model.train_on_batch(x[one : one + 1], y[one : one + 1])


LOOPS = {"fit": _fit, "one epoch": _one_epoch, "train_on_batch": _on_batch}


def of_keras(way: Way) -> Train:
    """Return what trains by Keras' own loops."""
    model, optimizer, loop = network(), rmsprop(), LOOPS[way.loop]
    jit = way.backend == "jax"
    model.compile(optimizer=optimizer, loss="mse", jit_compile=jit, steps_per_execution=way.steps)
    optimizer.build(model.trainable_variables)
    fresh = [keras.ops.convert_to_numpy(one).copy() for one in optimizer.variables]

    def train(first: Any, x: Any, y: Any) -> Any:
        model.set_weights(split(first, model))
        for variable, value in zip(optimizer.variables, fresh, strict=True):
            variable.assign(value)
        loop(model, x, y)
        return joined(model.get_weights())

    return train


def trainer(way: Way, longest: int) -> Train:
    """Return what trains one network.

    Args:
        way: how.
        longest: windows of the longest series.
    """
    if way.of_keras:
        return of_keras(way)
    own: Any = importlib.import_module("benchmarks.peers.keras_series_jax")
    train: Train = own.trainer(way, longest)
    return train


def versions() -> dict[str, str]:
    """Return the versions of Keras and its backend."""
    backend = keras.backend.backend()
    return {"keras": keras.__version__, backend: importlib.import_module(backend).__version__}


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def main() -> None:
    """Train all networks and write what they became."""
    way, given = WAYS[sys.argv[1]], np.load(sys.argv[2])
    keras.utils.set_random_seed(0)
    ends = list(zip(given["offsets"][:-1], given["offsets"][1:], strict=True))
    parts = [(given["x"][start:end], given["y"][start:end]) for start, end in ends]
    train = trainer(way, max(len(x) for x, _ in parts))
    train(given["first"][0], *parts[0])
    weights, clocks = [], [_clocks()]
    for first, (x, y) in zip(given["first"], parts, strict=True):
        weights.append(train(first, x, y))
        clocks.append(_clocks())
    seconds, cpu = np.diff(clocks, axis=0).T
    told = json.dumps(versions())
    np.savez(sys.argv[3], weights=weights, seconds=seconds, cpu=cpu, versions=told)


if __name__ == "__main__":
    main()
