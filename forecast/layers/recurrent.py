"""SimpleRNN, GRU and LSTM with Keras' arguments."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from forecast.checks import whole_number
from forecast.errors import SettingError, ShapeError
from forecast.layers.layer import Layer, Shape
from forecast.nn.arrays import State
from forecast.nn.cell import CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.recurrent import Recurrent

INITIAL = {"kernel": "glorot_uniform", "recurrent": "orthogonal", "bias": "zeros"}


class RecurrentLayer(Layer):
    """A recurrent layer; use SimpleRNN, GRU or LSTM.

    Args:
        units: size of the hidden state, at least 1; `hidden_units` says the same.
        activation: of the new state or candidate: `tanh`, `relu`, `linear` or `sigmoid`.
        use_bias: whether there are biases.
        kernel_initializer, recurrent_initializer, bias_initializer: names; see
            `forecast.nn.initializers.INITIALIZERS`.
        dropout: share of the features put to zero in training, the same at all steps, in [0, 1).
        return_sequences: hand out every hidden state, (batch, timesteps, units), not the last one
            only, (batch, units).
        return_state: a call of the layer hands out the final states too.
        go_backwards: read the sequence from its end; outputs come in the order of reading.
        stateful: start a batch from the states that the one before left; see `reset_states`.
        name, input_shape, input_dim, input_length: see `Layer`.

    Raises:
        SettingError: an argument lies outside its range or choices.
    """

    rank = 3
    cell: ClassVar[str]

    def __init__(
        self,
        units: int | None = None,
        activation: str = "tanh",
        *,
        hidden_units: int | None = None,
        use_bias: bool = True,
        kernel_initializer: str = INITIAL["kernel"],
        recurrent_initializer: str = INITIAL["recurrent"],
        bias_initializer: str = INITIAL["bias"],
        dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **more: Any,
    ) -> None:
        options = {name: more.pop(name) for name in self._special() if name in more}
        super().__init__(**more)
        if (units is None) == (hidden_units is None):
            raise SettingError(
                f"`units` must be given once; got units={units}, hidden_units={hidden_units}. "
                f"Write {type(self).__name__}(32)."
            )
        self.units = whole_number("units", units if hidden_units is None else hidden_units)
        self.activation, self.use_bias, self.dropout = activation, use_bias, dropout
        self.kernel_initializer, self.recurrent_initializer = (
            kernel_initializer,
            recurrent_initializer,
        )
        self.bias_initializer = bias_initializer
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.stateful = go_backwards, stateful
        self.special = self._special() | options
        self.core()

    @classmethod
    def _special(cls) -> dict[str, Any]:
        """Return the arguments that only this cell has, with their defaults."""
        return {}

    def core(self, engine: str = "numpy") -> Recurrent:
        """Return the layer as `forecast.nn` knows it."""
        drawn = {
            "kernel": (self.kernel_initializer, INITIAL["kernel"]),
            "recurrent_kernel": (self.recurrent_initializer, INITIAL["recurrent"]),
            "bias": (self.bias_initializer, INITIAL["bias"]),
        }
        inner = {name: v for name, v in self.special.items() if name != "unit_forget_bias"}
        return Recurrent(
            self.cell,
            self.units,
            self.return_sequences,
            CellOptions(activation=self.activation, use_bias=self.use_bias, **inner),
            engine,
            self.go_backwards,
            self.stateful,
            self.dropout,
            tuple((name, chosen) for name, (chosen, usual) in drawn.items() if chosen != usual),
            self.special.get("unit_forget_bias", True),
        )

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again."""
        names = (
            "units", "activation", "use_bias", "kernel_initializer", "recurrent_initializer",
            "bias_initializer", "dropout", "return_sequences", "return_state", "go_backwards",
            "stateful", "name",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | self.special

    def output_for(self, shape: Shape) -> Shape:
        """Return (batch, timesteps, units), or (batch, units) where only the last one is kept."""
        return (*shape[:2], self.units) if self.return_sequences else (shape[0], self.units)

    def __call__(
        self,
        inputs: ArrayLike,
        *,
        mask: ArrayLike | None = None,
        training: bool = False,
        initial_state: Any = None,
    ) -> Any:
        """Run the layer on inputs; the first call builds it.

        Args:
            inputs: (batch, timesteps, features).
            mask: (batch, timesteps), False on padded steps.
            training: whether dropout acts.
            initial_state: (batch, units), or a pair of such for LSTM; None starts from zeros, or
                where a stateful layer stopped.

        Returns:
            The outputs; with `return_state` a list of the outputs and the final states.
        """
        ahead = self.run(inputs, mask, training, self._initial(initial_state))
        return [ahead.outputs, *ahead.state] if self.return_state else ahead.outputs

    def _initial(self, given: Any) -> State | None:
        if given is None:
            return None
        parts = given if isinstance(given, list | tuple) else (given,)
        needed = cell_named(self.cell).states
        if len(parts) != needed:
            raise ShapeError(
                f"Layer {self.name!r} has {needed} state(s); `initial_state` has {len(parts)}. "
                "Give an array (batch, units) for each."
            )
        dtype = self.weights["kernel"].dtype if self.built else np.dtype("float32")
        return tuple(np.asarray(part, dtype) for part in parts)


class SimpleRNN(RecurrentLayer):
    """A fully connected recurrent layer; arguments as in Keras.

    Example:
        >>> import numpy as np, forecast as fc
        >>> fc.SimpleRNN(3)(np.zeros((4, 2, 10))).shape
        (4, 3)
    """

    cell = "simple_rnn"


class GRU(RecurrentLayer):
    """A gated recurrent unit; arguments as in Keras, besides `recurrent_activation`, `reset_after`.

    Example:
        >>> import numpy as np, forecast as fc
        >>> layer = fc.GRU(3, return_sequences=True, return_state=True)
        >>> [array.shape for array in layer(np.zeros((4, 2, 10)))]
        [(4, 2, 3), (4, 3)]
    """

    cell = "gru"

    @classmethod
    def _special(cls) -> dict[str, Any]:
        return {"recurrent_activation": "sigmoid", "reset_after": True}


class LSTM(RecurrentLayer):
    """A long short-term memory; as in Keras, besides `recurrent_activation`, `unit_forget_bias`.

    Example:
        >>> import numpy as np, forecast as fc
        >>> fc.LSTM(3, return_sequences=True)(np.zeros((4, 2, 10))).shape
        (4, 2, 3)
    """

    cell = "lstm"

    @classmethod
    def _special(cls) -> dict[str, Any]:
        return {"recurrent_activation": "sigmoid", "unit_forget_bias": True}
