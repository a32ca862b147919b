"""Activations of whole vectors, and their slopes from their own outputs.

    tanh x ≈ x P(x²) / Q(x²)   |x| held to 9
    σ(x)   = (1 + tanh(x / 2)) / 2

P and Q have degree 4. Their coefficients minimise the largest relative error on [0, 9]
(`benchmarks/tanh_coefficients.py` finds them), 2.1e-8 in exact arithmetic; in float32 no result is
further than 4e-7 from tanh, relatively, which `tests/kernels` checks.
"""

from typing import Any

import numpy as np
from numba import njit

from forecast.kernels.packing import ACTIVATIONS
from forecast.kernels.unit import FAST
from forecast.kernels.vector import clamp, fma, quotient, splat, where_positive

TANH, SIGMOID, RELU = (ACTIVATIONS[name] for name in ("tanh", "sigmoid", "relu"))

LIMIT = np.float32(9.0)
P0, P1, P2, P3, P4 = (
    np.float32(value)
    for value in (
        1.0,
        0.13380974531173706,
        0.0034955269657075405,
        2.0608047634596005e-05,
        1.3353205652322231e-08,
    )
)
Q0, Q1, Q2, Q3, Q4 = (
    np.float32(value)
    for value in (
        1.0,
        0.46714290976524353,
        0.02587675116956234,
        0.00032855334575288,
        7.77596596890362e-07,
    )
)
HALF, ONE = np.float32(0.5), np.float32(1.0)


@njit(**FAST)
def tanh(x: Any) -> Any:
    """Return tanh x."""
    x = clamp(x, splat(LIMIT))
    u = x * x
    p = fma(splat(P4), u, splat(P3))
    q = fma(splat(Q4), u, splat(Q3))
    p = fma(p, u, splat(P2))
    q = fma(q, u, splat(Q2))
    p = fma(p, u, splat(P1))
    q = fma(q, u, splat(Q1))
    p = fma(p, u, splat(P0))
    q = fma(q, u, splat(Q0))
    return quotient(x * p, q)


@njit(**FAST)
def activate(code: int, x: Any) -> Any:
    """Return the activation of that code."""
    if code == SIGMOID:
        half = splat(HALF)
        return fma(half, tanh(half * x), half)
    if code == TANH:
        return tanh(x)
    if code == RELU:
        return where_positive(x, x)
    return x


@njit(**FAST)
def d_activate(code: int, y: Any, d_y: Any) -> Any:
    """Return the gradient before an activation, from its output and the gradient after it."""
    if code == SIGMOID:
        return d_y * (y * (splat(ONE) - y))
    if code == TANH:
        return d_y * (splat(ONE) - y * y)
    if code == RELU:
        return where_positive(y, d_y)
    return d_y
