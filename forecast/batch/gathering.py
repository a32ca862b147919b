"""Stage 1: a piece of the input, its rows grouped by the partition of their series."""

from collections.abc import Iterator
from typing import Any

from forecast.batch import csv_rows, parquet_rows
from forecast.batch.cells import TROUBLE, odd_rows, schema_of, typed_rows
from forecast.batch.dialect import with_keys
from forecast.batch.pieces import Span
from forecast.batch.rows_file import write_rows
from forecast.batch.source import CSV, File
from forecast.batch.task import Task, Work, work_of
from forecast.errors import ReadError


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
        for table in _of_span(work, Span(*span)):
            held.append(table)
            if sum(one.num_rows for one in held) >= work.plan.partition_rows:
                yield pa.concat_tables(held)
                held = []
    if held:
        yield pa.concat_tables(held)


def _of_span(work: Work, span: Span) -> Iterator[Any]:
    """Yield the rows of a run of a file, of known types.

    Where the file belongs to one series by the names of its folders, that series is there without
    a row in it, too; and where it cannot be read, it spoils that series and no other.

    Raises:
        ReadError: the file cannot be read.
    """
    import pyarrow as pa

    dialect, file = work.plan.dialect, work.plan.source.files[span.file]
    read, rows = _csv if dialect.kind == CSV else _parquet, 0
    owner = file.keys.get("unique_id")
    trouble = None
    try:
        for table in read(work, file, span):
            rows += table.num_rows
            yield table
    except ReadError as error:
        if owner is None:
            raise
        trouble = str(error)
    if owner is not None and (trouble or not rows):
        row = {"unique_id": owner, TROUBLE: trouble}
        yield pa.Table.from_pylist([row], schema=schema_of(dialect))


def _csv(work: Work, file: File, span: Span) -> Iterator[Any]:
    dialect, path = work.plan.dialect, work.plan.source.path(file)
    for table, odd in csv_rows.tables(path, span.start, span.stop, dialect):
        header = table.column_names
        yield typed_rows(with_keys(table, file), dialect, str(path))
        if odd:
            yield odd_rows(odd, header, dialect, str(path))


def _parquet(work: Work, file: File, span: Span) -> Iterator[Any]:
    import pyarrow as pa

    dialect, path = work.plan.dialect, work.plan.source.path(file)
    with parquet_rows.opened(path) as parquet:
        groups, columns = range(span.start, span.stop), list(dialect.columns)
        for batch in parquet_rows.tables(parquet, groups, columns, work.plan.partition_rows):
            table = with_keys(pa.Table.from_batches([batch]), file)
            yield typed_rows(table, dialect, str(path))
