"""The compiled cells: the same functions as the NumPy ones, from `forecast.kernels`, in float32."""

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from forecast.kernels import layers
from forecast.kernels.packing import LayerShape
from forecast.nn.arrays import Array, Mask, State, Weights
from forecast.nn.cell import Backward, Cell, CellOptions, Forward
from forecast.nn.cells import CELLS

WEIGHTS = ("kernel", "recurrent_kernel", "bias")  # in the order of a flat buffer


class Cache(NamedTuple):
    """What the backward pass needs.

    Attributes:
        shape: of the layer.
        ahead: the kernels' own cache.
    """

    shape: LayerShape
    ahead: Any


def layer_shape(
    cell: str,
    features: int,
    units: int,
    options: CellOptions,
    dilation: int = 1,
    linked: bool = False,
) -> LayerShape:
    """Describe a layer to the kernels."""
    return LayerShape(
        cell,
        features,
        units,
        options.activation,
        options.recurrent_activation,
        options.reset_after,
        options.use_bias,
        dilation,
        linked,
    )


def _forward(
    name: str, weights: Weights, x: Array, state: State, mask: Mask | None, options: CellOptions
) -> Forward:
    shape = layer_shape(name, x.shape[2], state[0].shape[1], options)
    flat = np.concatenate([weights[part].ravel() for part in WEIGHTS if part in weights])
    ahead = layers.forward(shape, flat, x, state, mask)
    return Forward(ahead.outputs, ahead.state, Cache(shape, ahead.cache))


def _backward(
    weights: Weights, cache: Cache, d_outputs: Array | None, d_state: State | None, trace: bool
) -> Backward:
    back = layers.backward(cache.shape, cache.ahead, d_outputs, d_state, trace)
    gradients, start = {}, 0
    for part in WEIGHTS:
        if part in weights:
            shape, size = weights[part].shape, weights[part].size
            gradients[part] = back.flat[start : start + size].reshape(shape)
            start += size
    return Backward(gradients, back.d_x, back.d_state, back.trace)


COMPILED: dict[str, Cell] = {
    name: replace(cell, forward=partial(_forward, name), backward=_backward)
    for name, cell in CELLS.items()
}
