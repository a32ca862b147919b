"""The losses of heads that give several numbers a target; see `forecast.nn.head_losses`.

A kernel calls no library, so the logarithm, the exponential and the quotient of gamma functions
stand here, in float64. With X = x + 4:

    log Γ(x + ½) − log Γ(x) = (log X)/2 + S(X) + log Π_{k<4} (x + k) / (x + k + ½)
    S(X) = −1/(8 X) + 1/(192 X³) − 1/(640 X⁵) + 17/(14336 X⁷)

The product is the recurrence of Γ, S the difference of two of Stirling's series (NIST Digital
Library of Mathematical Functions, 5.5.1 and 5.11.8); for x ≥ 1 it is exact to 1e-9. Its derivative
is the difference of two digamma functions that the gradient needs.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from forecast.kernels import plan_fields as F
from forecast.kernels.memory import floats
from forecast.kernels.unit import Floats, Wholes, unit

ZERO, ONE = np.float32(0.0), np.float32(1.0)
LEAST_SCALE, LEAST_FREEDOM = 1e-3, 2.0  # as in `forecast.nn.head_losses`
LOG_2, ROOT_2, PI = float(np.log(2.0)), float(np.sqrt(2.0)), float(np.pi)
MANTISSA, BIAS = 0x000FFFFFFFFFFFFF, 1023  # of a float64 (IEEE 754)


@intrinsic
def bits_of(typing: Any, value: Any) -> Any:
    """Return the bits of a float64 as an int64."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), code


@intrinsic
def from_bits(typing: Any, bits: Any) -> Any:
    """Return the float64 of an int64's bits."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), code


@unit
def logarithm(x: float) -> float:
    """Return log x of a normal number above 0, to 1e-15.

    With x = 2ᵉ m and t = (m − 1) / (m + 1), log x = e log 2 + 2 (t + t³/3 + t⁵/5 + …).
    """
    if not x < np.inf:
        return x
    bits = bits_of(x)
    e, m = (bits >> 52) - BIAS, from_bits((bits & MANTISSA) | (BIAS << 52))
    if m > ROOT_2:
        m, e = m * 0.5, e + 1
    t = (m - 1.0) / (m + 1.0)
    square, series = t * t, 0.0
    for k in range(17, 0, -2):
        series = series * square + 1.0 / k
    return e * LOG_2 + 2.0 * t * series


@unit
def falling(x: float) -> float:
    """Return eˣ of x ≤ 0, to 1e-12: Taylor's series for x / 1024, squared ten times.

    Below −80 it stays what it is there; NaN stays NaN.
    """
    r, series = (-80.0 if x < -80.0 else x) / 1024.0, 1.0
    for k in range(8, 0, -1):
        series = 1.0 + series * r / k
    for _ in range(10):
        series = series * series
    return series


@unit
def softplus(x: float) -> float:
    """Return log(1 + eˣ)."""
    return (x if x > 0.0 else 0.0) + logarithm(1.0 + falling(-abs(x)))


@unit
def sigmoid(x: float) -> float:
    """Return 1 / (1 + e⁻ˣ), the slope of softplus."""
    small = falling(-abs(x))
    return (1.0 if x > 0.0 else small) / (1.0 + small)


@unit
def pinball(
    plan: Wholes, arena: Floats, out: int, d_out: int, target: float, share: float
) -> float:
    """Return the loss `quantile` of a target, and put share · its gradient into d_out."""
    quantiles, width, result = floats(plan[F.QUANTILES_AT]), plan[F.WIDTH], 0.0
    part = np.float32(share / width)
    for i in range(width):
        q, error = quantiles[i], arena[out + i] - np.float32(target)
        slope = ONE - q if error > ZERO else (-q if error < ZERO else error)
        result += slope * error
        arena[d_out + i] = slope * part
    return result / width


@unit
def student(arena: Floats, out: int, d_out: int, target: float, share: float) -> float:
    """Return the loss `student_t` of a target, and put share · its gradient into d_out."""
    a, b = arena[out + 1], arena[out + 2]
    s, v = softplus(a) + LEAST_SCALE, softplus(b) + LEAST_FREEDOM
    z = (target - arena[out]) / s
    square, x, shift, apart = z * z, v * 0.5, 1.0, 0.0
    for _ in range(4):
        shift *= x / (x + 0.5)
        apart += 0.5 / (x * (x + 0.5))
        x += 1.0
    i, u = 1.0 / x, 1.0 / (x * x)
    series = i * (1.0 / 8 - u * (1.0 / 192 - u * (1.0 / 640 - u * (17.0 / 14336))))
    apart += 0.5 * i + u * (1.0 / 8 - u * (1.0 / 64 - u * (1.0 / 128 - u * (17.0 / 2048))))
    stretch, whole = logarithm(1.0 + square / v), v + square
    d_m = -(v + 1.0) * z / (s * whole)
    d_s = v * (1.0 - square) / (s * whole)
    d_v = 0.5 * (1.0 / v - apart + stretch - (v + 1.0) * square / (v * whole))
    arena[d_out] = np.float32(d_m * share)
    arena[d_out + 1] = np.float32(d_s * sigmoid(a) * share)
    arena[d_out + 2] = np.float32(d_v * sigmoid(b) * share)
    constant = 0.5 * logarithm(PI * v / x) - logarithm(shift) + series
    return constant + logarithm(s) + 0.5 * (v + 1.0) * stretch
