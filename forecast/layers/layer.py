"""What all layers share: a name, a shape, weights, and being called on arrays.

A shape begins with the batch: (None, timesteps, features), where None stands for any number.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.checks import whole_number
from forecast.errors import NotFittedError, SettingError, ShapeError
from forecast.nn.arrays import Array, Mask, State
from forecast.nn.layer import Layer as Core
from forecast.nn.layer import LayerForward

Shape = tuple[int | None, ...]


class Layer:
    """A layer with weights of its own.

    Args:
        name: in the summary and in messages; None takes the class' name.
        input_shape: of one example, such as (timesteps, input_dim); None waits for the first
            call. `input_dim` with or without `input_length` says the same.
        seed: of the weights and the dropout of a layer that is called by itself, at least 0; in a
            model that of the model counts.

    Attributes:
        name: as above.
        input_shape, output_shape: with the batch in front; None until built.
        states: what a stateful layer carries to its next batch, or None.
    """

    rank: ClassVar[int | None] = None  # axes of an input with the batch, where only one fits
    example: ClassVar[str] = "(2, 10)"  # of `input_shape`, for messages
    stateful = False

    def __init__(
        self,
        *,
        name: str | None = None,
        input_shape: Sequence[int | None] | None = None,
        input_dim: int | None = None,
        input_length: int | None = None,
        seed: int = 0,
    ) -> None:
        self._random = np.random.default_rng(whole_number("seed", seed, least=0))
        self.named = name is not None
        self.name = name or snake(type(self).__name__)
        if "/" in self.name:
            raise SettingError(f"`name` must not contain a slash; got {name!r}. Use an underscore.")
        self.given_shape = self._given(input_shape, input_dim, input_length)
        self.input_shape: Shape | None = None
        self.output_shape: Shape | None = None
        self.states: State | None = None
        self._weights: dict[str, Array] | None = None

    def _given(
        self, input_shape: Sequence[int | None] | None, dim: int | None, length: int | None
    ) -> Shape | None:
        """Return the shape that was asked for, with the batch in front."""
        if input_shape is not None and dim is not None:
            raise SettingError("Give `input_shape` or `input_dim`, not both; they say the same.")
        if input_shape is None:
            if dim is None:
                return None
            input_shape = (dim,) if self.rank == 2 else (length, dim)
        sizes = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        shape = (
            None,
            *(size if size is None else whole_number("input_shape", size) for size in sizes),
        )
        self.check_shape(shape)
        return shape

    def core(self, engine: str = "numpy") -> Core:
        """Return the layer as `forecast.nn` knows it."""
        raise NotImplementedError

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again, as JSON can hold them."""
        raise NotImplementedError

    def output_for(self, shape: Shape) -> Shape:
        """Return the shape of the outputs for a shape of inputs."""
        raise NotImplementedError

    @property
    def built(self) -> bool:
        """Whether the weights are there."""
        return self._weights is not None

    @property
    def weights(self) -> dict[str, Array]:
        """The weights by name, in Keras' order.

        Raises:
            NotFittedError: the layer is not built.
        """
        if self._weights is None:
            raise NotFittedError(
                f"Layer {self.name!r} has no weights yet. Give it an input_shape, such as "
                f"input_shape={self.example}, or call it on data."
            )
        return self._weights

    def check_shape(self, shape: Shape) -> None:
        """See that inputs of this shape can enter.

        Raises:
            ShapeError: they cannot.
        """
        if shape[-1] is None:
            raise ShapeError(
                f"Layer {self.name!r} needs to know the size of the last axis; got {shape}. Write "
                f"{type(self).__name__}(…, input_shape={self.example})."
            )
        if self.rank is not None and len(shape) != self.rank:
            raise ShapeError(self._said_wrong(shape))

    def _said_wrong(self, shape: Shape) -> str:
        axes = {2: "(batch, features)", 3: "(batch, timesteps, features)"}[self.rank or 3]
        mend = f"Write {type(self).__name__}(…, input_shape={self.example}) or reshape the data."
        if self.rank == 3 and len(shape) == 2:
            mend = (
                "Give a series of numbers an axis of features, x[..., None]; after a recurrent "
                "layer, let that one hand out its sequence: return_sequences=True."
            )
        return (
            f"Layer {self.name!r} ({type(self).__name__}) expects {self.rank} axes, {axes}; got "
            f"{shape}. {mend}"
        )

    def build(self, shape: Shape, generator: np.random.Generator, dtype: str = "float32") -> None:
        """Draw the weights for a shape of inputs; weights that are there stay.

        Raises:
            ShapeError: inputs of this shape cannot enter.
        """
        self.check_shape(shape)
        if self._weights is not None and self.input_shape is not None:
            if self.input_shape[-1] != shape[-1]:
                raise ShapeError(
                    f"Layer {self.name!r} was built for {self.input_shape[-1]} features; got "
                    f"{shape[-1]}. Use a new layer, or reshape the data."
                )
        else:
            drawn = self.core().init(generator, int(shape[-1] or 0))
            self._weights = {name: array.astype(dtype) for name, array in drawn.items()}
        self.input_shape, self.output_shape = shape, self.output_for(shape)

    def restore(self, shape: Shape, weights: dict[str, Array]) -> None:
        """Take weights of the right shapes, as those of a file, for a shape of inputs."""
        self._weights = weights
        self.input_shape, self.output_shape = shape, self.output_for(shape)

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in Keras' order."""
        return [array.copy() for array in self.weights.values()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Put weights in, in Keras' order.

        Raises:
            ShapeError: there are more or fewer of them, or one has another shape.
        """
        expected = {name: array.shape for name, array in self.weights.items()}
        arrays = [np.asarray(array) for array in weights]
        if [array.shape for array in arrays] != list(expected.values()):
            wanted = (
                ", ".join(f"{name} {shape}" for name, shape in expected.items()) or "no weights"
            )
            raise ShapeError(
                f"Layer {self.name!r} expects {wanted}; got {[array.shape for array in arrays]}. "
                "Use the get_weights() of a layer built alike."
            )
        old = self.weights
        self.put(
            {
                name: array.astype(old[name].dtype)
                for name, array in zip(expected, arrays, strict=True)
            }
        )

    def put(self, weights: dict[str, Array]) -> None:
        """Take over weights of the right shapes."""
        self._weights = weights

    def count_params(self) -> int:
        """Return the number of weights."""
        return sum(array.size for array in self.weights.values())

    def reset_states(self) -> None:
        """Start the next batch of a stateful layer from zeros."""
        self.states = None

    def __call__(
        self, inputs: ArrayLike, *, mask: ArrayLike | None = None, training: bool = False
    ) -> Any:
        """Run the layer on inputs; the first call builds it.

        Args:
            inputs: (batch, timesteps, features) or (batch, features).
            mask: (batch, timesteps), False on padded steps.
            training: whether dropout acts.
        """
        return self.run(inputs, mask, training).outputs

    def run(
        self,
        inputs: ArrayLike,
        mask: ArrayLike | None,
        training: bool,
        state: State | None = None,
    ) -> LayerForward:
        """Run the layer on arrays of its own precision; a stateful one goes on from its states."""
        x: NDArray[Any] = np.asarray(inputs)
        if not self.built:
            self.build((None, *x.shape[1:]), self._random)
        self.check_shape((None, *x.shape[1:]))
        kept: Mask | None = None if mask is None else np.asarray(mask, bool)
        dtype = next((array.dtype for array in self.weights.values()), np.dtype("float32"))
        ahead = self.core().forward(
            self.weights,
            x.astype(dtype),
            mask=kept,
            state=self.states if state is None else state,
            generator=self._random if training else None,
        )
        if self.stateful:
            self.states = ahead.state
        return ahead

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}, input {self.input_shape}>"


def snake(name: str) -> str:
    """Return a class' name as Keras writes it in lower case: SimpleRNN → simple_rnn."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
