"""Numeric gradients: a network with data and a loss, as one function that can be shifted.

    derivative  (8 (f(s) − f(−s)) − (f(2s) − f(−2s))) / 12 s      error of order s⁴

The pieces that are shifted are called `weights`, `x` and `state` (the initial states of all
layers); each is taken flat.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import numpy as np

from forecast.nn.arrays import Array, Mask, State
from forecast.nn.cell import CellOptions
from forecast.nn.losses import loss_and_gradient
from forecast.nn.parameters import Parameters
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, StackForward
from forecast.nn.wrapping import Bidirectional

STEP = 1e-3
TOLERANCE = 1e-7
# A shift of 2·STEP moves no pre-activation and no error of these small networks this far.
MARGIN = 0.02

ARCHITECTURES: dict[str, tuple[str, CellOptions]] = {
    "simple_rnn-tanh": ("simple_rnn", CellOptions()),
    "simple_rnn-relu": ("simple_rnn", CellOptions(activation="relu")),
    "simple_rnn-linear": ("simple_rnn", CellOptions(activation="linear")),
    "gru-reset_after": ("gru", CellOptions(reset_after=True)),
    "gru-reset_before": ("gru", CellOptions(reset_after=False)),
    "lstm": ("lstm", CellOptions()),
}

# The precision of each engine, and what rounding leaves of sums in another order.
ENGINES = {"numpy": ("float64", 1e-12), "numba": ("float32", 1e-5)}


@dataclass(frozen=True)
class Problem:
    """A network, its inputs, and a loss of its outputs, its final states, or both.

    Attributes:
        network: layers.
        parameters: of the network, float64.
        x: (batch, timesteps, features).
        states: initial state of each layer; None starts from zeros.
        mask: (batch, timesteps) or None.
        loss: name of the loss of the outputs.
        target: of the outputs; None leaves them out of the loss.
        pull: gradient of the loss with respect to each final state; None leaves them out.
        dropout_seed: the same draw in every evaluation; None means no dropout.
    """

    network: Stack
    parameters: Parameters
    x: Array
    states: tuple[State, ...] | None = None
    mask: Mask | None = None
    loss: str = "mse"
    target: Array | None = None
    pull: tuple[State, ...] | None = None
    dropout_seed: int | None = None

    def forward(
        self, weights: Array | float = 0.0, x: Array | float = 0.0, state: Array | None = None
    ) -> StackForward:
        """Run the network with weights, x and initial states shifted."""
        seed = self.dropout_seed
        return self.network.forward(
            self.parameters.with_flat(self.parameters.flat + weights),
            self.x + x,
            mask=self.mask,
            states=self.states if state is None else self.shifted_states(state),
            generator=None if seed is None else np.random.default_rng(seed),
        )

    def value(
        self, *, weights: Array | float = 0.0, x: Array | float = 0.0, state: Array | None = None
    ) -> float:
        """Return the loss with weights, x and initial states shifted."""
        forward = self.forward(weights, x, state)
        total = 0.0
        if self.target is not None:
            total += loss_and_gradient(self.loss, forward.outputs, self.target)[0]
        if self.pull is not None:
            total += float(flat_states(self.pull) @ flat_states(forward.states))
        return total

    def gradients(self) -> dict[str, Array]:
        """Return the gradient of every piece by backpropagation."""
        forward = self.forward()
        d_outputs = np.zeros_like(forward.outputs)
        if self.target is not None:
            d_outputs = loss_and_gradient(self.loss, forward.outputs, self.target)[1]
        back = self.network.backward(self.parameters, forward.caches, d_outputs, d_states=self.pull)
        pieces = {
            "weights": back.gradients.flat,
            "x": back.d_x,
            "state": flat_states(back.d_states),
        }
        return {name: piece for name, piece in pieces.items() if piece.size}

    def states_or_zeros(self) -> tuple[State, ...]:
        """Return the initial state of every layer."""
        return (
            random_states(self.network, len(self.x), None) if self.states is None else self.states
        )

    def shifted_states(self, shift: Array) -> tuple[State, ...]:
        """Return the initial states moved by `shift`, flat."""
        states = self.states_or_zeros()
        pieces = iter(np.split(shift, np.cumsum([part.size for row in states for part in row])))
        return tuple(
            tuple(part + next(pieces).reshape(part.shape) for part in row) for row in states
        )


def flat_states(states: tuple[State, ...]) -> Array:
    """Return all states as one vector."""
    return np.concatenate([np.empty(0), *(part.ravel() for row in states for part in row)])


def random_states(
    network: Stack, batch: int, generator: np.random.Generator | None
) -> tuple[State, ...]:
    """Draw the states of every layer; zeros without a generator."""
    states: list[State] = []
    draw = np.zeros if generator is None else generator.standard_normal
    for _, layer in network.layers:
        sides = (layer.ahead, layer.back) if isinstance(layer, Bidirectional) else (layer,)
        recurrent = [side for side in sides if isinstance(side, Recurrent)]
        parts = [side for side in recurrent for _ in range(2 if side.cell == "lstm" else 1)]
        states.append(tuple(draw((batch, side.units)) for side in parts))
    return tuple(states)


def stacked(
    architecture: str,
    *,
    units: int,
    layers: int,
    sequences: bool,
    use_bias: bool,
    input_dim: int,
    engine: str = "numpy",
) -> Stack:
    """Return `layers` recurrent layers; all but the last hand out sequences."""
    cell, options = ARCHITECTURES[architecture]
    options = CellOptions(
        options.activation, options.recurrent_activation, options.reset_after, use_bias
    )
    return Stack(
        tuple(
            (f"recurrent_{k}", Recurrent(cell, units, sequences or k < layers, options, engine))
            for k in range(1, layers + 1)
        ),
        input_dim,
    )


def drawn_parameters(network: Stack, generator: np.random.Generator) -> Parameters:
    """Draw weights as in training, and move every one, so that no bias stays at its start."""
    parameters = network.init(generator, "float64")
    return parameters.with_flat(
        parameters.flat + 0.3 * generator.standard_normal(parameters.flat.shape)
    )


def awkward_mask(generator: np.random.Generator, batch: int, timesteps: int) -> Mask:
    """Draw a mask whose first rows have leading, trailing, interior and only padded steps."""
    mask = generator.random((batch, timesteps)) < 0.7
    mask[:4] = True
    mask[0, 0] = mask[1, -1] = mask[2, timesteps // 2] = False
    mask[3] = False
    return mask


def target_off_kinks(prediction: Array, generator: np.random.Generator) -> Array:
    """Draw targets whose errors have both signs and lie on both sides of huber's δ = 1."""
    size = generator.uniform(0.2, 0.7, prediction.shape)
    size += 1.1 * (generator.random(prediction.shape) < 0.5)
    return prediction + size * generator.choice([-1.0, 1.0], prediction.shape)


