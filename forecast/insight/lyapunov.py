"""The largest Lyapunov exponent of a recurrent layer along data.

λ = mean over steps of log ‖v_t J_t‖ / ‖v_t‖,   v_{t−1} = v_t J_t,   J_t = ∂s_t / ∂s_{t−1}

v is a random vector, pushed back through the cell's own backward pass and put to length one again
every few steps; the product of the J_t and its transpose have the same singular values, so that
backwards grows as forwards does. The steps before v has turned into the direction that grows most,
the first ones that it passes, are left out.

Sources: Benettin et al. (1980), "Lyapunov characteristic exponents for smooth dynamical systems
and for Hamiltonian systems; a method for computing all of them", Meccanica 15, 9–30; Vogt et al.
(2022), "On Lyapunov exponents for RNNs: understanding information propagation using dynamical
systems tools", Frontiers in Applied Mathematics and Statistics 8, 818799.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.insight.sides import Side
from forecast.nn.arrays import Mask

Numbers = NDArray[np.float64]

BETWEEN = 20  # steps from one length of one to the next; float64 spans 15 decades a step
PARTS = 5  # at least, of short data
TRANSIENT = 0.1  # of the parts


class _Part(NamedTuple):
    """Some steps, after a forward pass.

    Attributes:
        cache: of the cell.
        real: steps that are not padded, of all rows together.
    """

    cache: Any
    real: int


def lyapunov_exponent(side: Side, windows: int) -> float:
    """Return the largest exponent per step, in the layer's own steps.

    The layer reads windows one after another and carries its state on; what it reads are the
    outputs of the layers below as they are in each window.

    Args:
        side: after a forward pass.
        windows: the first so many of that pass, each after the one before in time.

    Returns:
        −∞ where a nudge is lost altogether; ∞ where the states leave all numbers at once; NaN
        where all steps are padded.
    """
    side = side._replace(weights={k: v.astype(np.float64) for k, v in side.weights.items()})
    with np.errstate(over="ignore", invalid="ignore"):
        parts = _forward(side, *_in_a_row(side, windows))
        return _growth(side, parts) if parts else float("inf")


def _in_a_row(side: Side, windows: int) -> tuple[Numbers, Mask | None]:
    """Return what is read, (rows, steps, features), window after window, and its mask."""

    def joined(values: NDArray[Any]) -> NDArray[Any]:
        steps, _, last = values.shape
        each = values.reshape(steps, -1, side.dilation, last)[:, :windows]
        if side.turned:
            each = each[:, ::-1]
        return np.ascontiguousarray(
            each.transpose(2, 1, 0, 3).reshape(side.dilation, steps * windows, last)
        )

    mask = side.cache.mask
    x = joined(side.cache.x).astype(np.float64)
    return x, None if mask is None else joined(mask)[..., 0]


def _forward(side: Side, x: Numbers, mask: Mask | None) -> list[_Part]:
    """Run the cell part by part, as long as its states are finite."""
    rows, steps = x.shape[:2]
    units = side.weights["recurrent_kernel"].shape[0]
    state = side.cell.zero_state(rows, units, x.dtype)
    length = min(BETWEEN, max(1, steps // PARTS))
    parts: list[_Part] = []
    for start in range(0, steps, length):
        place = np.s_[:, start : start + length]
        some = None if mask is None else mask[place]
        ahead = side.cell.forward(side.weights, x[place], state, some, side.options)
        state = ahead.state
        if not all(np.isfinite(one).all() for one in state):
            break
        real = rows * x[place].shape[1] if some is None else int(some.sum())
        parts.append(_Part(ahead.cache, real))
    return parts


def _growth(side: Side, parts: list[_Part]) -> float:
    """Return the mean growth of the logarithm of a vector's length, step by step back."""
    rows, units = parts[0].cache.h.shape[1:]
    vector = np.random.default_rng(0).standard_normal((rows, side.cell.states * units))
    left_out = min(len(parts) - 1, max(1, round(TRANSIENT * len(parts))))
    grown, passed = 0.0, 0
    for number, part in enumerate(reversed(parts)):
        vector = vector / np.linalg.norm(vector, axis=1, keepdims=True)
        given = tuple(np.split(vector, side.cell.states, axis=1))
        back = side.cell.backward(side.weights, part.cache, None, given, False)
        vector = np.concatenate(back.d_state, axis=1)
        lengths = np.linalg.norm(vector, axis=1)
        if not lengths.all():
            return float("-inf")
        if not np.isfinite(lengths).all():
            return float("inf")
        if number >= left_out:
            grown, passed = grown + float(np.log(lengths).sum()), passed + part.real
    return grown / passed if passed else float("nan")
