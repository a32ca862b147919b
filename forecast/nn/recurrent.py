"""A recurrent layer: any registered cell, as a sequence or as its last state."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from forecast.checks import one_of, real_number, whole_number
from forecast.errors import ShapeError
from forecast.nn.arrays import Array, Mask, Shapes, State, Weights
from forecast.nn.cell import Cell, CellOptions
from forecast.nn.cells import CELLS, cell_named
from forecast.nn.dropout import drawn_factor
from forecast.nn.initializers import Chosen, redrawn
from forecast.nn.layer import LayerBackward, LayerForward
from forecast.nn.sequence import backwards


class RecurrentCache(NamedTuple):
    """What the backward pass needs.

    Attributes:
        steps: the cell's own cache.
        factor: (batch, 1, features) of the dropout, or None.
    """

    steps: Any
    factor: Array | None


@dataclass(frozen=True)
class Recurrent:
    """A cell run over a sequence.

    Attributes:
        cell: `simple_rnn`, `gru` or `lstm`, in any spelling.
        units: size of the hidden state, at least 1.
        return_sequences: hand out every hidden state, not the last one only.
        options: of the cell.
        engine: `numpy`, or `numba` for the compiled kernels, which compute in float32; other
            precisions take NumPy all the same.
        go_backwards: read the sequence from its end; the outputs come in the order of reading.
        stateful: whether a trainer starts a batch from the states that the one before left.
        dropout: share of the features put to zero in training, the same at all steps, in [0, 1).
        initializers: name of a weight and of what draws it, where it is not Keras' default.
        unit_forget_bias: LSTM only; add 1 to the first bias of the forget gate.
    """

    cell: str
    units: int
    return_sequences: bool = False
    options: CellOptions = field(default_factory=CellOptions)
    engine: str = "numpy"
    go_backwards: bool = False
    stateful: bool = False
    dropout: float = 0.0
    initializers: Chosen = ()
    unit_forget_bias: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "cell", cell_named(self.cell).name)
        whole_number("hidden_units", self.units)
        one_of("engine", self.engine, ("numpy", "numba"))
        real_number("dropout", self.dropout, least=0, below=1)

    @property
    def plain(self) -> bool:
        """Whether a sequence is read forwards, from zeros and without dropout."""
        return not (self.go_backwards or self.stateful or self.dropout)

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return the mask of a sequence of hidden states; the last one alone has none."""
        if mask is None or not self.return_sequences:
            return None
        return mask[:, ::-1] if self.go_backwards else mask

    def output_dim(self, input_dim: int) -> int:
        """Return the number of units."""
        return self.units

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of the cell's weights."""
        return cell_named(self.cell).shapes(input_dim, self.units, self.options)

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the cell's first weights."""
        drawn = cell_named(self.cell).init(generator, input_dim, self.units, self.options)
        drawn = redrawn(drawn, self.initializers, generator)
        if self.cell == "lstm" and "bias" in drawn:
            forget = slice(self.units, 2 * self.units)
            start = dict(self.initializers).get("bias", "zeros")
            if not self.unit_forget_bias and start == "zeros":
                drawn["bias"][forget] = 0.0
            elif self.unit_forget_bias and start != "zeros":
                drawn["bias"][forget] = 1.0  # as in Keras, whatever the others start from
        return drawn

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None = None,
        state: State | None = None,
        generator: np.random.Generator | None = None,
    ) -> LayerForward:
        """Run the cell over x, (batch, timesteps, features), from `state` or from zeros.

        Raises:
            ShapeError: x, mask or state do not fit each other or the weights, in shape or
                precision.
        """
        cell = self._cell(weights["kernel"])
        self.check_inputs(x, mask, kernel=weights["kernel"])
        if state is None:
            state = cell.zero_state(len(x), self.units, x.dtype)
        expected = ((len(x), self.units),) * cell.states
        if tuple(part.shape for part in state) != expected:
            raise ShapeError(
                f"The initial state of {cell.label} must be {cell.states} array(s) of shape "
                f"{expected[0]}; got {[part.shape for part in state]}. "
                "Pass one row for each sequence of the batch."
            )
        if any(part.dtype != x.dtype for part in state):
            raise ShapeError(
                f"The initial state of {cell.label} must be {x.dtype}, as x is; got "
                f"{[str(part.dtype) for part in state]}. Use state.astype({str(x.dtype)!r})."
            )
        factor = None
        if generator is not None and self.dropout:
            factor = drawn_factor(generator, (len(x), 1, x.shape[2]), self.dropout, x.dtype)
            x = x * factor
        if self.go_backwards:
            x, mask = backwards(x), None if mask is None else backwards(mask)
        outputs, last, cache = cell.forward(weights, x, state, mask, self.options)
        kept = outputs if self.return_sequences else last[0]
        return LayerForward(kept, last, RecurrentCache(cache, factor))

    def backward(
        self,
        weights: Weights,
        cache: "RecurrentCache",
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Backpropagate through time, from the outputs and from the final state.

        The trace comes in the order of the inputs, whichever way they were read.
        """
        cell, d_every = self._cell(weights["kernel"]), d_outputs if self.return_sequences else None
        if not self.return_sequences:
            if d_state is None:
                d_state = cell.zero_state(len(d_outputs), self.units, d_outputs.dtype)
            d_state = (d_state[0] + d_outputs, *d_state[1:])
        back = cell.backward(weights, cache.steps, d_every, d_state, trace)
        d_x, traced = back.d_x, back.trace
        if self.go_backwards:
            d_x, traced = backwards(d_x), None if traced is None else backwards(traced)
        if cache.factor is not None:
            d_x = d_x * cache.factor
        return LayerBackward(back.gradients, d_x, back.d_state, traced)

    def _cell(self, kernel: Array) -> Cell:
        """Return the cell of the engine that serves these weights."""
        if self.engine == "numba" and kernel.dtype == np.float32:
            from forecast.nn.compiled import COMPILED

            return COMPILED[self.cell]
        return cell_named(self.cell)

    def check_inputs(self, x: Array, mask: Mask | None, *, kernel: Array) -> None:
        """See that x and mask fit the weights, in shape and precision.

        Raises:
            ShapeError: they do not.
        """
        label, features = CELLS[self.cell].label, kernel.shape[0]
        if x.ndim != 3 or x.shape[2] != features or x.shape[1] == 0:
            raise ShapeError(
                f"{label} expects x of shape (batch, timesteps ≥ 1, {features}); got {x.shape}. "
                "Reshape x, or build the layer for this number of features."
            )
        if x.dtype != kernel.dtype:
            raise ShapeError(
                f"{label} expects x in the precision of its weights, {kernel.dtype}; got "
                f"{x.dtype}. Use x.astype({str(kernel.dtype)!r})."
            )
        if mask is not None and (mask.shape != x.shape[:2] or mask.dtype != np.bool_):
            raise ShapeError(
                f"The mask of {label} must be bool of shape {x.shape[:2]}; got {mask.dtype} "
                f"{mask.shape}. True marks a real step, False a padded one."
            )
