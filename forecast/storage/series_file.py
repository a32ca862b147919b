"""A prepared series as one archive, named by what it holds."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast import archive
from forecast.data.series import TimeSeries
from forecast.storage.indexes import packed_index, unpacked_index

KIND = "series"


def fingerprint(series: TimeSeries) -> str:
    """Return the sha256 of everything a series holds, as 64 hexadecimal digits."""
    header, arrays = _packed(series)
    told = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, array in arrays.items():
        told.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        told.update(np.ascontiguousarray(array).data)
    return told.hexdigest()


def write_series(path: Path, series: TimeSeries) -> None:
    """Write a series to a file, whole or not at all.

    Raises:
        ArchiveError: the file cannot be written.
        StoreError: its index is neither dated nor numbered.
    """
    header, arrays = _packed(series)
    archive.write(path, KIND, header, arrays)


def read_series(path: Path) -> TimeSeries:
    """Return the series that was written, to the bit.

    Raises:
        ArchiveError: the file is missing, broken or holds something else.
        KeyError, TypeError, ValueError: it lacks a part.
    """
    header, arrays = archive.read(path, KIND)
    return TimeSeries(
        values=arrays["values"],
        observed=arrays["observed"],
        index=unpacked_index(header["index"], arrays["index"]),
        frequency=header["frequency"],
        name=header["name"],
        covariates=arrays["covariates"],
        columns=tuple(header["columns"]),
    )


def _packed(series: TimeSeries) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
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
