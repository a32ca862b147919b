"""From a series to a fitted network: windows, scaler, training, calibration."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.data.scaling import Scaler, fit_scaler, scale, undo
from forecast.data.series import TimeSeries, Values
from forecast.data.splits import Parts, chronological
from forecast.data.windows import Windows, check_enough, windows_in
from forecast.models.examples import WindowExamples, network_inputs
from forecast.models.settings import ForecasterSettings
from forecast.nn.blas import one_blas_thread
from forecast.nn.fused import runner
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.history import Epoch, Progress, history_frame
from forecast.training.trainer import Cancel, streams, train

Ahead = Callable[[Values], Values]

SCALER_WINDOWS = 4096  # evenly spaced windows that a scaler looks at, at most


class Fitted(NamedTuple):
    """Everything a fit learned, and what a forecast needs of the series.

    Attributes:
        parameters: weights of the network.
        scaler: learned from the training rows.
        history: one row an epoch; see `forecast.training.history.Epoch`.
        best_epoch: whose weights were kept, from 1; 0 if none was finished.
        stopped_by: `epochs`, `patience` or `cancel`.
        seconds: that the fit took.
        parts: row ranges of training, validation and calibration.
        scores: (calibration windows, horizon), see `forecast.models.intervals`.
        tail: the last `timesteps` rows of the series.
        engine: that computed, `numba` or `numpy`.
    """

    parameters: Parameters
    scaler: Scaler
    history: pd.DataFrame
    best_epoch: int
    stopped_by: str
    seconds: float
    parts: Parts
    scores: Values
    tail: TimeSeries
    engine: str


class FitProgress(NamedTuple):
    """What a callback is told after every epoch.

    Attributes:
        record: the finished epoch.
        epochs: the number of epochs asked for.
        forecast: forecasts windows (windows, timesteps) with the weights after this epoch, in the
            series' unit: (windows, horizon).
    """

    record: Epoch
    epochs: int
    forecast: Callable[[Values], Values]


def fit_network(
    settings: ForecasterSettings,
    series: TimeSeries,
    *,
    on_epoch: Callable[[FitProgress], None] | None = None,
    cancel: Cancel | None = None,
) -> Fitted:
    """Fit a network to a series; see `Forecaster.fit` for arguments and errors."""
    with one_blas_thread():  # also for the first weights: their QR must not depend on the cores
        return _fit(settings, series, on_epoch, cancel)


def _fit(
    settings: ForecasterSettings,
    series: TimeSeries,
    on_epoch: Callable[[FitProgress], None] | None,
    cancel: Cancel | None,
) -> Fitted:
    started, engine = time.perf_counter(), settings.chosen_engine()
    parts = chronological(
        len(series),
        validation=settings.validation,
        calibration=settings.calibration,
        least=settings.horizon,
    )
    windows = _windows(settings, series, parts.train)
    check_enough(series, parts.train, windows)
    scaler = _scaler(settings.scaling, series, windows)
    network, dtype = settings.network(engine), np.dtype(settings.dtype)
    trained = train(
        network,
        first_weights(settings),
        WindowExamples(windows, scaler, dtype),
        settings.training(),
        validation=WindowExamples(_windows(settings, series, parts.validation), scaler, dtype),
        random=streams(settings.seed),
        on_epoch=None if on_epoch is None else _told(on_epoch, network, scaler),
        cancel=cancel,
        threads=settings.threads,
    )
    ahead = ahead_of(network, trained.parameters, scaler)
    return Fitted(
        parameters=trained.parameters,
        scaler=scaler,
        history=history_frame(trained.history),
        best_epoch=trained.best_epoch,
        stopped_by=trained.stopped_by,
        seconds=time.perf_counter() - started,
        parts=parts,
        scores=_scores(ahead, scaler, _windows(settings, series, parts.calibration)),
        tail=series.rows(len(series) - settings.timesteps, len(series)),
        engine=engine,
    )


def _told(
    on_epoch: Callable[[FitProgress], None], network: Stack, scaler: Scaler
) -> Callable[[Progress], None]:
    """Turn a callback on fits into one on trainings."""

    def tell(progress: Progress) -> None:
        forecast = ahead_of(network, progress.parameters, scaler)
        on_epoch(FitProgress(progress.record, progress.epochs, forecast))

    return tell


def first_weights(settings: ForecasterSettings) -> Parameters:
    """Draw the weights that training starts from."""
    return settings.network().init(streams(settings.seed).init, settings.dtype)


def _windows(settings: ForecasterSettings, series: TimeSeries, part: range) -> Windows:
    return windows_in(
        series,
        part,
        timesteps=settings.timesteps,
        horizon=settings.horizon,
        gaps=settings.gaps,
    )


def _scaler(name: str, series: TimeSeries, windows: Windows) -> Scaler:
    """Learn a scaler from the rows and windows of the training part."""
    chosen = np.linspace(0, len(windows) - 1, min(len(windows), SCALER_WINDOWS)).astype(np.intp)
    end = int(windows.origins[-1]) + windows.horizon + 1
    rows = series.values[:end][series.observed[:end]]
    return fit_scaler(name, rows, windows.inputs(chosen))


def _scores(ahead: Ahead, scaler: Scaler, windows: Windows) -> Values:
    """Return |error| / spread of each calibration window, NaN where nothing was observed."""
    if len(windows) == 0:
        return np.empty((0, windows.horizon))
    inputs = windows.inputs()
    _, spread = scaler.shift_and_spread(inputs)
    return np.where(windows.observed(), np.abs(windows.targets() - ahead(inputs)) / spread, np.nan)


def ahead_of(network: Stack, parameters: Parameters, scaler: Scaler) -> Ahead:
    """Return a function that scales windows, runs the network, and undoes the scaling.

    It forecasts (windows, horizon) from (windows, timesteps), in the series' unit.
    """
    run, dtype = runner(network, parameters), parameters.flat.dtype

    def ahead(inputs: Values) -> Values:
        shift, spread = scaler.shift_and_spread(inputs)
        outputs = run(network_inputs(scale(inputs, shift, spread), dtype))
        return undo(outputs.astype(np.float64), shift, spread)

    return ahead
