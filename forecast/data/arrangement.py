"""Rows into the order of time: a single series, or a long panel of many series."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.data.clock_changes import clock_note, local_days_note
from forecast.data.frequency import infer_frequency
from forecast.data.gaps import without_gaps
from forecast.data.identity import refuse_hidden_panel, refuse_merged_series
from forecast.data.mending import Refuse, Rows, in_order, without_blanks
from forecast.data.mending import without_duplicates as merged
from forecast.data.raw_table import RawTable, shown_names, text_of
from forecast.data.repairs import Repair, Repairs
from forecast.data.time_column import TimeColumn
from forecast.data.trading_days import Trading, trading_days
from forecast.errors import DataError, ReadError


class Arranged(NamedTuple):
    """Rows in the order of time, each timestamp once, and what was done for that.

    Attributes:
        frame: by time, or long: `unique_id, ds, …`.
        rows: the same, with the place of each in the file.
        frequency: pandas offset alias; None where there is no regular step.
        repairs: what was found and mended.
        notes: plain sentences.
        calendar: code of the exchange whose trading days the rows fall on; None if not looked for.
        series: how many there are.
        long: whether `frame` is long.
    """

    frame: pd.DataFrame
    rows: Rows
    frequency: str | None
    repairs: tuple[Repair, ...]
    notes: tuple[str, ...]
    calendar: str | None = None
    series: int = 1
    long: bool = False


class Ordered(NamedTuple):
    """Rows by series and time, each timestamp once, and what was done for that."""

    rows: Rows
    repairs: tuple[Repair, ...]
    notes: tuple[str, ...]


def arrange_series(
    table: RawTable, frame: pd.DataFrame, time: TimeColumn, repairs: Repairs
) -> Arranged:
    """Return `frame` indexed and sorted by time, mended as asked for.

    Raises:
        ReadError: timestamps repeat so often that the file must hold several series, the table
            would pass for a long one, or there is something to mend and the repair is switched
            off.
    """
    refuse_hidden_panel(table, time)
    if "unique_id" in frame and "ds" in frame:
        raise table.error(
            "a table with columns `unique_id` and `ds` is taken for one of many series. Rename "
            "one of them, or drop `layout='wide'`.",
            column="unique_id",
        )
    refuse, check = _refusing(table, time.name), _checking(table, time, None, repairs)
    arranged = _mended(_ordered(_one(frame, time), repairs, refuse, check), repairs, refuse)
    index = arranged.rows.times.rename(time.name)
    return arranged._replace(frame=arranged.rows.values.set_axis(index, axis=0))


def arrange_panel(
    table: RawTable, frame: pd.DataFrame, time: TimeColumn, identity: str, repairs: Repairs
) -> Arranged:
    """Return the long frame `unique_id, ds, …` sorted by both; see `arrange_series`.

    Raises:
        ReadError: a series has no name, a value column is called `ds` or `unique_id`, rows of a
            series share so many timestamps that it must be several, or there is something to mend
            and the repair is switched off.
    """
    for name, meant in (("ds", "time"), ("unique_id", "column that names the series")):
        if name in frame:
            message = f"in a file of many series only the {meant} may be called `{name}`."
            raise table.error(f"{message} Rename the column.", column=name)
    names = text_of(table.columns[identity])
    nameless = (names == "").to_numpy()
    if nameless.any():
        message = "every row must name its series; got a blank cell. Fill it in."
        raise table.error(message, at=int(nameless.argmax()), column=identity)
    codes, ids = pd.factorize(names, sort=True)
    rows = _one(frame, time)._replace(series=codes.astype(np.int64))
    refuse, check = _refusing(table, time.name), _checking(table, time, identity, repairs)
    arranged = _mended(_ordered(rows, repairs, refuse, check), repairs, refuse)
    note = f"The file holds {len(ids)} series, told apart by `{identity}`."
    return _long(arranged, pd.Index(ids), note)


def arrange_columns(
    table: RawTable, frame: pd.DataFrame, time: TimeColumn, repairs: Repairs
) -> Arranged:
    """Return the long frame `unique_id, ds, y` of a wide table: each column of numbers a series.

    Raises:
        ReadError: there is no column of numbers, or there is something to mend and the repair is
            switched off.
    """
    numbers = frame.select_dtypes("number")
    if not numbers.shape[1]:
        raise table.error("a table of many series needs columns of numbers; got none.")
    names = pd.Index([str(name) for name in numbers])
    refuse, check = _refusing(table, time.name), _checking(table, time, None, repairs)
    ordered = _ordered(_one(numbers, time), repairs, refuse, check)
    # The rows are mended before they are stacked, so that each counts once; but where a blank
    # drops a row, it is that of one column.
    if repairs.blanks == "drop":
        ordered = ordered._replace(rows=_stacked(ordered.rows))
        arranged = _mended(ordered, repairs, refuse)
    else:
        arranged = _mended(ordered, repairs, refuse)
        arranged = arranged._replace(rows=_stacked(arranged.rows))
    note = f"Each of the {len(names)} columns of numbers was taken for a series."
    return _long(arranged, names, note)


def _one(frame: pd.DataFrame, time: TimeColumn) -> Rows:
    """Return the rows of a file as those of one series."""
    count = len(frame)
    series = np.zeros(count, dtype=np.int64)
    return Rows(frame, series, time.times, np.arange(count, dtype=np.int64))


def _stacked(rows: Rows) -> Rows:
    """Return each column of the rows of one series as a series of its own, one below another."""
    count, width = rows.values.shape
    places = np.tile(np.arange(count, dtype=np.int64), width)
    values = pd.DataFrame({"y": rows.values.to_numpy().ravel(order="F")})
    series = np.repeat(np.arange(width, dtype=np.int64), count)
    return Rows(values, series, rows.times[places], rows.places[places])


def _long(arranged: Arranged, ids: "pd.Index[str]", note: str) -> Arranged:
    """Return rows as a long frame, with a note on its series."""
    rows = arranged.rows
    keys = pd.DataFrame({"unique_id": ids.take(rows.series).to_numpy(), "ds": rows.times})
    frame = pd.concat([keys, rows.values], axis=1)
    gone = ids[np.bincount(rows.series, minlength=len(ids)) == 0]
    notes = (note, *arranged.notes)
    if len(gone):
        are = "1 series is" if len(gone) == 1 else f"{len(gone):,} series are"
        listed = shown_names([str(name) for name in gone])
        notes += (f"{are} left out, as every row has a blank: {listed}.",)
    left = len(ids) - len(gone)
    return arranged._replace(frame=frame, series=left, notes=notes, long=True)


def _ordered(
    rows: Rows, repairs: Repairs, refuse: Refuse, check: Callable[[Rows], None]
) -> Ordered:
    """Sort and merge, as asked for; `check` sees the rows in between."""
    before = rows
    rows, order = in_order(rows, repairs, refuse)
    check(rows)
    rows, duplicates = merged(rows, repairs, refuse)
    done = tuple(one for one in (order, duplicates) if one)
    notes = tuple(one.said for one in done) + clock_note(before, duplicates)
    return Ordered(rows, done, notes)


def _mended(ordered: Ordered, repairs: Repairs, refuse: Refuse) -> Arranged:
    """Find the frequency and fill, as asked for."""
    rows = ordered.rows
    times = _longest(rows)
    frequency, notes = _frequency(times)
    local = local_days_note(times, frequency)
    if local:  # neither grid nor calendar is that of the zone that is meant
        frequency, notes = frequency if frequency == "D" else None, local
    rows, blanks = without_blanks(rows, repairs, refuse)
    trading = Trading() if local else trading_days(rows, frequency, repairs)
    grid = None if local else trading.calendar or frequency
    rows, gaps = without_gaps(rows, grid, repairs, refuse)
    done = tuple(one for one in (blanks, trading.found, gaps) if one)
    said = (*ordered.notes, *notes, *trading.notes)
    return Arranged(rows.values, rows, frequency, (*ordered.repairs, *done), said, trading.calendar)


def _longest(rows: Rows) -> pd.DatetimeIndex:
    """Return the timestamps of the series with most rows."""
    sizes = np.bincount(rows.series)
    return rows.times if len(sizes) == 1 else rows.times[rows.series == int(sizes.argmax())]


def _refusing(table: RawTable, time: str) -> Refuse:
    """Return what makes an error for a place of the file."""

    def refuse(message: str, at: int, column: str | None = None) -> ReadError:
        return table.error(message, at=max(at, 0), column=column or time)

    return refuse


def _checking(
    table: RawTable, time: TimeColumn, identity: str | None, repairs: Repairs
) -> Callable[[Rows], None]:
    """Return what sees that repeated timestamps are not those of series that were not found."""

    def check(rows: Rows) -> None:
        refuse_merged_series(table, time, identity, rows, repairs)

    return check


def _frequency(times: pd.DatetimeIndex) -> tuple[str | None, tuple[str, ...]]:
    try:
        return infer_frequency(times), ()
    except DataError as error:
        return None, (f"No frequency was found. {error}",)
