"""Losses: the mean over the observed targets, and its gradient.

With e = prediction − target:

    mse     e²
    mae     |e|
    huber   e² / 2 where |e| ≤ δ, else δ (|e| − δ / 2);  δ = 1      (Huber, 1964)
    pinball max((1 − q) e, −q e);  q between 0 and 1                (Koenker and Bassett, 1978)

Pinball's mean is least at the q-quantile: a q below ½ tilts forecasts down, one above tilts them
up, and ½ is half of mae.

With p a prediction between 0 and 1, t a target, C classes on the last axis:

    binary_crossentropy               −t log p − (1 − t) log(1 − p)       one place a prediction
    categorical_crossentropy          −Σ_c t_c log(p_c / Σ p)             one place a row of classes
    sparse_categorical_crossentropy   −log(p_k / Σ p), k the class        the same; targets are k

Probabilities are kept 1e-7 away from 0 and 1, as in Keras; where that cuts, the gradient is 0.

The losses of heads that give several numbers a target stand in `forecast.nn.head_losses`.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from forecast.checks import one_of
from forecast.errors import DataError, SettingError, ShapeError
from forecast.nn.arrays import Array, Mask
from forecast.nn.head_losses import (
    HEAD_LOSSES,
    head_loss_and_gradient,
    horizon_of,
    softplus,
    student_parameters,
    width_of,
)

__all__ = [
    "ALL_LOSSES",
    "CLASSIFICATION",
    "HEAD_LOSSES",
    "HUBER_DELTA",
    "LOSSES",
    "PINBALL",
    "Classification",
    "loss_and_gradient",
    "places_of",
    "softplus",
    "student_parameters",
    "width_of",
]

HUBER_DELTA = 1.0
PINBALL = "pinball"
NEAREST = 1e-7  # of a probability to 0 or 1

Pointwise = Callable[[Array], tuple[Array, Array]]
OfPlaces = Callable[[Array, Array], tuple[Array, Array]]


def _squared(error: Array) -> tuple[Array, Array]:
    return error * error, 2 * error


def _absolute(error: Array) -> tuple[Array, Array]:
    return np.abs(error), np.sign(error)


def _huber(error: Array) -> tuple[Array, Array]:
    clipped = np.clip(error, -HUBER_DELTA, HUBER_DELTA)
    return clipped * (error - clipped / 2), clipped


LOSSES: dict[str, Pointwise] = {"mse": _squared, "mae": _absolute, "huber": _huber}


def _tilted(quantiles: Sequence[float]) -> Pointwise:
    """Return the pinball loss at the one quantile told.

    Raises:
        SettingError: there is not one quantile.
    """
    if len(quantiles) != 1:
        raise SettingError(
            f"The loss pinball needs one quantile, the tilt; got {tuple(quantiles)}. Give one "
            "number above 0 and below 1."
        )
    (q,) = quantiles

    def pointwise(error: Array) -> tuple[Array, Array]:
        below, above = error.dtype.type(-q), error.dtype.type(1) - error.dtype.type(q)
        slopes = np.where(error > 0, above, np.where(error < 0, below, error))  # NaN stays NaN
        return slopes * error, slopes

    return pointwise


def _kept_away(shares: Array) -> tuple[Array, Array]:
    """Return probabilities away from 0 and 1, and where they were not moved (1) or were (0)."""
    near = shares.dtype.type(NEAREST)
    moved = np.clip(shares, near, 1 - near)
    return moved, (moved == shares).astype(shares.dtype)


def _binary(prediction: Array, target: Array) -> tuple[Array, Array]:
    p, free = _kept_away(prediction)
    target = target.astype(p.dtype, copy=False)
    values = -(target * np.log(p) + (1 - target) * np.log(1 - p))
    return values, free * (p - target) / (p * (1 - p))


def _categorical(prediction: Array, target: Array) -> tuple[Array, Array]:
    total = prediction.sum(axis=-1, keepdims=True)
    p, free = _kept_away(prediction / total)
    target = target.astype(p.dtype, copy=False)
    slopes = -free * target / p  # of the shares
    through = slopes - (slopes * prediction / total).sum(axis=-1, keepdims=True)
    return -(target * np.log(p)).sum(axis=-1), through / total


def _sparse(prediction: Array, target: Array) -> tuple[Array, Array]:
    classes = prediction.shape[-1]
    numbers = target.astype(np.intp)
    if np.any(numbers != target) or np.any((numbers < 0) | (numbers >= classes)):
        raise DataError(
            f"Targets of sparse_categorical_crossentropy must be classes from 0 to {classes - 1}; "
            f"got values from {target.min():g} to {target.max():g}. Number the classes from 0, or "
            "give the head one unit a class."
        )
    return _categorical(prediction, np.eye(classes, dtype=prediction.dtype)[numbers])


class Classification(NamedTuple):
    """A loss of probabilities.

    Attributes:
        of_places: returns the loss of every place and its gradient, not yet a mean.
        by_class: whether the last axis of the predictions holds classes, so that a place is a row.
        numbered: whether targets are numbers of classes, without that axis.
    """

    of_places: OfPlaces
    by_class: bool
    numbered: bool = False


CLASSIFICATION: dict[str, Classification] = {
    "binary_crossentropy": Classification(_binary, by_class=False),
    "categorical_crossentropy": Classification(_categorical, by_class=True),
    "sparse_categorical_crossentropy": Classification(_sparse, by_class=True, numbered=True),
}
ALL_LOSSES = (*LOSSES, *CLASSIFICATION)


def places_of(name: str, prediction: Array, quantiles: Sequence[float] = ()) -> tuple[int, ...]:
    """Return the shape of what is scored: a place a prediction, a row of classes, or a target.

    Raises:
        ShapeError: a head for one of `HEAD_LOSSES` has outputs for no whole number of targets.
    """
    if name in HEAD_LOSSES:
        horizon = horizon_of(name, prediction.shape[-1], quantiles)
        return (*prediction.shape[:-1], horizon)
    by_class = name in CLASSIFICATION and CLASSIFICATION[name].by_class
    return prediction.shape[:-1] if by_class else prediction.shape


def loss_and_gradient(
    name: str,
    prediction: Array,
    target: Array,
    observed: Mask | None = None,
    quantiles: Sequence[float] = (),
) -> tuple[float, Array]:
    """Return the mean loss and its gradient with respect to the prediction.

    Args:
        name: one of `ALL_LOSSES` or of `HEAD_LOSSES`, or `pinball`.
        prediction: of any shape; classes, or the numbers of all targets, stand on the last axis.
        target: of the same shape, without the last axis for numbers of classes, and of the shape
            of the places for `HEAD_LOSSES`; what stands where `observed` is False (NaN too) is
            not read.
        observed: bool, of the shape of the places that are scored; None counts every one.
        quantiles: those of the loss `quantile`, or the one of `pinball`; no other loss reads them.

    Returns:
        The mean over the observed places (0 where there is none) and the gradient of it.

    Raises:
        SettingError: there is no such loss, no quantile for `quantile`, or not one for `pinball`.
        ShapeError: the shapes differ.
        DataError: a target is no class.
    """
    one_of("loss", name, (*ALL_LOSSES, PINBALL, *HEAD_LOSSES))
    _check_shapes(name, prediction, target, observed, places_of(name, prediction, quantiles))
    if name in HEAD_LOSSES:
        return head_loss_and_gradient(name, prediction, target, observed, quantiles)
    if name in LOSSES or name == PINBALL:
        pointwise = _tilted(quantiles) if name == PINBALL else LOSSES[name]
        return _of_errors(pointwise, prediction, target, observed)
    kind = CLASSIFICATION[name]
    if observed is not None:
        wide = observed[..., None] if kind.by_class and not kind.numbered else observed
        target = np.where(wide, target, 0)
    values, slopes = kind.of_places(prediction, target)
    if observed is not None:
        values = np.where(observed, values, 0)
        slopes = np.where(observed[..., None] if kind.by_class else observed, slopes, 0)
    count = max(values.size if observed is None else int(np.count_nonzero(observed)), 1)
    total = float(values.sum(dtype=np.float64))
    return total / count, (slopes / count).astype(prediction.dtype, copy=False)


def _of_errors(
    pointwise: Pointwise, prediction: Array, target: Array, observed: Mask | None
) -> tuple[float, Array]:
    if observed is not None:
        target = np.where(observed, target, prediction)
    error = prediction - target
    count = error.size if observed is None else int(np.count_nonzero(observed))
    values, slopes = pointwise(error)
    count = max(count, 1)
    return float(values.sum(dtype=np.float64)) / count, slopes / slopes.dtype.type(count)


def _check_shapes(
    name: str, prediction: Array, target: Array, observed: Mask | None, places: tuple[int, ...]
) -> None:
    numbered = name in CLASSIFICATION and CLASSIFICATION[name].numbered
    wanted = places if numbered or name in HEAD_LOSSES else prediction.shape
    if target.shape != wanted or (observed is not None and observed.shape != places):
        seen = "" if observed is None else f" and `observed` {observed.shape}"
        raise ShapeError(
            f"The loss {name} expects targets of shape {wanted} for predictions of shape "
            f"{prediction.shape}; got {target.shape}{seen}. Reshape the targets, or give the last "
            "layer as many units as the targets have columns."
        )
