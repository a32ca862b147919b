"""From what is asked to a plan: settings are checked, the input is looked at, nothing is done."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from forecast.batch.dialect import Wanted, find_dialect
from forecast.batch.pieces import Piece, cut_input
from forecast.batch.plan import Plan
from forecast.batch.source import find_input
from forecast.checks import whole_number
from forecast.errors import SettingError
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import checked_levels
from forecast.models.settings import ForecasterSettings

PARTITION_ROWS, SAMPLE = 500_000, 10_000


class Asked(NamedTuple):
    """What `batch` was asked for; see there."""

    cells: tuple[str, ...]
    settings: dict[str, Any]
    levels: tuple[float, ...]
    model: Path | None
    horizon: int | None
    sample: int
    partition_rows: int
    least: int | None
    decimal: str | None


class Chosen(NamedTuple):
    """The networks that forecast.

    Attributes:
        settings: of each, one a cell.
        covariates: that they read.
        path: of the file of a fitted one, or None.
        content: of that file, as a hash.
    """

    settings: tuple[ForecasterSettings, ...]
    covariates: tuple[str, ...]
    path: str | None = None
    content: str | None = None


def planned(source: str | os.PathLike[str], asked: Asked, version: str) -> tuple[Plan, list[Piece]]:
    """Return the plan for an input, and the pieces it is cut into.

    Raises:
        SettingError: a setting lies outside its range, or does not go with others.
        ReadError: the input cannot be read.
        ArchiveError: the model cannot be read.
    """
    chosen = _of_new(asked) if asked.model is None else _of_fitted(asked.model)
    first = chosen.settings[0]
    levels = tuple(checked_levels(asked.levels))
    _check(first, levels)
    rows = whole_number("partition_rows", asked.partition_rows)
    horizon = whole_number("horizon", asked.horizon or first.horizon)
    # By default for a window with a target, and some part of a window to forecast from.
    usual = max(horizon + 2, first.timesteps // 4)
    given = find_input(source)
    wanted = Wanted(first.target, chosen.covariates, first.static, asked.decimal)
    dialect = find_dialect(given, wanted)
    pieces, total = cut_input(given, dialect, rows)
    plan = Plan(
        version=version,
        source=given,
        dialect=dialect,
        pieces=len(pieces),
        partitions=max(1, -(-total // rows)),
        partition_rows=rows,
        settings=chosen.settings,
        horizon=horizon,
        levels=levels,
        least=whole_number("least", usual if asked.least is None else asked.least),
        sample=whole_number("sample", asked.sample),
        model=chosen.path,
        model_bytes=chosen.content,
    )
    return plan, pieces


def _of_new(asked: Asked) -> Chosen:
    """Return the networks that are to be fitted; covariates are only those that are named."""
    given = dict(asked.settings)
    given["past_covariates"] = tuple(given.get("past_covariates") or ())
    settings = tuple(Forecaster(cell, **given).settings for cell in asked.cells)
    return Chosen(settings, given["past_covariates"])


def _of_fitted(path: Path) -> Chosen:
    """Return the network of a file.

    Raises:
        ArchiveError: it cannot be read.
        SettingError: it was fitted on a single series.
    """
    model, place = Forecaster.load(path), path.expanduser().absolute()
    fitted = model.learned()
    if not fitted.tail.long:
        raise SettingError(
            f"`model` must be fitted on many series; {str(path)!r} was fitted on one. Fit it on a "
            "long frame unique_id, ds, y."
        )
    content = sha256(place.read_bytes()).hexdigest()
    return Chosen((model.settings,), fitted.recipe.columns, str(place), content)


def _check(settings: ForecasterSettings, levels: tuple[float, ...]) -> None:
    """See that a batch can do what is asked, before anything is read.

    Raises:
        SettingError: it cannot.
    """
    if levels and settings.calibration == 0:
        raise SettingError(
            "`level` needs rows to measure intervals on; got calibration=0. Give `calibration` a "
            "share, such as 0.15, or leave `level` out."
        )
    if settings.future_covariates:
        raise SettingError(
            "`future_covariates` must be known for the rows to forecast, which the input of a "
            f"batch does not hold; got {list(settings.future_covariates)}. Leave them out."
        )
