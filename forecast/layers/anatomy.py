"""A recurrent layer taken apart: its weights as the equations name them, and every step's numbers.

    x_t  (input_dim, 1)       W_g  (units, input_dim)     b_g, c_g  (units, 1)
    h_t, c_t  (units, 1)      R_g  (units, units)         g  a gate or candidate: GATES

The layer draws its first weights in float32; the steps compute with these very numbers in float64.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from forecast.layers.cells import Step, gru_steps, lstm_steps, rnn_steps
from forecast.layers.recurrent import GRU, LSTM, RecurrentLayer, SimpleRNN
from forecast.layers.sequential import Sequential
from forecast.nn.arrays import Array
from forecast.nn.blas import one_blas_thread

LAYERS: dict[str, type[RecurrentLayer]] = {"simple_rnn": SimpleRNN, "gru": GRU, "lstm": LSTM}
GATES = {"simple_rnn": "", "gru": "zrn", "lstm": "ifgo"}  # in the order of the weights' blocks
PARTS = {
    "simple_rnn": {"h": "New state h"},
    "gru": {"z": "Update gate z", "r": "Reset gate r", "n": "Candidate n", "h": "New state h"},
    "lstm": {
        "i": "Input gate i",
        "f": "Forget gate f",
        "g": "Candidate g",
        "o": "Output gate o",
        "h": "Memory c and state h",
    },
}


class Plan(NamedTuple):
    """What a layer is built from.

    Attributes:
        cell: `simple_rnn`, `gru` or `lstm`.
        input_dim: features at each step, at least 1.
        hidden_units: size of the hidden state, at least 1.
        timesteps: length of the sequence, at least 1.
        return_sequences: hand out every hidden state, not the last one only.
        reset_after: GRU only; whether the reset gate acts after the recurrent product.
        random_bias: draw the biases rather than start them at zero.
        seed: of weights and inputs, at least 0.
    """

    cell: str = "gru"
    input_dim: int = 3
    hidden_units: int = 4
    timesteps: int = 12
    return_sequences: bool = False
    reset_after: bool = True
    random_bias: bool = False
    seed: int = 0

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the layer besides its units that are not the usual ones."""
        chosen: dict[str, Any] = {}
        if self.return_sequences:
            chosen["return_sequences"] = True
        if self.random_bias:
            chosen["bias_initializer"] = "random_normal"
        if self.cell == "gru" and not self.reset_after:
            chosen["reset_after"] = False
        return chosen

    @property
    def blocks(self) -> int:
        """How many matrices of each kind stand side by side: one a gate or candidate."""
        return max(1, len(GATES[self.cell]))

    @property
    def biases(self) -> int:
        """How many biases each block has."""
        return 2 if self.cell == "gru" and self.reset_after else 1

    @property
    def parameters(self) -> int:
        """The number of weights, by the formula."""
        units = self.hidden_units
        return self.blocks * (units * units + units * self.input_dim + self.biases * units)

    def model(self) -> Sequential:
        """Return the layer as a model with its first weights.

        Raises:
            SettingError: a setting lies outside its range.
        """
        shape = self.timesteps, self.input_dim
        with one_blas_thread():  # of the draw's factorisation, which more threads slow down
            layer = LAYERS[self.cell](self.hidden_units, input_shape=shape, **self.arguments)
            return Sequential([layer], seed=self.seed)


@dataclass(frozen=True)
class Anatomy:
    """A layer with its numbers.

    Attributes:
        plan: what it was built from.
        model: the layer as a model.
        weight_x: W, the blocks one below the other, (blocks · units, input_dim).
        weight_h: R, (blocks · units, units).
        biases: b, and GRU's c where it has one, each (blocks · units, 1).
        inputs: (timesteps, input_dim).
        states: h_0 to h_timesteps, (timesteps + 1, units).
        memories: c_0 to c_timesteps of an LSTM, else None.
    """

    plan: Plan
    model: Sequential
    weight_x: Array
    weight_h: Array
    biases: tuple[Array, ...]
    inputs: Array
    states: Array
    memories: Array | None

    def steps(self, t: int) -> list[Step]:
        """Return every line of step t, from 1, the new state last."""
        memory = None if self.memories is None else self.memories[t - 1]
        return _steps(self, self.inputs[t - 1], self.states[t - 1], memory)

    def symbols(self, t: int) -> dict[str, Array]:
        """Return what step t starts from, by its LaTeX: inputs, old states and weights."""
        found = {"x_t": self.inputs[t - 1][:, None], "h_{t-1}": self.states[t - 1][:, None]}
        if self.memories is not None:
            found["c_{t-1}"] = self.memories[t - 1][:, None]
        named = zip("WRbc", (self.weight_x, self.weight_h, *self.biases), strict=False)
        for letter, stacked in named:
            gates = [f"{letter}_{gate}" for gate in GATES[self.plan.cell]] or [letter]
            found |= dict(zip(gates, np.split(stacked, len(gates)), strict=True))
        return found


def anatomy(plan: Plan) -> Anatomy:
    """Build a layer and run it over drawn inputs.

    Raises:
        SettingError: a setting lies outside its range.

    Example:
        >>> from forecast.layers.anatomy import Plan, anatomy
        >>> anatomy(Plan("gru", input_dim=3, hidden_units=4)).model.count_params()
        108
    """
    model = plan.model()
    drawn = np.random.default_rng(plan.seed).normal(size=(plan.timesteps, plan.input_dim))
    columns = [np.asarray(array, np.float64).T for array in model.get_weights()]
    biases = np.split(columns[2].reshape(len(columns[0]), -1), plan.biases, axis=1)
    states = np.zeros((plan.timesteps + 1, plan.hidden_units))
    memories = np.zeros_like(states) if plan.cell == "lstm" else None
    made = Anatomy(
        plan, model, columns[0], columns[1], tuple(biases), drawn.round(2), states, memories
    )
    for t in range(1, plan.timesteps + 1):
        lines = made.steps(t)
        states[t] = lines[-1].value[:, 0]
        if memories is not None:
            memories[t] = lines[-2].value[:, 0]
    return made


def _steps(made: Anatomy, x: Array, h: Array, c: Array | None) -> list[Step]:
    weights = made.weight_x, made.weight_h, made.biases[0]
    if c is not None:
        return lstm_steps(x[:, None], h[:, None], c[:, None], *weights)
    if made.plan.cell == "simple_rnn":
        return rnn_steps(x[:, None], h[:, None], *weights)
    second = made.biases[1] if made.plan.reset_after else None
    return gru_steps(x[:, None], h[:, None], *weights, second, reset_after=made.plan.reset_after)


def our_line(plan: Plan) -> str:
    """Return the line that builds the layer with this package, `forecast` imported as `fc`."""
    layer = f"fc.{LAYERS[plan.cell].__name__}({_written(plan, input_shape=True)})"
    return f"model = fc.Sequential([{layer}], seed={plan.seed})"


def keras_line(plan: Plan) -> str:
    """Return the line that builds the same layer with Keras, `keras` imported."""
    entrance = f"keras.Input(({plan.timesteps}, {plan.input_dim}))"
    layer = f"keras.layers.{LAYERS[plan.cell].__name__}({_written(plan)})"
    return f"model = keras.Sequential([{entrance}, {layer}])"


def _written(plan: Plan, *, input_shape: bool = False) -> str:
    shape = {"input_shape": (plan.timesteps, plan.input_dim)} if input_shape else {}
    named = [
        f"{name}={value!r}".replace("'", '"') for name, value in (plan.arguments | shape).items()
    ]
    return ", ".join([str(plan.hidden_units), *named])
