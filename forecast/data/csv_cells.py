"""A CSV cut into named columns of text, with the line number of every row.

Arrow cuts a plain table, in which every line is a row; the line numbers are then known. Any other
text is cut by the csv module: it knows on which line each record starts, also after blank lines and
line breaks within quotes, and shows a record that has too many cells, which pandas would silently
shift.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import reduce
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.data.csv_dialect import (
    Layout,
    Text,
    decode,
    find_layout,
    is_data,
    no_text,
    refuse_other_kinds,
)
from forecast.data.limits import USUAL, Limits, check_shape, check_text
from forecast.data.raw_table import RawTable, shortened
from forecast.errors import ReadError

UNNAMED = re.compile(r"column \d+")
INDEX_NAMES = ("", "Unnamed: 0")  # how pandas writes row numbers, and calls them when it reads them
BATCH = 65_536  # records kept as Python text at a time
ROW_REMEDY = "Remove the extra cell, or put quotes around a cell that holds the delimiter."


class Cells(NamedTuple):
    """The header of a CSV, its columns of trimmed text, and the lines the rows start on."""

    header: list[str]
    header_line: int
    columns: list[Any]
    lines: npt.NDArray[np.int64]
    notes: tuple[str, ...] = ()


def cut_csv(content: bytes, path: str, limits: Limits = USUAL) -> RawTable:
    """Return the cells of a CSV file, trimmed, without blank lines and lines above the header.

    Raises:
        ReadError: no text, beyond the limits, no header, no rows, a repeated column name, a record
            with more cells than the header, or a quote that is never closed.
    """
    refuse_other_kinds(content, path)
    check_text(content, path, limits)
    found = decode(content, path)
    layout = find_layout(found.text)
    found = _below(found, layout.characters)
    check_shape(0, _width(found.text, layout.delimiter), path, limits)
    cells = _cut_plain(found, layout) or _cut_records(found, layout, path)
    names = _names(cells.header, cells.header_line, path)
    columns, notes = _named(names, cells)
    notes = ((layout.note,) if layout.note else ()) + cells.notes + notes
    return RawTable(path, columns, cells.lines, "line", layout.delimiter, found.encoding, notes)


def _below(found: Text, characters: int) -> Text:
    """Return a text without its first characters."""
    above = len(found.text[:characters].encode())
    utf_8 = None if found.utf_8 is None else found.utf_8[above:]
    return found._replace(text=found.text[characters:] if characters else found.text, utf_8=utf_8)


def _width(text: str, delimiter: str) -> int:
    """Return how many cells the first line has at most."""
    return text[: _first_break(text)].count(delimiter) + 1


def _cut_plain(found: Text, layout: Layout) -> Cells | None:
    """Cut a text without quotes in which every line has a filled cell and as many as the header.

    Returns None for any other text.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    text = found.text.rstrip("\r\n")
    breaks = _breaks(text)
    if '"' in text or not breaks or not layout.delimiter.isascii():
        return None
    places = [str(place) for place in range(_width(text, layout.delimiter))]
    try:
        # One thread: Arrow's pool can still be running when a short process ends, and abort it.
        table = arrow_csv.read_csv(
            pa.BufferReader(_utf_8(found, text)),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=places),
            parse_options=arrow_csv.ParseOptions(
                delimiter=layout.delimiter, quote_char=False, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string())
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = [pc.utf8_trim_whitespace(column.combine_chunks()) for column in table.columns]
    del table
    blank = reduce(pc.and_, [pc.equal(column, "") for column in columns])
    longest = max(pc.max(pc.binary_length(column)).as_py() for column in columns)
    if len(blank) != breaks + 1 or pc.any(blank).as_py() or longest > csv.field_size_limit():
        return None
    lines = np.arange(layout.lines + 1, layout.lines + 1 + len(blank), dtype=np.int64)
    header = [column[0].as_py() for column in columns]
    return Cells(header, int(lines[0]), [column[1:] for column in columns], lines[1:])


def _first_break(text: str) -> int:
    """Return where the first line ends."""
    return min((at for at in (text.find("\n"), text.find("\r")) if at >= 0), default=len(text))


def _breaks(text: str) -> int:
    """Return how many lines end within a text."""
    lines = text.count("\n")
    return lines + text.count("\r") - text.count("\r\n") if "\r" in text else lines


def _utf_8(found: Text, text: str) -> Any:
    """Return a text, of which `found` may hold some more line ends, as UTF-8."""
    if found.utf_8 is None:
        return text.encode()
    return found.utf_8[: len(found.utf_8) - (len(found.text) - len(text))]


