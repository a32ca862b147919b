"""Text cells as numbers, a whole column at a time."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HEAD = 1000  # cells among which evidence is looked for first
# What typesetters write, and what stands for it on a keyboard.
TYPESET = {
    "\N{MINUS SIGN}": "-",
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
    "\N{THIN SPACE}": " ",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}


def as_numbers(cells: Any) -> Floats | None:
    """Return the numbers of cells that are all blank, or finite and written as in Python."""
    # Arrow words an error for each cell that is none, which takes long: the first ones tell.
    head = _as_they_stand(cells.slice(0, HEAD))
    return None if head is None else _as_they_stand(cells)


def converted(cells: Any, decimal: str, thousands: str | None) -> Floats:
    """Return the numbers of text cells in the signs of their file, NaN where a cell is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    grouped = rf"|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else ""
    point = re.escape(decimal)
    pattern = rf"^[+-]?(?:(?:\d+{grouped})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?$"
    numbers = pc.if_else(
        pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, pa.string())
    )
    if thousands:
        numbers = pc.replace_substring(numbers, thousands, "")
    if decimal != ".":
        numbers = pc.replace_substring(numbers, decimal, ".")
    return floats(pc.cast(numbers, pa.float64()))


def typed(cells: Any) -> Any:
    """Return text cells with the signs of typesetters replaced by those of a keyboard."""
    import pyarrow.compute as pc

    if pc.all(pc.string_is_ascii(cells)).as_py():
        return cells
    for sign, plain in TYPESET.items():
        cells = pc.replace_substring(cells, sign, plain)
    return cells


def floats(column: Any) -> Floats:
    """Return an Arrow column of floats as an array, NaN where a cell is missing."""
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def _as_they_stand(cells: Any) -> Floats | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        numbers = pc.cast(cells, pa.float64())
    except pa.ArrowInvalid:
        blank = pc.equal(cells, "")
        if not pc.any(blank).as_py():
            return None
        try:
            numbers = pc.cast(pc.if_else(blank, pa.scalar(None, pa.string()), cells), pa.float64())
        except pa.ArrowInvalid:
            return None
    found = floats(numbers)
    return found if np.isfinite(found).sum() == len(found) - numbers.null_count else None
