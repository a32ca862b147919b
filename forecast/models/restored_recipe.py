"""What a fit learned before its training, from what its file says of that.

As in `forecast.models.restoring`, errors are `ValueError`s that say what is wrong.
"""

import numpy as np

from forecast.checks import one_of, real_number, whole_number
from forecast.data.categories import Categories
from forecast.data.features import CovariateScale
from forecast.data.panel import Id
from forecast.data.scales import Scales, Usual
from forecast.data.seasons import Seasons
from forecast.data.splits import Parts, Splits
from forecast.data.transforms import WHERE_POSITIVE, Flags, takes_log
from forecast.models.reading import Recipe
from forecast.models.restored_rows import Arrays, array_of, frequency_of, index_of
from forecast.models.settings import ForecasterSettings
from forecast.strict_json import items, record, text

HEADER = ("ids", "seasons", "scaling", "usual", "covariates", "columns", "categories")
MOST_ROWS = 2**53


def recipe_arrays(settings: ForecasterSettings) -> tuple[str, ...]:
    """Return the names of the arrays of a recipe."""
    plain = ("logs", "shift", "spread")
    return plain if settings.seasonal_adjustment == "none" else (*plain, "factors", "anchors")


def recipe_from(
    saved: object, index: object, arrays: Arrays, settings: ForecasterSettings
) -> Recipe:
    """Return a recipe.

    Args:
        saved: what the header says of it.
        index: what it says of the index of the rows.
        arrays: of the file.
        settings: of the forecaster.

    Raises:
        ValueError: they do not fit each other.
    """
    told = record("recipe", saved, HEADER)
    ids = tuple(_id(one) for one in items("ids", told["ids"]))
    columns = tuple(text("columns", one) for one in items("columns", told["columns"]))
    if not ids or len(set(ids)) < len(ids) or len(set(columns)) < len(columns):
        raise ValueError("`ids` and `columns` must name each series and each column once")
    scale = record("covariates", told["covariates"], CovariateScale._fields)
    one_of("scaling", told["scaling"], (settings.scaling,))
    return Recipe(
        ids=ids,
        logs=_logs(arrays, settings.transform, len(ids)),
        seasons=_seasons(told["seasons"], index, arrays, settings, len(ids)),
        scales=_scales(told["usual"], arrays, settings.scaling, len(ids)),
        covariates=CovariateScale(
            tuple(real_number("mean", one) for one in items("mean", scale["mean"], len(columns))),
            tuple(
                real_number("spread", one, above=0)
                for one in items("spread", scale["spread"], len(columns))
            ),
        ),
        columns=columns,
        categories=_categories(told["categories"], settings.static),
    )


def _id(one: object) -> Id:
    if isinstance(one, str):
        return text("ids", one)
    return whole_number("ids", one, least=-(2**63), most=2**64)


def _logs(arrays: Arrays, transform: str, series: int) -> Flags:
    logs: Flags = array_of(arrays, "recipe/logs", "bool", (series,))
    if transform != WHERE_POSITIVE and (logs != takes_log(transform)).any():
        raise ValueError(f"`logs` must be those of transform={transform!r}")
    return logs


def _scales(saved: object, arrays: Arrays, name: str, series: int) -> Scales:
    told = record("usual", saved, Usual._fields)
    shift = array_of(arrays, "recipe/shift", "float64", (series,), finite=True)
    spread = array_of(arrays, "recipe/spread", "float64", (series,), finite=True)
    if (spread <= 0).any():
        raise ValueError("`spread` must be above 0")
    usual = Usual(**{key: real_number(key, one, least=0) for key, one in told.items()})
    return Scales(name, shift, spread, usual)


def _seasons(
    saved: object, index: object, arrays: Arrays, settings: ForecasterSettings, series: int
) -> Seasons | None:
    kind = settings.seasonal_adjustment
    if kind == "none":
        if saved is not None:
            raise ValueError("`seasons` must be null without `seasonal_adjustment`")
        return None
    told = record("seasons", saved, ("frequency",))
    factors = array_of(arrays, "recipe/factors", "float64", (series, None), finite=True)
    if factors.shape[1] < 2 or (kind == "multiplicative" and (factors <= 0).any()):
        raise ValueError("`factors` must be at least two, and above 0 where they divide")
    anchors = array_of(arrays, "recipe/anchors", "int64", (series,))
    frequency = frequency_of(told["frequency"], index)
    return Seasons(kind, factors, index_of(anchors, index), frequency)


def _categories(saved: object, names: tuple[str, ...]) -> Categories:
    found = []
    for name, one in zip(names, items("categories", saved, len(names)), strict=True):
        called, values = items("categories", one, 2)
        kinds = tuple(text("categories", value) for value in items("categories", values))
        if called != name or not kinds or len(set(kinds)) < len(kinds):
            raise ValueError(f"`categories` must hold the values of {name!r}, each once")
        found.append((name, kinds))
    return tuple(found)


def splits_from(arrays: Arrays, series: int) -> Splits:
    """Return the parts of each series, each starting where the one before ends.

    Raises:
        ValueError: they do not rise.
    """
    borders = array_of(arrays, "splits", "int64", (series, len(Parts._fields)))
    if (
        (borders < 0).any()
        or (borders[:, 1:] < borders[:, :-1]).any()
        or (borders > MOST_ROWS).any()
    ):
        raise ValueError("`splits` must rise from part to part, from 0 on")
    return Splits(borders.astype(np.intp))
