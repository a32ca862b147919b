"""A fitted forecaster from what its file says, every word of which is looked at before it is used.

The file may come from anybody. Its settings are checked like a person's, and everything else
against them: no array is made that the file does not hold, and no name becomes a path. Errors are
`ValueError`s (a `SettingError` is one too) that say what is wrong.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.checks import one_of, real_number, whole_number
from forecast.models.fitted import Fitted, Member
from forecast.models.fitting import network_of
from forecast.models.restored_recipe import recipe_arrays, recipe_from, splits_from
from forecast.models.restored_rows import Arrays, array_of, tail_of
from forecast.models.settings import ForecasterSettings
from forecast.nn.optimizers import Optimizer
from forecast.nn.parameters import Parameters
from forecast.strict_json import check_names, flag, items, record, shown, text
from forecast.training.flow import traced_layers
from forecast.training.history import Epoch
from forecast.training.recording import FlowRecord

HEADER = (
    "settings", "members", "recipe", "seconds", "engine", "refitted", "updated",
    "series", "index",
)  # fmt: skip
ROWS = ("values", "observed", "index", "offsets", "covariates", "static")
LISTS = (
    "past_covariates", "future_covariates", "static", "calendar", "quantiles", "seasonal_lags",
    "dilations",
)  # fmt: skip
ENDS = ("epochs", "patience", "cancel")
MOST_STEPS = 1_000_000  # in a window or ahead, where neither weights nor rows in the file back more

Shapes = Mapping[str, tuple[int, ...]]


def weights_place(number: int) -> str:
    """Return where the weights of a network stand; those of the first under the plain name."""
    return "weights" if number == 0 else f"weights_{number + 1}"


def flow_place(number: int) -> str:
    """Return where the recorded gradient of a network stands."""
    return "flow" if number == 0 else f"flow_{number + 1}"


def restored(header: dict[str, Any], arrays: Arrays) -> tuple[ForecasterSettings, Fitted]:
    """Return the settings of a forecaster and what it learned.

    Args:
        header: of its file.
        arrays: of its file.

    Raises:
        ValueError: they do not make a forecaster.
    """
    told = record("header", header, HEADER)
    settings = settings_from(told["settings"], len(arrays))
    recipe = recipe_from(told["recipe"], told["index"], arrays, settings)
    network = network_of(settings, recipe, "numpy")
    shapes, traced = network.shapes(), traced_layers(network) if settings.record_gradients else ()
    saved = items("members", told["members"])
    whole_number("members", len(saved), most=settings.seeds)
    _check_complete(arrays, shapes, traced, len(saved), settings)
    tail = tail_of(told["series"], told["index"], arrays, recipe, settings)
    _check_reach(settings, int(tail.lengths.max()))
    members = [
        _member(one, arrays, weights_place(number), shapes, settings, len(recipe.ids))
        for number, one in enumerate(saved)
    ]
    return settings, Fitted(
        members=tuple(
            one._replace(flow=_flow(arrays, flow_place(number), traced, settings, one))
            for number, one in enumerate(members)
        ),
        recipe=recipe,
        splits=splits_from(arrays, len(recipe.ids)),
        scores=_scores(arrays, settings),
        tail=tail,
        seconds=real_number("seconds", told["seconds"], least=0),
        engine=one_of("engine", told["engine"], ("numpy", "numba")),
        refitted=flag("refitted", told["refitted"]),
        updated=whole_number("updated", told["updated"], least=0),
    )


def settings_from(saved: object, most_layers: int) -> ForecasterSettings:
    """Return settings; those that a file does not name have their defaults.

    Args:
        saved: by name.
        most_layers: that the file can have weights for, as one is built for each.

    Raises:
        ValueError: one is unknown, or lies outside its range or choices.
    """
    if not isinstance(saved, dict):
        raise ValueError(f"`settings` must be an object; got {shown(saved)}")
    known = {field.name for field in fields(ForecasterSettings)}
    check_names("settings", (), saved.keys() - known)
    whole_number("layers", saved.get("layers", 1), most=max(1, most_layers))
    told = dict(saved)
    for name in LISTS:
        if told.get(name) is not None:
            items(name, told[name])
    for name in ("target", "frequency"):
        if told.get(name) is not None:
            text(name, told[name])
    if isinstance(told.get("optimizer"), dict):
        told["optimizer"] = _optimizer(told["optimizer"])
    return ForecasterSettings(**told)


def _optimizer(saved: dict[str, Any]) -> Optimizer:
    told = record("optimizer", saved, [field.name for field in fields(Optimizer)])
    flag("nesterov", told["nesterov"])
    return Optimizer(**told)


def _check_reach(settings: ForecasterSettings, rows: int) -> None:
    """See that a forecast takes no more memory than weights or rows in the file speak for."""
    whole_number("timesteps", settings.timesteps, most=max(MOST_STEPS, rows))
    if settings.strategy == "recursive":
        whole_number("horizon", settings.horizon, most=MOST_STEPS)


def _check_complete(
    arrays: Arrays,
    shapes: Shapes,
    traced: Sequence[str],
    members: int,
    settings: ForecasterSettings,
) -> None:
    """See that all arrays are there, and no other."""
    wanted = ["scores", "splits", *(f"recipe/{name}" for name in recipe_arrays(settings))]
    wanted += [f"tail/{name}" for name in ROWS]
    for number in range(members):
        names = ("series",) if settings.local else shapes
        wanted += [f"{weights_place(number)}/{name}" for name in names]
        wanted += [f"{flow_place(number)}/{name}" for name in traced]
    check_names("arrays", wanted, arrays)


def _parameters(arrays: Arrays, place: str, shapes: Shapes, dtype: str) -> Parameters:
    """Return the weights of a network in one buffer."""
    pieces = [
        array_of(arrays, f"{place}/{name}", dtype, shape, finite=True).ravel()
        for name, shape in shapes.items()
    ]
    return Parameters(shapes, np.concatenate(pieces))


def _scores(arrays: Arrays, settings: ForecasterSettings) -> NDArray[np.float64]:
    shape = (None, settings.horizon)
    quantiles = (len(settings.quantiles),) if settings.loss == "quantile" else ()
    return array_of(arrays, "scores", "float64", (*shape, *quantiles))


def _member(
    saved: object,
    arrays: Arrays,
    place: str,
    shapes: Shapes,
    settings: ForecasterSettings,
    series: int,
) -> Member:
    told = record("members", saved, ("history", "best_epoch", "stopped_by", "failed"))
    history = tuple(_epoch(row) for row in items("history", told["history"]))
    best = whole_number("best_epoch", told["best_epoch"], least=0, most=len(history))
    ended = one_of("stopped_by", told["stopped_by"], ENDS)
    if not settings.local:
        items("failed", told["failed"], 0)
        return Member(_parameters(arrays, place, shapes, settings.dtype), history, best, ended)
    size = sum(math.prod(shape) for shape in shapes.values())
    local = array_of(arrays, f"{place}/series", settings.dtype, (series, size), finite=True)
    failed = []
    for one in items("failed", told["failed"]):
        number, why = items("failed", one, 2)
        failed.append((whole_number("failed", number, least=0, most=series - 1), text("why", why)))
    return Member(Parameters(shapes, local[0]), history, best, ended, local, tuple(failed))


def _flow(
    arrays: Arrays,
    place: str,
    traced: Sequence[str],
    settings: ForecasterSettings,
    member: Member,
) -> FlowRecord:
    """Return the recorded gradient of a network: a row an epoch of its fit, and one before.

    Raises:
        ValueError: it has another shape, or holds what no norm is.
    """
    steps = settings.timesteps // settings.segment
    found: FlowRecord = {}
    for name in traced:
        at = f"{place}/{name}"
        norms = array_of(arrays, at, "float32", (None, steps), finite=True)
        whole_number(f"rows of {at}", len(norms), most=len(member.history) + 1)
        if len(norms) != len(next(iter(found.values()), norms)) or (norms < 0).any():
            raise ValueError(f"array {shown(at)} holds another number of epochs, or a norm below 0")
        found[name] = norms
    return found


def _epoch(row: object) -> Epoch:
    """Read back a record; JSON has null for NaN, and older files end before what is counted."""
    known = len(Epoch._fields)
    if isinstance(row, list) and len(row) == known - len(Epoch._field_defaults):
        known = len(row)
    number, *rest = items("history", row, known)
    numbers = (math.nan if one is None else real_number("history", one) for one in rest)
    return Epoch(whole_number("epoch", number), *numbers)
