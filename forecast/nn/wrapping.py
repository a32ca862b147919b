"""Layers around layers.

Bidirectional     one recurrent layer reads forwards, another backwards
TimeDistributed   a layer on every step by itself
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from forecast.checks import one_of
from forecast.errors import SettingError, ShapeError
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights
from forecast.nn.layer import Layer, LayerBackward, LayerForward, Stateless
from forecast.nn.recurrent import Recurrent
from forecast.nn.sequence import backwards

MERGES = ("concat", "sum", "mul", "ave")
SIDES = ("forward", "backward")


class _Sides(NamedTuple):
    """The cache of a bidirectional layer: caches and outputs of both sides."""

    caches: tuple[Any, Any]
    outputs: tuple[Array, Array]


@dataclass(frozen=True)
class Bidirectional:
    """Two recurrent layers, one of which reads from the end; weights are called `forward/kernel`.

    Attributes:
        ahead: the layer that reads forwards.
        back: the layer that reads backwards, alike but for `go_backwards`.
        merge: how outputs join: `concat`, `sum`, `mul` or `ave`.
    """

    ahead: Recurrent
    back: Recurrent
    merge: str = "concat"

    def __post_init__(self) -> None:
        one_of("merge_mode", self.merge, MERGES)
        same = self.ahead.return_sequences == self.back.return_sequences
        if not same or self.ahead.go_backwards or not self.back.go_backwards:
            raise SettingError(
                "Both layers of Bidirectional must hand out sequences or neither, and only the "
                "second reads backwards. Use go_backwards=True for the backward layer alone."
            )

    @property
    def stateful(self) -> bool:
        """Whether a trainer starts a batch from the states that the one before left."""
        return self.ahead.stateful

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return the mask of a sequence of hidden states; the last ones alone have none."""
        return self.ahead.output_mask(x, mask)

    def output_dim(self, input_dim: int) -> int:
        """Return the number of units, of both sides where they stand side by side."""
        return self.ahead.units + (self.back.units if self.merge == "concat" else 0)

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of both sides' weights."""
        return {
            f"{side}/{name}": shape
            for side, layer in self._sides()
            for name, shape in layer.shapes(input_dim).items()
        }

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw both sides' first weights."""
        return {
            f"{side}/{name}": weight
            for side, layer in self._sides()
            for name, weight in layer.init(generator, input_dim).items()
        }

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Run both sides over x, (batch, timesteps, features); the state is both sides' states."""
        half = None if state is None else len(state) // 2
        states = (None, None) if state is None else (state[:half], state[half:])
        one, other = (
            layer.forward(_part(weights, side), x, mask=mask, state=start, generator=generator)
            for (side, layer), start in zip(self._sides(), states, strict=True)
        )
        sides = one.outputs, self._aligned(other.outputs)
        cache = _Sides((one.cache, other.cache), sides)
        return LayerForward(self._merged(*sides), (*one.state, *other.state), cache)

    def backward(
        self,
        weights: Weights,
        cache: _Sides,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Backpropagate through both sides.

        The trace is (batch, timesteps, units of both sides), the backward side's behind the
        forward one's, both in the order of the inputs.
        """
        half = None if d_state is None else len(d_state) // 2
        states = (None, None) if d_state is None else (d_state[:half], d_state[half:])
        one, other = self._parted(d_outputs, cache)
        ahead = self.ahead.backward(
            _part(weights, "forward"), cache.caches[0], one, d_state=states[0], trace=trace
        )
        back = self.back.backward(
            _part(weights, "backward"),
            cache.caches[1],
            self._aligned(other),
            d_state=states[1],
            trace=trace,
        )
        gradients = {f"forward/{name}": gradient for name, gradient in ahead.gradients.items()}
        gradients |= {f"backward/{name}": gradient for name, gradient in back.gradients.items()}
        d_both = (*ahead.d_state, *back.d_state)
        traced = None
        if ahead.trace is not None and back.trace is not None:
            traced = np.concatenate((ahead.trace, back.trace), axis=2)
        return LayerBackward(gradients, ahead.d_x + back.d_x, d_both, traced)

    def _sides(self) -> tuple[tuple[str, Recurrent], tuple[str, Recurrent]]:
        return (SIDES[0], self.ahead), (SIDES[1], self.back)

    def _aligned(self, outputs: Array) -> Array:
        """Put a sequence that was read backwards in the order of the inputs, or back."""
        return backwards(outputs) if self.ahead.return_sequences else outputs

    def _merged(self, one: Array, other: Array) -> Array:
        if self.merge == "concat":
            return np.concatenate((one, other), axis=-1)
        if self.merge == "mul":
            return one * other
        return one + other if self.merge == "sum" else (one + other) / one.dtype.type(2)

    def _parted(self, d_outputs: Array, cache: _Sides) -> tuple[Array, Array]:
        """Return the gradients of both sides' outputs."""
        if self.merge == "concat":
            units = self.ahead.units
            one, other = d_outputs[..., :units], d_outputs[..., units:]
            return np.ascontiguousarray(one), np.ascontiguousarray(other)
        if self.merge == "mul":
            return d_outputs * cache.outputs[1], d_outputs * cache.outputs[0]
        share = d_outputs if self.merge == "sum" else d_outputs / d_outputs.dtype.type(2)
        return share, share


def _part(weights: Weights, side: str) -> dict[str, Array]:
    start = f"{side}/"
    return {
        name.removeprefix(start): weight
        for name, weight in weights.items()
        if name.startswith(start)
    }


@dataclass(frozen=True)
class TimeDistributed(Stateless):
    """A layer that runs on every step by itself, with the same weights.

    Attributes:
        layer: that runs on (batch · timesteps, …).
    """

    layer: Layer

    def output_dim(self, input_dim: int) -> int:
        """Return the size of the layer's outputs."""
        return self.layer.output_dim(input_dim)

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of the layer's weights."""
        return self.layer.shapes(input_dim)

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the layer's first weights."""
        return self.layer.init(generator, input_dim)

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Run the layer on every step of x, (batch, timesteps, …).

        Raises:
            ShapeError: x has no steps.
        """
        if x.ndim < 3:
            raise ShapeError(
                f"TimeDistributed expects x of shape (batch, timesteps, …); got {x.shape}. Let "
                "the layer before it hand out a sequence (return_sequences=True)."
            )
        every = np.ascontiguousarray(x.reshape(-1, *x.shape[2:]))
        if mask is not None:  # whatever stands on a padded step, NaN too, changes nothing
            real = mask.reshape(-1, *(1,) * (every.ndim - 1))
            every = np.where(real, every, every.dtype.type(0))
        ahead = self.layer.forward(weights, every, mask=None, state=None, generator=generator)
        outputs = ahead.outputs.reshape(*x.shape[:2], *ahead.outputs.shape[1:])
        return outputs, ahead.cache

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Return the gradients of the layer's weights, summed over all steps, and of x."""
        every = np.ascontiguousarray(d_outputs.reshape(-1, *d_outputs.shape[2:]))
        back = self.layer.backward(weights, cache, every, d_state=None, trace=False)
        d_x = back.d_x.reshape(*d_outputs.shape[:2], *back.d_x.shape[1:])
        return back.gradients, d_x
