"""The rows of one partition: its series in the order of their ids, each in the order of time."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.batch.cells import TROUBLE
from forecast.batch.dialect import Dialect
from forecast.batch.rows_file import read_rows
from forecast.batch.task import Work

Failures = dict[str, str]
EMPTY = "It has no row with a timestamp and a value."


class Rows(NamedTuple):
    """Rows of whole series.

    Attributes:
        frame: `unique_id, ds`, target, covariates, static columns; sorted.
        failures: why series cannot be used, by id; their rows are not in the frame.
        series: how many there were.
    """

    frame: pd.DataFrame
    failures: Failures
    series: int


def read_partition(work: Work, number: int) -> Any:
    """Return the rows of a partition as an Arrow table, in the order of the input.

    Args:
        work: of the task.
        number: of the partition.
    """
    import pyarrow as pa

    from forecast.batch.cells import schema_of

    partitions = work.plan.partitions
    batches = [
        batch
        for piece in range(work.plan.pieces)
        for batch in read_rows(work.folder.rows(piece), number, partitions)
    ]
    return pa.Table.from_batches(batches, schema_of(work.plan.dialect))


def rows_of(table: Any, dialect: Dialect) -> Rows:
    """Return rows sorted, without those of series that cannot be read."""
    import pyarrow as pa

    ids = table["unique_id"].combine_chunks().dictionary_encode()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.chunk(0)
    names = ids.dictionary.to_pylist()
    codes = _ranks(names, dialect)[ids.indices.to_numpy()]
    names = sorted(names, key=int if dialect.whole_ids and "" not in names else None)
    ds = pd.Series(table["ds"].to_pandas()).array
    blank = np.asarray(pd.isna(ds), dtype=np.bool_)
    times = np.asarray(table["ds"].cast(pa.int64()).fill_null(0).to_numpy())
    order = np.lexsort((times, blank, codes))
    failures = _troubles(table[TROUBLE], codes, order, names)
    values = {name: table[name].to_numpy() for name in dialect.numbers}
    said = np.zeros(len(codes), dtype=np.bool_)
    for column in values.values():
        said |= ~np.isnan(column)
    # A row without a time and a value says nothing but that its series is there.
    usable = ~(blank & ~said)
    for code in np.setdiff1d(np.arange(len(names)), codes[usable]):
        failures.setdefault(names[code], EMPTY)
    spoilt = np.array([name in failures for name in names], dtype=np.bool_)
    order = order[(usable & ~spoilt[codes])[order]]
    frame = pd.DataFrame({"unique_id": _ids(codes[order], names, dialect)})
    frame["ds"] = ds[order]
    for name, column in values.items():
        frame[name] = column[order]
    for name in dialect.texts:
        frame[name] = table[name].take(pa.array(order)).to_pandas()
    return Rows(frame, failures, len(names))


def _ranks(names: list[str], dialect: Dialect) -> Any:
    """Return the place of each name among all when they are sorted."""
    numeric = dialect.whole_ids and "" not in names
    order = sorted(range(len(names)), key=lambda k: int(names[k]) if numeric else names[k])
    ranks = np.empty(len(names), dtype=np.intp)
    ranks[order] = np.arange(len(names))
    return ranks


def _ids(codes: Any, names: list[str], dialect: Dialect) -> Any:
    """Return the ids of rows, as numbers where they are such."""
    if dialect.whole_ids:
        numbers = np.array([int(name or 0) for name in names], dtype=np.int64)
        return numbers[codes]
    return pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))


def _troubles(column: Any, codes: Any, order: Any, names: list[str]) -> Failures:
    """Return the first thing that is wrong with each series of which a row cannot be read."""
    if column.null_count == len(column):
        return {}
    said = column.to_pandas().to_numpy()
    failures: Failures = {}
    for row in order:
        if isinstance(said[row], str):
            failures.setdefault(names[codes[row]], said[row])
    return failures
