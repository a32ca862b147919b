"""What the readers found in a file and did about it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from forecast.data.repairs import Repair

LAYOUTS = {
    "single": "one series",
    "wide": "several columns by time",
    "long": "many series, one below another",
}
SIGNS = {"\t": "tab", " ": "space"}


@dataclass(frozen=True)
class ReadReport:
    """What a reader found in one file and did about it.

    Attributes:
        encoding: character encoding of the text; None for Parquet.
        delimiter: sign between two cells; None for Parquet.
        decimal: decimal sign of the numbers, "." or ","; None for Parquet.
        thousands: sign between groups of three digits, None if there is none.
        time_column: name of the column that became the index or `ds`.
        date_format: how timestamps were read, in words or as a `strptime` format.
        frequency: pandas offset alias, None if the timestamps have no regular step.
        rows: number of rows handed over, after repeated timestamps were merged.
        columns: names of the value columns handed over.
        blanks: number of missing cells in the file for each of `columns`.
        notes: plain sentences on every choice and repair.
        layout: single (one column of values), wide (several) or long (a column names the series).
        series: number of series handed over; each column of a wide table may be one.
        time_zone: of the timestamps; None where they have none.
        calendar: ISO code of the exchange on whose trading days the rows fall; None where it was
            not looked for or not found.
        repairs: what was found and what was done about it, in that order.
    """

    encoding: str | None
    delimiter: str | None
    decimal: str | None
    thousands: str | None
    time_column: str
    date_format: str
    frequency: str | None
    rows: int
    columns: tuple[str, ...]
    blanks: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    layout: str = "single"
    series: int = 1
    time_zone: str | None = None
    calendar: str | None = None
    repairs: tuple[Repair, ...] = ()

    @property
    def duplicates(self) -> int:
        """Rows that share their timestamp with another row of their series."""
        return self._count("duplicates")

    @property
    def gaps(self) -> int:
        """Missing timestamps between the first and the last row of each series.

        Those of a wide table whose columns are series count once, unless blanks are dropped: then
        each series has rows of its own.
        """
        return self._count("gaps")

    @property
    def sorted(self) -> bool:
        """Whether the rows of the file were in order of time."""
        return not self._count("order")

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield what was found, as pairs of words; values may quote data."""
        shown = {
            "layout": LAYOUTS[self.layout],
            "series": f"{self.series:,}" if self.series > 1 else None,
            "rows": f"{self.rows:,}",
            "time column": self.time_column,
            "dates": self.date_format,
            "time zone": self.time_zone,
            "frequency": self.frequency or "none found",
            "trading days": self.calendar,
            "encoding": self.encoding,
            "delimiter": SIGNS.get(self.delimiter or "", self.delimiter),
            "decimal sign": self.decimal,
            "thousands sign": SIGNS.get(self.thousands or "", self.thousands),
        }
        yield from ((name, value) for name, value in shown.items() if value)

    def remarks(self) -> tuple[str, ...]:
        """Return every note that no repair says already."""
        said = {repair.said for repair in self.repairs}
        return tuple(note for note in self.notes if note not in said)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a dict that JSON can hold."""
        found = asdict(self) | {"duplicates": self.duplicates, "sorted": self.sorted}
        repairs = [{**repair, "rows": list(repair["rows"])} for repair in found["repairs"]]
        lists = {"columns": list(self.columns), "notes": list(self.notes), "repairs": repairs}
        return found | {"gaps": self.gaps} | lists

    def _count(self, name: str) -> int:
        return sum(repair.count for repair in self.repairs if repair.name == name)


class Reading(NamedTuple):
    """The data of a file and the report on how it was read."""

    data: pd.Series | pd.DataFrame
    report: ReadReport


class Examination(NamedTuple):
    """What the doctor says of a file.

    Attributes:
        data: a Series, a DataFrame by time, or a long frame `unique_id, ds, …`.
        report: what was found and done.
        before: some rows as they stand in the file, as text: the first, and those that a repair
            concerns; the first column is their line or row.
        after: what became of the same rows; rows that were put in have the line 0.
    """

    data: pd.Series | pd.DataFrame
    report: ReadReport
    before: pd.DataFrame
    after: pd.DataFrame
