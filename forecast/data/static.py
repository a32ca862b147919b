"""What does not change in a series: its kind, one value a series."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.long_frame import LongFrame
from forecast.errors import DataError

NUMBER = re.compile(r"(-?)([0-9]{1,40})(\.[0-9]{1,40})?")

Kinds = NDArray[np.str_]
Static = tuple[tuple[str, Kinds], ...]  # name of a column, and its value of each series, as text


class FoundStatic(NamedTuple):
    """Static columns of a long frame.

    Attributes:
        values: name and (series,) values of each column.
        strange: by number, why a series has no such values.
    """

    values: Static
    strange: Mapping[int, str]


def static_of(long: LongFrame, names: tuple[str, ...]) -> FoundStatic:
    """Read static columns, one value a series.

    Args:
        long: the frame.
        names: of the columns.

    Raises:
        DataError: there is no such column, or it holds something else than text and numbers.
    """
    labels = {str(label): label for label in long.frame.columns}
    found, strange = [], dict[int, str]()
    for name in names:
        if name not in labels:
            raise DataError(
                f"There is no static column {name!r}; the columns are "
                f"{', '.join(map(repr, labels))}."
            )
        try:
            codes, kinds = pd.factorize(long.column(labels[name]))
        except TypeError as error:  # lists, for instance
            raise DataError(
                f"The static column {name!r} must hold text or numbers; {error}. Write one value "
                "a row."
            ) from error
        first = codes[long.offsets[:-1]]
        wrong = codes != np.repeat(first, long.lengths)
        wrong[long.offsets[:-1]] = first < 0
        of = np.repeat(np.arange(len(long)), long.lengths)[np.flatnonzero(wrong)]
        for number in np.unique(of).tolist():
            strange.setdefault(number, _said(name, bool(first[number] < 0)))
        texts = np.array([_text(one) for one in kinds.tolist()] or [""], dtype=np.str_)
        found.append((name, texts[first]))
    return FoundStatic(tuple(found), strange)


def _said(name: str, blank: bool) -> str:
    rule = f"The static column {name!r} must have one value in all rows of a series"
    return f"{rule}; it {'is blank' if blank else 'changes'} here. Fill it alike, or leave it out."


def _text(one: Any) -> str:
    """Return a value as text; 3.0, 3 and, as readers differ in what they take for text, 03 are one.

    So a network that learned from a table of numbers knows its kinds again in cells of text.
    """
    text = str(int(one)) if isinstance(one, float) and one.is_integer() else str(one)
    found = NUMBER.fullmatch(text)
    if found is None:
        return text
    sign, whole, rest = found.groups(default="")
    rest = rest.rstrip("0").rstrip(".")
    return f"{sign}{int(whole)}{rest}"
