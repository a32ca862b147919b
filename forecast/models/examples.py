"""Windows of a panel as scaled training examples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from forecast.data.windows import Windows, steps_after
from forecast.models.reading import Reading
from forecast.training.examples import Batch, Indices


@dataclass(frozen=True)
class WindowExamples:
    """Examples gathered and scaled as their batch is made.

    Attributes:
        reading: of the panel.
        windows: of its rows.
        dtype: precision of the network.
    """

    reading: Reading
    windows: Windows
    dtype: DTypeLike

    def __len__(self) -> int:
        return len(self.windows)

    def batch(self, indices: Indices) -> Batch:
        """Gather and scale the windows of those indices."""
        origins, horizon = self.windows.origins[indices], self.windows.horizon
        read = self.reading.read(origins, self.dtype)
        ahead = steps_after(self.reading.levels.values, origins, horizon)
        observed = self.windows.observed(indices)
        return Batch(
            read.x,
            ((ahead - read.anchor) / read.spread).astype(self.dtype),
            mask=read.mask,
            observed=None if np.all(observed) else observed,
        )
