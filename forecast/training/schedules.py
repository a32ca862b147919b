"""Learning-rate schedules: plain functions of where the training stands.

With base rate η, updates done t of T, and plateaus passed p:

    constant   η
    cosine     η / 2 · (1 + cos(π t / T))     (Loshchilov and Hutter, 2017, without restarts)
    plateau    η / 2ᵖ
"""

import math
from collections.abc import Callable

Schedule = Callable[[float, int, int, int], float]

PLATEAU_EPOCHS = 5  # where no patience is set


def _constant(base: float, _done: int, _total: int, _plateaus: int) -> float:
    return base


def _cosine(base: float, done: int, total: int, _plateaus: int) -> float:
    return base / 2 * (1 + math.cos(math.pi * done / total))


def _plateau(base: float, _done: int, _total: int, plateaus: int) -> float:
    return base * 0.5**plateaus


SCHEDULES: dict[str, Schedule] = {
    "constant": _constant,
    "cosine": _cosine,
    "plateau": _plateau,
}


def plateau_length(patience: int | None) -> int:
    """Return the epochs without improvement that make a plateau: half of the patience."""
    return PLATEAU_EPOCHS if patience is None else max(1, patience // 2)
