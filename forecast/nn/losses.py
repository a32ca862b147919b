"""Losses: the mean over the observed targets, and its gradient.

With e = prediction − target:

    mse     e²
    mae     |e|
    huber   e² / 2 where |e| ≤ δ, else δ (|e| − δ / 2);  δ = 1      (Huber, 1964)
"""

from collections.abc import Callable

import numpy as np

from forecast.checks import one_of
from forecast.errors import ShapeError
from forecast.nn.arrays import Array, Mask

HUBER_DELTA = 1.0

Pointwise = Callable[[Array], tuple[Array, Array]]


def _squared(error: Array) -> tuple[Array, Array]:
    return error * error, 2 * error


def _absolute(error: Array) -> tuple[Array, Array]:
    return np.abs(error), np.sign(error)


def _huber(error: Array) -> tuple[Array, Array]:
    clipped = np.clip(error, -HUBER_DELTA, HUBER_DELTA)
    return clipped * (error - clipped / 2), clipped


LOSSES: dict[str, Pointwise] = {"mse": _squared, "mae": _absolute, "huber": _huber}


def loss_and_gradient(
    name: str, prediction: Array, target: Array, observed: Mask | None = None
) -> tuple[float, Array]:
    """Return the mean loss and its gradient with respect to the prediction.

    Args:
        name: `mse`, `mae` or `huber`.
        prediction: of any shape.
        target: of the same shape; what stands where `observed` is False (NaN too) is not read.
        observed: bool, of the same shape; None counts every target.

    Returns:
        The mean over the observed targets (0 where there is none) and the gradient of it.

    Raises:
        SettingError: there is no such loss.
        ShapeError: the shapes differ.
    """
    pointwise = LOSSES[one_of("loss", name, LOSSES)]
    shapes = [array.shape for array in (prediction, target, observed) if array is not None]
    if len(set(shapes)) > 1:
        raise ShapeError(
            f"Prediction, target and `observed` must have one shape; got "
            f"{', '.join(map(str, shapes))}. Reshape the targets."
        )
    if observed is not None:
        target = np.where(observed, target, prediction)
    error = prediction - target
    count = error.size if observed is None else int(np.count_nonzero(observed))
    values, slopes = pointwise(error)
    count = max(count, 1)
    return float(values.sum(dtype=np.float64)) / count, slopes / slopes.dtype.type(count)
