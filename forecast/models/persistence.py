"""A fitted forecaster as one archive: a JSON header and arrays under Keras' weight names."""

import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from forecast import archive
from forecast.data.features import CovariateScale
from forecast.data.panel import Panel
from forecast.data.scaling import Scaler
from forecast.data.seasonal import Season
from forecast.data.series import TimeSeries
from forecast.data.splits import Parts
from forecast.errors import ArchiveError, ForecastError
from forecast.models.fitted import Fitted, Member
from forecast.models.fitting import network_of
from forecast.models.reading import Recipe
from forecast.models.settings import ForecasterSettings
from forecast.nn.optimizers import Optimizer
from forecast.nn.parameters import Parameters
from forecast.training.history import Epoch

KIND = "forecaster"


def save_forecaster(
    path: str | os.PathLike[str], settings: ForecasterSettings, fitted: Fitted
) -> None:
    """Write a fitted forecaster.

    Raises:
        ArchiveError: the file cannot be written.
    """
    flat = fitted.tail.flat
    header = {
        "settings": asdict(settings),
        "members": [_member_header(member) for member in fitted.members],
        "recipe": _recipe_header(fitted.recipe, flat.index),
        "splits": [_split_header(parts) for parts in fitted.splits],
        "seconds": fitted.seconds,
        "engine": fitted.engine,
        "refitted": fitted.refitted,
        "updated": fitted.updated,
        "series": {"name": flat.name, "frequency": flat.frequency, "long": fitted.tail.long},
        "index": _index_header(flat.index),
    }
    arrays = {
        "scores": fitted.scores,
        "tail/values": flat.values,
        "tail/observed": flat.observed,
        "tail/index": _index_numbers(flat.index),
        "tail/offsets": fitted.tail.offsets,
        "tail/covariates": flat.covariates,
    }
    for number, member in enumerate(fitted.members):
        place = _weights(number)
        arrays |= {f"{place}/{name}": array for name, array in member.parameters.items()}
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
    except (KeyError, IndexError, TypeError, ValueError, ForecastError) as error:
        raise ArchiveError(
            f"{str(path)!r} is not a complete forecaster ({error}). Save the model again."
        ) from error


def _weights(number: int) -> str:
    """Return where the weights of a network stand; those of the first under the plain name."""
    return "weights" if number == 0 else f"weights_{number + 1}"


def _member_header(member: Member) -> dict[str, Any]:
    return {
        "history": [[_null(value) for value in record] for record in member.history],
        "best_epoch": member.best_epoch,
        "stopped_by": member.stopped_by,
    }


def _split_header(parts: Parts) -> dict[str, list[int]]:
    return {name: [part.start, part.stop] for name, part in parts._asdict().items()}


def _recipe_header(recipe: Recipe, index: "pd.Index[Any]") -> dict[str, Any]:
    seasons = [
        one._asdict() | {"anchor": _anchor_number(one.anchor, index)} for one in recipe.seasons
    ]
    return {
        "ids": list(recipe.ids),
        "seasons": seasons,
        "scalers": [one._asdict() for one in recipe.scalers],
        "covariates": recipe.covariates._asdict(),
        "columns": list(recipe.columns),
    }


def _settings(saved: dict[str, Any]) -> ForecasterSettings:
    optimizer = saved["optimizer"]
    if isinstance(optimizer, dict):
        saved = saved | {"optimizer": Optimizer(**optimizer)}
    return ForecasterSettings(**saved)


def _fitted(settings: ForecasterSettings, header: dict[str, Any], arrays: dict[str, Any]) -> Fitted:
    recipe = _recipe(header["recipe"], header["index"])
    shapes = network_of(settings, recipe, "numpy").shapes()
    members = tuple(
        _member(saved, Parameters(shapes, _flat(arrays, _weights(number), shapes, settings)))
        for number, saved in enumerate(header["members"])
    )
    return Fitted(
        members=members,
        recipe=recipe,
        splits=tuple(
            Parts(**{name: range(*ends) for name, ends in parts.items()})
            for parts in header["splits"]
        ),
        scores=arrays["scores"],
        tail=_tail(header, arrays, recipe),
        seconds=header["seconds"],
        engine=header["engine"],
        refitted=header["refitted"],
        updated=header["updated"],
    )


def _flat(
    arrays: Mapping[str, Any], place: str, shapes: Mapping[str, Any], settings: ForecasterSettings
) -> Any:
    """Return the weights of a network in one buffer.

    Raises:
        ArchiveError: they do not have the shapes of the settings.
    """
    weights = {name: arrays[f"{place}/{name}"] for name in shapes}
    found = {name: array.shape for name, array in weights.items()}
    if found != shapes:
        raise ArchiveError(f"weights have shapes {found}, expected {shapes}")
    return np.concatenate([array.ravel() for array in weights.values()]).astype(settings.dtype)


def _member(saved: dict[str, Any], parameters: Parameters) -> Member:
    history = tuple(_epoch(row) for row in saved["history"])
    return Member(parameters, history, saved["best_epoch"], saved["stopped_by"])


def _recipe(saved: dict[str, Any], index: dict[str, Any] | None) -> Recipe:
    seasons = [
        Season(one["kind"], tuple(one["factors"]), _anchor(one["anchor"], index), one["frequency"])
        for one in saved["seasons"]
    ]
    scale = {name: tuple(values) for name, values in saved["covariates"].items()}
    return Recipe(
        ids=tuple(saved["ids"]),
        seasons=tuple(seasons),
        scalers=tuple(Scaler(**one) for one in saved["scalers"]),
        covariates=CovariateScale(**scale),
        columns=tuple(saved["columns"]),
    )


def _tail(header: dict[str, Any], arrays: dict[str, Any], recipe: Recipe) -> Panel:
    flat = TimeSeries(
        values=arrays["tail/values"],
        observed=arrays["tail/observed"],
        index=_index(arrays["tail/index"], header["index"]),
        frequency=header["series"]["frequency"],
        name=header["series"]["name"],
        covariates=arrays["tail/covariates"],
        columns=recipe.columns,
    )
    return Panel(flat, arrays["tail/offsets"], recipe.ids, header["series"]["long"])


def _anchor_number(anchor: Any, index: "pd.Index[Any]") -> int:
    """Return the first row of a season as a number, in the unit of the index."""
    if not isinstance(index, pd.DatetimeIndex):
        return int(anchor)
    return int(pd.DatetimeIndex([anchor]).as_unit(index.unit).asi8[0])


def _anchor(number: int, index: dict[str, Any] | None) -> Any:
    return _index(np.array([number], dtype=np.int64), index)[0]


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
        numbered: pd.Index[Any] = pd.Index(numbers, dtype=np.int64)
        return numbered
    utc: pd.DatetimeIndex = pd.DatetimeIndex(numbers.astype(f"datetime64[{header['unit']}]"))
    zone: str | None = header["zone"]
    return utc if zone is None else utc.tz_localize("UTC").tz_convert(zone)
