"""Layers without weights that change the shape or the mask of what passes through.

Masking        steps whose features all equal a value are padded
RepeatVector   (batch, features) → (batch, count, features)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.checks import real_number, whole_number
from forecast.errors import ShapeError
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights
from forecast.nn.layer import LayerBackward, LayerForward


class _Weightless:
    """What layers without weights share."""

    def output_dim(self, input_dim: int) -> int:
        """Return the size of the inputs."""
        return input_dim

    def shapes(self, input_dim: int) -> Shapes:
        """Return no shapes: there are no weights."""
        return {}

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Return no weights: there are none."""
        return {}


@dataclass(frozen=True)
class Masking(_Weightless):
    """Marks the steps whose features all equal a value as padded, and puts zeros there.

    Attributes:
        value: of the padding, finite.
    """

    value: float = 0.0

    def __post_init__(self) -> None:
        real_number("mask_value", self.value)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return where x, (batch, timesteps, features), is no padding and was not before."""
        real = self._real(x)
        return real if mask is None else real & mask

    def _real(self, x: Array) -> Mask:
        real: Mask = np.any(x != x.dtype.type(self.value), axis=-1)
        return real

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Put zeros on padded steps of x, (batch, timesteps, features).

        Raises:
            ShapeError: x is no batch of sequences.
        """
        if x.ndim != 3:
            raise ShapeError(
                f"Masking expects x of shape (batch, timesteps, features); got {x.shape}. "
                "Put it before the recurrent layers."
            )
        real = self._real(x)[:, :, None]
        return LayerForward(np.where(real, x, x.dtype.type(0)), (), real)

    def backward(
        self,
        weights: Weights,
        cache: Any,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Pass the gradient through real steps."""
        return LayerBackward({}, d_outputs * cache, (), None)


@dataclass(frozen=True)
class RepeatVector(_Weightless):
    """Hands out a vector at every step of a new sequence.

    Attributes:
        count: steps of the sequence, at least 1.
    """

    count: int

    def __post_init__(self) -> None:
        whole_number("n", self.count)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return None: every step of the new sequence counts."""
        return None

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Repeat x, (batch, features).

        Raises:
            ShapeError: x is no batch of vectors.
        """
        if x.ndim != 2:
            raise ShapeError(
                f"RepeatVector expects x of shape (batch, features); got {x.shape}. Let the layer "
                "before it hand out its last state only (return_sequences=False)."
            )
        return LayerForward(np.repeat(x[:, None, :], self.count, axis=1), (), None)

    def backward(
        self,
        weights: Weights,
        cache: Any,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Sum the gradients of all steps."""
        return LayerBackward({}, d_outputs.sum(axis=1), (), None)
