"""The optimizer's step over the packed weights, a chunk at a time.

The formulas are in `forecast.nn.optimizers`. Chunks have a fixed size, so that the order of every
sum is the same for any number of threads.
"""

import math

import numpy as np

from forecast.kernels import plan_fields as F
from forecast.kernels.memory import floats
from forecast.kernels.unit import Doubles, Floats, Wholes, unit
from forecast.kernels.vector import fma, load, root, splat, store, total, widen

CHUNK = 4096  # floats


@unit
def gather(
    gradients: Floats, size: int, blocks: int, squares: Doubles, one: int, every: int
) -> None:
    """Sum the blocks' gradients into the first and note each chunk's sum of squares."""
    number = one
    while number * CHUNK < size:
        start, end = number * CHUNK, min((number + 1) * CHUNK, size)
        sums = widen(splat(np.float32(0.0)))
        for k in range(start, end, 16):
            g = load(gradients, k)
            for block in range(1, blocks):
                g = g + load(gradients, block * size + k)
            store(gradients, k, g)
            exact = widen(g)
            sums = sums + exact * exact
        squares[number] = total(sums)
        number += every


@unit
def norm_of(squares: Doubles, size: int) -> float:
    """Return the norm of the whole gradient."""
    result = 0.0
    for number in range((size + CHUNK - 1) // CHUNK):
        result += squares[number]
    return math.sqrt(result)


@unit
def update(
    plan: Wholes, constants: Doubles, gradients: Floats, rate: float, scale: float,
    one: int, every: int,
) -> None:  # fmt: skip
    """Move the weights; `scale` clips the gradient.

    The rate of adam comes with its bias correction, √(1 − β₂ᵗ) / (1 − β₁ᵗ), in it.
    """
    parameters, first = floats(plan[F.PARAMETERS_AT]), floats(plan[F.FIRST_AT])
    second, size = floats(plan[F.SECOND_AT]), plan[F.SIZE]
    optimizer, nesterov = plan[F.OPTIMIZER], plan[F.NESTEROV]
    scales = splat(np.float32(scale))
    epsilon = splat(np.float32(constants[F.EPSILON]))
    b1, b2 = splat(np.float32(constants[F.BETA_1])), splat(np.float32(constants[F.BETA_2]))
    rho, mu = splat(np.float32(constants[F.RHO])), splat(np.float32(constants[F.MOMENTUM]))
    down = splat(np.float32(-rate))
    a1, a2 = (
        splat(np.float32(1.0 - constants[F.BETA_1])),
        splat(np.float32(1.0 - constants[F.BETA_2])),
    )
    a_rho = splat(np.float32(1.0 - constants[F.RHO]))
    number = one
    while number * CHUNK < size:
        for k in range(number * CHUNK, min((number + 1) * CHUNK, size), 16):
            g = load(gradients, k) * scales
            w = load(parameters, k)
            if optimizer == F.ADAM:
                m = fma(b1, load(first, k), a1 * g)
                v = fma(b2, load(second, k), a2 * (g * g))
                store(first, k, m)
                store(second, k, v)
                step = (down * m) / (root(v) + epsilon)
            elif optimizer == F.RMSPROP:
                v = fma(rho, load(second, k), a_rho * (g * g))
                store(second, k, v)
                step = (down * g) / root(v + epsilon)
            else:
                downhill = down * g
                velocity = fma(mu, load(first, k), downhill)
                store(first, k, velocity)
                step = fma(mu, velocity, downhill) if nesterov else velocity
            store(parameters, k, w + step)
        number += every
