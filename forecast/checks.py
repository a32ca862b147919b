"""Checks of settings, each of which returns the checked value or raises a `SettingError`."""

import math
import operator
from collections.abc import Collection
from typing import SupportsFloat, SupportsIndex

from forecast.errors import SettingError


def whole_number(name: str, value: object, *, least: int = 1, most: int | None = None) -> int:
    """Return `value` as an int in [least, most]; a bool is not a number here.

    Raises:
        SettingError: `value` is no whole number, or lies outside the range.
    """
    if type(value) is int:  # most are, and the protocol below is slow to check
        number = value
    elif isinstance(value, SupportsIndex) and not isinstance(value, bool):
        number = operator.index(value)
    else:
        raise SettingError(f"{_whole_rule(name, least, most)}; got {value!r}.")
    if number < least or (most is not None and number > most):
        raise SettingError(f"{_whole_rule(name, least, most)}; got {number}.")
    return number


def _whole_rule(name: str, least: int, most: int | None) -> str:
    limits = f"at least {least}" if most is None else f"from {least} to {most}"
    return f"`{name}` must be a whole number {limits}"


def real_number(
    name: str,
    value: object,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """Return `value` as a finite float with least ≤ value ≤ most and above < value < below.

    Raises:
        SettingError: `value` is no finite number, or lies outside the range.
    """
    if type(value) is not float and (  # most are, and the protocol is slow to check
        not isinstance(value, SupportsFloat) or isinstance(value, bool | str)
    ):
        raise SettingError(f"{_real_rule(name, least, most, above, below)}; got {value!r}.")
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond any float
        number = math.inf
    inside = least <= number <= most and above < number < below
    if not (math.isfinite(number) and inside):
        raise SettingError(f"{_real_rule(name, least, most, above, below)}; got {number:g}.")
    return number


def _real_rule(name: str, least: float, most: float, above: float, below: float) -> str:
    limits = [
        f"{word} {limit:g}"
        for word, limit in (
            ("at least", least),
            ("at most", most),
            ("above", above),
            ("below", below),
        )
        if math.isfinite(limit)
    ]
    return f"`{name}` must be a finite number {' and '.join(limits)}".rstrip()


def one_of(name: str, value: object, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`.

    Raises:
        SettingError: it is not; the message lists the choices.
    """
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise SettingError(f"`{name}` must be one of {listed}; got {value!r}.")
    return value
