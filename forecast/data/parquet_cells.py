"""A Parquet file as named Arrow columns, in the same form as a CSV."""

import re
from dataclasses import replace
from typing import Any

import numpy as np

from forecast.data.limits import USUAL, Limits, check_shape, check_size
from forecast.data.raw_table import RawTable
from forecast.errors import ReadError

BATCH = 65_536  # rows unpacked at a time
INDEX_NAME = re.compile(r"__index_level_\d+__")  # how pandas writes an index without a name


def cut_parquet(content: bytes, path: str, limits: Limits = USUAL) -> RawTable:
    """Return the columns of a Parquet file: text, float64 or timestamps.

    Raises:
        ReadError: no Parquet file, beyond the limits, no columns, or no rows.
    """
    table = _read(content, path, limits)
    if not table.num_rows or not table.num_columns:
        message = f"{path}: there are no rows. Pass a table with at least one row."
        raise ReadError(message, path=path)
    names = [_spoken(name, table.column_names) for name in table.column_names]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        message = f"{path}: column names must differ; got `{twice}` twice. Rename one of them."
        raise ReadError(message, path=path, column=twice)
    columns = {}
    room = limits.bytes
    for name, column in zip(names, table.columns, strict=True):
        plain = _plain(column, path, room)
        if plain is not None:
            room -= plain.nbytes
            columns[name] = plain
    notes = tuple(
        f"Column `{name}` was left out: it holds neither numbers, text nor timestamps."
        for name in names
        if name not in columns
    )
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return RawTable(path, columns, rows, "row", notes=notes)


def _read(content: bytes, path: str, limits: Limits) -> Any:
    """Return the table of a Parquet file, read a batch at a time so that it cannot grow unseen."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        told = file.metadata
        check_shape(told.num_rows, told.num_columns, path, limits)
        parts = range(told.num_row_groups)
        check_size(sum(told.row_group(part).total_byte_size for part in parts), path, limits)
        # Text stays as it is packed, each value once, until its length is known.
        texts = [name for name, kind in _fields(file.schema_arrow) if pa.types.is_string(kind)]
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        batches, size, rows = [], 0, 0
        # One thread: Arrow's pool can still be running when a short process ends, and abort it.
        for batch in file.iter_batches(BATCH, use_threads=False):
            size, rows = size + batch.nbytes, rows + batch.num_rows
            check_size(size, path, limits)
            check_shape(rows, batch.num_columns, path, limits)
            batches.append(batch)
        return pa.Table.from_batches(batches, file.schema_arrow).unify_dictionaries()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ReadError(
            f"{path}: the file must be a Parquet file; got one that cannot be read: {reason} "
            "Write it again, or read a CSV with `read_csv`.",
            path=path,
        ) from error


def _fields(schema: Any) -> list[tuple[str, Any]]:
    return [(field.name, field.type) for field in schema]


def _spoken(name: str, names: list[str]) -> str:
    """Call a nameless index `ds`, as the long frame does, unless that name is taken."""
    return "ds" if INDEX_NAME.fullmatch(name) and "ds" not in names else name


def _plain(column: Any, path: str, room: int) -> Any:
    """Return an Arrow column as trimmed text, float64 or timestamps; None for any other type.

    Raises:
        ReadError: its text would take more bytes than there is room for.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    types = pa.types
    if types.is_dictionary(column.type) and not _is_flat(column.type.value_type):
        return None
    column = column.combine_chunks()
    if types.is_dictionary(column.type):
        check_size(_unpacked(column), path, replace(USUAL, bytes=max(room, 1)))
        column = column.dictionary_decode()
    if types.is_timestamp(column.type) or types.is_date(column.type):
        return column
    if types.is_decimal(column.type):
        return column.cast(pa.float64())
    if types.is_integer(column.type):
        return column
    if types.is_floating(column.type) or types.is_boolean(column.type):
        return column.cast(pa.float64())
    if types.is_string(column.type) or types.is_large_string(column.type):
        return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
    return None


def _is_flat(kind: Any) -> bool:
    """Say whether values of a type are numbers, text or timestamps."""
    import pyarrow as pa

    return not (pa.types.is_nested(kind) or pa.types.is_dictionary(kind))


def _unpacked(column: Any) -> int:
    """Return how many bytes the text of a packed column takes once every row has its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type.value_type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return 0
    lengths = pc.fill_null(pc.binary_length(column.dictionary), 0)
    return int(pc.sum(lengths.take(column.indices)).as_py() or 0)