def distance_to_loss_kinks(problem: Problem) -> float:
    """Return how near an error comes to the kink of mae (0) or of huber (±1)."""
    if problem.target is None:
        return np.inf
    error = np.abs(problem.forward().outputs - problem.target)
    return float(min(error.min(), np.abs(error - 1).min()))


def distance_to_relu_kinks(problem: Problem) -> float:
    """Return how near a pre-activation of a relu SimpleRNN comes to 0 at a real step."""
    x, nearest = problem.x, np.inf
    mask = np.ones(x.shape[:2], bool) if problem.mask is None else problem.mask
    for (name, layer), state in zip(problem.network.layers, problem.states_or_zeros(), strict=True):
        if not (isinstance(layer, Recurrent) and layer.options.activation == "relu"):
            return nearest
        weights, h, outputs = problem.parameters.part(name), state[0], []
        for t in range(x.shape[1]):
            before = x[:, t] @ weights["kernel"] + h @ weights["recurrent_kernel"]
            before = before + weights.get("bias", 0.0)
            nearest = min(nearest, np.abs(before[mask[:, t]]).min(initial=np.inf))
            h = np.where(mask[:, t, None], np.maximum(before, 0), h)
            outputs.append(h)
        x = np.stack(outputs, axis=1)
    return float(nearest)


def away_from_kinks(build: Callable[[np.random.Generator], Problem]) -> Problem:
    """Return the problem of the first seed that keeps the margin from the kinks of relu."""
    problems = (build(np.random.default_rng(seed)) for seed in count())
    return next(found for found in problems if distance_to_relu_kinks(found) > MARGIN)


def derivative(function: Callable[[float], float]) -> float:
    """Return the derivative of `function` at 0, by central differences of 4th order."""
    near = function(STEP) - function(-STEP)
    far = function(2 * STEP) - function(-2 * STEP)
    return (8 * near - far) / (12 * STEP)


def relative_error(numeric: Array, analytic: Array) -> float:
    """Return ‖numeric − analytic‖ / ‖analytic‖; a gradient of zero would check nothing."""
    size = float(np.linalg.norm(analytic))
    assert size > 0
    return float(np.linalg.norm(numeric - analytic)) / size


def assert_directional(problem: Problem, directions: int = 2) -> None:
    """Compare derivatives along random directions, for weights, x and states each."""
    generator = np.random.default_rng(17)
    for piece, gradient in problem.gradients().items():
        numeric, analytic = [], []
        for _ in range(directions):
            direction = leaning_direction(generator, gradient)
            numeric.append(slope_along(problem, piece, direction))
            analytic.append(np.sum(direction * gradient))
        assert relative_error(np.array(numeric), np.array(analytic)) < TOLERANCE, piece


def leaning_direction(generator: np.random.Generator, gradient: Array) -> Array:
    """Draw a direction of length 1 that leans towards the gradient.

    A direction that chance puts at right angles to it has a derivative of nothing but rounding.
    """
    direction = generator.standard_normal(gradient.shape)
    direction /= np.linalg.norm(direction)
    direction += gradient / max(float(np.linalg.norm(gradient)), 1e-300)
    return direction / np.linalg.norm(direction)


def assert_elementwise(problem: Problem) -> None:
    """Compare the derivative of every single weight, input and initial state."""
    for piece, gradient in problem.gradients().items():
        numeric = np.empty_like(gradient)
        for index in np.ndindex(gradient.shape):
            direction = np.zeros_like(gradient)
            direction[index] = 1.0
            numeric[index] = slope_along(problem, piece, direction)
        assert relative_error(numeric, gradient) < TOLERANCE, piece


def slope_along(problem: Problem, piece: str, direction: Array) -> float:
    """Return the derivative of the loss when one piece moves along a direction."""
    return derivative(lambda size: problem.value(**{piece: size * direction}))
