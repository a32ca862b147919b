"""From the cells of a file to series: which column is what, and what has to be mended."""

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from forecast.checks import one_of
from forecast.data.arrangement import (
    Arranged,
    arrange_columns,
    arrange_panel,
    arrange_series,
)
from forecast.data.before_and_after import rows_after, rows_before
from forecast.data.identity import find_id_column, may_be_identity
from forecast.data.number_cells import (
    Column,
    NumberSigns,
    checked_numbers,
    find_signs,
    other_signs,
    read_column,
    rounded_numbers,
)
from forecast.data.raw_table import RawTable, text_of
from forecast.data.read_report import Examination, ReadReport
from forecast.data.repairs import AUTO, Repairs
from forecast.data.time_column import TimeColumn, read_time_column
from forecast.data.time_zones import in_time_zone
from forecast.errors import SettingError

DECIMAL_SIGNS = (".", ",")
LAYOUTS = ("auto", "wide", "long")


@dataclass(frozen=True)
class Wanted:
    """What a caller says of a file; None leaves it to the reader.

    Attributes:
        time: column of the timestamps.
        target: column to read.
        decimal: decimal sign, "." or ",".
        unique_id: column that tells the series of a panel apart.
        layout: `auto`; `long` takes each column of numbers for a series; `wide` keeps columns.
        time_zone: of timestamps that say none; those that do are converted to it.
        repairs: what to mend.
        beside: columns of a panel that are kept though they hold text.

    Raises:
        SettingError: a choice is none of these, or they contradict each other.
    """

    time: str | None = None
    target: str | None = None
    decimal: str | None = None
    unique_id: str | None = None
    layout: str = "auto"
    time_zone: str | None = None
    repairs: Repairs = field(default_factory=Repairs)
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.decimal is not None:
            one_of("decimal", self.decimal, DECIMAL_SIGNS)
        one_of("layout", self.layout, LAYOUTS)
        if self.layout == "wide" and self.unique_id is not None:
            raise SettingError("`unique_id` names a column of a long table; drop `layout='wide'`.")
        if not isinstance(self.repairs, Repairs):
            raise SettingError(
                f"`repairs` must be fc.Repairs; got {self.repairs!r}. Pass, for instance, "
                "fc.Repairs(duplicates='mean')."
            )


def read_cells(table: RawTable, wanted: Wanted) -> Examination:
    """Return the series of a table, mended, with a report.

    Raises:
        ReadError: a column is missing or cannot be read, or a repair is switched off that the
            table would need; the error knows path, row and column.
        SettingError: there is no such time zone or exchange.
    """
    found = read_time_column(table, wanted.time)
    target = wanted.target
    if target is not None and table.require("target", target) == found.name:
        raise table.error("the target must not be the time column. Name another.", column=target)
    others = {name: cells for name, cells in table.columns.items() if name != found.name}
    if not others:
        raise table.error(f"a column of values is needed beside `{found.name}`; got none. Add one.")
    dotted_dates = found.date_format.startswith("%d.")
    signs = find_signs(
        others.values(), table.delimiter, dotted_dates=dotted_dates, decimal=wanted.decimal
    )
    columns = {name: read_column(cells, signs) for name, cells in others.items()}
    table = replace(table, notes=(*table.notes, *other_signs(table, columns, signs)))
    identity = _identity(table, columns, found, wanted)
    names = [target] if target else _value_columns(columns, identity, wanted.beside)
    if not names:
        raise table.error(f"a column of values is needed beside `{identity}`; got none. Add one.")
    kept = {name: columns[name] for name in names}
    table = replace(table, notes=(*table.notes, *rounded_numbers(table, kept, signs)))
    found = in_time_zone(found, wanted.time_zone, table, identity)
    frame = pd.DataFrame({name: _values(table, name, columns[name], target) for name in names})
    arranged = _arranged(table, frame, found, identity, wanted)
    blanks = {name: column.blanks for name, column in kept.items()}
    report = _report(table, found, signs, blanks, arranged)
    single = target is not None and report.layout == "single"
    data = arranged.frame[target] if single else arranged.frame
    data.attrs["report"] = report.to_dict()
    if report.calendar is not None and wanted.repairs.calendar != AUTO:
        data.attrs["calendar"] = report.calendar  # named by hand: models take it too
    return Examination(data, report, rows_before(table, arranged), rows_after(table, arranged))


def _identity(
    table: RawTable, columns: dict[str, Column], time: TimeColumn, wanted: Wanted
) -> str | None:
    """Return the column that tells series apart, None if there is one series."""
    if wanted.unique_id is not None:
        name = table.require("unique_id", wanted.unique_id)
        if name in (time.name, wanted.target):
            raise table.error("the series' names must stand in a column of their own.", column=name)
        return name
    if wanted.layout == "wide":
        return None
    return find_id_column(_labels(table, columns, wanted.target), time.times)


def _labels(table: RawTable, columns: dict[str, Column], target: str | None) -> pd.DataFrame:
    """Return, as text, the columns that could tell the series of a panel apart."""
    names = [
        name
        for name, column in columns.items()
        if name != target and (column.numbers is None or may_be_identity(name))
    ]
    return pd.DataFrame({name: text_of(table.columns[name]) for name in names})


def _value_columns(
    columns: dict[str, Column], identity: str | None, beside: tuple[str, ...]
) -> list[str]:
    """Return the columns to keep; a panel with one column of numbers is that, and those beside."""
    names = [name for name in columns if name != identity]
    numeric = [name for name in names if columns[name].numbers is not None]
    if identity is None or len(numeric) > 1:
        return names
    return [name for name in names if name in numeric or name in beside] if numeric else names


def _values(table: RawTable, name: str, column: Column, target: str | None) -> Any:
    if column.numbers is None and name != target:
        return text_of(table.columns[name]).replace("", None)
    return checked_numbers(table, name, column)


def _arranged(
    table: RawTable, frame: pd.DataFrame, time: TimeColumn, identity: str | None, wanted: Wanted
) -> Arranged:
    if identity is not None:
        return arrange_panel(table, _long_names(frame), time, identity, wanted.repairs)
    if wanted.layout == "long":
        return arrange_columns(table, frame, time, wanted.repairs)
    return arrange_series(table, frame, time, wanted.repairs)


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
    zone = time.times.tz
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
        notes=notes,
        layout="long" if arranged.long else "single" if len(blanks) == 1 else "wide",
        series=arranged.series,
        time_zone=None if zone is None else str(zone),
        calendar=arranged.calendar,
        repairs=arranged.repairs,
    )
