"""Timestamps and row numbers as whole numbers, and back, to the bit."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import StoreError

RANGE, NUMBERS, TIMES = "range", "numbers", "times"


class PackedIndex(NamedTuple):
    """An index in two parts.

    Attributes:
        header: what JSON can hold.
        numbers: (rows,) whole numbers; of a range, none.
    """

    header: dict[str, Any]
    numbers: NDArray[Any]


def packed_index(index: "pd.Index[Any]") -> PackedIndex:
    """Return timestamps, whole numbers or a range of them in two parts.

    Raises:
        StoreError: it is an index of another kind.
    """
    name = None if index.name is None else str(index.name)
    if isinstance(index, pd.RangeIndex):
        ends = [index.start, index.stop, index.step]
        return PackedIndex({"kind": RANGE, "name": name, "range": ends}, np.empty(0, np.int64))
    if isinstance(index, pd.DatetimeIndex):
        zone = None if index.tz is None else _zone_name(index)
        header = {"kind": TIMES, "name": name, "unit": index.unit, "zone": zone}
        return PackedIndex(header | {"freq": _step_of(index, header)}, index.asi8)
    if index.nlevels == 1 and pd.api.types.is_integer_dtype(index.dtype):
        return PackedIndex({"kind": NUMBERS, "name": name}, index.to_numpy())
    raise StoreError(
        f"Rows must be numbered or dated to be kept; got an index of {index.dtype}. Use "
        "frame.reset_index()."
    )


def unpacked_index(header: Mapping[str, Any], numbers: NDArray[Any]) -> "pd.Index[Any]":
    """Return the index that `packed_index` was given."""
    name: str | None = header["name"]
    if header["kind"] == RANGE:
        start, stop, step = header["range"]
        return pd.RangeIndex(start, stop, step, name=name)
    if header["kind"] == NUMBERS:
        whole: pd.Index[Any] = pd.Index(numbers, name=name)
        return whole
    times = _times(header, numbers)
    if header["freq"] is not None:
        times = pd.DatetimeIndex(times, freq=header["freq"])
    return times


def _times(header: Mapping[str, Any], numbers: NDArray[Any]) -> pd.DatetimeIndex:
    times = pd.DatetimeIndex(numbers.astype(f"datetime64[{header['unit']}]"), name=header["name"])
    zone: str | None = header["zone"]
    return times if zone is None else times.tz_localize("UTC").tz_convert(zone)


def _step_of(index: pd.DatetimeIndex, header: Mapping[str, Any]) -> str | None:
    """Return the name of an index's step, if it has one that the name brings back."""
    if index.freq is None:
        return None
    step = str(index.freqstr)
    try:
        again = pd.DatetimeIndex(_times(header, index.asi8), freq=step)
    except ValueError:  # the days of an exchange, whose name says nothing of its holidays
        return None
    return step if again.freq == index.freq else None


def _zone_name(index: pd.DatetimeIndex) -> str:
    """Return a name that brings the zone back, or else one that brings back what clocks showed."""
    name = str(index.tz)
    if _is_named(index, name):
        return name
    # Zones of dateutil are named by a file, whose path has the name in it.
    named = str(getattr(index.tz, "_filename", "")).rpartition("zoneinfo/")[2]
    if named and _is_named(index, named):
        return named
    offset = (index[-1].utcoffset() if len(index) else None) or timedelta()
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _is_named(index: pd.DatetimeIndex, name: str) -> bool:
    """Say whether clocks in the zone of a name show what those of the index do."""
    try:
        again = index.tz_convert(name)
    except (ValueError, KeyError, TypeError, OSError):  # a zone object that no name stands for
        return False
    return str(again.tz) == name and again.tz_localize(None).equals(index.tz_localize(None))
