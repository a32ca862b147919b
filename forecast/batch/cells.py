"""Cells of an input as rows of known types, and what is wrong with single rows.

A row that cannot be read spoils its series, not the run: what is wrong with it stands beside it, in
the column `trouble`.
"""

import csv
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.batch.csv_rows import Odd
from forecast.batch.dialect import UTC, WHOLE, Dialect
from forecast.data.number_cells import BLANKS, INFINITE
from forecast.data.number_text import as_numbers, converted, floats, typed
from forecast.data.raw_table import shortened
from forecast.data.time_column import ISO_REMEDY
from forecast.data.time_formats import read_times
from forecast.errors import ReadError

UNIT: Literal["us"] = "us"  # of timestamps: it holds every year a calendar has
TROUBLE = "trouble"
NAMELESS = "Its rows name no series: `unique_id` is blank there."

Mask = NDArray[np.bool_]


def schema_of(dialect: Dialect) -> Any:
    """Return the schema of rows of known types."""
    import pyarrow as pa

    time = pa.int64() if dialect.numbered else pa.timestamp(UNIT, dialect.zone)
    return pa.schema(
        [("unique_id", pa.string()), ("ds", time)]
        + [(name, pa.float64()) for name in dialect.numbers]
        + [(name, pa.string()) for name in dialect.texts]
        + [(TROUBLE, pa.string())]
    )


def typed_rows(table: Any, dialect: Dialect, path: str) -> Any:
    """Return rows of known types.

    Args:
        table: the columns of a file, as they stand there.
        dialect: of the input.
        path: of the file, for errors.

    Raises:
        ReadError: the file lacks a column.
    """
    import pyarrow as pa

    for name in dialect.columns:
        if name not in table.column_names:
            raise ReadError(
                f"{path}: there is no column `{name}`, which other files of the input have. Add "
                "it, or leave the file out.",
                path=path,
                column=name,
            )
    troubles = _Troubles(table.num_rows)
    columns = {name: _whole(table[name]) for name in dialect.columns}
    ids = _text(columns["unique_id"])
    troubles.note(_equal(ids, ""), NAMELESS)
    made = [ids, _times(columns["ds"], dialect, troubles)]
    made += [_numbers(columns[name], name, dialect, troubles) for name in dialect.numbers]
    made += [_text(columns[name]) for name in dialect.texts]
    return pa.table([*made, troubles.column()], schema=schema_of(dialect))


def odd_rows(odd: list[Odd], header: list[str], dialect: Dialect, path: str) -> Any:
    """Return a row for each line that does not fit the header, which its series cannot do without.

    Raises:
        ReadError: such a line does not even say its series.
    """
    import pyarrow as pa

    place, rows = header.index("unique_id"), []
    for one in odd:
        cells = next(csv.reader([one.text], delimiter=dialect.delimiter), [])
        if len(cells) <= place:
            raise ReadError(
                f"{path}: every line must have {one.expected} cells; {one.text[:80]!r} has "
                f"{one.cells}, and does not say its series. Mend it, or remove it.",
                path=path,
            )
        reason = (
            f"Every line must have {one.expected} cells; {shortened(one.text)!r} has {one.cells}."
        )
        rows.append({"unique_id": cells[place].strip(), TROUBLE: reason})
    return pa.Table.from_pylist(rows, schema=schema_of(dialect))


class _Troubles:
    """What is wrong with each row, the first thing."""

    def __init__(self, rows: int) -> None:
        self._said: NDArray[np.object_] = np.full(rows, None, dtype=object)

    def note(self, wrong: Mask, reason: str, cells: Any = None) -> None:
        """Note a reason, with the cell in place of `{}` where it has one."""
        for row in np.flatnonzero(wrong):
            if self._said[row] is None:
                cell = None if cells is None else shortened(str(cells[int(row)].as_py()))
                self._said[row] = reason if cell is None else reason.format(repr(cell))

    def column(self) -> Any:
        import pyarrow as pa

        return pa.array(self._said, pa.string())


