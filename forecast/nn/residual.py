"""A link around a recurrent layer: its input is added to its output.

y_t = h_t + x_t

Source: He et al. (2016), "Deep residual learning for image recognition", equation 1; between
recurrent layers as in Wu et al. (2016), "Google's neural machine translation system", section 3.1.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.errors import SettingError
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights
from forecast.nn.dilation import Dilated
from forecast.nn.layer import Around, LayerBackward, LayerForward
from forecast.nn.recurrent import Recurrent
from forecast.nn.sequence import blank_masked, last_real


class ResidualCache(NamedTuple):
    """What the backward pass needs.

    Attributes:
        inner: cache of the layer.
        mask: (batch, timesteps) or None.
        last: (batch,) last real step of each row, or None where all steps are handed out.
    """

    inner: Any
    mask: Mask | None
    last: NDArray[np.intp] | None


@dataclass(frozen=True)
class Residual(Around):
    """A recurrent layer whose outputs are its hidden states plus its inputs.

    Where the layer hands out its last state only, the input of the last real step is added.
    Weights are called as the layer's own; its states are hidden states alone, without the inputs.

    Attributes:
        layer: with as many units as its input has features; reads forwards.
    """

    layer: Recurrent | Dilated

    def __post_init__(self) -> None:
        if isinstance(self.layer, Recurrent) and not self.layer.plain:
            raise SettingError(
                "A layer under a residual link must read forwards, without states carried from "
                f"batch to batch and without dropout inside; got {self.layer}. Leave these at "
                "their defaults."
            )

    def output_dim(self, input_dim: int) -> int:
        """Return the number of units.

        Raises:
            SettingError: it is not the size of the inputs.
        """
        units = self.layer.output_dim(input_dim)
        if units != input_dim:
            raise SettingError(
                "A residual link adds a layer's input to its output, so that `hidden_units` must "
                f"be the number of features it reads; got {units} units for {input_dim} features. "
                "Use layers of one size, or no link here."
            )
        return units

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of the layer's weights."""
        return self.layer.shapes(self.output_dim(input_dim))

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the layer's first weights."""
        return self.layer.init(generator, self.output_dim(input_dim))

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Run the layer over x, (batch, timesteps, units), from `state` or from zeros.

        Raises:
            ShapeError: x, mask or state do not fit each other or the weights.
        """
        ahead = self.layer.forward(weights, x, mask=mask, state=state, generator=generator)
        added, last = blank_masked(x, mask), None
        if not self.return_sequences:
            last = last_real(mask, *x.shape[:2])
            added = added[np.arange(len(x)), last]
        cache = ResidualCache(ahead.cache, mask, last)
        return LayerForward(ahead.outputs + added, ahead.state, cache)

    def backward(
        self,
        weights: Weights,
        cache: ResidualCache,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Backpropagate through the layer and past it."""
        back = self.layer.backward(weights, cache.inner, d_outputs, d_state=d_state, trace=trace)
        past = d_outputs
        if cache.last is not None:
            past = np.zeros_like(back.d_x)
            past[np.arange(len(past)), cache.last] = d_outputs
        return back._replace(d_x=back.d_x + blank_masked(past, cache.mask))
