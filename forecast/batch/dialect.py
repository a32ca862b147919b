"""How the rows of an input are written, found out on the head of its first file that has rows."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.batch.source import CSV, File, Input
from forecast.data.columns import LONG
from forecast.data.csv_dialect import decode, find_layout, refuse_other_kinds
from forecast.data.number_cells import find_signs
from forecast.data.raw_table import RawTable, shown_names
from forecast.data.readers import default_target
from forecast.data.time_column import read_time_column
from forecast.data.time_formats import fitting_formats, read_times
from forecast.errors import DataError, ReadError

HEAD_BYTES = 2**20
HEAD_ROWS = 20_000
WHOLE = r"^[+-]?\d{1,15}$"
ASCII_BYTES = ("utf-8", "utf-8-sig", "latin-1", "cp1252")  # in which every line ends with b"\n"
UTC = "UTC"


class Dialect(NamedTuple):
    """How rows are written; what JSON can hold.

    Attributes:
        kind: `parquet` or `csv`.
        whole_ids: whether ids are whole numbers; else they are text.
        numbered: whether `ds` counts rows; else it holds timestamps.
        time_format: of timestamps that are text, see `forecast.data.time_formats`; else None.
        zone: of the timestamps, or None.
        numbers: the target, then columns of numbers beside it.
        texts: columns of text, static ones.
        row_bytes: a row takes in the file, about.
        lines: above the header of a CSV.
        delimiter, encoding, decimal, thousands: of a CSV.
    """

    kind: str
    whole_ids: bool
    numbered: bool
    time_format: str | None
    zone: str | None
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    row_bytes: float
    lines: int = 0
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return ("unique_id", "ds", *self.numbers, *self.texts)


class Wanted(NamedTuple):
    """Columns that are asked for.

    Attributes:
        target: the column to forecast; None takes `y`, or the only one of numbers.
        beside: covariates.
        texts: static columns.
        decimal: decimal sign of a CSV; None finds it.
    """

    target: str | None = None
    beside: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    decimal: str | None = None


class _Head(NamedTuple):
    """The first rows of an input, and what they say of the rest."""

    path: str
    table: Any
    row_bytes: float
    lines: int = 0
    delimiter: str = ","
    encoding: str = "utf-8"


def find_dialect(given: Input, wanted: Wanted) -> Dialect:
    """Return how the rows of an input are written.

    Raises:
        ReadError: it has no rows, or no such columns, or is written as nobody could say.
    """
    head = _head(given)
    columns = {name: head.table[name] for name in head.table.column_names}
    _require(head, columns, tuple(sorted(LONG)))
    target = wanted.target or _target(head)
    beside = tuple(one for one in wanted.beside if one != target)
    _require(head, columns, (target, *beside, *wanted.texts))
    numbered, form, zone = _times(head, columns["ds"])
    texts = [columns[name] for name in (target, *beside)]
    signs = find_signs(
        texts if given.kind == CSV else [],
        head.delimiter,
        dotted_dates=form is not None and form.startswith("%d."),
        decimal=wanted.decimal,
    )
    return Dialect(
        kind=given.kind,
        whole_ids=_is_whole(columns["unique_id"]),
        numbered=numbered,
        time_format=form,
        zone=zone,
        numbers=(target, *beside),
        texts=wanted.texts,
        row_bytes=head.row_bytes,
        lines=head.lines,
        delimiter=head.delimiter,
        encoding=head.encoding,
        decimal=signs.decimal,
        thousands=signs.thousands,
    )


def _head(given: Input) -> _Head:
    read = _csv_head if given.kind == CSV else _parquet_head
    for file in given.files:
        # One that its folder is named after spoils that series alone.
        alone = file.keys.get("unique_id") is not None
        try:
            found = read(given, file) if file.size else None
        except ReadError:
            if not alone:
                raise
            continue
        if found is not None and not (alone and "ds" not in found.table.column_names):
            return found
    path = str(given.root)
    raise ReadError(f"{path}: there are no rows. Pass a table with at least one.", path=path)


def _parquet_head(given: Input, file: File) -> _Head | None:
    import pyarrow as pa

    from forecast.batch.parquet_rows import opened, tables

    with opened(given.path(file)) as parquet:
        rows = parquet.metadata.num_rows
        if not rows:
            return None
        every = list(parquet.schema_arrow.names)
        first = next(tables(parquet, range(parquet.metadata.num_row_groups), every, HEAD_ROWS))
        table = with_keys(pa.Table.from_batches([first]), file)
        return _Head(str(given.path(file)), table, file.size / rows)


def _csv_head(given: Input, file: File) -> _Head | None:
    from forecast.batch.csv_rows import cut

    path = str(given.path(file))
    with given.path(file).open("rb") as opened:
        content = opened.read(HEAD_BYTES)
    refuse_other_kinds(content, path)
    if len(content) == HEAD_BYTES:
        content = content[: content.rfind(b"\n") + 1] or content
    found = decode(content, path)
    if found.encoding not in ASCII_BYTES:
        raise ReadError(
            f"{path}: a CSV of many series must be written in UTF-8; got {found.encoding}. Write "
            "it again, or as Parquet.",
            path=path,
        )
    layout = find_layout(found.text)
    lines = found.text.splitlines(keepends=True)[layout.lines :]
    if len(lines) < 2:
        return None
    body = "".join(lines[1:]).encode()
    table, _ = cut(body, header_of(lines[0], layout.delimiter), layout.delimiter)
    if not table.num_rows:
        return None
    table = with_keys(table, file)
    size = len(body) / table.num_rows
    return _Head(path, table, size, layout.lines, layout.delimiter, found.encoding)


def header_of(line: str, delimiter: str) -> list[str]:
    """Return the names of columns that a line of a CSV gives."""
    import csv

    cells = next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter), [])
    return [cell.strip() for cell in cells]


def with_keys(table: Any, file: File) -> Any:
    """Return a table with the columns that the names of its file's folders give."""
    import pyarrow as pa

    for name, value in file.keys.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
    return table


