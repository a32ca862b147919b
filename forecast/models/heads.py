"""What networks put out for windows, as levels: point forecasts, quantiles, or Student's t.

n windows, H rows ahead, w numbers a row (`ForecasterSettings.head_width`); several networks, of
one setting each but for the seed, forecast the median of what they put out.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from forecast.data.panel import Rows
from forecast.data.series import Values
from forecast.errors import SettingError
from forecast.models.reading import Read, Reading
from forecast.models.settings import ForecasterSettings
from forecast.nn.arrays import Array
from forecast.nn.fused import runner
from forecast.nn.head_losses import student_parameters
from forecast.nn.local import local_runner
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack

ROWS_AT_ONCE = 1024  # windows in one forward pass

Run = Callable[[Read], Array]  # outputs (n, block · w) of windows


class Ahead(NamedTuple):
    """Forecasts of windows, as levels.

    Attributes:
        point: (n, H); the median of quantiles, the location of Student's t.
        quantiles: (n, H, w) in rising order, of a quantile head; else None.
        unit: (n, H) that the error of an interval is counted in: the spread of the window, or the
            scale of Student's t.
    """

    point: Values
    quantiles: Values | None
    unit: Values


def run_of(network: Stack, parameters: Parameters, local: Array | None = None) -> Run:
    """Return what a network puts out for windows.

    Args:
        network: the layers.
        parameters: their weights.
        local: (series, size) the weights of each series, where each has its own.
    """
    if local is not None:
        each = local_runner(network, local)
        return lambda read: each(read.x, read.mask, read.beside, read.which)
    run = runner(network, parameters)
    return lambda read: run(read.x, read.mask, read.beside)


def ahead_of(
    settings: ForecasterSettings,
    runs: Sequence[Run],
    reading: Reading,
    origins: Rows,
    horizon: int,
) -> Ahead:
    """Forecast the levels of the rows after each origin.

    Args:
        settings: of the forecaster.
        runs: its networks.
        reading: of the rows, which reach as far ahead as known covariates are needed.
        origins: (n,) last known row of each forecast.
        horizon: rows ahead; beyond the network's own, forecasts are fed back in blocks.

    Raises:
        SettingError: they would have to be fed back, and a past covariate is not known there.
    """
    check_fed_back(settings, reading.panel.flat.columns, horizon)
    parts = [
        _blocks(settings, runs, reading, origins[start : start + ROWS_AT_ONCE], horizon)
        for start in range(0, len(origins), ROWS_AT_ONCE)
    ]
    if not parts:
        none: Values = np.empty((0, horizon))
        nothing: Values = np.empty((0, horizon, settings.head_width))
        return Ahead(none, nothing if settings.loss == "quantile" else None, none)
    quantiles = [part.quantiles for part in parts if part.quantiles is not None]
    return Ahead(
        np.concatenate([part.point for part in parts]),
        np.concatenate(quantiles) if quantiles else None,
        np.concatenate([part.unit for part in parts]),
    )


def check_fed_back(settings: ForecasterSettings, columns: Sequence[str], horizon: int) -> None:
    """See that nothing but forecasts has to be fed back.

    Args:
        settings: of the forecaster.
        columns: names of all covariates.
        horizon: rows ahead.

    Raises:
        SettingError: a past covariate is not known as far ahead.
    """
    past = [name for name in columns if name not in settings.future_covariates]
    if horizon > settings.block and past:
        raise SettingError(
            f"Forecasts {horizon} rows ahead are fed back in blocks of {settings.block}, and the "
            f"past covariate {past[0]!r} is not known there. Fit with strategy='direct' and "
            f"horizon={horizon}, or without it."
        )
    lagged = [name for name in ("seasonal_lags", "residual") if _looks_back(settings, name)]
    if horizon > settings.block and lagged:
        raise SettingError(
            f"Forecasts {horizon} rows ahead are fed back in blocks of {settings.block}, which "
            f"`{lagged[0]}` does not reach beyond. Fit with strategy='direct' and "
            f"horizon={horizon}, or without it."
        )


def _looks_back(settings: ForecasterSettings, name: str) -> bool:
    """Say whether a setting reads rows of the series before the rows ahead."""
    return (
        bool(settings.seasonal_lags)
        if name == "seasonal_lags"
        else (settings.residual == "seasonal_naive")
    )


def _blocks(
    settings: ForecasterSettings,
    runs: Sequence[Run],
    reading: Reading,
    origins: Rows,
    horizon: int,
) -> Ahead:
    """Forecast block after block, each fed back for the next."""
    inputs = base = None
    blocks: list[Ahead] = []
    for moved in range(0, horizon, settings.block):
        read = reading.read(origins, settings.dtype, inputs=inputs, base=base, moved=moved)
        outputs = [run(read) for run in runs]
        blocks.append(_levels(settings, outputs, read.anchor, read.spread))
        if moved + settings.block < horizon:
            if inputs is None or base is None:
                inputs = reading.inputs_of(origins)
                base = reading.levels.values[origins, None]
            inputs, base = reading.fed_back(inputs, base, blocks[-1].point)
    return Ahead(
        _side_by_side([block.point for block in blocks], horizon),
        None
        if blocks[0].quantiles is None
        else _side_by_side([b.quantiles for b in blocks if b.quantiles is not None], horizon),
        _side_by_side([block.unit for block in blocks], horizon),
    )


def _side_by_side(blocks: list[Values], horizon: int) -> Values:
    whole = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
    return whole[:, :horizon]


def _levels(
    settings: ForecasterSettings, outputs: Sequence[Array], anchor: Values, spread: Values
) -> Ahead:
    """Turn outputs (n, block · w) of each network into levels: the median over the networks."""
    block, numbers = settings.block, settings.head_width
    raw: list[Values] = [one.astype(np.float64) for one in outputs]
    if settings.loss == "student_t":
        told = [student_parameters(one) for one in raw]
        point = _median([one[0] for one in told]) * spread + anchor
        return Ahead(point, None, _median([one[1] for one in told]) * spread)
    if numbers == 1:
        point = _median(raw) * spread + anchor
        return Ahead(point, None, np.broadcast_to(spread, point.shape))
    quantiles = _median([np.sort(one.reshape(len(one), block, numbers), axis=2) for one in raw])
    quantiles = quantiles * spread[:, :, None] + anchor[:, :, None]
    point = quantiles[:, :, settings.quantiles.index(0.5)]
    return Ahead(point, quantiles, np.broadcast_to(spread, point.shape))


def _median(members: Sequence[Array]) -> Values:
    if len(members) == 1:
        return members[0].astype(np.float64, copy=False)
    middle: Values = np.median(np.stack(members), axis=0)
    return middle
