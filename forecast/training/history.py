"""The record of a training: one row an epoch."""

import math
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
        clipped: updates whose gradient was longer than `clip_norm`; 0 where nothing is clipped. NaN
            where it was not counted: by an older version, and for networks of single series.
        updates: of the weights, one a batch; NaN as for `clipped`.
    """

    epoch: int
    loss: float
    val_loss: float
    learning_rate: float
    grad_norm: float
    seconds: float
    clipped: float = math.nan
    updates: float = math.nan


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
