"""Numbers out of text cells: blanks, the decimal sign, the thousands sign."""

import re
from collections.abc import Iterable
from functools import cache
from itertools import compress
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.data.number_text import HEAD, as_numbers, converted, floats, typed
from forecast.data.raw_table import RawTable, cells_of, shortened

Floats = npt.NDArray[np.float64]

BLANKS = ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", ".", "?")
INFINITE = r"^[+-]?(?i:inf|infinity|∞)$"
# What proves that X is the decimal sign, where Y is the other one of comma and dot.
PROOFS = {
    "one, two or many digits after it": r"\d+X(?:\d{1,2}|\d{4,})",
    "nothing or a zero before it": r"0?X\d+",
    "more than three digits before it": r"\d{4,}X\d+",
    "groups of three before it": r"\d{1,3}(?:[Y' ]\d{3})+X\d+",
    "an exponent": r"\d+X\d+[eE][+-]?\d+",
    "the other sign twice": r"\d{1,3}(?:Y\d{3}){2,}",
}
UNCLEAR = r"^[+-]?[1-9]\d{0,2}X\d{3}$"  # 1.234 and 1,234 prove nothing
NOTABLE = rf",\d|\d[' ]\d|\d\.\d+\.|{UNCLEAR.replace('X', '[.]')}"  # a file without is plain
WHOLE = r"^[+-]?\d{1,15}$"
GROUPED = r"^[+-]?\d{1,3}(?:T\d{3})+(?:D\d*)?$"
SIGN_NAMES = {",": "comma", ".": "dot"}
MOSTLY = 0.8
EXACT = 2**53  # whole numbers below are kept as they are


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


def find_signs(
    columns: Iterable[Any],
    delimiter: str | None,
    *,
    dotted_dates: bool = False,
    decimal: str | None = None,
) -> NumberSigns:
    """Return the signs of the numbers in all text `columns`, judged together.

    Args:
        columns: Arrow columns; only those of text count.
        delimiter: of the file. A semicolon, like dates with dots, is usual where people write
            1.234,5, and tips the scale if no cell proves the decimal sign.
        dotted_dates: whether the dates of the file are written as 31.12.2020.
        decimal: the decimal sign, "." or ",", where the caller knows it.
    """
    import pyarrow as pa

    texts = [column for column in columns if pa.types.is_string(column.type)]
    if decimal is not None:
        return NumberSigns(decimal, _thousands([typed(text) for text in texts], decimal))
    # Numbers as in Python prove no comma, and have no sign between groups.
    is_plain = [as_numbers(text) is not None for text in texts]
    plain = list(compress(texts, is_plain))
    odd = [typed(text) for text, known in zip(texts, is_plain, strict=True) if not known]
    commas = sum(_count(text, _proof(",", ".")) for text in odd)
    if not commas and any(_has_dot(text) for text in (*plain, *odd)):
        return NumberSigns(".", _thousands(odd, "."))
    texts = [*plain, *odd]
    dots = sum(_count(text, _proof(".", ",")) for text in texts) if commas else 0
    if commas:
        decimal = "," if commas > dots else "."
        return NumberSigns(decimal, _thousands(texts, decimal))
    if not any(_count(text, NOTABLE) for text in texts):
        return NumberSigns()
    return _guess(texts, delimiter == ";" or dotted_dates)


def _has_dot(cells: Any) -> bool:
    """Say whether a cell proves the dot as decimal sign; mostly one of the first does."""
    proof = _proof(".", ",")
    return any(_count(part, proof) for part in (cells.slice(0, HEAD), cells.slice(HEAD)))


def _guess(texts: list[Any], is_continental: bool) -> NumberSigns:
    """Return the likely signs where no cell proves the decimal sign, with a note on the choice."""
    for sign, other in ((",", "."), (".", ",")):
        unclear = [
            cell for text in texts for cell in _matching(text, UNCLEAR.replace("X", f"[{sign}]"))
        ]
        if not unclear:
            continue
        if sign == ",":
            is_decimal = is_continental
        else:
            is_decimal = not any(_has_dotted_groups(text, is_continental) for text in texts)
        decimal = sign if is_decimal else other
        role, cell = "decimal" if is_decimal else "thousands", unclear[0]
        clear = cell.replace(sign, "") if is_decimal else f"{cell}0"
        note = (
            f"A number such as {cell} was read with the {SIGN_NAMES[sign]} as {role} sign. If that "
            f'is wrong, pass `decimal="{other if is_decimal else sign}"`, or write {clear} for it.'
        )
        return NumberSigns(decimal, _thousands(texts, decimal), note)
    return NumberSigns(".", _thousands(texts, "."))


def _has_dotted_groups(cells: Any, is_continental: bool) -> bool:
    """Say whether 1.050 in this column, without any proof, is more likely 1050 than 1.05."""
    dotted = _matching(cells, UNCLEAR.replace("X", "[.]"))
    if not dotted:
        return False
    whole = [abs(int(cell)) for cell in _matching(cells, WHOLE)]
    if not whole:
        return is_continental
    if max(whole) >= 1000:
        return False  # who groups 1.050 groups 2.000 too
    # Who leaves out the decimals of 980 would write 1.05, not 1.050.
    if is_continental or any(cell.endswith("0") for cell in dotted):
        return True
    # Else the reading that keeps the numbers of the column closer together.
    return bool(median(whole) > 1000**0.5 * median(abs(float(cell)) for cell in dotted))


