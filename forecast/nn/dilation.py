"""A recurrent layer whose state comes from several steps before.

h_t = cell(x_t, h_{t−d})

Source: Chang et al. (2017), "Dilated recurrent neural networks", equation 1. As there (figure 3),
the sequence is folded into d interleaved ones, which are rows of one larger batch:

x_0 x_1 x_2 x_3 x_4 x_5   d = 2   →   x_0 x_2 x_4
                                      x_1 x_3 x_5

A length that is no multiple of d is filled up in front with padded steps, over which states pass.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecast.checks import whole_number
from forecast.errors import SettingError, ShapeError
from forecast.nn.arrays import Array, Mask, State, Weights
from forecast.nn.layer import Around, LayerBackward, LayerForward
from forecast.nn.recurrent import Recurrent
from forecast.nn.sequence import last_real

Element = TypeVar("Element", bound=np.generic)


class DilatedCache(NamedTuple):
    """What the backward pass needs.

    Attributes:
        inner: cache of the layer that ran on the folded sequences.
        front: padded steps that were put in front.
        newest: (batch,) which of the interleaved sequences each row's last real step is in.
    """

    inner: Any
    front: int
    newest: NDArray[np.intp]


@dataclass(frozen=True)
class Dilated(Around):
    """A recurrent layer run on every d-th step; its weights are called as the layer's own.

    A state is one of each of the last d steps: (batch, dilation, units), the oldest first.

    Attributes:
        layer: reads forwards, from zeros and without dropout.
        dilation: d, steps between a state and the one it comes from, at least 1.
    """

    layer: Recurrent
    dilation: int

    def __post_init__(self) -> None:
        whole_number("dilation", self.dilation)
        if not self.layer.plain:
            raise SettingError(
                "A dilated layer must read forwards, without states carried from batch to batch "
                f"and without dropout inside; got {self.layer}. Leave these at their defaults."
            )

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Run the layer over x, (batch, timesteps, features), from `state` or from zeros.

        Raises:
            ShapeError: x, mask or state do not fit each other or the weights.
        """
        self.layer.check_inputs(x, mask, kernel=weights["kernel"])
        (batch, timesteps), d = x.shape[:2], self.dilation
        front = -timesteps % d
        if front and mask is None:
            mask = np.ones((batch, timesteps), np.bool_)
        ahead = self.layer.forward(
            weights,
            _folded(x, d, front),
            mask=None if mask is None else _folded(mask, d, front),
            state=None if state is None else self._states_in(state, batch, front),
        )
        newest = newest_of(d, mask, batch, timesteps)
        if self.return_sequences:
            outputs = unfolded(ahead.outputs, d, front)
        else:
            outputs = self._by_age(ahead.outputs)[np.arange(batch), newest]
        states = tuple(self._by_age(part) for part in ahead.state)
        return LayerForward(outputs, states, DilatedCache(ahead.cache, front, newest))

    def backward(
        self,
        weights: Weights,
        cache: DilatedCache,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Backpropagate through time, from the outputs and from the final state."""
        batch, d, front = len(d_outputs), self.dilation, cache.front
        if self.return_sequences:
            d_folded = _folded(d_outputs, d, front)
        else:
            d_folded = np.zeros((batch, d, d_outputs.shape[1]), d_outputs.dtype)
            d_folded[np.arange(batch), cache.newest] = d_outputs
            d_folded = _rows(d_folded)
        if d_state is not None:
            d_state = tuple(_rows(part) for part in d_state)
        back = self.layer.backward(weights, cache.inner, d_folded, d_state=d_state, trace=trace)
        d_first = tuple(np.roll(self._by_age(part), -front, axis=1) for part in back.d_state)
        traced = None if back.trace is None else unfolded(back.trace, d, front)
        return LayerBackward(back.gradients, unfolded(back.d_x, d, front), d_first, traced)

    def _states_in(self, state: State, batch: int, front: int) -> State:
        """Return the states in the order of the folded sequences.

        The first real step stands behind `front` padded ones and goes on from the oldest state.
        """
        expected = (batch, self.dilation, self.layer.units)
        if any(part.shape != expected for part in state):
            raise ShapeError(
                f"The initial state of a dilated layer must be arrays of shape {expected}; got "
                f"{[part.shape for part in state]}. Pass one row for each of the last "
                f"{self.dilation} steps, the oldest first."
            )
        return tuple(_rows(np.roll(part, front, axis=1)) for part in state)

    def _by_age(self, states: Array) -> Array:
        """Turn the states of the folded sequences to (batch, dilation, units)."""
        units = states.shape[1]
        return states.reshape(len(states) // self.dilation, self.dilation, units)


def newest_of(dilation: int, mask: Mask | None, batch: int, timesteps: int) -> NDArray[np.intp]:
    """Return which of the states (batch, dilation, units) comes from the last real step."""
    return (last_real(mask, batch, timesteps) - timesteps) % dilation


def _folded(x: NDArray[Element], dilation: int, front: int) -> NDArray[Element]:
    """Fold (batch, timesteps, …) into interleaved rows (batch · dilation, steps, …)."""
    if front:
        x = np.concatenate((np.zeros((len(x), front, *x.shape[2:]), x.dtype), x), axis=1)
    batch, timesteps, *rest = x.shape
    parted = x.reshape(batch, timesteps // dilation, dilation, *rest)
    return _rows(np.ascontiguousarray(np.swapaxes(parted, 1, 2)))


def unfolded(rows: NDArray[Element], dilation: int, front: int) -> NDArray[Element]:
    """Undo `_folded`, without the steps that were put in front.

    Args:
        rows: (batch · dilation, steps, …), those of one sequence one after another.
        dilation: d.
        front: steps that were put in front.
    """
    folded, steps, *rest = rows.shape
    parted = rows.reshape(folded // dilation, dilation, steps, *rest)
    whole = np.swapaxes(parted, 1, 2).reshape(len(parted), steps * dilation, *rest)
    return np.ascontiguousarray(whole[:, front:])


def _rows(parted: NDArray[Element]) -> NDArray[Element]:
    """Turn (batch, dilation, …) to (batch · dilation, …)."""
    return parted.reshape(parted.shape[0] * parted.shape[1], *parted.shape[2:])
