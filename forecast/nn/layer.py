"""What a layer of a network is: three functions and no state of its own."""

from typing import Any, NamedTuple, Protocol

import numpy as np

from forecast.nn.arrays import Array, Mask, Shapes, State, Weights


class LayerForward(NamedTuple):
    """What a layer's forward pass hands out.

    Attributes:
        outputs: (batch, timesteps, units), or (batch, units) once the sequence is closed.
        state: the state after the last step; empty where a layer has none.
        cache: what the backward pass needs.
    """

    outputs: Array
    state: State
    cache: Any


class LayerBackward(NamedTuple):
    """What a layer's backward pass hands out.

    Attributes:
        gradients: by the names of the layer's weights.
        d_x: gradient of the layer's inputs.
        d_state: gradient of the initial state; empty where a layer has none.
        trace: (batch, timesteps, units), gradient of every hidden state, or None.
    """

    gradients: dict[str, Array]
    d_x: Array
    d_state: State
    trace: Array | None


class Layer(Protocol):
    """A layer; `Recurrent`, `Dense` and `Dropout` are such, and those of `forecast.nn.shaping`."""

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return the mask of the outputs for inputs x; None where every step counts."""

    def output_dim(self, input_dim: int) -> int:
        """Return the size of the last axis of the outputs."""

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of the weights, without drawing any."""

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the first weights."""

    def forward(
        self,
        weights: Weights,
        x: Array,
        *,
        mask: Mask | None,
        state: State | None,
        generator: np.random.Generator | None,
    ) -> LayerForward:
        """Run the layer; a generator means training, where dropout draws from it."""

    def backward(
        self,
        weights: Weights,
        cache: Any,
        d_outputs: Array,
        *,
        d_state: State | None,
        trace: bool,
    ) -> LayerBackward:
        """Return the gradients of weights, inputs and initial state."""


class Around:
    """What layers around another one share: its weights, under their names, and its sizes."""

    layer: Any

    @property
    def cell(self) -> str:
        """Name of the cell."""
        name: str = self.layer.cell
        return name

    @property
    def return_sequences(self) -> bool:
        """Whether every step is handed out, or the last one only."""
        every: bool = self.layer.return_sequences
        return every

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return the mask of a sequence; the last step alone has none."""
        passed: Mask | None = self.layer.output_mask(x, mask)
        return passed

    def output_dim(self, input_dim: int) -> int:
        """Return the size of the layer's outputs."""
        size: int = self.layer.output_dim(input_dim)
        return size

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of the layer's weights."""
        found: Shapes = self.layer.shapes(input_dim)
        return found

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the layer's first weights."""
        drawn: dict[str, Array] = self.layer.init(generator, input_dim)
        return drawn


class Stateless:
    """What layers without a state share; `run` and `run_back` are what is left to say."""

    def output_mask(self, x: Array, mask: Mask | None) -> Mask | None:
        """Return the mask of the inputs."""
        return mask

    def output_dim(self, input_dim: int) -> int:
        """Return the size of the inputs."""
        return input_dim

    def shapes(self, input_dim: int) -> Shapes:
        """Return no shapes, where there are no weights."""
        return {}

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Return no weights, where there are none."""
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
        """Run the layer; see `run`."""
        outputs, cache = self.run(weights, x, mask, generator)
        return LayerForward(outputs, (), cache)

    def backward(
        self,
        weights: Weights,
        cache: Any,
        d_outputs: Array,
        *,
        d_state: State | None = None,
        trace: bool = False,
    ) -> LayerBackward:
        """Return the gradients of the weights and of x."""
        gradients, d_x = self.run_back(weights, cache, d_outputs)
        return LayerBackward(gradients, d_x, (), None)

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Return the outputs for x, and what the backward pass needs."""
        raise NotImplementedError

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Return the gradients of the weights, by name, and of x."""
        raise NotImplementedError
