"""The Jacobian of one step of a cell: how each number that it remembers moves by each one before.

J_t = ∂s_t / ∂s_{t−1}, (n, n)      s = h, n = units; of an LSTM s = (h, c), n = 2 · units

For every row of every J there is one sequence of a single step, from the state that the network was
in, and the cell's own backward pass of that row's unit vector gives the row.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.insight.sides import Side
from forecast.nn.arrays import Array, State

Numbers = NDArray[np.float64]
Values = Callable[[Numbers], Any]

AT_ONCE = 60e6  # bytes of the arrays of a pass
ARRAYS = 20  # of (rows, units) that a pass makes, or somewhat fewer
DENSE = 128  # size up to which all eigenvalues are there before SciPy's search for one is loaded
ROUNDS = 50  # of that search, after which all of them are sooner had


def step_jacobians(side: Side, window: int, timesteps: NDArray[np.intp]) -> Numbers:
    """Return Jacobians of real steps, (steps, n, n), in double precision.

    Args:
        side: after a forward pass.
        window: its number in that pass.
        timesteps: of the window, in the order of the inputs, from 0. Of a dilated layer, J leads
            from the state so many steps before.
    """
    size = side.cell.states * side.cache.h.shape[-1]
    jacobians = np.empty((len(timesteps), size, size))
    places = _places(side)[window, timesteps]
    each = side.cache.h.dtype.itemsize * ARRAYS * size * side.cache.h.shape[-1]
    many = max(1, int(AT_ONCE / each))
    for start in range(0, len(places), many):
        jacobians[start : start + many] = _at(side, places[start : start + many])
    return jacobians


def spectral_radii(jacobians: Numbers) -> Numbers:
    """Return the largest size of an eigenvalue of each, (steps,); NaN where J is not finite."""
    return np.array([_largest(one, _eigenvalues, _eigenvalue_alone) for one in jacobians])


def largest_singular_values(jacobians: Numbers) -> Numbers:
    """Return the largest singular value of each, (steps,); NaN where J is not finite."""
    return np.array([_largest(one, _singular_values, _singular_value_alone) for one in jacobians])


def unit_states(side: Side, numbers: Numbers) -> State:
    """Cut (rows, n) into the cell's states, each (rows, units), in the precision of its weights."""
    dtype = side.weights["kernel"].dtype
    parts = np.split(numbers.astype(dtype), side.cell.states, axis=1)
    return tuple(np.ascontiguousarray(part) for part in parts)


def _places(side: Side) -> NDArray[np.intp]:
    """Return where in the cache's steps and rows each timestep stands, (windows, timesteps)."""
    steps, rows = side.cache.x.shape[:2]
    return side.in_order(np.arange(steps * rows).reshape(steps, rows, 1))[..., 0]


def _at(side: Side, places: NDArray[np.intp]) -> Array:
    x, before = side.cache.x, [part[:-1] for part in side.states]
    size = side.cell.states * before[0].shape[-1]
    inputs, *states = (
        np.repeat(part.reshape(-1, part.shape[-1])[places], size, axis=0) for part in (x, *before)
    )
    with np.errstate(over="ignore", invalid="ignore"):
        ahead = side.cell.forward(
            side.weights, inputs[:, None, :], tuple(states), None, side.options
        )
        ones = unit_states(side, np.tile(np.eye(size), (len(places), 1)))
        back = side.cell.backward(side.weights, ahead.cache, None, ones, False)
    rows: Array = np.concatenate(back.d_state, axis=1)
    return rows.reshape(len(places), size, size)


def _largest(jacobian: Numbers, every: Values, alone: Values) -> float:
    """Return the largest size of a value: of all, or sought alone where that is sooner done."""
    if not np.isfinite(jacobian).all():
        return float("nan")
    if len(jacobian) > DENSE:
        from scipy.sparse.linalg import ArpackError  # 0.3 s, which only large cells wait for

        try:
            return float(np.abs(alone(jacobian)).max())
        except ArpackError:  # it does not settle, or all is zero
            pass
    return float(np.abs(every(jacobian)).max())


def _eigenvalues(jacobian: Numbers) -> Any:
    return np.linalg.eigvals(jacobian)


def _singular_values(jacobian: Numbers) -> Any:
    return np.linalg.svd(jacobian, compute_uv=False)


def _eigenvalue_alone(jacobian: Numbers) -> Any:
    from scipy.sparse.linalg import eigs

    return eigs(jacobian, k=1, v0=_start(jacobian), maxiter=ROUNDS, return_eigenvectors=False)


def _singular_value_alone(jacobian: Numbers) -> Any:
    from scipy.sparse.linalg import svds

    return svds(jacobian, k=1, v0=_start(jacobian), maxiter=ROUNDS, return_singular_vectors=False)


def _start(jacobian: Numbers) -> Numbers:
    """Return where iterations start from, the same every time."""
    return np.random.default_rng(0).standard_normal(len(jacobian))
