"""Numbers out of text cells: blanks, the decimal sign, the thousands sign."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.data.raw_table import RawTable

Floats = npt.NDArray[np.float64]

BLANKS = ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", ".", "?")
INFINITE = r"^[+-]?(?i:inf|infinity|∞)$"
# Cells that can be read in one way only, by the decimal sign; `X` is that sign, `Y` the other.
PROOFS = (
    r"^[+-]?(?:\d+X(?:\d{1,2}|\d{4,})|0X\d+|\d{4,}X\d+"
    r"|\d{1,3}(?:Y\d{3})+X\d+|\d{1,3}(?:Y\d{3}){2,})$"
)
OTHER_SIGNS = r"\d[,' \x{A0}]\d|\d\.\d+\."
UNCLEAR_COMMA = r"^[+-]?[1-9]\d{0,2},\d{3}$"
GROUPED = r"^[+-]?\d{1,3}(?:T\d{3})+(?:D\d*)?$"
MOSTLY = 0.8


class NumberSigns(NamedTuple):
    """How the numbers of a file are written, and a sentence if that was a guess."""

    decimal: str = "."
    thousands: str | None = None
    note: str | None = None


class Column(NamedTuple):
    """A column of values: float64 with NaN for blanks, or text (`numbers` is None)."""

    numbers: Floats | None
    blanks: int
    bad_row: int | None  # place of the first cell that is no number, in a mostly numeric column
    infinite_row: int | None  # place of the first infinite cell


def find_signs(columns: Iterable[Any], delimiter: str | None) -> NumberSigns:
    """Return the signs of the numbers in all text `columns`, judged together."""
    import pyarrow as pa

    texts = [column for column in columns if pa.types.is_string(column.type)]
    if not any(_count(text, OTHER_SIGNS) for text in texts):
        return NumberSigns()
    commas = sum(_count(text, _proof(",", ".")) for text in texts)
    dots = sum(_count(text, _proof(".", ",")) for text in texts)
    unclear = sum(_count(text, UNCLEAR_COMMA) for text in texts)
    is_guess = commas == dots == 0 and unclear > 0
    decimal = "," if commas > dots or (is_guess and delimiter == ";") else "."
    thousands = None
    for sign in ("." if decimal == "," else ",", "'", " ", "\N{NO-BREAK SPACE}"):
        pattern = GROUPED.replace("T", re.escape(sign)).replace("D", re.escape(decimal))
        if any(_count(text, pattern) for text in texts):
            thousands = sign
            break
    role = "decimal" if decimal == "," else "thousands"
    note = f"A number such as 1,234 was read with the comma as {role} sign." if is_guess else None
    return NumberSigns(decimal, thousands, note)


def read_column(column: Any, signs: NumberSigns) -> Column:
    """Return a column as numbers if at least four fifths of its filled cells are numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        numbers = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
        return Column(numbers, int(np.isnan(numbers).sum()), None, _first(np.isinf(numbers)))
    cells = pc.fill_null(column, "")
    blank = _array(pc.is_in(pc.utf8_lower(cells), value_set=pa.array(BLANKS)))
    numbers = _convert(cells, signs)
    infinite = _array(pc.match_substring_regex(cells, INFINITE)) | np.isinf(numbers)
    odd = np.isnan(numbers) & ~blank & ~infinite
    filled = len(cells) - int(blank.sum())
    if int(odd.sum()) > (1 - MOSTLY) * filled + 1e-9:
        return Column(None, int(_array(pc.equal(cells, "")).sum()), None, None)
    return Column(numbers, int(blank.sum()), _first(odd), _first(infinite))


def checked_numbers(table: RawTable, name: str, column: Column) -> Floats:
    """Return the numbers of a numeric column.

    Raises:
        ReadError: the column is text, or a cell of it is no number or is infinite.
    """
    if column.numbers is None:
        first = next((cell for cell in table.columns[name].to_pylist() if cell), "")
        raise table.error(
            f"the target must be a column of numbers; got text such as {first!r}. "
            "Name another column with `target=`.",
            column=name,
        )
    if column.bad_row is not None:
        raise table.error(
            f"the cell must be a number, as most of its column is; got "
            f"{table.columns[name][column.bad_row].as_py()!r}. Correct it, or leave it blank.",
            at=column.bad_row,
            column=name,
        )
    if column.infinite_row is not None:
        raise table.error(
            f"the cell must be a finite number; got "
            f"{table.columns[name][column.infinite_row].as_py()!r}. Correct it, or leave it blank.",
            at=column.infinite_row,
            column=name,
        )
    return column.numbers


def _convert(cells: Any, signs: NumberSigns) -> Floats:
    """Return the numbers of text cells, NaN where a cell is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    grouped = rf"|\d{{1,3}}(?:{re.escape(signs.thousands)}\d{{3}})+" if signs.thousands else ""
    point = re.escape(signs.decimal)
    pattern = rf"^[+-]?(?:(?:\d+{grouped})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?$"
    numbers = pc.if_else(
        pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, pa.string())
    )
    if signs.thousands:
        numbers = pc.replace_substring(numbers, signs.thousands, "")
    if signs.decimal != ".":
        numbers = pc.replace_substring(numbers, signs.decimal, ".")
    return np.asarray(pc.cast(numbers, pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _proof(decimal: str, other: str) -> str:
    # A group sign that comes twice proves that the other sign is the decimal one.
    return PROOFS.replace("X", re.escape(decimal)).replace("Y", re.escape(other))


def _count(cells: Any, pattern: str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.match_substring_regex(cells, pattern)).as_py() or 0)


def _array(mask: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _first(mask: npt.NDArray[np.bool_]) -> int | None:
    return int(mask.argmax()) if mask.any() else None
