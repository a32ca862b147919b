"""Dense, over the last axis.

y = activation([x, s] W + b)

W kernel (features + beside, units) · b bias (units,)

s are numbers of an example that stand beside what the layer below says; most layers read none.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.checks import one_of, whole_number
from forecast.errors import ShapeError
from forecast.nn.activations import HEADS, head_activation
from forecast.nn.arrays import Array, Mask, Shapes, Weights
from forecast.nn.initializers import Chosen, glorot_uniform, redrawn
from forecast.nn.layer import Stateless
from forecast.nn.sequence import blank_masked, d_activation, over_rows, product_gradient


@dataclass(frozen=True)
class Dense(Stateless):
    """A fully connected layer; on a sequence it acts on every step.

    Attributes:
        units: size of the output, at least 1.
        activation: tanh, sigmoid, relu, linear or softmax.
        use_bias: whether b is there.
        initializers: name of a weight and of what draws it, where it is not Keras' default.
        beside: size of s, which `Stack.forward` puts after the last axis of x, at least 0.
    """

    units: int
    activation: str = "linear"
    use_bias: bool = True
    initializers: Chosen = ()
    beside: int = 0

    def __post_init__(self) -> None:
        whole_number("units", self.units)
        one_of("activation", self.activation, HEADS)
        whole_number("beside", self.beside, least=0)

    def output_dim(self, input_dim: int) -> int:
        """Return the number of units."""
        return self.units

    def shapes(self, input_dim: int) -> Shapes:
        """Return the shapes of kernel and bias."""
        kernel: Shapes = {"kernel": (input_dim + self.beside, self.units)}
        return kernel | ({"bias": (self.units,)} if self.use_bias else {})

    def init(self, generator: np.random.Generator, input_dim: int) -> dict[str, Array]:
        """Draw the kernel (glorot uniform); the bias is zero."""
        weights = {"kernel": glorot_uniform(generator, input_dim + self.beside, self.units)}
        weights |= {"bias": np.zeros(self.units)} if self.use_bias else {}
        return redrawn(weights, self.initializers, generator)

    def run(
        self,
        weights: Weights,
        x: Array,
        mask: Mask | None,
        generator: np.random.Generator | None,
    ) -> tuple[Array, Any]:
        """Run the layer on x, (…, features + beside).

        Raises:
            ShapeError: the last axis of x is not the number of features.
        """
        kernel = weights["kernel"]
        if x.shape[-1] != kernel.shape[0]:
            raise ShapeError(
                f"Dense expects the last axis of x to be {kernel.shape[0]}; got shape {x.shape}. "
                "Reshape x, or build the layer for this number of features."
            )
        if x.ndim == 3:
            x = blank_masked(x, mask)
        product = x @ kernel
        if self.use_bias:
            product = product + weights["bias"]
        outputs = head_activation(self.activation).value(product)
        return outputs, (x, outputs)

    def run_back(
        self, weights: Weights, cache: Any, d_outputs: Array
    ) -> tuple[dict[str, Array], Array]:
        """Return the gradients of kernel, bias and x, without those of the numbers beside it."""
        x, outputs = cache
        d_product = d_activation(head_activation(self.activation), outputs, d_outputs)
        gradients = {"kernel": product_gradient(x, d_product)}
        if self.use_bias:
            gradients["bias"] = over_rows(d_product)
        below = weights["kernel"][: x.shape[-1] - self.beside]
        return gradients, d_product @ below.T
