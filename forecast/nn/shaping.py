"""Layers without weights that change the shape or the mask of what passes through.

Masking        steps whose features all equal a value are padded
RepeatVector   (batch, features) → (batch, count, features)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.checks import real_number, whole_number
from forecast.errors import ShapeError
from forecast.nn.arrays import Array, Mask, Weights
from forecast.nn.layer import Stateless


@dataclass(frozen=True)
class Masking(Stateless):
    """Marks the steps whose features all equal a value as padded, and puts zeros there.

    Attributes:
        value: of the padding, finite.
    """

    value: float = 0.0

    def __post_init__(self) -> None:
        real_number("mask_value", self.value)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return where x, (batch, timesteps, features), is no padding and was not before."""
        real = self.real(x)
        return real if mask is None else real & mask

    def real(self, x: Array) -> Mask:
        """Return which steps of x, (batch, timesteps, features), are no padding."""
        real: Mask = np.any(x != x.dtype.type(self.value), axis=-1)
        return real

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Put zeros on padded steps of x, (batch, timesteps, features).

        Raises:
            ShapeError: x is no batch of sequences.
        """
        if x.ndim != 3:
            raise ShapeError(
                f"Masking expects x of shape (batch, timesteps, features); got {x.shape}. "
                "Put it before the recurrent layers."
            )
        real = self.real(x)[:, :, None]
        return np.where(real, x, x.dtype.type(0)), real

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Pass the gradient through real steps."""
        return {}, d_outputs * cache


@dataclass(frozen=True)
class RepeatVector(Stateless):
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

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Repeat x, (batch, features).

        Raises:
            ShapeError: x is no batch of vectors.
        """
        if x.ndim != 2:
            raise ShapeError(
                f"RepeatVector expects x of shape (batch, features); got {x.shape}. Let the layer "
                "before it hand out its last state only (return_sequences=False)."
            )
        return np.repeat(x[:, None, :], self.count, axis=1), None

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Sum the gradients of all steps."""
        return {}, d_outputs.sum(axis=1)
