"""A Parquet file as named Arrow columns, in the same form as a CSV."""

import re
from typing import Any

import numpy as np

from forecast.data.raw_table import RawTable
from forecast.errors import ReadError

INDEX_NAME = re.compile(r"__index_level_\d+__")  # how pandas writes an index without a name


def cut_parquet(content: bytes, path: str) -> RawTable:
    """Return the columns of a Parquet file: text, float64 or timestamps.

    Raises:
        ReadError: no Parquet file, no columns, or no rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # One thread: Arrow's pool can still be running when a short process ends, and abort it.
        table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise ReadError(
            f"{path}: the file must be a Parquet file; got one that cannot be read: {reason} "
            "Write it again, or read a CSV with `read_csv`.",
            path=path,
        ) from error
    if not table.num_rows or not table.num_columns:
        message = f"{path}: there are no rows. Pass a table with at least one row."
        raise ReadError(message, path=path)
    names = [_spoken(name, table.column_names) for name in table.column_names]
    plain = {name: _plain(column) for name, column in zip(names, table.columns, strict=True)}
    columns = {name: column for name, column in plain.items() if column is not None}
    notes = tuple(
        f"Column `{name}` was left out: it holds neither numbers, text nor timestamps."
        for name in names
        if name not in columns
    )
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return RawTable(path, columns, rows, "row", notes=notes)


def _spoken(name: str, names: list[str]) -> str:
    """Call a nameless index `ds`, as the long frame does, unless that name is taken."""
    return "ds" if INDEX_NAME.fullmatch(name) and "ds" not in names else name


def _plain(column: Any) -> Any:
    """Return an Arrow column as trimmed text, float64 or timestamps; None for any other type."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.combine_chunks()
    types = pa.types
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if types.is_timestamp(column.type) or types.is_date(column.type):
        return column
    if types.is_decimal(column.type):
        return pa.array([None if cell is None else float(cell) for cell in column.to_pylist()])
    if types.is_integer(column.type):
        return column
    if types.is_floating(column.type) or types.is_boolean(column.type):
        return column.cast(pa.float64())
    if types.is_string(column.type) or types.is_large_string(column.type):
        return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
    return None
