"""A Parquet file as named Arrow columns, in the same form as a CSV."""

import re
from collections import Counter
from typing import Any

import numpy as np

from forecast.data.limits import MEBIBYTE, USUAL, Limits, check_shape, check_size
from forecast.data.raw_table import RawTable, shortened
from forecast.errors import ReadError

BATCH = 65_536  # rows unpacked at a time, unless they are wide
BATCH_BYTES = 64 * MEBIBYTE
INDEX_NAME = re.compile(r"__index_level_\d+__")  # how pandas writes an index without a name


def cut_parquet(content: bytes, path: str, limits: Limits = USUAL) -> RawTable:
    """Return the columns of a Parquet file: text, float64 or timestamps.

    Raises:
        ReadError: no Parquet file, beyond the limits, no columns, or no rows.
    """
    table, every = _read(content, path, limits)
    if not table.num_rows or not every:
        message = f"{path}: there are no rows. Pass a table with at least one row."
        raise ReadError(message, path=path)
    names = {name: _spoken(name, every) for name in every}
    columns, size = {}, 0
    for name, column in zip(table.column_names, table.columns, strict=True):
        check_size(size + _unpacked(column), path, limits)
        columns[names[name]] = _plain(column, names[name], path)
        size += columns[names[name]].nbytes
    notes = tuple(
        f"Column `{shortened(name)}` was left out: it holds neither numbers, text nor timestamps."
        for name in names.values()
        if name not in columns
    )
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return RawTable(path, columns, rows, "row", notes=notes)


def _read(content: bytes, path: str, limits: Limits) -> tuple[Any, list[str]]:
    """Return the columns of a Parquet file that can be used, and the names of all.

    They are read a batch at a time so that they cannot grow unseen, and text stays as it is
    packed, each value once, until its length is known.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        told, every = file.metadata, file.schema_arrow.names
        check_shape(told.num_rows, told.num_columns, path, limits)
        unpacked = sum(told.row_group(part).total_byte_size for part in range(told.num_row_groups))
        check_size(unpacked, path, limits)
        _refuse_twins(every, path)
        used = [field for field in file.schema_arrow if _is_usable(field.type)]
        texts = [field.name for field in used if _is_text(field.type)]
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        rows_at_a_time = max(1, min(BATCH, BATCH_BYTES * told.num_rows // max(unpacked, 1)))
        batches, size, rows = [], 0, 0
        # One thread: Arrow's pool can still be running when a short process ends, and abort it.
        for batch in file.iter_batches(
            rows_at_a_time, columns=[field.name for field in used], use_threads=False
        ):
            size, rows = size + batch.nbytes, rows + batch.num_rows
            check_size(size, path, limits)
            check_shape(rows, batch.num_columns, path, limits)
            _check_packed(batch, path)
            batches.append(batch)
        schema = batches[0].schema if batches else pa.schema(used)
        return pa.Table.from_batches(batches, schema).unify_dictionaries(), every
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
        raise ReadError(
            f"{path}: the file must be a Parquet file; got one that cannot be read: {reason}. "
            "Write it again, or read a CSV with `read_csv`.",
            path=path,
        ) from error


def _refuse_twins(names: list[str], path: str) -> None:
    spoken = [_spoken(name, names) for name in names]
    name, count = Counter(spoken).most_common(1)[0] if spoken else ("", 0)
    if count > 1:
        raise ReadError(
            f"{path}: column names must differ; got `{shortened(name)}` {count} times. "
            "Rename one of them.",
            path=path,
            column=name,
        )


def _spoken(name: str, names: list[str]) -> str:
    """Call a nameless index `ds`, as the long frame does, unless that name is taken."""
    return "ds" if INDEX_NAME.fullmatch(name) and "ds" not in names else name


def _is_usable(kind: Any) -> bool:
    """Say whether a column of a type holds numbers, text or timestamps."""
    from pyarrow import types

    if types.is_dictionary(kind):
        return not types.is_dictionary(kind.value_type) and _is_usable(kind.value_type)
    tests = (
        *(types.is_timestamp, types.is_date, types.is_decimal, types.is_integer),
        *(types.is_floating, types.is_boolean, _is_text),
    )
    return any(test(kind) for test in tests)


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _plain(column: Any, name: str, path: str) -> Any:
    """Return an Arrow column as trimmed text, whole numbers, float64 or timestamps.

    Raises:
        ReadError: it holds broken text, or timestamps of a time zone that nobody knows.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    try:
        column = column.combine_chunks()
        if types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if types.is_timestamp(column.type) and column.type.tz is not None:
            pa.lib.string_to_tzinfo(column.type.tz)
        if _is_text(column.type):
            return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
        if types.is_timestamp(column.type) or types.is_date(column.type):
            return column
        return column if types.is_integer(column.type) else column.cast(pa.float64(), safe=False)
    except (pa.ArrowException, LookupError, ValueError) as error:
        raise _broken(path, name, error) from error


def _check_packed(batch: Any, path: str) -> None:
    """See that packed columns point at values that are there; Arrow itself would read anything."""
    import pyarrow as pa

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            try:
                column.validate(full=True)
            except pa.ArrowException as error:
                raise _broken(path, name, error) from error


def _broken(path: str, name: str, error: Exception) -> ReadError:
    return ReadError(
        f"{path}, column `{shortened(name)}`: the cells cannot be read: {error}. "
        "Write the column again.",
        path=path,
        column=name,
    )


def _unpacked(column: Any) -> int:
    """Return how many bytes the text of a packed column takes once every row has its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return 0
    column = column.combine_chunks()
    lengths = pc.fill_null(pc.binary_length(column.dictionary), 0)
    return int(pc.sum(lengths.take(column.indices)).as_py() or 0)
