"""A fitted forecaster as one archive: a JSON header and arrays under Keras' weight names."""

import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast import archive
from forecast.errors import ArchiveError, ForecastError
from forecast.models.fitted import Fitted, Member
from forecast.models.reading import Recipe
from forecast.models.restoring import flow_place, restored, weights_place
from forecast.models.settings import ForecasterSettings

KIND = "forecaster"


def save_forecaster(
    path: str | os.PathLike[str], settings: ForecasterSettings, fitted: Fitted
) -> None:
    """Write a fitted forecaster.

    Raises:
        ArchiveError: the file cannot be written, or a weight is NaN.
    """
    _check_finite(fitted.members)
    flat = fitted.tail.flat
    header = {
        "settings": asdict(settings),
        "members": [_member_header(member) for member in fitted.members],
        "recipe": _recipe_header(fitted.recipe),
        "seconds": fitted.seconds,
        "engine": fitted.engine,
        "refitted": fitted.refitted,
        "updated": fitted.updated,
        "series": {"name": flat.name, "frequency": flat.frequency, "long": fitted.tail.long},
        "index": _index_header(flat.index),
    }
    arrays = {
        "scores": fitted.scores,
        "splits": fitted.splits.stops.astype(np.int64),
        **_recipe_arrays(fitted.recipe),
        "tail/values": flat.values,
        "tail/observed": flat.observed,
        "tail/index": _index_numbers(flat.index),
        "tail/offsets": fitted.tail.offsets.astype(np.int64),
        "tail/covariates": flat.covariates,
        "tail/static": _static_codes(fitted),
    }
    for number, member in enumerate(fitted.members):
        place = weights_place(number)
        if member.local is not None:
            arrays[f"{place}/series"] = member.local
            continue
        arrays |= {f"{place}/{name}": array for name, array in member.parameters.items()}
        arrays |= {f"{flow_place(number)}/{name}": one for name, one in member.flow.items()}
    archive.write(path, KIND, header, arrays)


def load_forecaster(path: str | os.PathLike[str]) -> tuple[ForecasterSettings, Fitted]:
    """Read a fitted forecaster.

    Raises:
        ArchiveError: the file is missing, too large, broken or holds something else.
    """
    header, arrays = archive.read(path, KIND)
    try:
        return restored(header, arrays)
    except (LookupError, TypeError, ValueError, ArithmeticError, ForecastError) as error:
        raise ArchiveError(
            f"{str(path)!r} is not a complete forecaster ({archive.cut(error)}). "
            "Save the model again."
        ) from error


def _check_finite(members: Sequence[Member]) -> None:
    """See that the weights can be read again.

    Raises:
        ArchiveError: one is NaN or infinite.
    """
    for number, member in enumerate(members, start=1):
        named = member.parameters if member.local is None else {"series": member.local}
        for name, array in named.items():
            if not np.isfinite(array).all():
                raise ArchiveError(
                    f"The weights {name!r} of network {number} hold NaN or infinity; a model with "
                    "such weights forecasts nothing, and is not saved. Fit again, for instance "
                    "with a lower `learning_rate`."
                )


def _member_header(member: Member) -> dict[str, Any]:
    return {
        "history": [[_null(value) for value in record] for record in member.history],
        "best_epoch": member.best_epoch,
        "stopped_by": member.stopped_by,
        "failed": [list(one) for one in member.failed],
    }


def _recipe_header(recipe: Recipe) -> dict[str, Any]:
    seasons = recipe.seasons
    return {
        "ids": list(recipe.ids),
        "seasons": None if seasons is None else {"frequency": seasons.frequency},
        "scaling": recipe.scales.name,
        "usual": recipe.scales.usual._asdict(),
        "covariates": recipe.covariates._asdict(),
        "columns": list(recipe.columns),
        "categories": [[name, list(values)] for name, values in recipe.categories],
    }


def _recipe_arrays(recipe: Recipe) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {
        "recipe/logs": recipe.logs,
        "recipe/shift": recipe.scales.shift,
        "recipe/spread": recipe.scales.spread,
    }
    if recipe.seasons is not None:
        found["recipe/factors"] = recipe.seasons.factors
        found["recipe/anchors"] = _index_numbers(recipe.seasons.anchors)
    return found


def _static_codes(fitted: Fitted) -> NDArray[np.int64]:
    """Return the place of each series' static values among the categories, (series, columns)."""
    kinds = dict(fitted.tail.static)
    codes = np.zeros((len(fitted.tail), len(fitted.recipe.categories)), dtype=np.int64)
    for place, (name, values) in enumerate(fitted.recipe.categories):
        places = {value: number for number, value in enumerate(values)}
        codes[:, place] = [places[str(value)] for value in kinds[name]]
    return codes


def _null(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None


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
