"""What a cell is: three pure functions over a whole sequence, in a record.

shapes(input_dim, units, options)                       → shapes by Keras' names
init(generator, input_dim, units, options)              → weights by the same names
forward(weights, x, state, mask, options)               → Forward
backward(weights, cache, d_outputs, d_state, trace)     → Backward
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from forecast.checks import one_of
from forecast.nn.activations import ACTIVATIONS
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights


@dataclass(frozen=True)
class CellOptions:
    """What Keras lets one choose inside a cell.

    Attributes:
        activation: of the new state or candidate: tanh, relu, linear or sigmoid.
        recurrent_activation: of the gates of GRU and LSTM.
        reset_after: GRU only; apply the reset gate after the recurrent product (as cuDNN,
            PyTorch and Keras do) or before it (as in the paper).
        use_bias: whether the cell has biases.
    """

    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    reset_after: bool = True
    use_bias: bool = True

    def __post_init__(self) -> None:
        one_of("activation", self.activation, ACTIVATIONS)
        one_of("recurrent_activation", self.recurrent_activation, ACTIVATIONS)


class Forward(NamedTuple):
    """What a forward pass hands out.

    Attributes:
        outputs: (batch, timesteps, units), the hidden state after every step; a masked step
            repeats the state before it.
        state: the state after the last step.
        cache: what the backward pass needs.
    """

    outputs: Array
    state: State
    cache: Any


class Backward(NamedTuple):
    """What a backward pass hands out.

    Attributes:
        gradients: by the names and shapes of the weights.
        d_x: (batch, timesteps, features).
        d_state: gradient of the initial state.
        trace: (batch, timesteps, units), the whole gradient of the loss with respect to every
            hidden state h_t, or None where it was not asked for.
    """

    gradients: dict[str, Array]
    d_x: Array
    d_state: State
    trace: Array | None


@dataclass(frozen=True)
class Cell:
    """A recurrent cell.

    Attributes:
        name: `simple_rnn`, `gru`, `lstm`.
        label: how it is shown.
        states: number of state arrays: 1, or 2 for LSTM.
        shapes: of the weights, without drawing any.
        init: draws the first weights.
        forward: runs a batch of sequences.
        backward: exact backpropagation through time.
    """

    name: str
    label: str
    states: int
    shapes: Callable[[int, int, CellOptions], Shapes]
    init: Callable[[np.random.Generator, int, int, CellOptions], dict[str, Array]]
    forward: Callable[[Weights, Array, State, Mask | None, CellOptions], Forward]
    backward: Callable[[Weights, Any, Array | None, State | None, bool], Backward]

    def zero_state(self, batch: int, units: int, dtype: np.dtype[Any]) -> State:
        """Return the state before the first step: zeros (batch, units)."""
        return tuple(np.zeros((batch, units), dtype) for _ in range(self.states))
