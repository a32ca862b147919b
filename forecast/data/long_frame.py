"""A long frame `unique_id, ds, y, …`: which rows are of which series."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from forecast.data.columns import LONG, Columns
from forecast.data.series import TimeSeries, prepare
from forecast.data.spans import Rows
from forecast.errors import DataError

Id = str | int


@dataclass(frozen=True)
class LongFrame:
    """A long frame with the rows of each series together.

    Attributes:
        frame: as it came.
        ids: of the series, in the order in which they first appear.
        order: (rows,) place in the frame of each row, series after series; None where they stand
            so already.
        offsets: (series + 1,) row, in that order, at which each series begins.
    """

    frame: pd.DataFrame
    ids: tuple[Id, ...]
    order: Rows | None
    offsets: Rows

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> Rows:
        """Rows of each series, (series,)."""
        return np.diff(self.offsets)

    def rows(self, number: int) -> pd.DataFrame:
        """Return the rows of one series by its number, without its id."""
        place = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
        rows = self.frame.iloc[place if self.order is None else self.order[place]]
        return rows.drop(columns="unique_id")

    def column(self, name: Any) -> "pd.Series[Any]":
        """Return a column, series after series."""
        column: pd.Series[Any] = self.frame[name]
        return column if self.order is None else column.iloc[self.order]


def is_long(y: object) -> TypeGuard[pd.DataFrame]:
    """Say whether a table is a long frame: it names the series of each row."""
    return isinstance(y, pd.DataFrame) and set(y.columns) >= LONG


def long_frame(frame: Any) -> LongFrame:
    """Find the rows of each series of a long frame.

    Raises:
        DataError: a row names no series, or two ids are written alike.
    """
    given = frame["unique_id"]
    if isinstance(given, pd.DataFrame):
        raise DataError("The column 'unique_id' stands twice in the frame. Rename or drop one.")
    codes, found = pd.factorize(given)
    blank = codes < 0
    if blank.any():
        row = int(blank.argmax())
        raise DataError(f"Every row must name its series; `unique_id` is blank in row {row}.")
    ids = tuple(_plain(one) for one in found.tolist())
    if len(set(ids)) < len(ids):
        twice = pd.Index(ids)[pd.Index(ids).duplicated()][0]
        raise DataError(
            f"Two ids in `unique_id` are both written {twice!r}. Turn the column into text, "
            "frame['unique_id'].astype(str), with a text of its own for each series."
        )
    together = bool((codes[1:] >= codes[:-1]).all())
    order = None if together else np.argsort(codes, kind="stable")
    offsets = np.concatenate(([0], np.cumsum(np.bincount(codes, minlength=len(ids)))))
    return LongFrame(frame, ids, order, offsets.astype(np.intp))


def by_id(frame: Any) -> Mapping[Id, pd.DataFrame]:
    """Return the rows of each series of a long frame, by its id.

    Raises:
        DataError: a row names no series, or two ids are written alike.
    """
    long = long_frame(frame)
    return {one: long.rows(number) for number, one in enumerate(long.ids)}


def prepare_one(one: Id, rows: pd.DataFrame, columns: Columns, **given: Any) -> TimeSeries:
    """Make the rows `ds, y, …` of one series ready; see `prepare` for the arguments.

    Raises:
        DataError: they cannot be used; the message names the series.
    """
    try:
        return prepare(rows, columns=columns, **given)
    except DataError as error:
        raise DataError(f"Series {one!r}: {error}") from error


def _plain(one: Any) -> Id:
    return int(one) if isinstance(one, int | np.integer) else str(one)
