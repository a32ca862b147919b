"""Values as JSON holds them, and back: tuples stay tuples, NaN stays NaN."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.errors import StoreError

# A mapping of one entry with such a name is what a value without a form in JSON becomes.
TUPLE, FLOAT, MAP = "tuple", "float", "map"


def packed(value: Any) -> Any:
    """Return a value as JSON can hold it; `unpacked` is the way back.

    Args:
        value: None, truth values, numbers, texts; lists, tuples and mappings from text of them.

    Raises:
        StoreError: it is, or holds, something else.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {FLOAT: str(value)}
    if isinstance(value, tuple):
        return {TUPLE: [packed(one) for one in value]}
    if isinstance(value, list):
        return [packed(one) for one in value]
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        made = {name: packed(one) for name, one in value.items()}
        return {MAP: made} if _is_marked(made) else made
    raise StoreError(
        f"A result must be made of plain values; got a {type(value).__name__} ({repr(value)[:60]})."
    )


def unpacked(value: Any) -> Any:
    """Return the value that `packed` was given."""
    if isinstance(value, list):
        return [unpacked(one) for one in value]
    if not isinstance(value, dict):
        return value
    if not _is_marked(value):
        return {name: unpacked(one) for name, one in value.items()}
    ((mark, inner),) = value.items()
    if mark == FLOAT:
        return float(inner)
    if mark == TUPLE:
        return tuple(unpacked(one) for one in inner)
    return {name: unpacked(one) for name, one in inner.items()}


def _is_marked(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in (TUPLE, FLOAT, MAP)