def _target(head: _Head) -> str:
    """Return the column to forecast: `y`, or the only one of numbers."""
    if "y" in head.table.column_names:
        return "y"
    frame = head.table.drop_columns(sorted(LONG)).to_pandas()
    for name in frame:
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    return default_target(frame.dropna(axis=1, how="all"))


def _require(head: _Head, columns: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name not in columns:
            raise ReadError(
                f"{head.path}: the rows of many series need a column `{name}`; there are "
                f"{shown_names(list(columns))}. Rename one, or name it with an option.",
                path=head.path,
                column=name,
            )


def _is_whole(column: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(column.type))


def _times(head: _Head, column: Any) -> tuple[bool, str | None, str | None]:
    """Return whether `ds` counts rows, and the format and zone of its timestamps.

    Raises:
        ReadError: it holds neither timestamps nor whole numbers, or day and month may be exchanged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(column.type):
        return True, None, None
    if pa.types.is_timestamp(column.type):
        return False, None, column.type.tz
    if pa.types.is_date(column.type):
        return False, None, None
    try:
        cells = pc.utf8_trim_whitespace(pc.drop_null(column.cast(pa.string())))
    except pa.ArrowException as error:
        raise _no_times(head, column) from error
    cells = pa.concat_arrays([*cells.chunks, pa.array([], pa.string())])
    cells = cells.filter(pc.not_equal(cells, ""))
    formats = fitting_formats(cells[:: max(1, len(cells) // 100)].to_pylist()[:100], 0.5)
    if not formats:
        if len(cells) and pc.mean(pc.match_substring_regex(cells, WHOLE)).as_py() > 0.5:
            return True, None, None
        raise _no_times(head, column)
    # A cell that nobody can read is the fault of its series, not of the file.
    readable = np.logical_or.reduce([read_times(cells, one).notna() for one in formats])
    cells = cells.filter(pa.array(readable))
    table = RawTable(head.path, {"ds": cells}, np.arange(1, len(cells) + 1), "filled row")
    found = read_time_column(table, "ds")
    return False, found.date_format, None if found.times.tz is None else UTC


def _no_times(head: _Head, column: Any) -> DataError:
    return ReadError(
        f"{head.path}: `ds` must hold timestamps, or the numbers of rows; got {column.type}, such "
        f"as {column[0].as_py()!r}. Write timestamps as 2020-01-31 or 2020-01-31 13:00.",
        path=head.path,
        column="ds",
    )