def _cut_records(found: Text, layout: Layout, path: str) -> Cells:
    import pyarrow as pa

    records = _records(found, layout, path)
    first = next(records, None)
    if first is None:
        raise no_text(path)
    header = [cell.strip() for cell in first[0]]
    batches, lines, short = [], [], []
    while batch := list(islice(records, BATCH)):
        rows = [_square(record, line, len(header), path) for record, line in batch]
        short += [line for record, line in batch if len(record) < len(header)]
        lines += [line for _, line in batch]
        batches.append([_trimmed(cells) for cells in zip(*rows, strict=True)])
    if not batches:
        message = f"{path}: there are no rows below the header. Pass a CSV with at least one row."
        raise ReadError(message, path=path, row=first[1])
    columns = [pa.concat_arrays(parts) for parts in zip(*batches, strict=True)]
    return Cells(header, first[1], columns, np.array(lines, dtype=np.int64), _short_note(short))


def _records(found: Text, layout: Layout, path: str) -> Iterator[tuple[list[str], int]]:
    """Yield the records that are not blank, and the line on which each starts."""
    # A StringIO would take four bytes a character.
    content = io.BytesIO(found.text.encode())
    stream = io.TextIOWrapper(content, "utf-8", newline="")
    reader = csv.reader(stream, delimiter=layout.delimiter, skipinitialspace=True, strict=True)
    line = layout.lines + 1
    try:
        for record in reader:
            if "".join(record).strip():
                yield record, line
            line = layout.lines + reader.line_num + 1
    except csv.Error as error:
        raise _uncut(str(error), path, line) from error


def _trimmed(cells: tuple[str, ...]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(pa.array(cells, pa.string()))


def _uncut(reason: str, path: str, line: int) -> ReadError:
    message = (
        f"the cells cannot be told apart: {reason}. "
        "Close every quote and double the quotes within a cell."
    )
    if "field limit" in reason:
        message = (
            f"a cell must have at most {csv.field_size_limit()} characters; got more. "
            "Shorten it, or look for a quote that is not closed."
        )
    return ReadError(f"{path}, line {line}: {message}", path=path, row=line)


def _names(names: list[str], line: int, path: str) -> list[str]:
    if is_data(names):
        raise ReadError(
            f"{path}, line {line}: the first line must name the columns; got "
            f"{shortened(', '.join(names))}. "
            "Add a line such as `date,value` above it.",
            path=path,
            row=line,
        )
    named = [name or f"column {number}" for number, name in enumerate(names, start=1)]
    name, count = Counter(named).most_common(1)[0]
    if count > 1:
        raise ReadError(
            f"{path}, line {line}: column names must differ; got `{shortened(name)}` {count} "
            "times. Rename one of them.",
            path=path,
            row=line,
            column=name,
        )
    return named


def _square(record: list[str], line: int, width: int, path: str) -> list[str]:
    """Return a record of the right width: a short one filled up, a blank end cut off."""
    if len(record) == width:
        return record
    if any(cell.strip() for cell in record[width:]):
        raise ReadError(
            f"{path}, line {line}: a row must have as many cells as the header, {width}; "
            f"got {len(record)}. {ROW_REMEDY}",
            path=path,
            row=line,
        )
    return record[:width] + [""] * (width - len(record))


def _short_note(lines: list[int]) -> tuple[str, ...]:
    if not lines:
        return ()
    return (
        f"Rows with fewer cells than the header: {len(lines)}, first on line {lines[0]}; "
        "the missing cells are blank.",
    )


def _named(names: list[str], cells: Cells) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the columns by name, with notes; row numbers and blank nameless ones are left out."""
    import pyarrow.compute as pc

    notes = []
    columns = dict(zip(names, cells.columns, strict=True))
    if cells.header[0] in INDEX_NAMES and len(names) > 1 and _counts_rows(cells.columns[0]):
        del columns[names[0]]
        notes.append("The first column only counts the rows; it was left out.")
    for name in [name for name in columns if UNNAMED.fullmatch(name)]:
        if not pc.any(pc.not_equal(columns[name], "")).as_py():
            del columns[name]
        else:
            notes.append(f"A column has no name; it is called `{name}`.")
    return columns, tuple(notes)


def _counts_rows(cells: Any) -> bool:
    """Say whether a column counts on by one, from 0 or 1."""
    import pyarrow as pa

    return any(
        cells.equals(pa.array(np.arange(start, start + len(cells))).cast(pa.string()))
        for start in (0, 1)
    )
