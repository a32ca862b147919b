"""Runs over examples without training: their outputs, their mean loss, which places count."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from forecast.nn.arrays import Mask, State
from forecast.nn.losses import loss_and_gradient, places_of
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack, StackForward
from forecast.training.examples import Batch, Examples

EVALUATION_ROWS = 1024  # examples in one forward pass without gradients


def passes(
    network: Stack,
    parameters: Parameters,
    examples: Examples,
    size: int,
    carried: tuple[State | None, ...] | None = None,
) -> Iterator[tuple[Batch, StackForward]]:
    """Run a network over examples in their order, in batches, without dropout.

    Args:
        network: whose stateful layers carry their states from batch to batch.
        parameters: its weights.
        examples: at least one.
        size: of a batch.
        carried: states before the first batch; None starts from zeros.
    """
    for start in range(0, len(examples), size):
        batch = examples.batch(np.arange(start, min(start + size, len(examples))))
        states = network.carried(carried)
        ahead = network.forward(
            parameters, batch.inputs, mask=batch.mask, states=states, beside=batch.beside
        )
        carried = ahead.states
        yield batch, ahead


class LossMean:
    """The mean loss over batches.

    Args:
        loss: name of the loss.
        quantiles: those of the loss `quantile`.
    """

    def __init__(self, loss: str, quantiles: Sequence[float] = ()) -> None:
        self._loss, self._quantiles = loss, quantiles
        self._total, self._count = 0.0, 0

    def add(self, batch: Batch, ahead: StackForward) -> Mask | None:
        """Take a batch; return which of its places count."""
        name, told = self._loss, self._quantiles
        observed = observed_of(name, batch, ahead, told)
        value, _ = loss_and_gradient(name, ahead.outputs, batch.targets, observed, told)
        places = math.prod(places_of(name, ahead.outputs, told))
        count = places if observed is None else int(observed.sum())
        self._total, self._count = self._total + value * count, self._count + count
        return observed

    @property
    def value(self) -> float:
        """The mean over all places that counted; NaN where none did."""
        return self._total / self._count if self._count else float("nan")


def evaluate(
    network: Stack,
    parameters: Parameters,
    examples: Examples | None,
    loss: str,
    size: int = EVALUATION_ROWS,
    quantiles: Sequence[float] = (),
) -> float:
    """Return the mean loss over examples without dropout; NaN where there is none."""
    mean = LossMean(loss, quantiles)
    if examples is not None:
        for batch, ahead in passes(network, parameters, examples, size):
            mean.add(batch, ahead)
    return mean.value


def observed_of(
    loss: str, batch: Batch, ahead: StackForward, quantiles: Sequence[float] = ()
) -> Mask | None:
    """Return which places count: those observed, at steps that are not padded."""
    places = places_of(loss, ahead.outputs, quantiles)
    if ahead.mask is None:
        return batch.observed
    steps = ahead.mask.reshape(*ahead.mask.shape, *(1,) * (len(places) - 2))
    real = np.broadcast_to(steps, places)
    return real if batch.observed is None else real & batch.observed
