"""Time series out of CSV and Parquet files.

A reader finds out by evidence what a file leaves unsaid — encoding, delimiter, decimal sign, time
column, order of day and month, frequency — and says in a report what it found. What cannot be
read is an error that names row and column; nothing is silently dropped.

    bytes → RawTable (cells as they stand) → TimeColumn, Columns → rows in order of time
"""

from typing import Any

import pandas as pd

from forecast.checks import one_of
from forecast.data.arrangement import (
    Arranged,
    arrange_panel,
    arrange_series,
    find_id_column,
    may_be_identity,
)
from forecast.data.csv_cells import cut_csv
from forecast.data.number_cells import (
    Column,
    NumberSigns,
    checked_numbers,
    find_signs,
    read_column,
)
from forecast.data.parquet_cells import cut_parquet
from forecast.data.raw_table import RawTable, text_of
from forecast.data.read_report import Reading, ReadReport
from forecast.data.source_bytes import Source, name_of, read_source
from forecast.data.time_column import TimeColumn, read_time_column
from forecast.errors import DataError

TARGET_NAMES = ("close", "adj close", "y", "value", "target", "price")
DECIMAL_SIGNS = (".", ",")
PARQUET_SUFFIXES = (".parquet", ".pq")


def read_csv(
    source: Source,
    *,
    time: str | None = None,
    target: str | None = None,
    decimal: str | None = None,
) -> pd.Series | pd.DataFrame:
    """Read a CSV: one column as a Series, all columns as a DataFrame, or a panel as a long frame.

    Args:
        source: path of a local file, its bytes, or a file opened with mode "rb".
        time: name of the column that holds the timestamps; found by evidence if None.
        target: name of the column to read; all columns if None.
        decimal: decimal sign of the numbers, "." or ","; found by evidence if None.

    Returns:
        With `target` a float64 Series, without a DataFrame, in the order of a DatetimeIndex named
        after the time column. A file with many series comes as a frame `unique_id, ds, y`, or
        `unique_id, ds` and all columns where the target is unclear. `attrs["report"]` says what
        was found; see `ReadReport`.

    Raises:
        ReadError: the file cannot be read; the error knows path, row and column.
        SettingError: `decimal` is neither "." nor ",".
    """
    content, path = read_source(source)
    return _read(cut_csv(content, path), time, target, decimal).data


def read_parquet(
    source: Source,
    *,
    time: str | None = None,
    target: str | None = None,
    decimal: str | None = None,
) -> pd.Series | pd.DataFrame:
    """Read a Parquet file as `read_csv` reads a CSV; rows in errors count from 1.

    Raises:
        ReadError: the file cannot be read; the error knows path, row and column.
        SettingError: `decimal` is neither "." nor ",".
    """
    content, path = read_source(source)
    return _read(cut_parquet(content, path), time, target, decimal).data


def read_table(
    source: Source,
    *,
    time: str | None = None,
    target: str | None = None,
    decimal: str | None = None,
) -> pd.Series | pd.DataFrame:
    """Read a file called .parquet or .pq with `read_parquet`, any other with `read_csv`.

    Raises:
        ReadError: the file cannot be read; the error knows path, row and column.
        SettingError: `decimal` is neither "." nor ",".
    """
    return read_with_report(source, time=time, target=target, decimal=decimal).data


def read_with_report(
    source: Source,
    *,
    time: str | None = None,
    target: str | None = None,
    decimal: str | None = None,
) -> Reading:
    """Read a file as `read_table` does, and return the data with the report on it.

    Raises:
        ReadError: the file cannot be read; the error knows path, row and column.
        SettingError: `decimal` is neither "." nor ",".
    """
    return _read(_cut(source), time, target, decimal)


def column_names(source: Source) -> list[str]:
    """Return the names of a file's columns, chosen by suffix as `read_table` does.

    Raises:
        ReadError: the file is no table.
    """
    return list(_cut(source).columns)


def _cut(source: Source) -> RawTable:
    content, path = read_source(source)
    is_parquet = name_of(source).lower().endswith(PARQUET_SUFFIXES)
    return cut_parquet(content, path) if is_parquet else cut_csv(content, path)


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
    listed = ", ".join(f"`{name}`" for name in numeric) or "none"
    raise DataError(
        f"The column to forecast must be clear; the numeric columns are: {listed}. "
        "Name one with `target=`, or `--target` on the command line."
    )


def _read(table: RawTable, time: str | None, target: str | None, decimal: str | None) -> Reading:
    if decimal is not None:
        one_of("decimal", decimal, DECIMAL_SIGNS)
    found = read_time_column(table, time)
    if target is not None and table.require("target", target) == found.name:
        raise table.error("the target must not be the time column. Name another.", column=target)
    others = {name: cells for name, cells in table.columns.items() if name != found.name}
    if not others:
        raise table.error(f"a column of values is needed beside `{found.name}`; got none. Add one.")
    dotted_dates = found.date_format.startswith("%d.")
    signs = find_signs(others.values(), table.delimiter, dotted_dates=dotted_dates, decimal=decimal)
    columns = {name: read_column(cells, signs) for name, cells in others.items()}
    identity = find_id_column(_labels(table, columns, target), found.times)
    names = [target] if target else _value_columns(columns, identity)
    frame = pd.DataFrame({name: _values(table, name, columns[name], target) for name in names})
    if identity is None:
        arranged = arrange_series(table, frame, found)
    else:
        arranged = arrange_panel(table, _long_names(frame), found, identity)
    report = _report(table, found, signs, {name: columns[name].blanks for name in names}, arranged)
    data = arranged.frame[target] if target and identity is None else arranged.frame
    data.attrs["report"] = report.to_dict()
    return Reading(data, report)


def _labels(table: RawTable, columns: dict[str, Column], target: str | None) -> pd.DataFrame:
    """Return, as text, the columns that could tell the series of a panel apart."""
    names = [
        name
        for name, column in columns.items()
        if name != target and (column.numbers is None or may_be_identity(name))
    ]
    return pd.DataFrame({name: text_of(table.columns[name]) for name in names})


def _value_columns(columns: dict[str, Column], identity: str | None) -> list[str]:
    """Return the columns to keep; a panel with one column of numbers is that column only."""
    names = [name for name in columns if name != identity]
    numeric = [name for name in names if columns[name].numbers is not None]
    return numeric if identity is not None and len(numeric) == 1 else names


def _values(table: RawTable, name: str, column: Column, target: str | None) -> Any:
    if column.numbers is None and name != target:
        return text_of(table.columns[name]).replace("", None)
    return checked_numbers(table, name, column)


def _long_names(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(["y"], axis=1) if frame.shape[1] == 1 else frame


def _report(
    table: RawTable,
    time: TimeColumn,
    signs: NumberSigns,
    blanks: dict[str, int],
    arranged: Arranged,
) -> ReadReport:
    is_text = table.delimiter is not None
    notes = (*table.notes, *time.notes, *((signs.note,) if signs.note else ()), *arranged.notes)
    return ReadReport(
        encoding=table.encoding,
        delimiter=table.delimiter,
        decimal=signs.decimal if is_text else None,
        thousands=signs.thousands if is_text else None,
        time_column=time.name,
        date_format=time.date_format,
        frequency=arranged.frequency,
        rows=len(arranged.frame),
        columns=tuple(blanks),
        blanks=blanks,
        duplicates=arranged.duplicates,
        sorted=arranged.sorted,
        notes=notes,
    )
