"""A CSV cut into named columns of text, with the line number of every row.

The csv module does the cutting, not pandas: it knows on which line each record starts, also after
blank lines and line breaks within quotes, and shows a record that has too many cells, which pandas
would silently shift.
"""

import csv
import io
import re
from collections import Counter
from typing import Any

import numpy as np

from forecast.data.csv_dialect import decode, find_delimiter, no_text
from forecast.data.raw_table import RawTable
from forecast.data.time_formats import is_date
from forecast.errors import ReadError

NUMBER = re.compile(r"[+-]?[\d.,' ]*\d[\d.,' ]*([eE][+-]?\d+)?")
UNNAMED = re.compile(r"column \d+")
ROW_REMEDY = "Remove the extra cell, or put quotes around a cell that holds the delimiter."


def cut_csv(content: bytes, path: str) -> RawTable:
    """Return the cells of a CSV file, trimmed, blank lines left out.

    Raises:
        ReadError: no text, no header, no rows, a repeated column name, a record with more cells
            than the header, or a quote that is never closed.
    """
    text, encoding = decode(content, path)
    delimiter = find_delimiter(text)
    records, lines = _records(text, delimiter, path)
    if not records:
        raise no_text(path)
    header = _header(records[0], lines[0], path)
    if len(records) == 1:
        message = f"{path}: there are no rows below the header. Pass a CSV with at least one row."
        raise ReadError(message, path=path, row=lines[0])
    rows, notes = _square(records[1:], lines[1:], len(header), path)
    columns = _columns(header, rows)
    numbers = np.array(lines[1:], dtype=np.int64)
    notes += _unnamed(columns)
    return RawTable(path, columns, numbers, "line", delimiter, encoding, tuple(notes))


def _records(text: str, delimiter: str, path: str) -> tuple[list[list[str]], list[int]]:
    """Return the records that are not blank, and the line on which each starts."""
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=delimiter, skipinitialspace=True, strict=True)
    records, lines = [], []
    line = 1
    try:
        for record in reader:
            if "".join(record).strip():
                records.append(record)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ReadError(
            f"{path}, line {line}: the cells cannot be told apart: {error}. "
            "Close every quote and double the quotes within a cell.",
            path=path,
            row=line,
        ) from error
    return records, lines


def _header(record: list[str], line: int, path: str) -> list[str]:
    names = [cell.strip() for cell in record]
    if any(is_date(name) for name in names) or all(NUMBER.fullmatch(name) for name in names):
        raise ReadError(
            f"{path}, line {line}: the first line must name the columns; got {', '.join(names)}. "
            "Add a line such as `date,value` above it.",
            path=path,
            row=line,
        )
    named = [name or f"column {number}" for number, name in enumerate(names, start=1)]
    name, count = Counter(named).most_common(1)[0]
    if count > 1:
        raise ReadError(
            f"{path}, line {line}: column names must differ; got `{name}` {count} times. "
            "Rename one of them.",
            path=path,
            row=line,
            column=name,
        )
    return named


def _square(
    records: list[list[str]], lines: list[int], width: int, path: str
) -> tuple[list[list[str]], list[str]]:
    """Return records of equal width, and notes: short ones are filled up, blank extras cut off."""
    if all(len(record) == width for record in records):
        return records, []
    for record, line in zip(records, lines, strict=True):
        if any(cell.strip() for cell in record[width:]):
            raise ReadError(
                f"{path}, line {line}: a row must have as many cells as the header, {width}; "
                f"got {len(record)}. {ROW_REMEDY}",
                path=path,
                row=line,
            )
    rows = [record[:width] + [""] * (width - len(record)) for record in records]
    short = [line for record, line in zip(records, lines, strict=True) if len(record) < width]
    if not short:
        return rows, []
    note = (
        f"Rows with fewer cells than the header: {len(short)}, first on line {short[0]}; "
        "the missing cells are blank."
    )
    return rows, [note]


def _columns(header: list[str], rows: list[list[str]]) -> dict[str, Any]:
    """Return trimmed Arrow columns by name; a blank column without a name is left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    named = zip(header, zip(*rows, strict=True), strict=True)
    return {
        name: pc.utf8_trim_whitespace(pa.array(cells, pa.string()))
        for name, cells in named
        if any(cells) or not UNNAMED.fullmatch(name)
    }


def _unnamed(columns: dict[str, Any]) -> list[str]:
    """Note every column that was named by its place."""
    return [
        f"A column has no name; it is called `{name}`."
        for name in columns
        if UNNAMED.fullmatch(name)
    ]
