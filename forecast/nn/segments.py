"""Sequences cut into segments, and segments joined to rows.

Segments    (batch, timesteps, features) → (batch, timesteps / length, length · features)
JoinedRows  (batch, segments, numbers) → (batch, count)

Source: Lin et al. (2023), "SegRNN: Segment recurrent neural network for long-term time series
forecasting", sections 3.2 and 3.3.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.checks import whole_number
from forecast.errors import ShapeError
from forecast.nn.arrays import Array, Mask, Weights
from forecast.nn.layer import Stateless
from forecast.nn.sequence import blank_masked


@dataclass(frozen=True)
class Segments(Stateless):
    """Takes so many steps of a sequence as one; padded steps count as zeros.

    Attributes:
        length: steps of a segment, at least 1.
    """

    length: int

    def __post_init__(self) -> None:
        whole_number("segment", self.length)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return which segments have a real step."""
        if mask is None:
            return None
        parted = mask.reshape(len(mask), mask.shape[1] // self.length, self.length)
        real: Mask = np.any(parted, axis=2)
        return real

    def output_dim(self, input_dim: int) -> int:
        """Return the numbers of a segment."""
        return self.length * input_dim

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Cut x, (batch, timesteps, features), into segments.

        Raises:
            ShapeError: x is no batch of sequences of whole segments.
        """
        if x.ndim != 3 or x.shape[1] == 0 or x.shape[1] % self.length:
            raise ShapeError(
                "Segments expects x of shape (batch, timesteps, features) with `timesteps` a "
                f"multiple of {self.length}; got {x.shape}. Lengthen or shorten the windows."
            )
        return self._cut(blank_masked(x, mask)), (x.shape, mask)

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Pass the gradient to the real steps."""
        shape, mask = cache
        return {}, blank_masked(d_outputs.reshape(shape), mask)

    def _cut(self, x: Array) -> Array:
        return x.reshape(len(x), x.shape[1] // self.length, self.length * x.shape[2])


@dataclass(frozen=True)
class JoinedRows(Stateless):
    """Puts the numbers of all segments in one row; what is over in the last segment is cut.

    Attributes:
        count: numbers handed out, at least 1.
    """

    count: int

    def __post_init__(self) -> None:
        whole_number("count", self.count)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return None: all numbers count."""
        return None

    def output_dim(self, input_dim: int) -> int:
        """Return the count."""
        return self.count

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Join the segments of x, (batch, segments, numbers).

        Raises:
            ShapeError: they hold fewer numbers than are asked for.
        """
        if x.ndim != 3 or x.shape[1] * x.shape[2] < self.count:
            raise ShapeError(
                "JoinedRows expects x of shape (batch, segments, numbers) with at least "
                f"{self.count} numbers in each row of the batch; got {x.shape}. Use more segments."
            )
        rows = x.reshape(len(x), x.shape[1] * x.shape[2])
        return np.ascontiguousarray(rows[:, : self.count]), x.shape

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Pass the gradient on; numbers that were cut have none."""
        batch, segments, numbers = cache
        d_x = np.zeros((batch, segments * numbers), d_outputs.dtype)
        d_x[:, : self.count] = d_outputs
        return {}, d_x.reshape(cache)
