"""Rows of known types in a file from which those of one partition can be read alone.

An Arrow file holds batches of rows: for every round of writing one batch a partition, in order.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from forecast.batch.hashing import partitions_of


def write_rows(path: Path, rounds: Iterable[Any], schema: Any, partitions: int) -> int:
    """Write tables, each grouped by partition; return how many rows there were."""
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    written = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema, options=options) as file:
        for table in rounds:
            written += table.num_rows
            for batch in _grouped(table, partitions):
                file.write_batch(batch)
    return written


def _grouped(table: Any, partitions: int) -> Iterator[Any]:
    """Yield the rows of each partition, in the order in which they stood."""
    import pyarrow as pa

    table = table.combine_chunks()
    ids = table["unique_id"].combine_chunks().dictionary_encode()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.chunk(0) if ids.num_chunks else pa.array([], pa.string()).dictionary_encode()
    homes = partitions_of(ids.dictionary.to_pylist(), partitions)
    which = homes[ids.indices.to_numpy()] if len(ids) else np.empty(0, np.intp)
    order = np.argsort(which, kind="stable")
    ends = np.searchsorted(which[order], np.arange(partitions + 1))
    grouped = table.take(pa.array(order)).combine_chunks()
    for start, stop in pairwise(ends):
        part = grouped.slice(start, stop - start).to_batches()
        yield part[0] if part else pa.RecordBatch.from_pylist([], schema=table.schema)


def read_rows(path: Path, partition: int, partitions: int) -> list[Any]:
    """Return the batches of one partition.

    Raises:
        OSError: the file cannot be read.
    """
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as source:
        file = pa.ipc.open_file(source)
        numbers = range(partition, file.num_record_batches, partitions)
        return [file.get_batch(number) for number in numbers]
