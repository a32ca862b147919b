"""What becomes of a file: the exact values, index and repairs, or the exact error."""

from typing import Any, NamedTuple

import pandas as pd
import pytest

from forecast.data.readers import doctor
from forecast.data.source_bytes import Source
from forecast.errors import ReadError

Values = dict[str, list[Any]]


class Good(NamedTuple):
    """A file that is read.

    Attributes:
        values: by column, in the order of time; None for a blank.
        index: timestamps as text, parted by commas; None where the days of January 2024 count up.
        repairs: pairs of name and count.
        words: what one of the notes must say.
    """

    values: Values
    index: str | None = None
    repairs: tuple[tuple[str, int], ...] = ()
    words: str = ""


class Bad(NamedTuple):
    """A file that is refused: on which row, in which column, with which words."""

    row: int | None
    column: str | None
    words: str
    kind: type[Exception] = ReadError


def check(content: Source, expected: Good | Bad, options: dict[str, Any]) -> None:
    """See that a file comes out as expected."""
    content = content.encode() if isinstance(content, str) else content
    if isinstance(expected, Bad):
        with pytest.raises(expected.kind) as caught:
            doctor(content, **options)
        assert type(caught.value) is expected.kind
        error: Any = caught.value
        assert expected.words in str(error)
        assert len(str(error)) < 900
        if expected.kind is ReadError:
            assert (error.row, error.column) == (expected.row, expected.column)
        return
    found = doctor(content, **options)
    assert _values(found.data) == expected.values
    if "unique_id" not in found.data:
        days = pd.date_range("2024-01-01", periods=len(found.data))
        index = [str(day) for day in days]
        if expected.index is not None:
            index = [_spelled(time) for time in expected.index.split(", ")]
        assert [str(time) for time in found.data.index] == index
    assert tuple((one.name, one.count) for one in found.report.repairs) == expected.repairs
    assert not expected.words or any(expected.words in note for note in found.report.notes)


def _values(data: pd.Series | pd.DataFrame) -> Values:
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    cells = {name: frame[name].tolist() for name in frame}
    if "unique_id" in cells:
        cells["ds"] = [str(time) for time in cells["ds"]]
    return {
        name: [None if pd.isna(cell) else cell for cell in column] for name, column in cells.items()
    }


def _spelled(time: str) -> str:
    return time if ":" in time else f"{time} 00:00:00"


def daily(cells: list[Any], header: str = "date,v", delimiter: str = ",") -> str:
    """Return a CSV of the days of January 2024 beside cells."""
    days = pd.date_range("2024-01-01", periods=len(cells)).strftime("%Y-%m-%d")
    rows = [f"{day}{delimiter}{cell}" for day, cell in zip(days, cells, strict=True)]
    return "\n".join([header, *rows]) + "\n"


def timed(times: list[Any], header: str = "date,v") -> str:
    """Return a CSV of timestamps beside 1, 2, 3 …"""
    rows = [f"{time},{number}" for number, time in enumerate(times, start=1)]
    return "\n".join([header, *rows]) + "\n"
