"""Activations, each with its slope written in terms of its own output.

    tanh      y = tanh(x)            y' = 1 − y²
    sigmoid   y = 1 / (1 + e⁻ˣ)      y' = y (1 − y)
    relu      y = max(0, x)          y' = 1 where y > 0
    linear    y = x                  y' = 1
    softmax   yᵢ = e^xᵢ / Σⱼ e^xⱼ    over the last axis; for heads only

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

    def back(self, output: Array, d_output: Array) -> Array:
        """Return the gradient before the function from the output and the gradient after it."""
        return d_output * self.slope(output)


class Softmax:
    """Shares that sum to one over the last axis; no function of one element."""

    def value(self, x: Array) -> Array:
        """Return e^x / Σ e^x, with the largest x taken off first, which cannot overflow."""
        raised = np.exp(x - x.max(axis=-1, keepdims=True))
        shares: Array = raised / raised.sum(axis=-1, keepdims=True)
        return shares

    def back(self, output: Array, d_output: Array) -> Array:
        """Return y ∘ (d_y − Σ y d_y)."""
        before: Array = output * (d_output - (output * d_output).sum(axis=-1, keepdims=True))
        return before


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

HEADS: dict[str, Activation | Softmax] = {**ACTIVATIONS, "softmax": Softmax()}


def head_activation(name: str) -> Activation | Softmax:
    """Return the activation of a dense layer called `name`.

    Raises:
        SettingError: there is none of that name.
    """
    return HEADS[one_of("activation", name, HEADS)]


def activation(name: str) -> Activation:
    """Return the activation called `name`.

    Raises:
        SettingError: there is none of that name.
    """
    return ACTIVATIONS[one_of("activation", name, ACTIVATIONS)]
