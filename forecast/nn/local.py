"""Networks of one shape, one for each series: every window runs with its series' weights."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.kernels.predictor import Predictor, Weights
from forecast.nn.arrays import Array, Mask
from forecast.nn.blas import one_blas_thread
from forecast.nn.fused import fused, input_check
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack

Numbers = NDArray[np.intp]
One = Callable[[Array, Array, Mask | None, Array | None], Array]


class LocalRun(Protocol):
    """Networks of many series with their weights."""

    def __call__(
        self,
        x: Array,
        mask: Mask | None = None,
        beside: Array | None = None,
        which: Numbers | None = None,
    ) -> Array:
        """Return the outputs (batch, units) of inputs (batch, timesteps, features).

        `which` is (batch,), the number of each row's series; None where row k is of series k.
        """


def local_runner(network: Stack, weights: Array) -> LocalRun:
    """Return a function from windows and the numbers of their series to outputs.

    Args:
        network: of every series.
        weights: (series, size), each row in the order of `Parameters.flat`.
    """
    like = Parameters(network.shapes(), np.zeros(weights.shape[1], weights.dtype))
    check, units, one = input_check(network, like), _units(network), _one_of(network, like)
    lock = threading.Lock()  # there is one place for the weights in use

    def run(
        x: Array,
        mask: Mask | None = None,
        beside: Array | None = None,
        which: Numbers | None = None,
    ) -> Array:
        check(x, mask, beside)
        outputs = np.empty((len(x), units), weights.dtype)
        with lock, one_blas_thread():
            for series, rows in _by_series(np.arange(len(x)) if which is None else which):
                outputs[rows] = one(
                    weights[series],
                    x[rows],
                    None if mask is None else mask[rows],
                    None if beside is None else beside[rows],
                )
        return outputs

    return run


def _units(network: Stack) -> int:
    size = network.input_dim
    for _, layer in network.layers:
        size = layer.output_dim(size)
    return size


def _by_series(which: Numbers) -> Iterator[tuple[int, Numbers]]:
    """Walk through the series that there are, each with its rows."""
    order = np.argsort(which, kind="stable")
    borders = np.flatnonzero(np.diff(which[order])) + 1
    starts = [0, *borders.tolist()] if len(order) else []
    for start, end in zip(starts, [*borders.tolist(), len(order)], strict=False):
        yield int(which[order[start]]), order[start:end]


def _one_of(network: Stack, like: Parameters) -> One:
    """Return a function from weights, x, mask and `beside` to outputs."""
    whole = fused(network) if like.flat.dtype == np.float32 else None
    if whole is None:
        return lambda flat, x, mask, beside: (
            network.forward(like.with_flat(flat), x, mask=mask, beside=beside).outputs
        )
    place = Weights(whole.shape, like.flat)
    predictor = Predictor(place)

    def compiled(flat: Array, x: Array, mask: Mask | None, beside: Array | None) -> Array:
        place.put(flat)
        flags = None if mask is None else np.ascontiguousarray(mask).view(np.uint8)
        told = None if beside is None else np.ascontiguousarray(beside, np.float32)
        return predictor.predict(np.ascontiguousarray(x), mask=flags, beside=told)

    return compiled
