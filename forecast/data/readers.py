"""Time series out of CSV and Parquet files.

A reader finds out by evidence what a file leaves unsaid — encoding, delimiter, decimal sign, time
column, order of day and month, frequency — and says in a report what it found. What cannot be
read is an error that names row and column; nothing is silently dropped.

    bytes → RawTable (cells as they stand) → TimeColumn, Columns → rows in order of time
"""

from typing import Any

import pandas as pd

from forecast.data.csv_cells import cut_csv
from forecast.data.limits import USUAL, Limits
from forecast.data.parquet_cells import cut_parquet
from forecast.data.raw_table import RawTable, shown_names
from forecast.data.read_report import Examination, Reading
from forecast.data.reading import Wanted, read_cells
from forecast.data.repairs import AUTO, Repairs
from forecast.data.source_bytes import Source, name_of, read_source
from forecast.errors import DataError

TARGET_NAMES = ("close", "adj close", "y", "value", "target", "price")
PARQUET_SUFFIXES = (".parquet", ".pq")
NOTHING = Repairs()
DOCTOR = Repairs(calendar=AUTO)


def read_csv(
    source: Source,
    *,
    time: str | None = None,
    target: str | None = None,
    decimal: str | None = None,
    unique_id: str | None = None,
    layout: str = "auto",
    time_zone: str | None = None,
    repairs: Repairs = NOTHING,
    limits: Limits = USUAL,
) -> pd.Series | pd.DataFrame:
    r"""Read a CSV: one column as a Series, all columns as a DataFrame, or a panel as a long frame.

    Args:
        source: path of a local file, its bytes, or a file opened with mode "rb".
        time: name of the column that holds the timestamps; found by evidence if None.
        target: name of the column to read; all columns if None.
        decimal: decimal sign of the numbers, "." or ","; found by evidence if None.
        unique_id: name of the column that tells the series of a panel apart; found by evidence if
            None.
        layout: `auto`; `long` takes each column of numbers for a series of a panel; `wide` looks
            for no panel.
        time_zone: of timestamps that do not say theirs, such as "Europe/Berlin"; timestamps that
            do are converted to it.
        repairs: what is mended, and how; see `fc.Repairs`.
        limits: the largest file that is read; see `fc.Limits`.

    Returns:
        With `target` a float64 Series, without a DataFrame, in the order of a DatetimeIndex named
        after the time column. A file with many series comes as a frame `unique_id, ds, y`, or
        `unique_id, ds` and all columns where the target is unclear. `attrs["report"]` says what
        was found and mended; see `ReadReport`.

    Raises:
        ReadError: the file cannot be read, is beyond the limits, or needs a repair that is switched
            off; the error knows path, row and column.
        SettingError: a choice is none of those above.

    Example:
        >>> y = read_csv(b"day;v\n31.12.2024;1,5\n1.1.2025;2,5\n2.1.2025;3,5\n", target="v")
        >>> y.tolist()
        [1.5, 2.5, 3.5]
    """
    wanted = Wanted(time, target, decimal, unique_id, layout, time_zone, repairs)
    content, path = read_source(source, limits)
    return read_cells(cut_csv(content, path, limits), wanted).data


def read_parquet(
    source: Source,
    *,
    time: str | None = None,
    target: str | None = None,
    decimal: str | None = None,
    unique_id: str | None = None,
    layout: str = "auto",
    time_zone: str | None = None,
    repairs: Repairs = NOTHING,
    limits: Limits = USUAL,
) -> pd.Series | pd.DataFrame:
    """Read a Parquet file as `read_csv` reads a CSV; rows in errors count from 1.

    Raises:
        ReadError: as `read_csv`.
        SettingError: as `read_csv`.
    """
    wanted = Wanted(time, target, decimal, unique_id, layout, time_zone, repairs)
    content, path = read_source(source, limits)
    return read_cells(cut_parquet(content, path, limits), wanted).data


def read_table(
    source: Source, *, limits: Limits = USUAL, **wanted: Any
) -> pd.Series | pd.DataFrame:
    """Read a file called .parquet or .pq with `read_parquet`, any other with `read_csv`.

    Raises:
        ReadError: as `read_csv`.
        SettingError: as `read_csv`.
    """
    return read_with_report(source, limits=limits, **wanted).data


def read_with_report(source: Source, *, limits: Limits = USUAL, **wanted: Any) -> Reading:
    """Read a file as `read_table` does, and return the data with the report on it.

    Raises:
        ReadError: as `read_csv`.
        SettingError: as `read_csv`.
    """
    chosen = Wanted(**wanted)
    found = read_cells(cut_table(source, limits), chosen)
    return Reading(found.data, found.report)


def doctor(
    source: Source,
    *,
    time: str | None = None,
    target: str | None = None,
    decimal: str | None = None,
    unique_id: str | None = None,
    layout: str = "auto",
    time_zone: str | None = None,
    repairs: Repairs = DOCTOR,
    limits: Limits = USUAL,
) -> Examination:
    r"""Examine a CSV or Parquet file: what is in it, what is mended, some rows before and after.

    Args:
        source: as for `read_csv`.
        time: as for `read_csv`.
        target: as for `read_csv`.
        decimal: as for `read_csv`.
        unique_id: as for `read_csv`.
        layout: as for `read_csv`.
        time_zone: as for `read_csv`.
        repairs: as for `read_csv`; without a word on it, the exchange whose trading days the rows
            fall on is looked for too, where calendars are installed.
        limits: as for `read_csv`.

    Returns:
        `data` as the readers hand it over, `report` (a `ReadReport`), and tables of text `before`
        and `after`.

    Raises:
        ReadError: as `read_csv`.
        SettingError: as `read_csv`.

    Example:
        >>> found = doctor(b"day,v\n2024-01-02,2\n2024-01-01,1\n2024-01-05,5\n")
        >>> [(repair.name, repair.count) for repair in found.report.repairs]
        [('order', 1), ('gaps', 2)]
    """
    wanted = Wanted(time, target, decimal, unique_id, layout, time_zone, repairs)
    return read_cells(cut_table(source, limits), wanted)


def column_names(source: Source) -> list[str]:
    """Return the names of a file's columns, chosen by suffix as `read_table` does.

    Raises:
        ReadError: the file is no table.
    """
    return list(cut_table(source).columns)


def cut_table(source: Source, limits: Limits = USUAL) -> RawTable:
    """Return the cells of a file as they stand, for `forecast.data.reading.read_cells`.

    Raises:
        ReadError: the file is no table, or is beyond the limits.
    """
    content, path = read_source(source, limits)
    is_parquet = name_of(source).lower().endswith(PARQUET_SUFFIXES)
    cut = cut_parquet if is_parquet else cut_csv
    return cut(content, path, limits)


def default_target(frame: pd.DataFrame) -> str:
    """Return the column to forecast: the only numeric one, else the one with a usual name.

    Raises:
        DataError: no column is numeric, or several are and none is called close, adj close, y,
            value, target or price.
    """
    numeric = [str(name) for name in frame.select_dtypes("number").columns]
    if len(numeric) == 1:
        return numeric[0]
    lowered = {name.lower(): name for name in reversed(numeric)}
    for name in TARGET_NAMES:
        if name in lowered:
            return lowered[name]
    listed = shown_names(numeric) or "none"
    raise DataError(
        f"The column to forecast must be clear; the numeric columns are: {listed}. "
        "Name one with `target=`, or `--target` on the command line."
    )
