"""Layers one after another: their shapes, their weights, and running them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forecast.checks import one_of, whole_number
from forecast.errors import NotFittedError, SettingError, ShapeError
from forecast.kernels.engine import ENGINES, chosen_engine
from forecast.layers.layer import Layer, Shape
from forecast.layers.summary import summary_lines
from forecast.nn.arrays import Array
from forecast.nn.blas import one_blas_thread
from forecast.nn.fused import kernels_for, runner
from forecast.nn.optimizers import OptimizerState
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.examples import ArrayExamples
from forecast.training.passes import passes
from forecast.training.trainer import streams

PRECISIONS = ("float32", "float64")


class LayeredNetwork:
    """Layers, one after another; see `Sequential`."""

    def __init__(
        self,
        layers: Sequence[Layer] = (),
        *,
        name: str = "sequential",
        seed: int = 0,
        dtype: str = "float32",
        engine: str = "auto",
    ) -> None:
        self.name, self.seed = name, whole_number("seed", seed, least=0)
        self.dtype = one_of("dtype", dtype, PRECISIONS)
        self.engine = one_of("engine", engine, ENGINES)
        self.layers: list[Layer] = []
        self.random = streams(self.seed)
        self.optimizer_state: OptimizerState | None = None
        self._ready: tuple[list[Array], Callable[[Array], Array]] | None = None
        for layer in layers:
            self.add(layer)

    def add(self, layer: Layer) -> None:
        """Put a layer on top.

        Raises:
            SettingError: this is no layer, it hands out states, or its name is taken.
            ShapeError: it does not fit the layer before it.
        """
        if not isinstance(layer, Layer):
            raise SettingError(f"`layer` must be a layer, such as fc.GRU(32); got {layer!r}.")
        if getattr(layer, "return_state", False):
            raise SettingError(
                f"Layer {layer.name!r} hands out states, and the next layer takes outputs alone. "
                "Use return_state=False, or call the layer itself: outputs, state = layer(x)."
            )
        if layer in self.layers:
            raise SettingError(f"Layer {layer.name!r} is in the model already. Make a new one.")
        name = self._free_name(layer)
        shape = self.output_shape if self.layers else layer.given_shape
        if shape is not None:
            layer.build(shape, self.random.init, self.dtype)
        layer.name = name
        self.layers.append(layer)
        self.optimizer_state = None

    def _free_name(self, layer: Layer) -> str:
        taken = {other.name for other in self.layers}
        if layer.named and layer.name in taken:
            raise SettingError(
                f"`name` must be unique; {layer.name!r} is taken. Leave it out, or use another."
            )
        name, number = layer.name, 1
        while name in taken:
            name, number = f"{layer.name}_{number}", number + 1
        return name

    def pop(self) -> Layer:
        """Take the last layer off and return it.

        Raises:
            SettingError: there is none.
        """
        if not self.layers:
            raise SettingError("The model has no layers to take off.")
        self.optimizer_state = None
        return self.layers.pop()

    @property
    def built(self) -> bool:
        """Whether all weights are there."""
        return bool(self.layers) and all(layer.output_shape is not None for layer in self.layers)

    @property
    def input_shape(self) -> Shape | None:
        """Shape of the inputs with None for the batch; None until built."""
        return self.layers[0].input_shape if self.layers else None

    @property
    def output_shape(self) -> Shape | None:
        """Shape of the outputs with None for the batch; None until built."""
        return self.layers[-1].output_shape if self.layers else None

    @property
    def stateful(self) -> bool:
        """Whether some layer carries its states from batch to batch."""
        return any(layer.stateful for layer in self.layers)

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Draw the weights for inputs of a shape with the batch in front, (None, 24, 1).

        Raises:
            SettingError: there are no layers.
            ShapeError: a layer does not fit the one before it.
        """
        if not self.layers:
            raise SettingError("The model has no layers. Add one: model.add(fc.GRU(32)).")
        shape: Shape | None = (None, *tuple(input_shape)[1:])
        for layer in self.layers:
            layer.build(shape or (), self.random.init, self.dtype)
            shape = layer.output_shape

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its number.

        Raises:
            SettingError: there is none.
        """
        for number, layer in enumerate(self.layers):
            if layer.name == name or number == index:
                return layer
        names = ", ".join(repr(layer.name) for layer in self.layers)
        raise SettingError(
            f"`name` must be one of {names}; got {name if index is None else index!r}."
        )

    def summary(self, print_fn: Callable[[str], object] | None = None) -> None:
        """Print layers, output shapes and parameters.

        Args:
            print_fn: takes the text; None prints it.

        Raises:
            NotFittedError: the model is not built.
        """
        self._check_built()
        text = "\n".join(summary_lines(self.name, self.layers))
        (print_fn or print)(text)

    def count_params(self) -> int:
        """Return the number of weights.

        Raises:
            NotFittedError: the model is not built.
        """
        self._check_built()
        return sum(layer.count_params() for layer in self.layers)

    def get_weights(self) -> list[Array]:
        """Return copies of all weights, layer by layer, in Keras' order."""
        self._check_built()
        return [array for layer in self.layers for array in layer.get_weights()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Put all weights in, layer by layer, in Keras' order.

        Raises:
            ShapeError: there are more or fewer of them, or one has another shape.
        """
        self._check_built()
        counts = [len(layer.weights) for layer in self.layers]
        if len(weights) != sum(counts):
            raise ShapeError(
                f"The model has {sum(counts)} weights; got {len(weights)}. Use the get_weights() "
                "of a model built alike."
            )
        parts = np.split(np.arange(len(weights)), np.cumsum(counts)[:-1])
        before = [dict(layer.weights) for layer in self.layers]
        try:
            for layer, part in zip(self.layers, parts, strict=True):
                layer.set_weights([weights[number] for number in part])
        except ShapeError:
            for layer, kept in zip(self.layers, before, strict=True):
                layer.put(kept)
            raise

    def reset_states(self) -> None:
        """Let stateful layers start their next batch from zeros."""
        for layer in self.layers:
            layer.reset_states()

    def stack(self) -> Stack:
        """Return the layers as one network, on the engine that serves it.

        Raises:
            NotFittedError: the model is not built.
            EngineError: `engine='numba'` cannot be had here.
        """
        self._check_built()
        engine = "numpy"
        if self.engine != "numpy" and self.dtype == "float32":
            engine = chosen_engine(self.engine, self.dtype, kernels_for(self.stack_on("numba")))
        return self.stack_on(engine)

    def stack_on(self, engine: str) -> Stack:
        """Return the layers as one network, on an engine that is there."""
        features = (self.input_shape or (None, 1))[-1]
        named = tuple((layer.name, layer.core(engine)) for layer in self.layers)
        return Stack(named, int(features or 1))

    def parameters(self) -> Parameters:
        """Return a copy of all weights in one buffer, called `layer/weight`."""
        arrays = {
            f"{layer.name}/{name}": array
            for layer in self.layers
            for name, array in layer.weights.items()
        }
        return Parameters.from_arrays(arrays, self.dtype)

    def put(self, parameters: Parameters) -> None:
        """Take over weights from one buffer."""
        for layer in self.layers:
            layer.put(parameters.part(layer.name))

    def carried(self) -> tuple[Any, ...]:
        """Return the states that stateful layers start from, one entry a layer."""
        return tuple(layer.states for layer in self.layers)

    def carry(self, states: tuple[Any, ...] | None) -> None:
        """Let stateful layers start from these states."""
        for layer, state in zip(self.layers, states or (), strict=False):
            layer.states = state if layer.stateful else None

    def _passes(self, examples: ArrayExamples, size: int) -> Iterator[Any]:
        """Run over examples in batches, and keep the states that stateful layers end in."""
        with one_blas_thread():
            ahead = passes(self.stack(), self.parameters(), examples, size, self.carried())
            for batch, one in ahead:
                self.carry(one.states)
                yield batch, one

    def _runner(self) -> Callable[[Array], Array]:
        """Return the network as a function, made ready once for the same weights."""
        arrays = [array for layer in self.layers for array in layer.weights.values()]
        ready = self._ready
        if ready is None or list(map(id, ready[0])) != list(map(id, arrays)):
            ready = self._ready = arrays, runner(self.stack(), self.parameters())
        return ready[1]

    def _check_built(self) -> None:
        if not self.built:
            raise NotFittedError(
                "The model has no weights yet. Give its first layer an input_shape, such as "
                "fc.GRU(32, input_shape=(24, 1)), or call model.build((None, 24, 1))."
            )
