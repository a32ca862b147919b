"""Every recurrent layer of a network by itself: what it read, and what it made of it.

windows n · steps of a layer t · units u

A bidirectional layer has two sides. A dilated one reads d interleaved sequences, which stand as
rows of one larger batch; here a row is such a sequence.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecast.nn.arrays import Array, Weights
from forecast.nn.blas import one_blas_thread
from forecast.nn.cell import Cell, CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.decoding import FinalState
from forecast.nn.dilation import Dilated, unfolded
from forecast.nn.layer import Layer
from forecast.nn.parameters import Parameters
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual
from forecast.nn.sequence import backwards, time_major
from forecast.nn.stack import Stack
from forecast.nn.wrapping import SIDES, Bidirectional
from forecast.training.examples import Batch

Element = TypeVar("Element", bound=np.generic)


class Side(NamedTuple):
    """One direction of a recurrent layer, after a forward pass.

    Attributes:
        name: of the layer; of a bidirectional one with `/forward` or `/backward` behind it.
        cell: on NumPy.
        options: of the cell.
        weights: by their names in the cell.
        cache: of the cell, (steps, rows, …) in the order of reading.
        turned: whether it reads from the newest step to the oldest.
        dilation: sequences that it reads of each window.
        front: padded steps that were put in front of these.
    """

    name: str
    cell: Cell
    options: CellOptions
    weights: Weights
    cache: Any
    turned: bool = False
    dilation: int = 1
    front: int = 0

    @property
    def steps(self) -> int:
        """How often the state of a sequence changes over a window."""
        return len(self.cache.x)

    @property
    def states(self) -> tuple[Array, ...]:
        """What the cell remembers, h or h and c: each (steps + 1, rows, units)."""
        return (self.cache.h, self.cache.c) if self.cell.states == 2 else (self.cache.h,)

    def in_order(self, values: NDArray[Element]) -> NDArray[Element]:
        """Turn (steps, rows, …) into (windows, timesteps, …) in the order of the inputs."""
        rows = time_major(values)
        return unfolded(backwards(rows) if self.turned else rows, self.dilation, self.front)

    def real(self) -> NDArray[np.bool_]:
        """Return (windows, timesteps), False on padded steps."""
        mask = self.cache.mask
        if mask is None:
            mask = np.ones((*self.cache.x.shape[:2], 1), np.bool_)
        return self.in_order(mask)[..., 0]


def sides_of(network: Stack, parameters: Parameters, batch: Batch) -> tuple[Side, ...]:
    """Run a network up to its last recurrent layer; return all of these, the lowest first.

    Args:
        network: on NumPy, with at least one recurrent layer.
        parameters: its weights.
        batch: at least one window.
    """
    last = max(k for k, (_, layer) in enumerate(network.layers) if _is_recurrent(layer))
    lower = Stack(network.layers[: last + 1], network.input_dim)
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        ahead = lower.forward(parameters, batch.inputs, mask=batch.mask)
    return tuple(
        side
        for (name, layer), cache in zip(lower.layers, ahead.caches, strict=True)
        if _is_recurrent(layer)
        for side in _sides(name, layer, parameters, cache)
    )


def turned_layers(network: Stack) -> tuple[str, ...]:
    """Return the names of the layers that read from the newest step to the oldest."""
    found: list[str] = []
    for name, layer in network.layers:
        if hasattr(layer, "back"):
            found.append(f"{name}/{SIDES[1]}")
        elif getattr(layer, "go_backwards", False):
            found.append(name)
    return tuple(found)


def _is_recurrent(layer: Layer) -> bool:
    return isinstance(layer, Recurrent | Dilated | Residual | FinalState | Bidirectional)


def _sides(name: str, layer: Any, parameters: Parameters, cache: Any) -> Iterator[Side]:
    if isinstance(layer, Bidirectional):
        for end, one, own in zip(SIDES, (layer.ahead, layer.back), cache.caches, strict=True):
            yield from _sides(f"{name}/{end}", one, parameters, own)
    elif isinstance(layer, Dilated):
        for side in _sides(name, layer.layer, parameters, cache.inner):
            yield side._replace(dilation=layer.dilation, front=cache.front)
    elif isinstance(layer, Recurrent):
        yield Side(
            name=name,
            cell=cell_named(layer.cell),
            options=layer.options,
            weights=parameters.part(name),
            cache=cache.steps,
            turned=layer.go_backwards,
        )
    else:
        yield from _sides(name, layer.layer, parameters, cache.inner)
