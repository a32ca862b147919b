"""Decoding all segments ahead at once, each from the last state and a code of its place.

s_k = cell(p_k, h_T)     for k = 1 … segments, p_k learned

Source: Lin et al. (2023), "SegRNN: Segment recurrent neural network for long-term time series
forecasting", section 3.3. There the cell is that of the layers before; here it has weights of its
own.

FinalState       a recurrent layer that hands out all of its last state
ParallelDecoder  (batch, states · units) → (batch, segments · units)
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.checks import whole_number
from forecast.errors import SettingError
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights
from forecast.nn.cells import cell_named
from forecast.nn.dilation import Dilated, newest_of
from forecast.nn.layer import Around, LayerBackward, LayerForward, Stateless
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual


class FinalCache(NamedTuple):
    """What the backward pass needs.

    Attributes:
        inner: cache of the layer.
        shape: of each of its states.
        newest: (batch,) which state of a dilated layer comes from the last real step.
    """

    inner: Any
    shape: tuple[int, ...]
    newest: NDArray[np.intp]


@dataclass(frozen=True)
class FinalState(Around):
    """Hands out a layer's last output with what else its cell remembers: h and c of an LSTM.

    Outputs are (batch, states · units), the same as the layer's own where it has one state.

    Attributes:
        layer: without `return_sequences`.
    """

    layer: Recurrent | Dilated | Residual

    def __post_init__(self) -> None:
        if self.layer.return_sequences:
            raise SettingError(
                "A layer that hands out its final state must hand out its last step only; got "
                f"return_sequences=True in {self.layer}. Use return_sequences=False."
            )

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return None: there are no steps any more."""
        return None

    def output_dim(self, input_dim: int) -> int:
        """Return the size of all states."""
        return cell_named(self.layer.cell).states * self.layer.output_dim(input_dim)

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Run the layer over x, (batch, timesteps, features); see there for errors."""
        ahead = self.layer.forward(weights, x, mask=mask, state=state, generator=generator)
        newest, each = newest_of(_dilation(self.layer), mask, *x.shape[:2]), np.arange(len(x))
        others = (self._by_age(part)[each, newest] for part in ahead.state[1:])
        outputs = np.concatenate((ahead.outputs, *others), axis=1)
        cache = FinalCache(ahead.cache, ahead.state[0].shape, newest)
        return LayerForward(outputs, ahead.state, cache)

    def backward(
        self,
        weights: Weights,
        cache: FinalCache,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Backpropagate from the final state."""
        d_last, *d_others = np.split(d_outputs, cell_named(self.layer.cell).states, axis=1)
        d_final = tuple(
            np.zeros(cache.shape, d_last.dtype) if given is None else given.copy()
            for given in d_state or (None,) * (1 + len(d_others))
        )
        for d_part, d_other in zip(d_final[1:], d_others, strict=True):
            self._by_age(d_part)[np.arange(len(d_other)), cache.newest] += d_other
        return self.layer.backward(
            weights, cache.inner, np.ascontiguousarray(d_last), d_state=d_final, trace=trace
        )

    def _by_age(self, state: Array) -> Array:
        """Return a state as (batch, dilation, units), a view; 1 where there is no dilation."""
        return state.reshape(len(state), _dilation(self.layer), state.shape[-1])


def _dilation(layer: Recurrent | Dilated | Residual) -> int:
    """Return how many states a layer goes on from."""
    if isinstance(layer, Residual):
        return _dilation(layer.layer)
    return layer.dilation if isinstance(layer, Dilated) else 1


@dataclass(frozen=True)
class ParallelDecoder(Stateless):
    """One step of a cell for each segment ahead, all from the same state.

    Weights: `positions` (segments, units), the codes that the cell reads, and the cell's own.

    Attributes:
        layer: the cell, without `return_sequences`.
        segments: ahead, at least 1.
    """

    layer: Recurrent
    segments: int

    def __post_init__(self) -> None:
        whole_number("segments", self.segments)
        if self.layer.return_sequences or not self.layer.plain:
            raise SettingError(
                "The cell of a parallel decoder must run one step forwards, without states of its "
                f"own and without dropout inside; got {self.layer}. Leave these at their defaults."
            )

    @property
    def _states(self) -> int:
        return cell_named(self.layer.cell).states

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return None: every segment counts."""
        return None

    def output_dim(self, input_dim: int) -> int:
        """Return the size of all segments' states."""
        return self.segments * self.layer.units

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of the codes and of the cell's weights.

        Raises:
            SettingError: the input is not the cell's states.
        """
        if input_dim != self._states * self.layer.units:
            raise SettingError(
                f"A parallel decoder of {self.layer.units} units starts from {self._states} "
                f"state(s) of as many; got {input_dim} numbers. Use layers of one size, the last "
                "under FinalState."
            )
        units = self.layer.units
        return {"positions": (self.segments, units)} | self.layer.shapes(units)

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the codes (standard normal) and the cell's first weights."""
        codes = generator.standard_normal(self.shapes(input_dim)["positions"])
        return {"positions": codes} | self.layer.init(generator, self.layer.units)

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Decode the segments from x, (batch, states · units)."""
        batch = len(x)
        start = tuple(
            np.repeat(part, self.segments, axis=0) for part in np.split(x, self._states, axis=1)
        )
        codes = np.tile(weights["positions"], (batch, 1))[:, None, :]
        ahead = self.layer.forward(weights, codes, state=start)
        return ahead.outputs.reshape(batch, self.output_dim(x.shape[1])), ahead.cache

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Return the gradients of codes, cell and x."""
        shape = (len(d_outputs), self.segments, self.layer.units)
        d_every = d_outputs.reshape(shape[0] * shape[1], shape[2])
        back = self.layer.backward(weights, cache, d_every)
        d_start = [part.reshape(shape).sum(axis=1) for part in back.d_state]
        codes = back.d_x.reshape(shape).sum(axis=0)
        return {"positions": codes} | back.gradients, np.concatenate(d_start, axis=1)
