"""A table as it stands in a file, before anything is made of its cells."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.errors import ReadError

LONGEST, MOST_NAMES = 100, 50  # characters of a text, and names, that a message quotes


@dataclass(frozen=True)
class RawTable:
    """Named columns of equal length, and where each row stands in its file.

    Attributes:
        path: the file, as the caller named it.
        columns: Arrow arrays by name; text of a CSV is trimmed.
        rows: place of each row in the file, from 1; in a CSV the header is line 1.
        place: what `rows` counts, "line" or "row".
        delimiter, encoding: of a CSV; None for Parquet.
        notes: plain sentences on what was repaired.
    """

    path: str
    columns: dict[str, Any]
    rows: npt.NDArray[np.int64]
    place: str
    delimiter: str | None = None
    encoding: str | None = None
    notes: tuple[str, ...] = ()

    def error(self, message: str, *, at: int | None = None, column: str | None = None) -> ReadError:
        """Return the error for the cell of row number `at` (from 0) in `column`."""
        row = None if at is None else int(self.rows[at])
        where = f"{self.path}, {self.place} {row}" if row is not None else self.path
        where = f"{where}, column `{shortened(column)}`" if column is not None else where
        return ReadError(f"{where}: {message}", path=self.path, row=row, column=column)

    def require(self, argument: str, name: str) -> str:
        """Return `name` if there is a column of that name.

        Raises:
            ReadError: there is none; the message lists the columns.
        """
        if name in self.columns:
            return name
        raise self.error(unknown_name(argument, "a column", name, list(self.columns)))


def shortened(text: str) -> str:
    """Return a text of a file as messages quote it: no longer than a line."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def cells_of(column: Any) -> Any:
    """Return an Arrow column as Arrow text, "" where a cell is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.fill_null(column.cast(pa.string()), "")


def text_of(column: Any) -> pd.Series:
    """Return an Arrow column as a Series of text, "" where a cell is missing."""
    return pd.Series(cells_of(column).to_numpy(zero_copy_only=False), dtype="str")


def shown_names(names: Sequence[str]) -> str:
    """Return names as messages list them: the first ones, where there are many."""
    listed = ", ".join(f"`{shortened(name)}`" for name in names[:MOST_NAMES])
    left = len(names) - MOST_NAMES
    return f"{listed} and {left:,} more" if left > 0 else listed


def unknown_name(argument: str, kind: str, name: str, names: Sequence[str]) -> str:
    """Say that `argument` must be one of `names`, and which of them is nearest to `name`."""
    lowered = {known.lower(): known for known in names}
    # Likeness is slow to judge between long texts.
    lowered = {known: name for known, name in lowered.items() if len(known) <= LONGEST}
    nearest = difflib.get_close_matches(str(name)[:LONGEST].lower(), lowered, n=1)
    hint = f" Did you mean `{lowered[nearest[0]]}`?" if nearest else ""
    listed = shown_names(names)
    return f"`{argument}` must name {kind}; got {name!r}. Choose from {listed}.{hint}"
