"""Losses of heads that give several numbers a target, so that a forecast is a distribution.

    prediction   (..., horizon · width)   column k · width + i is number i of the horizon's step k
    target       (..., horizon)
    observed     (..., horizon)           bool

With y a target:

    quantile    Σ_i max(q_i (y − f_i), (q_i − 1)(y − f_i)) / width    f_i is the q_i-quantile
    student_t   −log t(y; m, s, v)                                    m, a, b: the three numbers
                s = log(1 + eᵃ) + 0.001,  v = 2 + log(1 + eᵇ)

The first is the pinball loss of Koenker and Bassett (1978), "Regression quantiles": its mean is
least where f_i is the quantile. Where f_i is y, its gradient is 0, as that of mae is.

The second is the density of Student's t (Salinas et al., 2020, "DeepAR"), with z = (y − m) / s:

    −log t = log B(v/2, 1/2) + log(v)/2 + log s + (v + 1)/2 · log(1 + z²/v)

    d/dm = −(v + 1) z / (s (v + z²))        d/ds = v (1 − z²) / (s (v + z²))
    d/dv = (ψ(v/2) − ψ((v + 1)/2) + 1/v + log(1 + z²/v) − (v + 1) z² / (v (v + z²))) / 2

B is the beta function and ψ the digamma function. A scale without a floor would let one value that
is hit exactly, as in a series that stands still, take the density beyond all bounds; targets are
scaled, so the floor is a thousandth of their spread. Above 2 degrees of freedom the variance is
finite.
"""

from collections.abc import Sequence

import numpy as np

from forecast.errors import SettingError, ShapeError
from forecast.nn.activations import sigmoid
from forecast.nn.arrays import Array, Mask

HEAD_LOSSES = ("quantile", "student_t")
STUDENT_WIDTH = 3
LEAST_SCALE = 1e-3
LEAST_FREEDOM = 2.0


def width_of(name: str, quantiles: Sequence[float] = ()) -> int:
    """Return how many numbers a head gives for one target; 1 for losses of other heads.

    Raises:
        SettingError: the loss is `quantile` and there is no quantile.
    """
    if name == "student_t":
        return STUDENT_WIDTH
    if name != "quantile":
        return 1
    if len(quantiles) == 0:
        raise SettingError(
            "The loss quantile needs at least one of `quantiles`; got none. Name those to learn, "
            "such as (0.1, 0.5, 0.9)."
        )
    return len(quantiles)


def horizon_of(name: str, outputs: int, quantiles: Sequence[float] = ()) -> int:
    """Return how many targets a head of so many outputs has.

    Raises:
        ShapeError: the outputs are no whole number of targets.
    """
    width = width_of(name, quantiles)
    if outputs % width:
        raise ShapeError(
            f"A head for the loss {name} must have {width} outputs a target; got {outputs} "
            f"outputs, which is no multiple of {width}. Give the last layer horizon · {width} "
            "units."
        )
    return outputs // width


def head_loss_and_gradient(
    name: str,
    prediction: Array,
    target: Array,
    observed: Mask | None,
    quantiles: Sequence[float] = (),
) -> tuple[float, Array]:
    """Return the mean loss and its gradient; shapes are checked by the caller.

    Args:
        name: one of `HEAD_LOSSES`.
        prediction: (..., horizon · width).
        target: (..., horizon); what stands where `observed` is False is not read.
        observed: (..., horizon) or None.
        quantiles: those of the loss `quantile`.
    """
    numbers = prediction.reshape(*target.shape, width_of(name, quantiles))
    if observed is not None:
        target = np.where(observed, target, 0)
    if name == "quantile":
        values, slopes = _pinball(numbers, target, quantiles)
    else:
        values, slopes = _student(numbers, target)
    count = max(values.size if observed is None else int(np.count_nonzero(observed)), 1)
    if observed is not None:
        values = np.where(observed, values, 0)
        slopes = np.where(observed[..., None], slopes, 0)
    gradient = (slopes / count).reshape(prediction.shape).astype(prediction.dtype, copy=False)
    return float(values.sum(dtype=np.float64)) / count, gradient


def _pinball(numbers: Array, target: Array, quantiles: Sequence[float]) -> tuple[Array, Array]:
    """Return the mean over the quantiles (..., horizon) and its gradient (..., horizon, width)."""
    q = np.asarray(quantiles, numbers.dtype)
    error = numbers - target[..., None]
    slopes = np.where(error > 0, 1 - q, np.where(error < 0, -q, error))  # NaN stays NaN
    return (slopes * error).mean(axis=-1), slopes / q.dtype.type(len(q))


def softplus(x: Array) -> Array:
    """Return log(1 + eˣ), which neither overflows nor loses a small result."""
    value: Array = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return value


def student_parameters(outputs: Array) -> tuple[Array, Array, Array]:
    """Return location, scale and degrees of freedom of Student's t, each (..., horizon).

    Args:
        outputs: (..., horizon · 3), of a head that was trained by `student_t`.

    Raises:
        ShapeError: the outputs are no whole number of targets.
    """
    horizon = horizon_of("student_t", outputs.shape[-1])
    numbers = outputs.reshape(*outputs.shape[:-1], horizon, STUDENT_WIDTH)
    return _distribution(numbers)


def _distribution(numbers: Array) -> tuple[Array, Array, Array]:
    location, scale, freedom = np.moveaxis(numbers, -1, 0)
    return location, softplus(scale) + LEAST_SCALE, softplus(freedom) + LEAST_FREEDOM


def _student(numbers: Array, target: Array) -> tuple[Array, Array]:
    """Return −log t (..., horizon) and its gradient (..., horizon, 3), in float64.

    Differences of log Γ would lose every digit of float32 where v is large.
    """
    from scipy.special import betaln, digamma

    numbers = numbers.astype(np.float64, copy=False)
    m, s, v = _distribution(numbers)
    z = (target - m) / s
    square, half = z * z, v / 2
    stretch = np.log1p(square / v)
    values = betaln(half, 0.5) + np.log(v) / 2 + np.log(s) + (v + 1) / 2 * stretch
    whole = v + square
    d_m = -(v + 1) * z / (s * whole)
    d_s = v * (1 - square) / (s * whole)
    apart = digamma(half) - digamma(half + 0.5)
    d_v = (apart + 1 / v + stretch - (v + 1) * square / (v * whole)) / 2
    d_raw = sigmoid(numbers[..., 1:])  # the slope of softplus
    return values, np.stack([d_m, d_s * d_raw[..., 0], d_v * d_raw[..., 1]], axis=-1)
