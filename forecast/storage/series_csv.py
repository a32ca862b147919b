"""A prepared series as a CSV from which the same series can be made again, to the bit.

Filled values are blank cells, so that they are filled again; numbers have all their digits, times
their offset from UTC. Names that a reader or a spreadsheet could take for something else are
replaced by `y` and `x1`, `x2`, …; the code that reads the file gives them back.
"""

import io
import re
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from forecast.data.export import csv_bytes
from forecast.data.readers import read_csv
from forecast.data.series import STEP, TimeSeries

SAMPLE = "sample:"  # how the name of a bundled series begins
FILE = "data.csv"  # of the rows of a run, in its download
PLAIN = re.compile(r"[^\W\d_][\w .%()/-]{0,60}(?<! )")
TAKEN = frozenset({"ds", "row", "unique_id"})  # by other columns of this file, or by their meaning
A_DAY, A_SECOND = pd.Timedelta(days=1), pd.Timedelta(seconds=1)


class FileColumns(NamedTuple):
    """The header of the file of a series.

    Attributes:
        time: of the timestamps, or of the row numbers.
        target: of the values.
        covariates: in the order of the series.
    """

    time: str
    target: str
    covariates: tuple[str, ...]


def file_columns(series: TimeSeries) -> FileColumns:
    """Return what the columns of a series are called in its file."""
    used = {series.name, *series.columns}
    target = series.name if _is_plain(series.name) and series.name not in series.columns else "y"
    while target != series.name and target in used:
        target += "y"
    names: list[str] = []
    for number, name in enumerate(series.columns, start=1):
        kept = name if _is_plain(name) else f"x{number}"
        while kept != name and kept in {*used, target}:
            kept += "x"
        names.append(kept)
    return FileColumns("row" if series.frequency == STEP else "ds", target, tuple(names))


def _is_plain(name: str) -> bool:
    return PLAIN.fullmatch(name) is not None and name.lower() not in TAKEN


def series_csv(series: TimeSeries) -> bytes:
    """Return a series as a CSV: time, target, covariates; filled values are blank.

    A series that begins with a filled value, since its covariates begin there, gets the row before
    too, which holds that value and no covariate. Only a series that was cut out of another one can
    begin so without covariates; its first value is then written as if it had been observed.
    """
    columns = file_columns(series)
    values = np.where(series.observed, series.values, np.nan)
    if not series.columns:
        values[:1] = series.values[:1]
    rows = {columns.time: times_of(series.index), columns.target: values}
    rows |= {name: series.covariates[:, at] for at, name in enumerate(columns.covariates)}
    frame = pd.DataFrame(rows)
    if len(values) and np.isnan(values[0]):
        first = {columns.time: times_of(_before(series)), columns.target: series.values[:1]}
        frame = pd.concat([pd.DataFrame(first), frame], ignore_index=True)
    return csv_bytes(frame, index=False)


def times_of(index: "pd.Index[Any]") -> Any:
    """Return times as a file holds them; those of a zone as text with their offset from UTC.

    Pandas would write those, too, but takes several times as long.
    """
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        return index
    walls, moments = index.tz_localize(None), index.tz_convert("UTC").tz_localize(None)
    seconds = ((walls - moments) // A_SECOND).to_numpy()
    if (seconds % 60).any():  # as clocks had before there were zones; no reader knows such
        walls, seconds = moments, np.zeros_like(seconds)
    is_whole = bool((walls == walls.floor("s")).all())
    text = np.datetime_as_string(walls.to_numpy(), unit="s" if is_whole else walls.unit)
    different, places = np.unique(seconds, return_inverse=True)
    offsets = np.array([_offset(int(one)) for one in different])
    return np.char.add(np.char.replace(text, "T", " "), offsets[places]).astype(object)


def _offset(seconds: int) -> str:
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def _before(series: TimeSeries) -> Any:
    """Return an earlier time, or row number, than the first."""
    index: Any = series.index[:1]
    return index - (1 if series.frequency == STEP else A_DAY)


def read_back(content: bytes, series: TimeSeries) -> "pd.Series[float] | pd.DataFrame":
    """Return the rows of a series' file under the series' own names, by time.

    It does what the code of a run does, see `forecast.storage.origin`.

    Raises:
        ReadError: the file cannot be read.
    """
    columns = file_columns(series)
    if series.frequency == STEP:
        stream = io.BytesIO(content)
        table = pd.read_csv(stream, index_col=columns.time)
    else:
        read = read_csv(content, time=columns.time, decimal=".", time_zone=zone_of(series))
        table = pd.DataFrame(read)
        table.index = pd.DatetimeIndex(table.index).as_unit(unit_of(series) or "us")
    table = table.set_axis([series.name, *series.columns], axis="columns")
    return table if series.columns else table[series.name]


def unit_of(series: TimeSeries) -> Literal["s", "ms", "us", "ns"] | None:
    """Return the unit of timestamps; None for row numbers."""
    index = series.index
    return index.unit if isinstance(index, pd.DatetimeIndex) else None


def zone_of(series: TimeSeries) -> str | None:
    """Return the time zone that a reader has to be told; an offset alone stands in the file."""
    zone = getattr(series.index, "tz", None)
    return str(zone) if isinstance(zone, ZoneInfo) else None


def same_series(one: TimeSeries, other: TimeSeries) -> bool:
    """Say whether two series are the same to the bit, with zone, frequency and names."""
    arrays = ("values", "observed", "covariates")
    return (
        (one.frequency, one.name, one.columns) == (other.frequency, other.name, other.columns)
        and one.index.equals(other.index)
        and one.index.dtype == other.index.dtype
        and all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays)
    )
