"""The mean of the weights after several epochs."""

import numpy as np
from numpy.typing import NDArray

from forecast.nn.arrays import Array
from forecast.training.settings import TrainingSettings


class WeightMean:
    """The mean of the weights after the last epochs, added up in double precision.

    One epoch's weights depend on which batches came last; their mean does so less.
    Source: Polyak and Juditsky (1992), "Acceleration of stochastic approximation by averaging".

    Args:
        settings: that say how many epochs there are, and of how many to take the mean.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self._many = settings.average_epochs > 1
        self.first = settings.epochs - settings.average_epochs + 1 if self._many else np.inf
        self._total: NDArray[np.float64] | None = None
        self._count = 0

    def alone(self, epoch: int, many: int) -> int:
        """Return how many of so many epochs, from this one, to take before weights are added."""
        return many if epoch + many <= self.first else max(1, int(self.first) - epoch)

    def add(self, epoch: int, flat: Array) -> None:
        """Take the weights after an epoch, if they count."""
        if epoch >= self.first:
            self._total = flat.astype(np.float64) + (0.0 if self._total is None else self._total)
            self._count += 1

    def of(self, flat: Array) -> Array:
        """Return the mean, or the weights given where none were added."""
        if self._total is None:
            return flat
        return (self._total / self._count).astype(flat.dtype)
