"""Rows into the order of time: a single series, or a long panel of many series."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.data.clock_changes import clock_note
from forecast.data.frequency import infer_frequency
from forecast.data.gaps import without_gaps
from forecast.data.mending import Refuse, Rows, in_order, without_blanks
from forecast.data.mending import without_duplicates as merged
from forecast.data.raw_table import RawTable, text_of
from forecast.data.repairs import Repair, Repairs
from forecast.data.time_column import TimeColumn, rises
from forecast.data.trading_days import trading_days
from forecast.errors import DataError, ReadError

ID_NAMES = frozenset(
    {
        *("unique_id", "id", "item_id", "series_id", "series", "symbol", "ticker", "store"),
        *("item", "product", "sku", "station", "sensor", "location", "city", "country", "region"),
    }
)
# A column of words beside a few repeated timestamps is no panel; this share of rows repeats there.
LEAST_REPEATED = 0.2


def may_be_identity(name: str) -> bool:
    """Say whether a column of numbers may, by its name, tell the series of a panel apart."""
    return name.lower() in ID_NAMES or name.lower().endswith("_id")


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
    """

    frame: pd.DataFrame
    rows: Rows
    frequency: str | None
    repairs: tuple[Repair, ...]
    notes: tuple[str, ...]
    calendar: str | None = None
    series: int = 1


def find_id_column(labels: pd.DataFrame, times: pd.DatetimeIndex) -> str | None:
    """Return the column of `labels` that tells the series of a long panel apart, else None.

    `labels` holds the candidates as text, one row a timestamp of `times`. A column called
    `unique_id` always is the one. Another one is, if timestamps repeat, the column explains at
    least half of that, and its series have two rows on average.
    """
    if "unique_id" in labels:
        return "unique_id"
    if labels.empty or rises(times):
        return None
    repeated = times.duplicated(keep=False).mean()
    if repeated < LEAST_REPEATED:
        return None
    left = {
        str(name): _repeats_within(labels[name], times)
        for name in labels.columns
        if labels[name].nunique() <= len(labels) / 2
    }
    best = min(left, key=lambda name: left[name], default=None)
    explained = best is not None and left[best] <= 0.5 * times.duplicated().sum()
    return best if explained else None


def arrange_series(
    table: RawTable, frame: pd.DataFrame, time: TimeColumn, repairs: Repairs
) -> Arranged:
    """Return `frame` indexed and sorted by time, mended as asked for.

    Raises:
        ReadError: timestamps repeat so often that the file must hold several series, or there is
            something to mend and the repair is switched off.
    """
    _refuse_hidden_panel(table, time)
    count = len(frame)
    series = np.zeros(count, dtype=np.int64)
    rows = Rows(frame, series, time.times, np.arange(count, dtype=np.int64))
    arranged = _mended(rows, repairs, _refusing(table, time.name))
    index = arranged.rows.times.rename(time.name)
    return arranged._replace(frame=arranged.rows.values.set_axis(index, axis=0))


def arrange_panel(
    table: RawTable, frame: pd.DataFrame, time: TimeColumn, identity: str, repairs: Repairs
) -> Arranged:
    """Return the long frame `unique_id, ds, …` sorted by both; see `arrange_series`.

    Raises:
        ReadError: a series has no name, a value column is called `ds`, or there is something to
            mend and the repair is switched off.
    """
    if "ds" in frame:
        message = "in a file of many series only the time may be called `ds`. Rename the column."
        raise table.error(message, column="ds")
    names = text_of(table.columns[identity])
    nameless = (names == "").to_numpy()
    if nameless.any():
        message = "every row must name its series; got a blank cell. Fill it in."
        raise table.error(message, at=int(nameless.argmax()), column=identity)
    codes, ids = pd.factorize(names, sort=True)
    rows = Rows(frame, codes.astype(np.int64), time.times, np.arange(len(frame), dtype=np.int64))
    arranged = _long(_mended(rows, repairs, _refusing(table, time.name)), pd.Index(ids))
    note = f"The file holds {len(ids)} series, told apart by `{identity}`."
    return arranged._replace(notes=(note, *arranged.notes))


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
    count, width = numbers.shape
    values = pd.DataFrame({"y": numbers.to_numpy().ravel(order="F")})
    series = np.repeat(np.arange(width, dtype=np.int64), count)
    places = np.tile(np.arange(count, dtype=np.int64), width)
    times = time.times[places]
    arranged = _mended(Rows(values, series, times, places), repairs, _refusing(table, time.name))
    note = f"Each of the {width} columns of numbers was taken for a series."
    return _long(arranged, names)._replace(notes=(note, *arranged.notes))


def _long(arranged: Arranged, ids: "pd.Index[str]") -> Arranged:
    """Return rows as a long frame."""
    rows = arranged.rows
    keys = pd.DataFrame({"unique_id": ids.take(rows.series).to_numpy(), "ds": rows.times})
    frame = pd.concat([keys, rows.values], axis=1)
    return arranged._replace(frame=frame, series=len(ids))


def _mended(rows: Rows, repairs: Repairs, refuse: Refuse) -> Arranged:
    """Sort, merge, fill: each as asked for."""
    before = rows
    rows, order = in_order(rows, repairs, refuse)
    rows, duplicates = merged(rows, repairs, refuse)
    frequency, notes = _frequency(_longest(rows))
    rows, blanks = without_blanks(rows, repairs, refuse)
    trading = trading_days(rows, frequency, repairs)
    rows, gaps = without_gaps(rows, trading.calendar or frequency, repairs, refuse)
    done = tuple(one for one in (order, duplicates, blanks, trading.found, gaps) if one)
    said = tuple(one.said for one in (order, duplicates) if one)
    said += clock_note(before, duplicates)
    return Arranged(rows.values, rows, frequency, done, (*said, *notes), trading.calendar)


def _longest(rows: Rows) -> pd.DatetimeIndex:
    """Return the timestamps of the series with most rows."""
    sizes = np.bincount(rows.series)
    return rows.times if len(sizes) == 1 else rows.times[rows.series == int(sizes.argmax())]


def _refusing(table: RawTable, time: str) -> Refuse:
    """Return what makes an error for a place of the file."""

    def refuse(message: str, at: int, column: str | None = None) -> ReadError:
        return table.error(message, at=max(at, 0), column=column or time)

    return refuse


def _repeats_within(labels: pd.Series, times: pd.DatetimeIndex) -> int:
    pairs = pd.DataFrame({"label": labels.to_numpy(), "time": times})
    return int(pairs.duplicated().sum())


def _refuse_hidden_panel(table: RawTable, time: TimeColumn) -> None:
    rows = len(time.times)
    distinct = rows if rises(time.times) else time.times.nunique()
    if rows >= 12 and rows >= 3 * distinct:
        raise table.error(
            f"a timestamp must stand in one row, or in one row a series; got {rows} rows with "
            f"only {distinct} timestamps and no column that tells series apart. "
            "Add a column `unique_id`.",
            column=time.name,
        )


def _frequency(times: pd.DatetimeIndex) -> tuple[str | None, tuple[str, ...]]:
    try:
        return infer_frequency(times), ()
    except DataError as error:
        return None, (f"No frequency was found. {error}",)
