"""How series, settings and numbers travel between the service and a worker, as JSON lines.

Numbers that are not finite travel as null and arrive as NaN. The messages:

    service → worker   {"job": "fit", "id", "series", "rows", "live", "origins", "settings", "path",
                        "seconds"}
                       {"job": "stop", "id"}
    worker → service   {"event": "ready"}
                       {"event": "started", "id"}
                       {"event": "epoch", "id", "record", "live"?}
                       {"event": "ending", "id"}
                       {"event": "done", "id", "kept", "stopped_by", "live"?}
                       {"event": "failed", "id", "message"}

`ending` says that a training has been told to stop and goes on to calibrate and save what it has.
`rows` is how many rows of each series to fit on, 0 leaves it out; `live` is the number of the
series of the live forecast, `origins` are its rows; `path` says where to save the model, `kept`
whether one was saved there; `seconds` ends the training, null does not.
"""

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.models.settings import ForecasterSettings
from forecast.nn.optimizers import Optimizer
from forecast.strict_json import plain_number
from forecast.training.history import Epoch


def line(message: Mapping[str, Any]) -> bytes:
    """Return a message as one line of JSON.

    Raises:
        TypeError: it holds something that JSON cannot.
        ValueError: it holds a number that is not finite.
    """
    return json.dumps(message, allow_nan=False, default=plain_number).encode() + b"\n"


def packed_series(rows: TimeSeries | Panel) -> dict[str, Any]:
    """Return series as plain values; `unpacked_series` is the way back, to the bit."""
    if isinstance(rows, Panel):
        many = {"ids": list(rows.ids), "offsets": rows.offsets.tolist()}
        many["static"] = [(name, kinds.tolist()) for name, kinds in rows.static]
        return packed_series(rows.flat) | many
    series, index = rows, rows.index
    dated = index if isinstance(index, pd.DatetimeIndex) else None
    return {
        "values": _packed(series.values, "<f8"),
        "observed": _packed(series.observed, "?"),
        "index": _packed(index.to_numpy() if dated is None else dated.asi8, "<i8"),
        "unit": None if dated is None else dated.unit,
        "zone": None if dated is None or dated.tz is None else str(dated.tz),
        "frequency": series.frequency,
        "name": series.name,
        "covariates": _packed(series.covariates, "<f8"),
        "columns": list(series.columns),
    }


def unpacked_series(packed: Mapping[str, Any]) -> TimeSeries | Panel:
    """Return the series that `packed_series` was given."""
    columns = tuple(packed["columns"])
    covariates = _unpacked(packed["covariates"], "<f8")
    many = "ids" in packed
    flat = TimeSeries(
        values=_unpacked(packed["values"], "<f8"),
        observed=_unpacked(packed["observed"], "?"),
        index=_index(_unpacked(packed["index"], "<i8"), packed["unit"], packed["zone"], many),
        frequency=packed["frequency"],
        name=packed["name"],
        covariates=covariates.reshape(-1, len(columns)) if columns else np.empty((0, 0)),
        columns=columns,
    )
    if not many:
        return flat
    static = tuple((name, np.array(kinds, dtype=np.str_)) for name, kinds in packed["static"])
    offsets = np.array(packed["offsets"], dtype=np.intp)
    return Panel(flat, offsets, tuple(packed["ids"]), static=static)


def _packed(array: NDArray[Any], dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode("ascii")


def _unpacked(text: str, dtype: str) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype).copy()


def _index(
    numbers: NDArray[np.int64], unit: str | None, zone: str | None, many: bool
) -> "pd.Index[Any]":
    if unit is None and many:
        return pd.Index(numbers)
    if unit is None:
        return pd.RangeIndex(int(numbers[0]), int(numbers[0]) + len(numbers))
    times = pd.DatetimeIndex(numbers.view(f"<M8[{unit}]"))
    return times if zone is None else times.tz_localize("UTC").tz_convert(zone)


def packed_settings(settings: ForecasterSettings) -> dict[str, Any]:
    """Return settings as plain values."""
    return asdict(settings)


def unpacked_settings(packed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the `Forecaster` that `packed_settings` was given."""
    optimizer = packed["optimizer"]
    made = Optimizer(**optimizer) if isinstance(optimizer, dict) else optimizer
    return {**packed, "optimizer": made}


def packed_numbers(values: Iterable[float]) -> list[float | None]:
    """Return numbers, with None for what is not finite."""
    return [float(value) if math.isfinite(value) else None for value in values]


def unpacked_numbers(values: Iterable[float | None]) -> tuple[float, ...]:
    """Return numbers, with NaN for None."""
    return tuple(math.nan if value is None else value for value in values)


def unpacked_epoch(record: Iterable[float | None]) -> Epoch:
    """Return the epoch whose fields `packed_numbers` was given."""
    number, *rest = unpacked_numbers(record)
    return Epoch(int(number), *rest)
