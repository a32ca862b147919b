"""A fitted forecaster as one archive: a JSON header and arrays under Keras' weight names."""

import math
import os
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from forecast import archive
from forecast.data.scaling import Scaler
from forecast.data.series import TimeSeries
from forecast.data.splits import Parts
from forecast.errors import ArchiveError, ForecastError
from forecast.models.fitting import Fitted
from forecast.models.settings import ForecasterSettings
from forecast.nn.optimizers import Optimizer
from forecast.nn.parameters import Parameters
from forecast.training.history import Epoch, history_frame

KIND = "forecaster"


def save_forecaster(
    path: str | os.PathLike[str], settings: ForecasterSettings, fitted: Fitted
) -> None:
    """Write a fitted forecaster.

    Raises:
        ArchiveError: the file cannot be written.
    """
    header = {
        "settings": asdict(settings),
        "scaler": fitted.scaler._asdict(),
        "history": [[_null(value) for value in row] for row in fitted.history.to_numpy().tolist()],
        "best_epoch": fitted.best_epoch,
        "stopped_by": fitted.stopped_by,
        "seconds": fitted.seconds,
        "engine": fitted.engine,
        "parts": {name: [part.start, part.stop] for name, part in fitted.parts._asdict().items()},
        "series": {"name": fitted.tail.name, "frequency": fitted.tail.frequency},
        "index": _index_header(fitted.tail.index),
    }
    arrays = {f"weights/{name}": array for name, array in fitted.parameters.items()} | {
        "scores": fitted.scores,
        "tail/values": fitted.tail.values,
        "tail/observed": fitted.tail.observed,
        "tail/index": _index_numbers(fitted.tail.index),
    }
    archive.write(path, KIND, header, arrays)


def load_forecaster(path: str | os.PathLike[str]) -> tuple[ForecasterSettings, Fitted]:
    """Read a fitted forecaster.

    Raises:
        ArchiveError: the file is missing, broken or holds something else.
    """
    header, arrays = archive.read(path, KIND)
    try:
        settings = _settings(header["settings"])
        return settings, _fitted(settings, header, arrays)
    except (KeyError, TypeError, ValueError, ForecastError) as error:
        raise ArchiveError(
            f"{str(path)!r} is not a complete forecaster ({error}). Save the model again."
        ) from error


def _settings(saved: dict[str, Any]) -> ForecasterSettings:
    optimizer = saved["optimizer"]
    if isinstance(optimizer, dict):
        saved = saved | {"optimizer": Optimizer(**optimizer)}
    return ForecasterSettings(**saved)


def _fitted(settings: ForecasterSettings, header: dict[str, Any], arrays: dict[str, Any]) -> Fitted:
    shapes = settings.network().shapes()
    weights = {name: arrays[f"weights/{name}"] for name in shapes}
    found = {name: array.shape for name, array in weights.items()}
    if found != shapes:
        raise ArchiveError(f"weights have shapes {found}, expected {shapes}")
    flat = np.concatenate([array.ravel() for array in weights.values()])
    tail = TimeSeries(
        values=arrays["tail/values"],
        observed=arrays["tail/observed"],
        index=_index(arrays["tail/index"], header["index"]),
        frequency=header["series"]["frequency"],
        name=header["series"]["name"],
    )
    return Fitted(
        parameters=Parameters(shapes, flat.astype(settings.dtype)),
        scaler=Scaler(**header["scaler"]),
        history=history_frame([_epoch(row) for row in header["history"]]),
        best_epoch=header["best_epoch"],
        stopped_by=header["stopped_by"],
        seconds=header["seconds"],
        parts=Parts(**{name: range(*ends) for name, ends in header["parts"].items()}),
        scores=arrays["scores"],
        tail=tail,
        engine=header.get("engine", "numpy"),  # archives of version 0.1 do not say
    )


def _null(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None


def _epoch(row: list[float | None]) -> Epoch:
    """Read back what `_null` wrote."""
    number, *rest = (math.nan if value is None else value for value in row)
    return Epoch(int(number), *rest)


def _index_header(index: "pd.Index[Any]") -> dict[str, str | None] | None:
    if not isinstance(index, pd.DatetimeIndex):
        return None
    return {"unit": index.unit, "zone": None if index.tz is None else _zone_name(index)}


def _zone_name(index: pd.DatetimeIndex) -> str:
    """Return a name that brings the zone back, or else the offset of the last row."""
    name = str(index.tz)
    try:
        if index[-1:].tz_convert(name)[0].utcoffset() == index[-1].utcoffset():
            return name
    except (ValueError, KeyError, TypeError):
        pass  # a zone object that no name stands for
    offset = index[-1].utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _index_numbers(index: "pd.Index[Any]") -> Any:
    return index.asi8 if isinstance(index, pd.DatetimeIndex) else index.to_numpy(dtype=np.int64)


def _index(numbers: Any, header: dict[str, Any] | None) -> "pd.Index[Any]":
    if header is None:
        return pd.RangeIndex(int(numbers[0]), int(numbers[-1]) + 1)
    utc = pd.DatetimeIndex(numbers.astype(f"datetime64[{header['unit']}]"))
    return utc if header["zone"] is None else utc.tz_localize("UTC").tz_convert(header["zone"])
