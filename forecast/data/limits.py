"""What a file may ask of the machine; found out before it is taken apart.

A table of 200,000 columns, a line without an end or a packed file that grows a thousandfold would
cost minutes or all memory. Each is refused by counting, which costs milliseconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from forecast.checks import whole_number
from forecast.errors import ReadError

MEBIBYTE = 2**20
CHUNK = 16 * MEBIBYTE  # bytes in which line ends are looked for at a time
HEAD_LINES = 400  # in which columns are counted: those that show how a table is written
HEAD_BYTES = 4 * MEBIBYTE
DELIMITERS = (b",", b";", b"\t", b"|")


@dataclass(frozen=True)
class Limits:
    """The largest file that is read.

    Attributes:
        bytes: size of the file; of a Parquet file also that of its content once it is unpacked.
        rows: lines of a CSV, rows of a Parquet file.
        columns: cells of a row.
        line_length: bytes of one line of a CSV.

    Raises:
        SettingError: a limit is no whole number from 1.

    Example:
        >>> Limits(columns=20).columns
        20
    """

    bytes: int = 1024 * MEBIBYTE
    rows: int = 20_000_000
    columns: int = 10_000
    line_length: int = MEBIBYTE

    def __post_init__(self) -> None:
        for field in fields(self):
            whole_number(field.name, getattr(self, field.name))


USUAL = Limits()


def check_size(size: int, path: str, limits: Limits) -> None:
    """See that a file is not too large.

    Raises:
        ReadError: it is.
    """
    if size > limits.bytes:
        raise ReadError(
            f"{path}: a file must have at most {_mebibytes(limits.bytes)}; got "
            f"{_mebibytes(size)}. Divide it, leave columns out, or pass "
            "`limits=Limits(bytes=…)`.",
            path=path,
        )


def check_shape(rows: int, columns: int, path: str, limits: Limits) -> None:
    """See that a table has not too many rows or columns.

    Raises:
        ReadError: it has.
    """
    for what, count, most in (("columns", columns, limits.columns), ("rows", rows, limits.rows)):
        if count > most:
            remedy = (
                "Many series belong one below another, in columns unique_id, ds and y"
                if what == "columns"
                else "Divide the file"
            )
            raise ReadError(
                f"{path}: a table must have at most {most:,} {what}; got {count:,}. {remedy}, or "
                f"pass `limits=Limits({what}=…)`.",
                path=path,
            )


def check_text(content: bytes, path: str, limits: Limits) -> None:
    """See that the bytes of a text table hold neither too many lines or cells, nor endless lines.

    Raises:
        ReadError: they do; an endless line is named.
    """
    check_size(len(content), path, limits)
    rows = max(content.count(b"\n"), content.count(b"\r"))
    check_shape(rows, _most_cells(content, limits.columns), path, limits)
    line, length = _longest_line(content)
    if length > limits.line_length:
        raise ReadError(
            f"{path}, line {line}: a line must have at most {limits.line_length:,} bytes; got "
            f"{length:,}. Look for a quote that is not closed or for missing line ends, or pass "
            "`limits=Limits(line_length=…)`.",
            path=path,
            row=line,
        )


def _most_cells(content: bytes, most: int) -> int:
    """Return the most cells of a row that the first lines can hold, 1 where none has too many."""
    lines = content[:HEAD_BYTES].split(_line_end(content), HEAD_LINES)[:HEAD_LINES]
    long = [line for line in lines if len(line) >= most]  # a shorter one cannot hold too many
    return 1 + max((line.count(sign) for line in long for sign in DELIMITERS), default=0)


def _line_end(content: bytes) -> bytes:
    return b"\n" if b"\n" in content else b"\r"


def _longest_line(content: bytes) -> tuple[int, int]:
    """Return the number of the longest line, from 1, and its length in bytes."""
    number, longest, start, seen = 1, 0, 0, 0
    for ends in _line_ends(content):
        if not ends.size:
            continue
        lengths = np.diff(ends, prepend=start - 1) - 1
        place = int(lengths.argmax())
        if lengths[place] > longest:
            number, longest = seen + place + 1, int(lengths[place])
        start, seen = int(ends[-1]) + 1, seen + ends.size
    left = len(content) - start
    return (seen + 1, left) if left > longest else (number, longest)


def _line_ends(content: bytes) -> Iterator[npt.NDArray[np.int64]]:
    """Yield where lines end, a chunk of the content at a time."""
    sign = _line_end(content)[0]
    every = np.frombuffer(content, np.uint8)
    for start in range(0, len(every), CHUNK):
        yield start + np.flatnonzero(every[start : start + CHUNK] == sign)


def _mebibytes(size: int) -> str:
    return f"{size / MEBIBYTE:,.1f} MiB" if size >= MEBIBYTE else f"{size:,} bytes"
