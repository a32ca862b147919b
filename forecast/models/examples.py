"""Windows of a series as scaled training examples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from forecast.data.scaling import Scaler, scale
from forecast.data.series import Values
from forecast.data.windows import Windows
from forecast.nn.arrays import Array
from forecast.training.examples import Batch, Indices


def network_inputs(scaled: Values, dtype: DTypeLike) -> Array:
    """Turn scaled windows (windows, timesteps) into inputs (windows, timesteps, 1)."""
    return scaled[:, :, None].astype(dtype)


@dataclass(frozen=True)
class WindowExamples:
    """Examples gathered and scaled as their batch is made.

    Attributes:
        windows: of the series.
        scaler: learned from the training rows.
        dtype: precision of the network.
    """

    windows: Windows
    scaler: Scaler
    dtype: DTypeLike

    def __len__(self) -> int:
        return len(self.windows)

    def batch(self, indices: Indices) -> Batch:
        """Gather and scale the windows of those indices."""
        inputs = self.windows.inputs(indices)
        shift, spread = self.scaler.shift_and_spread(inputs)
        targets = scale(self.windows.targets(indices), shift, spread)
        observed = self.windows.observed(indices)
        return Batch(
            network_inputs(scale(inputs, shift, spread), self.dtype),
            targets.astype(self.dtype),
            observed=None if np.all(observed) else observed,
        )
