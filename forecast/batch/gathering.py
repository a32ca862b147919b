"""Stage 1: a piece of the input, its rows grouped by the partition of their series."""

from collections.abc import Iterator
from typing import Any

from forecast.batch import csv_rows, parquet_rows
from forecast.batch.cells import odd_rows, schema_of, typed_rows
from forecast.batch.dialect import with_keys
from forecast.batch.pieces import Span
from forecast.batch.rows_file import write_rows
from forecast.batch.source import CSV
from forecast.batch.task import Task, Work, work_of


def gather(task: Task) -> int:
    """Write the rows of a piece, grouped by partition; return how many there are.

    Raises:
        ReadError: a file of the piece cannot be read.
    """
    work = work_of(task)
    target = work.folder.rows(task.number)
    if target.exists():  # done by a task that was believed to be lost
        return 0
    with work.written(target) as temporary:
        schema = schema_of(work.plan.dialect)
        return write_rows(temporary, _rounds(work, task), schema, work.plan.partitions)


def _rounds(work: Work, task: Task) -> Iterator[Any]:
    """Yield the rows of a piece, about as many at a time as a partition has."""
    import pyarrow as pa

    held: list[Any] = []
    for span in task.spans:
        for table in _tables(work, Span(*span)):
            held.append(table)
            if sum(one.num_rows for one in held) >= work.plan.partition_rows:
                yield pa.concat_tables(held)
                held = []
    if held:
        yield pa.concat_tables(held)


def _tables(work: Work, span: Span) -> Iterator[Any]:
    """Yield the rows of a run of a file, of known types."""
    import pyarrow as pa

    dialect, file = work.plan.dialect, work.plan.source.files[span.file]
    path = work.plan.source.path(file)
    if dialect.kind == CSV:
        for table, odd in csv_rows.tables(path, span.start, span.stop, dialect):
            header = table.column_names
            yield typed_rows(with_keys(table, file), dialect, str(path))
            if odd:
                yield odd_rows(odd, header, dialect, str(path))
        return
    with parquet_rows.opened(path) as parquet:
        groups, columns = range(span.start, span.stop), list(dialect.columns)
        for batch in parquet_rows.tables(parquet, groups, columns, work.plan.partition_rows):
            table = with_keys(pa.Table.from_batches([batch]), file)
            yield typed_rows(table, dialect, str(path))
        name = file.keys.get("unique_id")
        if parquet.metadata.num_rows == 0 and name is not None:  # a series without a row
            yield pa.Table.from_pylist([{"unique_id": name}], schema=schema_of(dialect))
