"""Where a loss's gradient goes: its size at every hidden state, step by step back through time.

batch    of examples, such as windows
norms    (steps,) a layer: the mean of ‖∂ℓ/∂h_t‖₂ over the examples that have the step, where ℓ is
         an example's own loss; padded steps do not count, which a gradient passes as it is

ℓ is the example's share of the batch's mean loss, times the size of the batch. h_t are hidden
states alone: of an LSTM, the memory c_t is another variable, through which the gradient passes h
by.

Source: Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural
networks", equations 4 and 5.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.nn.arrays import Array, Mask
from forecast.nn.blas import one_blas_thread
from forecast.nn.layer import Layer
from forecast.nn.losses import loss_and_gradient
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.nn.wrapping import SIDES, Bidirectional
from forecast.training.examples import Batch
from forecast.training.passes import observed_of

Norms = NDArray[np.float64]


class Flow(NamedTuple):
    """The size of the gradient at every hidden state.

    Attributes:
        loss: mean over the examples.
        norms: by the name of a recurrent layer, from the one that reads the inputs up, (steps,),
            the first step first. The two sides of a bidirectional layer are called
            `name/forward` and `name/backward`. A layer that reads segments has a step for each.
    """

    loss: float
    norms: dict[str, Norms]


def flow_of(
    network: Stack,
    parameters: Parameters,
    batch: Batch,
    loss: str,
    quantiles: Sequence[float] = (),
) -> Flow:
    """Return where the gradient of a loss goes, without dropout; nothing is changed.

    Args:
        network: on either engine.
        parameters: its weights.
        batch: at least one example.
        loss: name of the loss.
        quantiles: those that the loss reads.
    """
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        ahead = network.forward(parameters, batch.inputs, mask=batch.mask, beside=batch.beside)
        observed = observed_of(loss, batch, ahead, quantiles)
        value, d_outputs = loss_and_gradient(
            loss, ahead.outputs, batch.targets, observed, quantiles
        )
        # The size of a gradient passes through as it is; so it cannot get lost among the smallest
        # numbers that a precision knows, however large the batch.
        d_outputs = d_outputs * d_outputs.dtype.type(len(batch.inputs))
        back = network.backward(parameters, ahead.caches, d_outputs, trace=True)
    found: dict[str, Norms] = {}
    real = batch.mask
    for (name, layer), trace in zip(network.layers, back.traces, strict=True):
        if trace is not None:
            found |= {named: _norms(one, real) for named, one in _sides(name, layer, trace)}
        if real is not None or layer is network.layers[0][1]:  # only that one reads the inputs
            real = layer.output_mask(batch.inputs, real)
    return Flow(value, found)


def traced_layers(network: Stack) -> tuple[str, ...]:
    """Return the names under which `flow_of` hands out norms, in their order."""
    found: list[str] = []
    for name, layer in network.layers:
        if isinstance(layer, Bidirectional):
            found += [f"{name}/{side}" for side in SIDES]
        elif hasattr(layer, "cell"):
            found.append(name)
    return tuple(found)


def lags_of(timesteps: int, steps: int) -> NDArray[np.intp]:
    """Return the lag of each of a layer's steps, oldest first: of a segment, its newest row's."""
    return np.arange(steps)[::-1] * max(1, timesteps // steps) + 1


def _sides(name: str, layer: Layer, trace: Array) -> Iterator[tuple[str, Array]]:
    if not isinstance(layer, Bidirectional):
        yield name, trace
        return
    units = layer.ahead.units
    for side, one in zip(SIDES, (trace[..., :units], trace[..., units:]), strict=True):
        yield f"{name}/{side}", one


def _norms(trace: Array, real: Mask | None) -> Norms:
    """Return the mean norm at each step of gradients (batch, steps, units).

    Args:
        trace: of a layer.
        real: (batch, steps), False on padded steps. One that is padded in every example has the
            norm of the next one to it that is not.
    """
    sizes = np.sqrt(np.square(trace, dtype=np.float64).sum(axis=2))
    if real is None or not real.any():
        real = np.ones(sizes.shape, np.bool_)
    there = np.flatnonzero(real.any(axis=0))
    nearest = np.abs(np.arange(sizes.shape[1])[:, None] - there).argmin(axis=1)
    norms: Norms = sizes[:, there].mean(axis=0, where=real[:, there])[nearest]
    return norms
