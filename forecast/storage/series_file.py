"""A prepared series, or many, as one archive, named by what it holds."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast import archive
from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.storage.indexes import packed_index, unpacked_index

KIND = "series"


def fingerprint(series: TimeSeries | Panel) -> str:
    """Return the sha256 of everything that series hold, as 64 hexadecimal digits."""
    header, arrays = _packed(series)
    told = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, array in arrays.items():
        told.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        told.update(np.ascontiguousarray(array).data)
    return told.hexdigest()


def write_series(path: Path, series: TimeSeries | Panel) -> None:
    """Write one series, or many, to a file, whole or not at all.

    Raises:
        ArchiveError: the file cannot be written.
        StoreError: its index is neither dated nor numbered.
    """
    header, arrays = _packed(series)
    archive.write(path, KIND, header, arrays)


def read_series(path: Path) -> TimeSeries | Panel:
    """Return what was written, to the bit.

    Raises:
        ArchiveError: the file is missing, broken or holds something else.
        KeyError, TypeError, ValueError: it lacks a part.
    """
    header, arrays = archive.read(path, KIND)
    flat = TimeSeries(
        values=arrays["values"],
        observed=arrays["observed"],
        index=unpacked_index(header["index"], arrays["index"]),
        frequency=header["frequency"],
        name=header["name"],
        covariates=arrays["covariates"],
        columns=tuple(header["columns"]),
    )
    if "ids" not in header:
        return flat
    static = tuple((name, np.array(kinds, dtype=np.str_)) for name, kinds in header["static"])
    return Panel(flat, arrays["offsets"].astype(np.intp), tuple(header["ids"]), static=static)


def _packed(series: TimeSeries | Panel) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    if isinstance(series, Panel):
        header, arrays = _packed(series.flat)
        offsets = series.offsets.astype(np.int64)
        static = [(name, kinds.tolist()) for name, kinds in series.static]
        return header | {"ids": list(series.ids), "static": static}, arrays | {"offsets": offsets}
    index, numbers = packed_index(series.index)
    header = {
        "index": index,
        "frequency": series.frequency,
        "name": series.name,
        "columns": list(series.columns),
    }
    arrays = {
        "values": series.values,
        "observed": series.observed,
        "index": numbers,
        "covariates": series.covariates,
    }
    return header, arrays
