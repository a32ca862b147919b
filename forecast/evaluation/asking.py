"""Asking a fitted model for its forecasts of many windows, and whether it looks ahead."""

import time
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from forecast.data.panel import Panel
from forecast.data.series import Values
from forecast.data.windows import Origins
from forecast.errors import SettingError
from forecast.evaluation.marks import GRID, Told, grid_of
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import Interval

USUAL = (80.0, 95.0)  # levels of intervals, where nobody asks for others


class Asked(NamedTuple):
    """What a model answered.

    Attributes:
        told: its forecasts.
        milliseconds: that one of them took with its intervals, when all were made together.
    """

    told: Told
    milliseconds: float


def ask(
    model: Model,
    panel: Panel,
    origins: Origins,
    horizon: int,
    levels: Sequence[float] | None = None,
) -> Asked:
    """Ask for forecasts after origins, with intervals.

    Args:
        model: fitted.
        panel: the rows.
        origins: (S, W) flat rows.
        horizon: rows ahead.
        levels: of the intervals; None takes 80 and 95 where the model has rows enough for them.

    Raises:
        SettingError: a level that was asked for needs more calibration windows than there are.
    """
    shape, flat = (*origins.shape, horizon), origins.ravel()
    if not flat.size:
        return Asked(Told(np.empty(shape), {}, None), float("nan"))
    able = _able(model, panel, flat, horizon, sorted({*USUAL, *GRID}))
    wanted = [one for one in USUAL if one in able] if levels is None else list(levels)
    every = sorted({*wanted, *(one for one in GRID if one in able and wanted)})
    started = time.perf_counter()
    spans = model.spans_from(panel, flat, horizon, every)
    milliseconds = 1000 * (time.perf_counter() - started) / flat.size
    point = spans.point.reshape(shape)
    found = {
        level: Interval(one.lower.reshape(shape), one.upper.reshape(shape))
        for level, one in zip(every, spans.intervals, strict=True)
    }
    shown = {level: found[level] for level in wanted}
    return Asked(Told(point, shown, grid_of(point, found)), milliseconds)


def _able(
    model: Model, panel: Panel, origins: Origins, horizon: int, levels: Sequence[float]
) -> tuple[float, ...]:
    """Return which of rising levels the model's calibration windows can support."""

    def refused(level: float) -> bool:
        try:
            model.spans_from(panel, origins[:1], horizon, (level,))
        except SettingError:
            return True
        return False

    return tuple(levels[: bisect_left(levels, True, key=refused)])  # a higher one needs more


class Probe(NamedTuple):
    """What came of changing rows after a cut-off.

    Attributes:
        probed: forecasts made again.
        leaked: how many came out different.
    """

    probed: int
    leaked: int


def probe(model: Model, panel: Panel, origins: Origins, horizon: int) -> Probe:
    """Make forecasts again after changing all rows behind a cut-off in the middle.

    Covariates that a network knows in the future stay as they are.

    Args:
        model: fitted.
        panel: the rows.
        origins: (S, W) flat rows of cut-offs.
        horizon: rows ahead.
    """
    windows = origins.shape[1]
    known = model.settings.future_covariates if isinstance(model, Forecaster) else ()
    if not origins.size:
        return Probe(0, 0)
    middle = windows // 2
    some = origins[:, : middle + 1].ravel()
    changed = _changed(panel, origins[:, middle], known)
    before = model.forecast_from(panel, some, horizon)
    after = model.forecast_from(changed, some, horizon)
    differs = ~((before == after) | (np.isnan(before) & np.isnan(after))).all(axis=1)
    return Probe(len(some), int(differs.sum()))


def _changed(panel: Panel, cuts: Origins, known: Collection[str]) -> Panel:
    """Return a panel in which all rows of a series after its cut-off are others."""
    rows = np.arange(len(panel.flat))
    later = rows > cuts[panel.which(rows)]
    flat = panel.flat
    covariates = flat.covariates
    if flat.columns:
        covariates = covariates.copy()
        for place, name in enumerate(flat.columns):
            if name not in known:
                covariates[later, place] = _other(covariates[later, place])
    values = flat.values.copy()
    values[later] = _other(values[later])
    return replace(panel, flat=replace(flat, values=values, covariates=covariates))


def _other(values: Values) -> Values:
    """Return other values, above 0 where these are."""
    moved: Values = 2 * values + (float(np.abs(values).max(initial=0.0)) + 1)
    return moved
