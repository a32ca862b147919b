"""What all cells share: time-major projection, masks, and gradients of the products."""

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecast.nn.activations import Activation, Softmax
from forecast.nn.arrays import Array, Mask

Element = TypeVar("Element", bound=np.generic)


def time_major(x: NDArray[Element]) -> NDArray[Element]:
    """Swap (batch, timesteps, …) to contiguous (timesteps, batch, …), or back."""
    return np.ascontiguousarray(np.swapaxes(x, 0, 1))


def backwards(x: NDArray[Element]) -> NDArray[Element]:
    """Turn (batch, timesteps, …) around in time, contiguous."""
    return np.ascontiguousarray(x[:, ::-1])


def step_mask(mask: Mask | None) -> Mask | None:
    """Turn a mask (batch, timesteps) into one column a step, (timesteps, batch, 1)."""
    return None if mask is None else time_major(mask)[:, :, None]


def project(x: Array, kernel: Array, bias: Array | None) -> Array:
    """Multiply the inputs of all steps by the kernel at once.

    Args:
        x: (timesteps, batch, features).
        kernel: (features, gates * units).
        bias: (gates * units,) or None.

    Returns:
        (timesteps, batch, gates * units).
    """
    timesteps, batch, features = x.shape
    product = x.reshape(timesteps * batch, features) @ kernel
    if bias is not None:
        product += bias
    return product.reshape(timesteps, batch, kernel.shape[1])


def keep_masked(mask: Mask | None, t: int, new: Array, old: Array) -> Array:
    """Take the new state where step t is real, the old one where it is padded."""
    return new if mask is None else np.where(mask[t], new, old)


def split_masked(mask: Mask | None, t: int, gradient: Array) -> tuple[Array, Array | float]:
    """Split a state's gradient into what enters step t and what passes over it."""
    if mask is None:
        return gradient, 0.0
    entering = np.where(mask[t], gradient, 0)
    return entering, gradient - entering


def blank_masked(x: Array, mask: Mask | None) -> Array:
    """Put zeros on padded steps, so that whatever stands there (NaN too) changes nothing."""
    return x if mask is None else np.where(mask[:, :, None], x, x.dtype.type(0))


def product_gradient(inputs: Array, d_products: Array) -> Array:
    """Return the gradient of W in `inputs @ W`, summed over all steps and rows.

    Args:
        inputs: (timesteps, batch, rows of W).
        d_products: (timesteps, batch, columns of W).
    """
    rows, columns = inputs.shape[-1], d_products.shape[-1]
    gradient: Array = inputs.reshape(-1, rows).T @ d_products.reshape(-1, columns)
    return gradient


def over_rows(d_products: Array) -> Array:
    """Return the gradient of a bias: the sum over all steps and rows."""
    total: Array = d_products.reshape(-1, d_products.shape[-1]).sum(axis=0)
    return total


def inputs_gradient(d_projected: Array, kernel: Array) -> Array:
    """Return the gradient of x, (batch, timesteps, features), from that of its projection."""
    timesteps, batch, columns = d_projected.shape
    d_x = d_projected.reshape(timesteps * batch, columns) @ kernel.T
    return time_major(d_x.reshape(timesteps, batch, kernel.shape[0]))


def gates_of(packed: Array, count: int) -> Iterator[Array]:
    """Yield the `count` equal parts of the last axis, as views."""
    units = packed.shape[-1] // count
    return (packed[..., k * units : (k + 1) * units] for k in range(count))


def empty_like_steps(timesteps: int, state: Array, columns: int | None = None) -> Array:
    """Return room for one array of the state's rows a step, (timesteps, batch, columns)."""
    batch, units = state.shape
    dtype: np.dtype[Any] = state.dtype
    return np.empty((timesteps, batch, units if columns is None else columns), dtype)


def d_activation(function: Activation | Softmax, output: Array, d_output: Array) -> Array:
    """Return the gradient before an activation from the gradient after it."""
    return function.back(output, d_output)


def last_real(mask: Mask | None, batch: int, timesteps: int) -> NDArray[np.intp]:
    """Return the index of each row's last real step, (batch,); the last step where none is."""
    if mask is None:
        return np.full(batch, timesteps - 1)
    last: NDArray[np.intp] = timesteps - 1 - np.argmax(mask[:, ::-1], axis=1)
    return last
