"""Optimizers as pure pairs: `init` makes the state, `update` returns the step and the next state.

With gradient g, learning rate η and step number t from 1:

    sgd       u ← μ u − η g;  step u  (with nesterov: μ u − η g)              (Polyak, 1964)
    rmsprop   v ← ρ v + (1 − ρ) g²;  step −η g / √(v + ε)                     (Hinton, 2012)
    adam      m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²
              step −η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)                   (Kingma and Ba, 2015,
                                                                              end of section 2)

Constants and the place of ε follow Keras.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecast.checks import one_of, real_number
from forecast.nn.arrays import Array


class OptimizerState(NamedTuple):
    """State of an optimizer.

    Attributes:
        step: number of updates done.
        first: (size,) momentum or first moment.
        second: (size,) second moment.
    """

    step: int
    first: Array
    second: Array


@dataclass(frozen=True)
class Optimizer:
    """How gradients become steps.

    Attributes:
        name: `adam`, `rmsprop` or `sgd`.
        momentum: μ, sgd only, in [0, 1).
        nesterov: sgd only.
        rho: ρ, rmsprop only, in [0, 1).
        beta_1: β₁, adam only, in [0, 1).
        beta_2: β₂, adam only, in [0, 1).
        epsilon: ε, above 0.
    """

    name: str = "adam"
    momentum: float = 0.0
    nesterov: bool = False
    rho: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        one_of("optimizer", self.name, UPDATES)
        for name in ("momentum", "rho", "beta_1", "beta_2"):
            # As plain floats: a NumPy float64 would turn float32 weights into float64.
            plain = real_number(name, getattr(self, name), least=0, below=1)
            object.__setattr__(self, name, plain)
        object.__setattr__(self, "epsilon", real_number("epsilon", self.epsilon, above=0))

    def init(self, flat: Array) -> OptimizerState:
        """Return the state before the first update of `flat`, (size,)."""
        return OptimizerState(0, np.zeros_like(flat), np.zeros_like(flat))

    def update(
        self, gradient: Array, state: OptimizerState, learning_rate: float
    ) -> tuple[Array, OptimizerState]:
        """Return the step to add to the weights, (size,), and the next state."""
        return UPDATES[self.name](self, gradient, state, float(learning_rate))


Update = Callable[[Optimizer, Array, OptimizerState, float], tuple[Array, OptimizerState]]


def _sgd(
    settings: Optimizer, gradient: Array, state: OptimizerState, learning_rate: float
) -> tuple[Array, OptimizerState]:
    downhill = -learning_rate * gradient
    velocity = settings.momentum * state.first + downhill
    step = settings.momentum * velocity + downhill if settings.nesterov else velocity
    return step, OptimizerState(state.step + 1, velocity, state.second)


def _rmsprop(
    settings: Optimizer, gradient: Array, state: OptimizerState, learning_rate: float
) -> tuple[Array, OptimizerState]:
    second = settings.rho * state.second + (1 - settings.rho) * (gradient * gradient)
    step = -learning_rate * gradient / np.sqrt(second + settings.epsilon)
    return step, OptimizerState(state.step + 1, state.first, second)


def _adam(
    settings: Optimizer, gradient: Array, state: OptimizerState, learning_rate: float
) -> tuple[Array, OptimizerState]:
    count = state.step + 1
    first = settings.beta_1 * state.first + (1 - settings.beta_1) * gradient
    second = settings.beta_2 * state.second + (1 - settings.beta_2) * (gradient * gradient)
    bias = float(np.sqrt(1 - settings.beta_2**count) / (1 - settings.beta_1**count))
    step = (-learning_rate * bias) * first / (np.sqrt(second) + settings.epsilon)
    return step, OptimizerState(count, first, second)


UPDATES: dict[str, Update] = {"adam": _adam, "rmsprop": _rmsprop, "sgd": _sgd}


def clip_by_global_norm(gradient: Array, limit: float | None) -> tuple[Array, float]:
    """Scale a gradient, (size,), down to the norm `limit`, above 0; return it and its norm before.

    Source: Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural
    networks", algorithm 1.
    """
    exact = gradient.astype(np.float64, copy=False)  # the square of a float32 overflows soon
    norm = float(np.sqrt(np.dot(exact, exact)))
    if limit is None or norm <= limit or not np.isfinite(norm):
        return gradient, norm
    return gradient * gradient.dtype.type(limit / norm), norm
