"""What batches bring, and where a training stops so that another may go on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.nn.arrays import State
from forecast.nn.optimizers import OptimizerState

Rates = NDArray[np.float64]
States = tuple[State | None, ...] | None


class Taken(NamedTuple):
    """What some batches brought.

    Attributes:
        losses: of each batch, the mean over its observed targets.
        norms: of each batch's gradient, before clipping.
        finished: how many moved the weights; the next one's loss or norm is not finite, if there
            is a next one.
    """

    losses: list[float]
    norms: list[float]
    finished: int


class Begun(NamedTuple):
    """Where an earlier training stopped.

    Attributes:
        optimizer: its state; None starts afresh.
        carried: states of a stateful network, one a layer; None starts from zeros.
    """

    optimizer: OptimizerState | None = None
    carried: States = None


AFRESH = Begun()


class TakenEpochs(NamedTuple):
    """What some epochs brought.

    Attributes:
        epochs: what the batches of each brought.
        val_losses: of each; NaN where there are no validation examples.
    """

    epochs: list[Taken]
    val_losses: list[float]
