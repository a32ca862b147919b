"""A stack of layers as one network, its weights in one buffer."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from forecast.checks import whole_number
from forecast.errors import SettingError, ShapeError
from forecast.nn.arrays import Array, Mask, Shapes, State
from forecast.nn.layer import Layer, LayerBackward
from forecast.nn.parameters import Parameters


class StackForward(NamedTuple):
    """What a network's forward pass hands out.

    Attributes:
        outputs: of the last layer.
        states: the state after the last step, one tuple a layer, empty where a layer has none.
        caches: what the backward pass needs, one a layer.
        mask: (batch, timesteps) of the outputs, or None where every step counts.
    """

    outputs: Array
    states: tuple[State, ...]
    caches: tuple[Any, ...]
    mask: Mask | None


class StackBackward(NamedTuple):
    """What a network's backward pass hands out.

    Attributes:
        gradients: same names and shapes as the weights.
        d_x: (batch, timesteps, features).
        d_states: gradients of the initial states, one tuple a layer.
        traces: gradient of every hidden state, one array or None a layer.
    """

    gradients: Parameters
    d_x: Array
    d_states: tuple[State, ...]
    traces: tuple[Array | None, ...]


@dataclass(frozen=True)
class Stack:
    """Layers, one after another.

    Attributes:
        layers: name and layer, first to last; names are unique.
        input_dim: number of features of x, at least 1.
    """

    layers: tuple[tuple[str, Layer], ...]
    input_dim: int

    def __post_init__(self) -> None:
        whole_number("input_dim", self.input_dim)
        names = [name for name, _ in self.layers]
        if not names or len(set(names)) < len(names):
            raise SettingError(
                f"`layers` must have at least one layer and unique names; got {names}. "
                "Give each layer a name of its own."
            )

    def shapes(self) -> Shapes:
        """Return the shapes of the weights, called `layer/weight`, without drawing any."""
        found: Shapes = {}
        size = self.input_dim
        for name, layer in self.layers:
            found |= {f"{name}/{weight}": s for weight, s in layer.shapes(size).items()}
            size = layer.output_dim(size)
        return found

    @property
    def parameter_count(self) -> int:
        """The number of weights."""
        return sum(math.prod(shape) for shape in self.shapes().values())

    @property
    def stateful(self) -> bool:
        """Whether a trainer carries the states of some layer from batch to batch."""
        return any(getattr(layer, "stateful", False) for _, layer in self.layers)

    def init(self, generator: np.random.Generator, dtype: DTypeLike = "float32") -> Parameters:
        """Draw the first weights, called `layer/weight`."""
        arrays: dict[str, Array] = {}
        size = self.input_dim
        for name, layer in self.layers:
            drawn = layer.init(generator, size)
            arrays |= {f"{name}/{weight}": array for weight, array in drawn.items()}
            size = layer.output_dim(size)
        return Parameters.from_arrays(arrays, dtype)

    def forward(
        self,
        parameters: Parameters,
        x: Array,
        *,
        mask: Mask | None = None,
        states: tuple[State | None, ...] | None = None,
        generator: np.random.Generator | None = None,
        beside: Array | None = None,
    ) -> StackForward:
        """Run the network on x, (batch, timesteps, features).

        Args:
            parameters: as `init` made them.
            x: in the precision of the parameters.
            mask: (batch, timesteps), False on padded steps.
            states: initial state of each layer; None starts from zeros.
            generator: given in training, where dropout draws from it.
            beside: (batch, beside), what the last layer reads after the output below it.

        Raises:
            ShapeError: x, mask, states or `beside` do not fit.
        """
        self._check_states("states", states)
        self.check_beside(beside, len(x))
        after, caches = [], []
        for k, (name, layer) in enumerate(self.layers):
            state = None if states is None else states[k] or None
            if beside is not None and k == len(self.layers) - 1:
                x = np.concatenate([x, beside.astype(x.dtype, copy=False)], axis=-1)
            ahead = layer.forward(
                parameters.part(name), x, mask=mask, state=state, generator=generator
            )
            x, mask = ahead.outputs, layer.output_mask(x, mask)
            after.append(ahead.state)
            caches.append(ahead.cache)
        return StackForward(x, tuple(after), tuple(caches), mask)

    def backward(
        self,
        parameters: Parameters,
        caches: tuple[Any, ...],
        d_outputs: Array,
        *,
        d_states: tuple[State | None, ...] | None = None,
        trace: bool = False,
    ) -> StackBackward:
        """Return all gradients, from that of the outputs and of the final states."""
        self._check_states("d_states", d_states)
        passed: list[LayerBackward] = []
        for k in reversed(range(len(self.layers))):
            name, layer = self.layers[k]
            d_state = None if d_states is None else d_states[k] or None
            back = layer.backward(
                parameters.part(name), caches[k], d_outputs, d_state=d_state, trace=trace
            )
            passed.append(back)
            d_outputs = back.d_x
        passed.reverse()
        gradients = parameters.with_flat(np.empty_like(parameters.flat))
        for (name, _), back in zip(self.layers, passed, strict=True):
            for weight, gradient in back.gradients.items():
                gradients[f"{name}/{weight}"][...] = gradient
        states = tuple(back.d_state for back in passed)
        return StackBackward(gradients, d_outputs, states, tuple(back.trace for back in passed))

    def carried(self, states: tuple[State | None, ...] | None) -> tuple[State | None, ...] | None:
        """Return the states that stateful layers start the next batch from, None for others."""
        if states is None or not self.stateful:
            return None
        return tuple(
            state if getattr(layer, "stateful", False) else None
            for state, (_, layer) in zip(states, self.layers, strict=True)
        )

    @property
    def beside(self) -> int:
        """How many numbers of an example the last layer reads beside the output below it."""
        return int(getattr(self.layers[-1][1], "beside", 0))

    def check_beside(self, beside: Array | None, batch: int) -> None:
        """See that there is what the last layer reads, and nothing else.

        Raises:
            ShapeError: it is not there, has another shape, or nothing reads it.
        """
        wanted = (batch, self.beside) if self.beside else None
        seen = None if beside is None else beside.shape
        if seen != wanted:
            raise ShapeError(
                f"`beside` must have the shape {wanted}, a row an example and a column for each "
                f"number that the last layer reads beside the hidden state; got {seen}. "
                f"{'Pass those numbers.' if wanted else 'Leave it out.'}"
            )

    def _check_states(self, name: str, states: tuple[State | None, ...] | None) -> None:
        if states is not None and len(states) != len(self.layers):
            raise ShapeError(
                f"`{name}` must have one entry for each of the {len(self.layers)} layers; got "
                f"{len(states)}. Use None for a layer without one."
            )


def recurrent_network(
    layers: tuple[Layer, ...], head: Layer, *, dropout: Layer | None, input_dim: int
) -> Stack:
    """Stack recurrent layers with dropout between them and a head on top.

    Args:
        layers: recurrent layers; all but the last return sequences.
        head: the output layer.
        dropout: put after every recurrent layer but the last, or None.
        input_dim: number of features of x.
    """
    named: list[tuple[str, Layer]] = []
    for k, layer in enumerate(layers, start=1):
        named.append((f"recurrent_{k}", layer))
        if dropout is not None and k < len(layers):
            named.append((f"dropout_{k}", dropout))
    return Stack((*named, ("head", head)), input_dim)
