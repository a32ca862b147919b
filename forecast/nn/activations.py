"""Activations, each with its slope written in terms of its own output.

    tanh      y = tanh(x)            y' = 1 − y²
    sigmoid   y = 1 / (1 + e⁻ˣ)      y' = y (1 − y)
    relu      y = max(0, x)          y' = 1 where y > 0
    linear    y = x                  y' = 1

A slope from the output means that a cell keeps its outputs and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecast.checks import one_of
from forecast.nn.arrays import Array


@dataclass(frozen=True)
class Activation:
    """An elementwise function and its derivative.

    Attributes:
        value: the function, of any shape.
        slope: its derivative, taken at the function's output.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e⁻ˣ), through tanh, which cannot overflow."""
    half = x.dtype.type(0.5)
    value: Array = half * np.tanh(half * x) + half
    return value


def _relu(x: Array) -> Array:
    value: Array = np.maximum(x, x.dtype.type(0))
    return value


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation(np.tanh, lambda y: 1 - y * y),
    "sigmoid": Activation(sigmoid, lambda y: y * (1 - y)),
    "relu": Activation(_relu, lambda y: (y > 0).astype(y.dtype)),
    "linear": Activation(lambda x: x, np.ones_like),
}


def activation(name: str) -> Activation:
    """Return the activation called `name`.

    Raises:
        SettingError: there is none of that name.
    """
    return ACTIVATIONS[one_of("activation", name, ACTIVATIONS)]
