"""Tables out to files: CSV that a spreadsheet opens without running it, and Parquet beside it.

A spreadsheet takes a cell for a formula if it begins with =, +, - or @, and a name in somebody's
data can so start a program ("CSV injection"). Text that begins so gets an apostrophe in front in
a CSV; Parquet keeps every text as it is.

Source: OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection.
"""

import io
import json
import os
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast.errors import DataError
from forecast.files import write_whole

PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
BLANKS = "\\s\ufeff\u200b\u2060\\x00"  # spreadsheets pass over these before they look for a sign
SIGNS = "=+@\\-＝＋－＠"  # a Japanese or Chinese Excel takes the wide ones as well
OPENING = re.compile(f"[{BLANKS}]*[{SIGNS}\t\r\n]")
# Where ; is the list separator, Excel cuts a line of this file there and at every line break, since
# the quotes around the cell then no longer stand at its beginning.
BREAKS = frozenset(";\r\n")
WITHIN = re.compile(f"([;\r\n])(?=[{BLANKS}]*[{SIGNS}])")


def write_csv(
    frame: pd.DataFrame | pd.Series, path: str | os.PathLike[str], *, index: bool | None = None
) -> None:
    """Write a table to a CSV file, whole or not at all.

    Args:
        frame: forecasts, a backtest, a series, or any other table.
        path: of the file, which is replaced if it is there.
        index: whether the index is written, see `csv_bytes`.

    Raises:
        DataError: the file cannot be written, or a text has no form in UTF-8.
    """
    _write(path, csv_bytes(frame, index=index))


def write_parquet(
    frame: pd.DataFrame | pd.Series, path: str | os.PathLike[str], *, index: bool | None = None
) -> None:
    """Write a table to a Parquet file, whole or not at all.

    Args:
        frame: forecasts, a backtest, a series, or any other table.
        path: of the file, which is replaced if it is there.
        index: whether the index is written, see `csv_bytes`.

    Raises:
        DataError: the file cannot be written, or the table has no form in Parquet.
    """
    _write(path, parquet_bytes(frame, index=index))


def csv_bytes(frame: pd.DataFrame | pd.Series, *, index: bool | None = None) -> bytes:
    """Return a table as a CSV in which no text is a formula.

    Numbers have all their digits, missing values are blank, times are written year first, without
    a clock where all of a column are midnight.

    Args:
        frame: the table; a Series is a table of one column.
        index: whether the index is written; None for that of a Series, and for any that says more
            than row numbers do.

    Raises:
        DataError: a text has no form in UTF-8.
    """
    flat = _flat(frame, index)
    names = [safe_text(str(name)) for name in flat.columns]
    cells = [_cells(flat.iloc[:, place]) for place in range(len(names))]
    table = pd.DataFrame(dict(enumerate(cells)), index=flat.index)
    text = table.to_csv(index=False, header=names, lineterminator="\n")
    if "\r" in text:  # which Python quotes only if it is part of the line's end
        text = table.to_csv(index=False, header=names, lineterminator="\r\n")
    try:
        # Without the mark, Excel reads °C as Â°C; plain ASCII is the same in every encoding, and
        # spares the programs that take the mark for a part of the first name.
        return text.encode("utf-8" if text.isascii() else "utf-8-sig")
    except UnicodeEncodeError as error:
        raise DataError(
            f"A text must be valid Unicode; got one with {text[error.start]!r}. Mend that text."
        ) from error


def parquet_bytes(frame: pd.DataFrame | pd.Series, *, index: bool | None = None) -> bytes:
    """Return a table as Parquet, every cell as it is; of `attrs`, what JSON can say.

    Args:
        frame: the table; a Series is a table of one column.
        index: whether the index is written, see `csv_bytes`.

    Raises:
        DataError: the table has no form in Parquet.
    """
    kept = _keeps_index(frame, index)
    table = _framed(frame) if kept else _framed(frame).reset_index(drop=True)
    table.attrs = _portable(frame.attrs)
    stream = io.BytesIO()
    try:
        table.to_parquet(stream, engine="pyarrow", index=kept)
    except (ValueError, TypeError, NotImplementedError) as error:  # Arrow's own are of these kinds
        reason = str(error).splitlines()[0]
        raise DataError(
            f"This table cannot be written as Parquet: {reason} Give each column a name of its own "
            "and one kind of value, or write a CSV."
        ) from error
    return stream.getvalue()


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; a plain number stays as it is."""
    opened = text
    if not text[:1].isalnum() and OPENING.match(text):  # most texts are done after one look
        opened = text if PLAIN_NUMBER.fullmatch(text) else f"'{text}"
    return WITHIN.sub(r"\1'", opened) if BREAKS.intersection(text) else opened


def _framed(data: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return a table that shares the values of `data`, but not its names and `attrs`."""
    if isinstance(data, pd.Series):
        return data.to_frame("y" if data.name is None else data.name)
    return data.copy(deep=False)


def _keeps_index(data: pd.DataFrame | pd.Series, index: bool | None) -> bool:
    if index is not None:
        return index
    rows = data.index
    counted = rows.nlevels == 1 and pd.api.types.is_integer_dtype(rows.dtype)
    return isinstance(data, pd.Series) or rows.names != [None] or not (counted or rows.empty)


def _flat(data: pd.DataFrame | pd.Series, index: bool | None) -> pd.DataFrame:
    """Return a table whose index has become columns; a nameless one is called `ds`."""
    frame = _framed(data)
    frame.columns = pd.Index([_one_name(name) for name in frame.columns], dtype=object)
    if not _keeps_index(data, index):
        return frame.reset_index(drop=True)
    alone = "index" if "ds" in frame.columns else "ds"
    several = frame.index.nlevels > 1
    names = [
        (f"level_{place}" if several else alone) if name is None else name
        for place, name in enumerate(frame.index.names)
    ]
    return frame.reset_index(names=names, allow_duplicates=True)


def _one_name(name: Any) -> Any:
    """Join the levels of a column's name, of which a CSV has one."""
    return " ".join(str(part) for part in name if part != "") if isinstance(name, tuple) else name


def _cells(column: pd.Series) -> pd.Series:
    """Return a column as it is written: numbers and truth values as they are, the rest as text."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        # A blank between date and clock, as RFC 3339 allows: no spreadsheet reads ISO's T as a time
        return column.astype("str").astype(object).where(column.notna(), None)
    pairs = zip(column.astype(object), column.isna(), strict=True)
    cells = [None if missing else _cell(value) for value, missing in pairs]
    return pd.Series(cells, index=column.index, dtype=object)


def _cell(value: Any) -> Any:
    is_number = isinstance(value, bool | int | float | np.number | np.bool_)
    return value if is_number else safe_text(str(value))


def _portable(attrs: Any) -> dict[Hashable | None, Any]:
    """Return `attrs` in JSON's own types, since pandas writes them so and fails on any other."""
    kept: dict[Hashable | None, Any] = {}
    for name, value in attrs.items():
        try:
            kept[str(name)] = json.loads(json.dumps(value, default=_spoken, skipkeys=True))
        except (ValueError, RecursionError):  # it holds itself
            continue
    return kept


def _spoken(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def _write(path: str | os.PathLike[str], content: bytes) -> None:
    target = Path(path)
    if not target.parent.is_dir():
        raise DataError(f"There is no folder {str(target.parent)!r} to write to. Make it first.")
    try:
        write_whole(target, content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"Cannot write {str(target)!r}: {reason}. Name a file in a folder you may write to."
        ) from error
