"""The record of a training: one row an epoch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from forecast.nn.parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd


class Epoch(NamedTuple):
    """One finished epoch.

    Attributes:
        epoch: from 1.
        loss: mean over the epoch's batches, in training mode, in the network's own units.
        val_loss: over the validation examples; NaN where there are none.
        learning_rate: of the epoch's last update.
        grad_norm: mean over the batches of the gradient's global norm, before clipping.
        seconds: that this epoch took, validation included.
    """

    epoch: int
    loss: float
    val_loss: float
    learning_rate: float
    grad_norm: float
    seconds: float


class Progress(NamedTuple):
    """What a callback is told after every epoch.

    Attributes:
        record: the finished epoch.
        epochs: the number of epochs asked for.
        parameters: a copy of the weights after this epoch.
    """

    record: Epoch
    epochs: int
    parameters: Parameters


def history_frame(records: Sequence[Epoch]) -> "pd.DataFrame":
    """Return one row an epoch, in the columns of `Epoch`."""
    import pandas as pd  # a training on arrays needs no tables

    return pd.DataFrame(records, columns=list(Epoch._fields)).astype(
        {name: "int64" if name == "epoch" else "float64" for name in Epoch._fields}
    )
