"""What a training in a kernel is told, and what it brings.

inputs     (examples, timesteps, features)   float32
targets    (examples, horizon)               float32
observed   (examples, horizon)               0 or 1 in uint8, or None
mask       (examples, timesteps)             0 or 1 in uint8, or None
beside     (examples, beside)                float32, or None where the head reads nothing more

The horizon is the network's outputs, over the numbers that the loss takes for one target.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rules:
    """How a network is trained.

    Attributes:
        loss: `mse`, `mae`, `huber`, `pinball`, `quantile` or `student_t`.
        optimizer: `adam`, `rmsprop` or `sgd`.
        constants: of the optimizer: momentum, rho, beta_1, beta_2, epsilon.
        nesterov: sgd only.
        batch_size: examples in one update.
        clip_norm: limit of the gradient's norm, or None.
        dropout: rate between layers.
        seed: of the dropout.
        quantiles: those of the loss `quantile`, or the one of `pinball`.
    """

    loss: str
    optimizer: str
    constants: Mapping[str, float]
    nesterov: bool
    batch_size: int
    clip_norm: float | None
    dropout: float
    seed: int
    quantiles: tuple[float, ...] = ()


class Data(NamedTuple):
    """Examples in memory, as the module's table says; contiguous."""

    inputs: Floats
    targets: Floats
    observed: NDArray[np.uint8] | None = None
    mask: NDArray[np.uint8] | None = None
    beside: Floats | None = None


class Batches(NamedTuple):
    """What some batches brought.

    Attributes:
        losses: (batches,) mean loss of each.
        norms: (batches,) norm of the gradient, before clipping.
        finished: batches after which the weights were moved; fewer than there are where a loss or
            a gradient was not finite.
    """

    losses: NDArray[np.float64]
    norms: NDArray[np.float64]
    finished: int


class Patience(NamedTuple):
    """How a training stands.

    Attributes:
        best_loss: so far.
        since_best: epochs since then.
        epochs: without a better one after which to stop; 0 for never.
    """

    best_loss: float
    since_best: int
    epochs: int


class Epochs(NamedTuple):
    """What some epochs brought.

    Attributes:
        losses: (epochs, batches) mean loss of each batch.
        norms: (epochs, batches) norm of each gradient, before clipping.
        val_losses: (epochs,) over the validation examples; NaN where there are none.
        batches: after which the weights were moved.
        epochs: that came to their end.
        cut: whether a loss or a gradient was not finite in the one after those.
    """

    losses: NDArray[np.float64]
    norms: NDArray[np.float64]
    val_losses: NDArray[np.float64]
    batches: int
    epochs: int
    cut: bool
