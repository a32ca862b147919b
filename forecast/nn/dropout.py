"""Inverted dropout (Srivastava et al., 2014): kept values grow by 1 / (1 − rate) in training."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.checks import real_number
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights
from forecast.nn.layer import LayerBackward, LayerForward


def drawn_factor(
    generator: np.random.Generator, shape: tuple[int, ...], rate: float, dtype: np.dtype[Any]
) -> Array:
    """Draw what inputs are multiplied by: 0 for a share `rate` of them, 1 / (1 − rate) else."""
    kept = generator.random(shape, dtype=np.float32) >= rate
    factor: Array = kept.astype(dtype) / dtype.type(1 - rate)
    return factor


@dataclass(frozen=True)
class Dropout:
    """Puts a random share of its inputs to zero in training and passes them on otherwise.

    Attributes:
        rate: share put to zero, in [0, 1).
    """

    rate: float

    def __post_init__(self) -> None:
        real_number("dropout", self.rate, least=0, below=1)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return the mask of the inputs."""
        return mask

    def output_dim(self, input_dim: int) -> int:
        """Return the size of the inputs."""
        return input_dim

    def shapes(self, input_dim: int) -> Shapes:
        """Return no shapes: there are no weights."""
        return {}

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Return no weights: there are none."""
        return {}

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Drop values of x where a generator is given; hand x on where none is."""
        if generator is None or self.rate == 0:
            return LayerForward(x, (), None)
        factor = drawn_factor(generator, x.shape, self.rate, x.dtype)
        return LayerForward(x * factor, (), factor)

    def backward(
        self,
        weights: Weights,
        cache: Any,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Pass the gradient through the values that were kept."""
        return LayerBackward({}, d_outputs if cache is None else d_outputs * cache, (), None)
