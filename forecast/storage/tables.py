"""Tables in an archive: numbers and times as arrays, text in the header."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import StoreError
from forecast.storage.indexes import packed_index, unpacked_index
from forecast.storage.plain_values import packed, unpacked

Arrays = dict[str, NDArray[Any]]
TEXT, NUMBERS, TIMES = "text", "numbers", "times"
INDEX = "index"


class PackedTable(NamedTuple):
    """A table in two parts.

    Attributes:
        header: what JSON can hold.
        arrays: `index`, and the columns by their place; of text, which value of the header it is.
    """

    header: dict[str, Any]
    arrays: Arrays


def packed_table(frame: pd.DataFrame) -> PackedTable:
    """Return a table of plain columns in two parts.

    Raises:
        StoreError: a column is of a type, or a name is not text, that a result never has.
    """
    names = list(frame.columns)
    if not all(isinstance(name, str) for name in names):
        raise StoreError(f"The columns of a kept table must be named by text; got {names[:8]}.")
    index, numbers = packed_index(frame.index)
    columns, arrays = [], {INDEX: numbers}
    for place, name in enumerate(names):
        header, arrays[str(place)] = _packed_column(frame.iloc[:, place])
        columns.append({"name": name} | header)
    return PackedTable(
        {"index": index, "columns": columns, "names": str(frame.columns.dtype)}, arrays
    )


def unpacked_table(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """Return the table that `packed_table` was given."""
    index = unpacked_index(header["index"], arrays[INDEX])
    made = [
        _unpacked_column(column, arrays[str(place)], index)
        for place, column in enumerate(header["columns"])
    ]
    frame = pd.concat(made, axis=1) if made else pd.DataFrame(index=index)
    names = [column["name"] for column in header["columns"]]
    return frame.set_axis(pd.Index(names, dtype=header["names"]), axis=1)


def _packed_column(column: "pd.Series[Any]") -> tuple[dict[str, Any], NDArray[Any]]:
    kind = column.dtype
    if isinstance(kind, np.dtype) and kind.kind in "biuf":
        return {"kind": NUMBERS}, column.to_numpy()
    if isinstance(kind, pd.DatetimeTZDtype) or (isinstance(kind, np.dtype) and kind.kind == "M"):
        times, numbers = packed_index(pd.DatetimeIndex(column).rename(None))
        return {"kind": TIMES, "times": times}, numbers
    if str(kind) in ("object", "str"):
        return _packed_text(column)
    raise StoreError(
        f"A column of a kept table must hold numbers, times or text; {str(column.name)!r} is of "
        f"type {kind}. Convert it with astype."
    )


def _packed_text(column: "pd.Series[Any]") -> tuple[dict[str, Any], NDArray[Any]]:
    """Return each different text once, and for every row which it is."""
    numbers: dict[str, int] = {}
    rows = [numbers.setdefault(json.dumps(packed(one)), len(numbers)) for one in column]
    values = [json.loads(one) for one in numbers]
    return {"kind": TEXT, "type": str(column.dtype), "values": values}, np.array(rows, np.int32)


def _unpacked_column(
    header: Mapping[str, Any], array: NDArray[Any], index: "pd.Index[Any]"
) -> "pd.Series[Any]":
    values: Any = array
    if header["kind"] == TEXT:
        texts = unpacked(header["values"])
        values = [texts[number] for number in array.tolist()]
    elif header["kind"] == TIMES:
        values = unpacked_index(header["times"], array)
    column: pd.Series[Any] = pd.Series(values, index=index, dtype=header.get("type"))
    return column
