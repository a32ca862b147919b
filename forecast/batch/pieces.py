"""The input cut into pieces, each of which one worker reads."""

from typing import NamedTuple

from forecast.batch.dialect import Dialect
from forecast.batch.parquet_rows import opened
from forecast.batch.source import CSV, File, Input
from forecast.errors import ReadError

LARGEST_PIECE = 64 * 2**20  # bytes of a CSV, which grow when they are taken apart


class Span(NamedTuple):
    """A run of one file: row groups of Parquet, bytes of a CSV.

    Attributes:
        file: its number.
        start: of the run.
        stop: after its end.
    """

    file: int
    start: int
    stop: int


Piece = tuple[Span, ...]


def cut_input(given: Input, dialect: Dialect, rows: int) -> tuple[list[Piece], int]:
    """Cut an input into pieces of about so many rows, as a worker can hold.

    Only what files say of themselves is read.

    Args:
        given: the input.
        dialect: how it is written.
        rows: of a piece, about; a row group of Parquet is not cut.

    Returns:
        The pieces, and how many rows they have together, for CSV about.

    Raises:
        ReadError: a file is no Parquet file.
    """
    pieces: list[Piece] = []
    open_piece: list[Span] = []
    held = total = 0.0
    for number, file in enumerate(given.files):
        for span, size in _spans(given, number, file, dialect, rows):
            total += size
            if open_piece and held + size > rows:
                pieces.append(tuple(open_piece))
                open_piece, held = [], 0.0
            last = open_piece[-1] if open_piece else None
            if last is not None and last.file == number and last.stop == span.start:
                open_piece[-1] = last._replace(stop=span.stop)
            else:
                open_piece.append(span)
            held += size
    if open_piece:
        pieces.append(tuple(open_piece))
    return pieces, round(total)


def _spans(
    given: Input, number: int, file: File, dialect: Dialect, rows: int
) -> list[tuple[Span, float]]:
    """Return the smallest runs of a file, and about how many rows each has."""
    if dialect.kind == CSV:
        step = max(1, min(LARGEST_PIECE, int(rows * dialect.row_bytes)))
        ends = [*range(step, file.size, step), file.size]
        starts = [0, *ends[:-1]]
        return [
            (Span(number, start, stop), (stop - start) / dialect.row_bytes)
            for start, stop in zip(starts, ends, strict=True)
        ]
    sizes: list[int] = []
    try:
        with opened(given.path(file)) as parquet:
            told = parquet.metadata
            sizes = [told.row_group(k).num_rows for k in range(told.num_row_groups)]
    except ReadError:
        if file.keys.get("unique_id") is None:
            raise
    # A file without rows may still name a series, in the names of its folders.
    return [(Span(number, k, k + 1), size) for k, size in enumerate(sizes)] or [
        (Span(number, 0, 0), 0)
    ]
