"""Row groups of a Parquet file, some rows at a time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forecast.errors import ReadError

BUFFER = 2**20  # bytes of a column read ahead


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a Parquet file.

    Raises:
        ReadError: it is none, or what is read of it within the block is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Row groups may be larger than memory: their pages are read one after another.
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
        raise ReadError(
            f"{path}: the file must be a Parquet file; got one that cannot be read: {reason}. "
            "Write it again.",
            path=str(path),
        ) from error


def tables(file: Any, groups: Iterable[int], columns: list[str], rows: int) -> Iterator[Any]:
    """Yield the rows of some row groups, at most so many at a time.

    Args:
        file: open.
        groups: numbers of row groups.
        columns: to read; those that are not there are left out.
        rows: at a time.
    """
    there = [one for one in columns if one in file.schema_arrow.names]
    # One thread: there is a worker for every core, and Arrow's own buffers would add up.
    yield from file.iter_batches(rows, row_groups=list(groups), columns=there, use_threads=False)
