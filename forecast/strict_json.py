"""JSON from a file that anybody may have written: read strictly, and looked at field by field.

Errors are `ValueError`s that say what is wrong with the text; who reads the file says which one.
"""

import json
import math
import operator
from collections.abc import Collection, Iterable
from typing import Any, SupportsFloat, SupportsIndex

MOST_DIGITS = 100  # of a number; those that are written here have fewer
MOST_LEVELS = 40  # of lists and objects in each other
MOST_LETTERS = 10_000  # of a text
SHOWN = 80  # letters of a value that an error repeats


def read_json(text: str) -> Any:
    """Return what a text of JSON says.

    Raises:
        ValueError: it is no JSON, says something twice, is nested more than `MOST_LEVELS` deep,
            or holds a number that is not finite or has more than `MOST_DIGITS` digits.
    """
    try:
        said = json.loads(
            text,
            object_pairs_hook=_once,
            parse_int=_whole,
            parse_float=_real,
            parse_constant=_constant,
        )
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None
    _check_levels(said)
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"its JSON says {shown(twice)} twice")
    return found


def _whole(digits: str) -> int:
    return int(_short_enough(digits))


def _real(digits: str) -> float:
    number = float(_short_enough(digits))
    if not math.isfinite(number):
        raise ValueError(f"its JSON holds {digits}, which no float reaches")
    return number


def _short_enough(digits: str) -> str:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"its JSON holds a number of {len(digits):,} digits")
    return digits


def _constant(name: str) -> float:
    raise ValueError(f"its JSON holds {name}, which is no number")


def _check_levels(said: Any) -> None:
    """See that nothing is nested too deeply, so that what follows may walk down freely."""
    level = [said]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ValueError(f"its JSON is nested more than {MOST_LEVELS} levels deep")


def shown(value: object) -> str:
    """Return a value for a message, on one line and cut where it is long."""
    said = repr(value[: SHOWN + 1] if isinstance(value, str | list) else value)
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"


def record(name: str, value: object, fields: Collection[str]) -> dict[str, Any]:
    """Return an object that has these fields and no others.

    Raises:
        ValueError: it is none, lacks one, or has one more.
    """
    if not isinstance(value, dict):
        raise ValueError(f"`{name}` must be an object; got {shown(value)}")
    check_names(name, fields, value)
    return value


def check_names(name: str, wanted: Collection[str], found: Iterable[str]) -> None:
    """See that names are those wanted, each and no other.

    Raises:
        ValueError: they are not; the message names the first one.
    """
    there = set(found)
    lacking = [one for one in wanted if one not in there]
    if lacking:
        raise ValueError(f"`{name}` lacks {shown(lacking[0])}")
    strange = sorted(there - set(wanted))
    if strange:
        raise ValueError(f"`{name}` holds {shown(strange[0])}, which nothing here knows")


def items(name: str, value: object, count: int | None = None) -> list[Any]:
    """Return a list, of `count` entries where that is given.

    Raises:
        ValueError: it is none, or has another length.
    """
    if not isinstance(value, list):
        raise ValueError(f"`{name}` must be a list; got {shown(value)}")
    if count is not None and len(value) != count:
        raise ValueError(f"`{name}` must have {count:,} entries; got {len(value):,}")
    return value


def text(name: str, value: object) -> str:
    """Return a text of at most `MOST_LETTERS` letters.

    Raises:
        ValueError: it is none, or longer.
    """
    if not isinstance(value, str):
        raise ValueError(f"`{name}` must be text; got {shown(value)}")
    if len(value) > MOST_LETTERS:
        raise ValueError(f"`{name}` must have at most {MOST_LETTERS:,} letters; got {len(value):,}")
    return value


def flag(name: str, value: object) -> bool:
    """Return true or false.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be true or false; got {shown(value)}")
    return value


def plain_number(value: object) -> int | float:
    """Return a number of another kind, such as NumPy's, as one that JSON has.

    For `json.dumps(default=…)`.

    Raises:
        TypeError: it is none.
    """
    if isinstance(value, SupportsIndex):
        return operator.index(value)
    if isinstance(value, SupportsFloat):
        return float(value)
    raise TypeError(f"a {type(value).__name__} is no plain value")
