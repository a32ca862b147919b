"""Rows into the order of time, one timestamp a row, and what becomes of blanks.

Each function takes rows and returns rows, with a note of what it found; the order of calls is
order → duplicates → blanks → gaps (`forecast.data.gaps`).
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.data.repairs import AUTO, USUAL_MERGE, Repair, Repairs, remedy
from forecast.errors import ReadError

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Refuse(Protocol):
    """Makes an error for a place of the file."""

    def __call__(self, message: str, at: int, column: str | None = None) -> ReadError:
        """Return the error for row `at`, from 0, in a column; that of the time if None."""


SHOWN = 5  # places of a repair that are kept


class Rows(NamedTuple):
    """Rows of one series or of many.

    Attributes:
        values: one column each; numbers or text.
        series: which series each row belongs to, from 0; all 0 where there is one.
        times: timestamp of each row.
        places: place of each row in the file, from 0; -1 where the reader put it in.
    """

    values: pd.DataFrame
    series: Integers
    times: pd.DatetimeIndex
    places: Integers

    def take(self, which: "Integers | Flags") -> "Rows":
        """Return some rows, by place or by flag."""
        at = np.flatnonzero(which) if which.dtype == np.bool_ else which
        values = self.values.take(at).reset_index(drop=True)
        return Rows(values, self.series[at], self.times[at], self.places[at])

    def numbers(self) -> list[str]:
        """Return the names of the columns of numbers."""
        return [str(name) for name in self.values.select_dtypes("number")]


Mended = tuple[Rows, Repair | None]


def in_order(rows: Rows, repairs: Repairs, refuse: Refuse) -> Mended:
    """Return rows by series and time.

    Raises:
        ReadError: they are not in that order, and the repair is switched off.
    """
    time = rows.times.asi8
    by_series = np.argsort(rows.series, kind="stable")
    same = np.diff(rows.series[by_series]) == 0
    back = by_series[1:][same & (np.diff(time[by_series]) < 0)]
    if not back.size:
        moved = bool((by_series != np.arange(len(by_series))).any())
        return (rows.take(by_series) if moved else rows), None
    back = np.sort(back)
    if repairs.order == "refuse":
        first = int(back[0])
        raise refuse(
            "rows must be in the order of time; "
            f"{shown_time(rows.times[first])} comes after a later one. "
            f"{remedy('order')}",
            int(rows.places[first]),
        )
    said = "The rows were not in order of time; they were sorted."
    done = Repair("order", "sort", int(back.size), said, _first(rows.places[back]))
    return rows.take(np.lexsort((time, rows.series))), done


def repeated(rows: Rows) -> Integers:
    """Return which of sorted rows have the series and the timestamp of the row before."""
    again = (np.diff(rows.series) == 0) & (np.diff(rows.times.asi8) == 0)
    return 1 + np.flatnonzero(again)


def without_duplicates(rows: Rows, repairs: Repairs, refuse: Refuse) -> Mended:
    """Return sorted rows with each timestamp of a series once.

    Raises:
        ReadError: one stands twice, and the repair is switched off.
    """
    later = repeated(rows)
    if not later.size:
        return rows, None
    first = rows.times[later].min()
    if repairs.duplicates == "refuse":
        raise refuse(
            f"a timestamp must stand in one row; {shown_time(rows.times[later[0]])} stands in "
            f"another row before. {remedy('duplicates')}",
            int(rows.places[later[0]]),
        )
    method = USUAL_MERGE if repairs.duplicates == AUTO else repairs.duplicates
    if method in ("last", "first"):
        kept = np.ones(len(rows.times), dtype=bool)
        kept[later - 1 if method == "last" else later] = False
        merged = rows.take(kept)
        what = f"only the {method} was kept; {_were(later.size)} dropped"
    else:
        merged = _merged(rows, later, method)
        what = f"the numbers were merged by their {method}; {_were(later.size)} merged into others"
    said = f"Of rows with the same timestamp {what}, the first at {shown_time(first)}."
    return merged, Repair(
        "duplicates", method, int(later.size), said, _first(np.sort(rows.places[later]))
    )


def without_blanks(rows: Rows, repairs: Repairs, refuse: Refuse) -> Mended:
    """Return rows with blank cells of number columns treated as asked for.

    Raises:
        ReadError: there is one, and they are to be refused; or every row has one to be dropped.
    """
    names = rows.numbers()
    blank = rows.values[names].isna().to_numpy()
    count = int(blank.sum())
    if not count:
        return rows, None
    bare = blank.any(axis=1)
    at = int(bare.argmax())
    column = names[int(blank[at].argmax())]
    if repairs.blanks == "refuse":
        raise refuse(
            f"every cell must hold a number; got a blank one. {remedy('blanks')}",
            int(rows.places[at]),
            column,
        )
    places = _first(np.unique(rows.places[bare]))
    cells = "1 cell is blank" if count == 1 else f"{count:,} cells are blank"
    if repairs.blanks == "leave":
        said = f"{cells}; a model fills them with the value before and never scores them."
        return rows, Repair("blanks", "leave", count, said, places)
    if repairs.blanks == "drop":
        if bare.all():
            raise refuse("every row has a blank cell; dropping them leaves nothing.", 0)
        said = f"{cells}; {int(bare.sum()):,} rows with a blank were dropped."
        return rows.take(np.flatnonzero(~bare)), Repair("blanks", "drop", count, said, places)
    filled = rows.values.copy()
    filled[names] = rows.values[names].groupby(rows.series).ffill()
    left = int(filled[names].isna().to_numpy().sum())
    said = f"{cells}; {_were(count - left)} filled with the value before"
    said += f", {left:,} without a value before." if left else "."
    return rows._replace(values=filled), Repair("blanks", "forward", count, said, places)


def _merged(rows: Rows, later: Integers, method: str) -> Rows:
    """Merge rows of the same timestamp: numbers by a method, of anything else the last."""
    opens = np.ones(len(rows.times), dtype=bool)
    opens[later] = False
    group = np.cumsum(opens) - 1
    last = np.append(opens[1:], True)
    kept = rows.take(last)
    names = rows.numbers()
    if not names:
        return kept
    grouped: Any = rows.values[names].groupby(group)
    # A sum of blanks alone is a blank, not 0.
    found = grouped.sum(min_count=1) if method == "sum" else getattr(grouped, method)()
    values = kept.values.copy()
    values[names] = found[names].to_numpy()
    return kept._replace(values=values)


def _were(count: int) -> str:
    return "1 was" if count == 1 else f"{count:,} were"


def shown_time(time: Any) -> str:
    """Return a timestamp in words, without a clock at midnight."""
    return str(time).removesuffix(" 00:00:00")


def _first(places: Integers) -> tuple[int, ...]:
    return tuple(int(place) for place in places[:SHOWN])
