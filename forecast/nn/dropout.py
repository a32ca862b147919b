"""Inverted dropout (Srivastava et al., 2014): kept values grow by 1 / (1 − rate) in training."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.checks import real_number
from forecast.nn.arrays import Array, Mask, Weights
from forecast.nn.layer import Stateless


def drawn_factor(
    generator: np.random.Generator, shape: tuple[int, ...], rate: float, dtype: np.dtype[Any]
) -> Array:
    """Draw what inputs are multiplied by: 0 for a share `rate` of them, 1 / (1 − rate) else."""
    kept = generator.random(shape, dtype=np.float32) >= rate
    factor: Array = kept.astype(dtype) / dtype.type(1 - rate)
    return factor


@dataclass(frozen=True)
class Dropout(Stateless):
    """Puts a random share of its inputs to zero in training and passes them on otherwise.

    Attributes:
        rate: share put to zero, in [0, 1).
    """

    rate: float

    def __post_init__(self) -> None:
        real_number("dropout", self.rate, least=0, below=1)

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Drop values of x where a generator is given; hand x on where none is."""
        if generator is None or self.rate == 0:
            return x, None
        factor = drawn_factor(generator, x.shape, self.rate, x.dtype)
        return x * factor, factor

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Pass the gradient through the values that were kept."""
        return {}, d_outputs if cache is None else d_outputs * cache
