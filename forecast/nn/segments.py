"""Sequences cut into segments, and segments turned to rows.

Segments     (batch, timesteps, features) → (batch, timesteps / length, length · features)
SegmentHead  (batch, segments · units) → (batch, rows · width)

Source: Lin et al. (2023), "SegRNN: Segment recurrent neural network for long-term time series
forecasting", sections 3.2 and 3.3.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.checks import whole_number
from forecast.errors import SettingError, ShapeError
from forecast.nn.arrays import Array, Mask, Shapes, Weights
from forecast.nn.dense import Dense
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
class SegmentHead(Stateless):
    """A linear layer that turns each segment ahead into its rows, with the same weights for all.

    What the last segment has beyond the last row is cut. Of the numbers that `Stack.forward` puts
    after the segments, (batch, rows · known), a segment reads those of its own rows.

    Attributes:
        segments: that it reads, at least 1.
        length: rows of a segment, at least 1.
        rows: handed out, at most segments · length.
        width: numbers a row, at least 1.
        known: numbers that are known of each row, at least 0.
    """

    segments: int
    length: int
    rows: int
    width: int = 1
    known: int = 0

    def __post_init__(self) -> None:
        for name in ("segments", "length", "rows", "width"):
            whole_number(name, getattr(self, name))
        whole_number("known", self.known, least=0)
        if self.rows > self.segments * self.length:
            raise SettingError(
                f"`rows` must be at most {self.segments} segments of {self.length}; got "
                f"{self.rows}. Use more segments."
            )

    @property
    def beside(self) -> int:
        """Numbers that stand beside the segments."""
        return self.rows * self.known

    @property
    def _each(self) -> Dense:
        return Dense(self.length * self.width, beside=self.length * self.known)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return None: all rows count."""
        return None

    def output_dim(self, input_dim: int) -> int:
        """Return the numbers of all rows."""
        return self.rows * self.width

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of kernel and bias."""
        return self._each.shapes(input_dim // self.segments)

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the kernel (glorot uniform); the bias is zero."""
        return self._each.init(generator, input_dim // self.segments)

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Run the layer on x, (batch, segments · units + rows · known)."""
        batch, hidden = len(x), x.shape[1] - self.beside
        parts = x[:, :hidden].reshape(batch * self.segments, hidden // self.segments)
        if self.known:
            known = self._in_segments(x[:, hidden:], self.known)
            parts = np.concatenate((parts, known), axis=1)
        outputs, cache = self._each.run(weights, parts, None, generator)
        numbers = outputs.reshape(batch, self.segments * self.length * self.width)
        return np.ascontiguousarray(numbers[:, : self.rows * self.width]), cache

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Return the gradients of kernel, bias and x, without those of the numbers beside it."""
        d_every = self._in_segments(d_outputs, self.width)
        gradients, d_parts = self._each.run_back(weights, cache, d_every)
        return gradients, d_parts.reshape(len(d_outputs), self.segments * d_parts.shape[1])

    def _in_segments(self, numbers: Array, width: int) -> Array:
        """Cut (batch, rows · width) into (batch · segments, length · width), zeros at the end."""
        batch, columns = len(numbers), self.length * width
        filled = np.zeros((batch, self.segments * columns), numbers.dtype)
        filled[:, : numbers.shape[1]] = numbers
        return filled.reshape(batch * self.segments, columns)
