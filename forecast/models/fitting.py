"""From a series to a fitted network: windows, scaler, training, calibration."""

import time
from collections.abc import Callable
from functools import partial
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
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.history import Epoch, Progress, history_frame
from forecast.training.trainer import Cancel, Trained, streams, train

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
    started = time.perf_counter()
    parts = chronological(
        len(series),
        validation=settings.validation,
        calibration=settings.calibration,
        least=settings.horizon,
    )
    windows = _windows(settings, series, parts.train)
    check_enough(series, parts.train, windows)
    scaler = _scaler(settings.scaling, series, windows)
    network, dtype = settings.network(), np.dtype(settings.dtype)
    trained = train(
        network,
        first_weights(settings),
        WindowExamples(windows, scaler, dtype),
        settings.training(),
        validation=WindowExamples(_windows(settings, series, parts.validation), scaler, dtype),
        random=streams(settings.seed),
        on_epoch=None if on_epoch is None else _told(on_epoch, network, scaler),
        cancel=cancel,
    )
    return Fitted(
        parameters=trained.parameters,
        scaler=scaler,
        history=history_frame(trained.history),
        best_epoch=trained.best_epoch,
        stopped_by=trained.stopped_by,
        seconds=time.perf_counter() - started,
        parts=parts,
        scores=_scores(network, trained, scaler, _windows(settings, series, parts.calibration)),
        tail=series.rows(len(series) - settings.timesteps, len(series)),
    )


def _told(
    on_epoch: Callable[[FitProgress], None], network: Stack, scaler: Scaler
) -> Callable[[Progress], None]:
    """Turn a callback on fits into one on trainings."""

    def tell(progress: Progress) -> None:
        forecast = partial(run_network, network, progress.parameters, scaler)
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


def _scores(network: Stack, trained: Trained, scaler: Scaler, windows: Windows) -> Values:
    """Return |error| / spread of each calibration window, NaN where nothing was observed."""
    if len(windows) == 0:
        return np.empty((0, windows.horizon))
    inputs = windows.inputs()
    ahead = run_network(network, trained.parameters, scaler, inputs)
    _, spread = scaler.shift_and_spread(inputs)
    return np.where(windows.observed(), np.abs(windows.targets() - ahead) / spread, np.nan)


def run_network(network: Stack, parameters: Parameters, scaler: Scaler, inputs: Values) -> Values:
    """Scale windows (windows, timesteps), run the network, and undo the scaling.

    Returns:
        (windows, horizon), in the series' unit.
    """
    shift, spread = scaler.shift_and_spread(inputs)
    x = network_inputs(scale(inputs, shift, spread), parameters.flat.dtype)
    with one_blas_thread():
        outputs = network.forward(parameters, x).outputs
    return undo(outputs.astype(np.float64), shift, spread)
