"""A run of lines of a CSV as a table of text."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from forecast.batch.dialect import Dialect, header_of
from forecast.errors import ReadError

BLOCK = 2**22  # bytes read at a time while a line end is looked for


class Odd(NamedTuple):
    """A line with too many or too few cells, and how many it must have."""

    text: str
    cells: int
    expected: int


def lines_between(path: Path, start: int, stop: int) -> bytes:
    """Return the lines of a file that begin in the bytes [start, stop)."""
    with path.open("rb") as file:
        first = _line_at(file, start)
        last = _line_at(file, stop)
        file.seek(first)
        return file.read(max(0, last - first))


def _line_at(file: io.BufferedReader, place: int) -> int:
    """Return where the first line begins that does not begin before `place`."""
    if place == 0:
        return 0
    file.seek(place - 1)
    file.readline()
    return file.tell()


def tables(path: Path, start: int, stop: int, dialect: Dialect) -> Iterator[tuple[Any, list[Odd]]]:
    """Yield the rows that begin in the bytes [start, stop) of a CSV, as text.

    Args:
        path: of the file.
        start: of the run.
        stop: of the run.
        dialect: of the input.

    Yields:
        A table, and the lines that do not fit its header.

    Raises:
        ReadError: a quoted cell goes on beyond the run, or the bytes are no text.
    """
    header, begin = _header(path, dialect)
    content = lines_between(path, max(start, begin), stop)
    if content.count(b'"') % 2:
        raise ReadError(
            f"{path}, bytes {start} to {stop}: a quoted cell must not hold a line break here, as "
            "the file is read in pieces; one does, or a quote is not closed. Write it as Parquet.",
            path=str(path),
        )
    if dialect.encoding not in ("utf-8", "utf-8-sig"):
        content = content.decode(dialect.encoding, errors="replace").encode()
    if content.strip():
        try:
            yield cut(content, header, dialect.delimiter)
        except ValueError as error:  # Arrow's own are such
            raise ReadError(
                f"{path}, bytes {start} to {stop}: the cells cannot be read ({error}). Write the "
                "file again in UTF-8, or as Parquet.",
                path=str(path),
            ) from error


def _header(path: Path, dialect: Dialect) -> tuple[list[str], int]:
    """Return the names of the columns of a file, and where its first row begins."""
    with path.open("rb") as file:
        for _ in range(dialect.lines):
            file.readline()
        line = file.readline()
        text = line.decode("utf-8-sig" if "utf" in dialect.encoding else dialect.encoding)
        return header_of(text, dialect.delimiter), file.tell()


def cut(content: bytes, header: list[str], delimiter: str) -> tuple[Any, list[Odd]]:
    """Cut lines into columns of text, blank where a cell is.

    Raises:
        ValueError: they cannot be cut.
    """
    import pyarrow as pa
    from pyarrow import csv

    odd: list[Odd] = []

    def note(row: Any) -> str:
        odd.append(Odd(row.text, row.actual_columns, row.expected_columns))
        return "skip"

    table = csv.read_csv(
        pa.BufferReader(content),
        read_options=csv.ReadOptions(
            use_threads=False, column_names=header, block_size=max(BLOCK, len(content) + 1)
        ),
        parse_options=csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
        ),
    )
    return table, odd
