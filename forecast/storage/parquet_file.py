"""Tables of any kind in Parquet files, with all that Arrow itself does not keep of them."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.errors import StoreError
from forecast.storage.plain_values import packed, unpacked

KEY = b"forecast"
LONE = "values"  # how the one column of a series is called in the file
VERSION = 1


def parquet_content(data: "pd.Series[Any] | pd.DataFrame") -> bytes:
    """Return a table or a series as Parquet, with its index, types and calendar.

    Raises:
        StoreError: it has no form in Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    is_series = isinstance(data, pd.Series)
    frame = data.to_frame(LONE) if isinstance(data, pd.Series) else data.copy(deep=False)
    frame.attrs = {}
    dated = isinstance(data.index, pd.DatetimeIndex)
    stream = io.BytesIO()
    try:
        header = {
            "version": VERSION,
            "series": is_series,
            "name": packed(data.name) if is_series else None,
            "step": getattr(data.index, "freqstr", None) if dated else None,
            "units": [_unit_of(data.index), *(_unit_of(frame.iloc[:, k]) for k in _places(frame))],
            "attrs": _portable(data.attrs),
        }
        arrow = pa.Table.from_pandas(frame)
        told = {**(arrow.schema.metadata or {}), KEY: json.dumps(header).encode()}
        pq.write_table(arrow.replace_schema_metadata(told), stream)
    except (ValueError, TypeError, NotImplementedError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(
            f"These rows cannot be kept: {reason} Give each column a name of its own and one kind "
            "of value."
        ) from error
    return stream.getvalue()


def read_parquet_file(path: Path) -> "pd.Series[Any] | pd.DataFrame":
    """Return what `parquet_content` was given.

    Raises:
        StoreError: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        arrow = pq.read_table(io.BytesIO(path.read_bytes()))
        header = json.loads(arrow.schema.metadata[KEY])
        frame = arrow.to_pandas()
        return _restored(frame, header)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise StoreError(
            f"The file {str(path)!r} cannot be read ({error}). Bring the rows again."
        ) from error


def _restored(frame: pd.DataFrame, header: dict[str, Any]) -> "pd.Series[Any] | pd.DataFrame":
    of_index, *of_columns = header["units"]
    for place, unit in enumerate(of_columns):
        if unit != _unit_of(frame.iloc[:, place]):  # Parquet has no seconds
            frame.isetitem(place, frame.iloc[:, place].dt.as_unit(unit))
    if isinstance(frame.index, pd.DatetimeIndex):
        frame.index = _stepping(frame.index.as_unit(of_index), header["step"])
    frame.attrs = {}
    data: pd.Series[Any] | pd.DataFrame = frame
    if header["series"]:
        data = frame[LONE].rename(unpacked(header["name"]))
    data.attrs = unpacked(header["attrs"])
    return data


def _portable(attrs: Any) -> dict[str, Any]:
    """Return what a table says of itself, as far as plain values can say it."""
    kept = {}
    for name, value in attrs.items():
        with suppress(StoreError):
            kept[str(name)] = packed(value)
    return kept


def _places(frame: pd.DataFrame) -> range:
    return range(frame.shape[1])


def _unit_of(values: "pd.Series[Any] | pd.Index[Any]") -> str | None:
    """Return the unit of timestamps; None of anything else."""
    is_dated = pd.api.types.is_datetime64_any_dtype(values.dtype)
    return pd.DatetimeIndex(values[:0]).unit if is_dated else None


def _stepping(index: pd.DatetimeIndex, step: str | None) -> "pd.Index[Any]":
    """Return an index with its step, unless the name of the step does not bring it back."""
    if step is None:
        return index
    try:
        return pd.DatetimeIndex(index, freq=step)
    except ValueError:  # the days of an exchange, whose name says nothing of its holidays
        return index