def _thousands(texts: list[Any], decimal: str) -> str | None:
    """Return the sign between groups of three digits, None if no cell has one."""
    for sign in ("." if decimal == "," else ",", "'", " "):
        pattern = GROUPED.replace("T", re.escape(sign)).replace("D", re.escape(decimal))
        if any(_count(text, pattern) for text in texts):
            return sign
    return None


def read_column(column: Any, signs: NumberSigns) -> Column:
    """Return a column as numbers if at least four fifths of its filled cells are numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_temporal(column.type):
        return Column(None, column.null_count, None, None)
    if not pa.types.is_string(column.type):
        numbers = floats(column.cast(pa.float64(), safe=False))
        return Column(numbers, int(np.isnan(numbers).sum()), None, _first(np.isinf(numbers)))
    plain = as_numbers(column) if signs.decimal == "." else None
    if plain is not None:
        return Column(plain, int(np.isnan(plain).sum()), None, None)
    cells = typed(pc.fill_null(column, ""))
    blank = _array(pc.is_in(pc.utf8_lower(cells), value_set=pa.array(BLANKS)))
    numbers = converted(cells, signs.decimal, signs.thousands)
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
        raise table.error(
            f"the target must be a column of numbers; got text such as "
            f"{_first_filled(table.columns[name])}. "
            "Name another column with `target=`.",
            column=name,
        )
    if column.bad_row is not None:
        raise table.error(
            f"the cell must be a number, as most of its column is; got "
            f"{_quoted(table.columns[name], column.bad_row)}. Correct it, or leave it blank.",
            at=column.bad_row,
            column=name,
        )
    if column.infinite_row is not None:
        raise table.error(
            f"the cell must be a finite number; got "
            f"{_quoted(table.columns[name], column.infinite_row)}. Correct it, or leave it blank.",
            at=column.infinite_row,
            column=name,
        )
    return column.numbers


def other_signs(table: RawTable, read: dict[str, Column], signs: NumberSigns) -> tuple[str, ...]:
    """Say of columns read as text that they are numbers, written unlike those of the file."""
    import pyarrow as pa
    import pyarrow.compute as pc

    other, notes = "," if signs.decimal == "." else ".", []
    for name, column in read.items():
        cells = table.columns[name].slice(0, HEAD)
        if column.numbers is not None or not pa.types.is_string(cells.type):
            continue
        filled = typed(cells.filter(pc.not_equal(cells, "")))
        numbers = np.isfinite(converted(filled, other, None)).sum()
        if numbers and numbers >= MOSTLY * len(filled):
            notes.append(
                f"Column `{shortened(name)}` was read as text: its numbers have a "
                f"{SIGN_NAMES[other]} as decimal sign, those of the file a "
                f"{SIGN_NAMES[signs.decimal]}. Write all alike, or choose with `decimal=`."
            )
    return tuple(notes)


def rounded_numbers(
    table: RawTable, read: dict[str, Column], signs: NumberSigns
) -> tuple[str, ...]:
    """Name columns with a whole number that has more digits than a float64 keeps."""
    notes = []
    for name, column in read.items():
        at = None if column.numbers is None else _first_rounded(table.columns[name], column, signs)
        if at is not None and column.numbers is not None:
            notes.append(
                f"Column `{shortened(name)}` has whole numbers of more than 15 digits, which are "
                f"rounded, first in {table.place} {int(table.rows[at])}: "
                f"{_quoted(table.columns[name], at)} is read as {int(column.numbers[at])}."
            )
    return tuple(notes)


def _first_rounded(cells: Any, column: Column, signs: NumberSigns) -> int | None:
    """Return the place of the first whole number that its float64 does not equal."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = np.asarray(column.numbers)
    large = np.flatnonzero(np.isfinite(numbers) & (np.abs(numbers) >= EXACT))
    if not large.size or pa.types.is_floating(cells.type):
        return None
    plain = cells.take(pa.array(large))
    if pa.types.is_string(plain.type):
        plain = pc.replace_substring(typed(pc.fill_null(plain, "")), signs.thousands or " ", "")
        whole = _array(pc.match_substring_regex(plain, r"^[+-]?\d{16,400}$"))
        large, plain = large[whole], plain.filter(pa.array(whole))
    for at, cell in zip(large.tolist(), plain, strict=True):
        if int(cell.as_py()) != int(numbers[at]):
            return int(at)
    return None


def _first_filled(column: Any) -> str:
    import pyarrow.compute as pc

    filled = pc.index(pc.not_equal(cells_of(column), ""), True).as_py()
    return _quoted(column, max(filled, 0))


def _quoted(column: Any, at: int) -> str:
    import pyarrow as pa

    cell = column[at : at + 1]
    if pa.types.is_floating(cell.type):
        return repr(cell[0].as_py())
    return repr(shortened(cells_of(cell)[0].as_py()))


@cache
def _proof(decimal: str, other: str) -> str:
    cases = "|".join(PROOFS.values())
    return f"^[+-]?(?:{cases})$".replace("X", re.escape(decimal)).replace("Y", re.escape(other))


def _matching(cells: Any, pattern: str) -> list[str]:
    import pyarrow.compute as pc

    return list(cells.filter(pc.match_substring_regex(cells, pattern)).to_pylist())


def _count(cells: Any, pattern: str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.match_substring_regex(cells, pattern)).as_py() or 0)


def _array(mask: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _first(mask: npt.NDArray[np.bool_]) -> int | None:
    return int(mask.argmax()) if mask.any() else None
