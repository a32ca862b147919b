"""Models twice, from the same lines: once of this package, once of Keras on PyTorch."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import forecast as fc

os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it while it is imported
keras = pytest.importorskip("keras", reason="Keras is an extra; run make parity")

LayersOf = Callable[[Any], list[Any]]  # of `forecast` or of `keras.layers`
ENGINES = ("numpy", "numba")
every_engine = pytest.mark.parametrize("engine", ENGINES)

# Keras 3.15 has an __array__ of before NumPy 2, which its own `get_weights` stumbles over.
HARMLESS = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


def twins(
    layers_of: LayersOf,
    shape: tuple[int | None, ...],
    *,
    engine: str = "numpy",
    batch_size: int | None = None,
    seed: int = 0,
) -> tuple[fc.Sequential, Any]:
    """Return a model of ours and Keras', with the same weights; biases are not zero either."""
    ours = fc.Sequential(layers_of(fc), engine=engine)
    ours.build((None, *shape))
    entry = keras.Input(shape, batch_size=batch_size)
    theirs = keras.Sequential([entry, *layers_of(keras.layers)])
    shapes = [weight.shape for weight in ours.get_weights()]
    assert shapes == [tuple(weight.shape) for weight in theirs.get_weights()]
    weights = drawn(shapes, seed)
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def drawn(shapes: list[tuple[int, ...]], seed: int = 0) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.normal(0, 0.4, shape).astype("float32") for shape in shapes]


def inputs(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def padded(x: np.ndarray, where: str, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return x with zeros before or after sequences of random lengths, and the mask."""
    lengths = np.random.default_rng(seed).integers(1, x.shape[1] + 1, len(x))
    lengths[0] = x.shape[1]
    steps = np.arange(x.shape[1])[None, :]
    mask = steps < lengths[:, None] if where == "post" else steps >= x.shape[1] - lengths[:, None]
    return np.where(mask[..., None], x, np.float32(0)), mask


def output_of(theirs: Any, x: np.ndarray, **more: Any) -> Any:
    """Return what Keras' model or layer says, as arrays."""
    out = theirs(x, **more)
    if isinstance(out, list | tuple):
        return [keras.ops.convert_to_numpy(one) for one in out]
    return keras.ops.convert_to_numpy(out)


def assert_alike(ours: np.ndarray, theirs: np.ndarray, tolerance: float = 1e-5) -> None:
    """See that arrays differ by no more than a share of the largest value, or of one."""
    assert ours.shape == theirs.shape
    room = tolerance * max(1.0, float(np.abs(theirs).max(initial=0)))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=room)