def _times(column: Any, dialect: Dialect, troubles: _Troubles) -> Any:
    """Return row numbers or timestamps, null where a cell is blank or neither."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.int64() if dialect.numbered else pa.timestamp(UNIT, dialect.zone)
    is_native = pa.types.is_temporal(column.type) or pa.types.is_integer(column.type)
    if is_native and pa.types.is_integer(column.type) == dialect.numbered:
        return _cast(column, wanted, "ds", troubles)
    cells = _text(column)
    if dialect.numbered:
        fits = pc.match_substring_regex(cells, WHOLE)
        times = pc.cast(pc.if_else(fits, cells, pa.scalar(None, pa.string())), pa.int64())
        rule = "`ds` must hold the numbers of rows; got {}."
    else:
        times = _read_times(cells, dialect, wanted)
        rule = f"`ds` must hold timestamps; got {{}}. {ISO_REMEDY}"
    troubles.note(_mask(pc.is_null(times)) & ~_equal(cells, ""), rule, cells)
    return times


def _read_times(cells: Any, dialect: Dialect, wanted: Any) -> Any:
    """Return the timestamps of cells of text."""
    import pyarrow as pa

    if dialect.time_format is None:  # the first file has native ones
        found = pd.DatetimeIndex(pd.to_datetime(cells.to_pandas(), errors="coerce"))
    else:
        found = read_times(cells, dialect.time_format)
    if dialect.zone is not None:
        found = found.tz_localize(UTC) if found.tz is None else found.tz_convert(UTC)
    elif found.tz is not None:
        found = found.tz_convert(UTC).tz_localize(None)
    return pa.array(found.as_unit(UNIT).tz_localize(None)).cast(pa.timestamp(UNIT)).cast(wanted)


def _numbers(column: Any, name: str, dialect: Dialect, troubles: _Troubles) -> Any:
    """Return float64, null where a cell is blank or no number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return _cast(column, pa.float64(), name, troubles)
    cells = typed(_text(column))
    plain = as_numbers(cells) if dialect.decimal == "." else None
    if plain is None:
        plain = converted(cells, dialect.decimal, dialect.thousands)
        lowered = pc.utf8_lower(cells)
        blank = _mask(pc.is_in(lowered, value_set=pa.array(BLANKS)))
        infinite = _mask(pc.match_substring_regex(cells, INFINITE)) | np.isinf(plain)
        rule = f"`{name}` must hold {'finite ' if infinite.any() else ''}numbers; got {{}}."
        troubles.note(infinite | (np.isnan(plain) & ~blank), rule, cells)
        plain = np.where(infinite, np.nan, plain)
    return pa.array(floats(pa.array(plain)), from_pandas=True)


def _cast(column: Any, wanted: Any, name: str, troubles: _Troubles) -> Any:
    """Return a column of another type; where it is of none that fits, that is wrong with all."""
    import pyarrow as pa

    try:
        if pa.types.is_date(column.type):
            column = column.cast(pa.timestamp("ms"))
        zones = [one.tz for one in (column.type, wanted) if pa.types.is_timestamp(one)]
        if len(zones) > 1 and (zones[0] is None) != (zones[1] is None):
            raise pa.ArrowInvalid("some timestamps have a time zone and others none")
        return column.cast(wanted, safe=False)
    except pa.ArrowException as error:
        reason = f"`{name}` cannot be read: {column.type} ({error})."
        troubles.note(np.ones(len(column), dtype=np.bool_), reason)
        return pa.nulls(len(column), wanted)


def _text(column: Any) -> Any:
    """Return trimmed text, "" where a cell is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))


def _whole(column: Any) -> Any:
    """Return a chunked column as one array."""
    import pyarrow as pa

    found = column.combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = pa.concat_arrays(found.chunks) if found.num_chunks else pa.array([], found.type)
    return found.dictionary_decode() if pa.types.is_dictionary(found.type) else found


def _equal(cells: Any, text: str) -> Mask:
    import pyarrow.compute as pc

    return _mask(pc.equal(cells, text))


def _mask(mask: Any) -> Mask:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)
