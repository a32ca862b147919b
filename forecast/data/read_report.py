"""What the readers found in a file and did about it."""

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import pandas as pd


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
        duplicates: number of rows dropped because a later row has the same timestamp.
        sorted: whether the rows of the file were in order of time.
        notes: plain sentences on every choice and repair.
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
    duplicates: int = 0
    sorted: bool = True
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a dict that JSON can hold."""
        return asdict(self) | {"columns": list(self.columns), "notes": list(self.notes)}


class Reading(NamedTuple):
    """The data of a file and the report on how it was read."""

    data: pd.Series | pd.DataFrame
    report: ReadReport
