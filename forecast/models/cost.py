"""What a fit will cost, before it starts: windows, weights, and a rough time on this machine."""

import time
from functools import cache
from typing import NamedTuple

import numpy as np

from forecast.data.panel import Panel, as_panel
from forecast.data.series import TimeSeries
from forecast.data.splits import chronological
from forecast.data.windows import windows_in
from forecast.models.architecture import is_plain
from forecast.models.settings import ForecasterSettings
from forecast.nn.blas import one_blas_thread
from forecast.nn.dense import Dense
from forecast.nn.parameters import Parameters
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import steps_of

LENGTHS = (2, 6)  # timesteps of the two probes
REPEATS = 3
MOST_ROWS = 64  # of a probe's batch; a larger one is taken as so many times longer


class Cost(NamedTuple):
    """What a fit will cost.

    Attributes:
        windows: training windows.
        parameters: weights.
        seconds: for all epochs, on this machine when it is idle; early stopping may end sooner.
    """

    windows: int
    parameters: int
    seconds: float


def fit_cost(settings: ForecasterSettings, rows: TimeSeries | Panel) -> Cost:
    """Estimate what fitting to these rows will cost.

    Raises:
        TooFewRowsError: the shares leave no row for training.
    """
    panel = as_panel(rows)
    windows = _many_windows(settings, panel) if panel.long else _windows(settings, panel.flat)
    past = [name for name in panel.flat.columns if name not in settings.future_covariates]
    network = settings.network(settings.ready_engine(), len(past))
    batches = settings.steps_per_epoch or -(-windows // settings.batch_size)
    larger = max(1.0, settings.batch_size / MOST_ROWS)
    seconds = batches * larger * _batch_seconds(settings, network)
    fits = settings.seeds * (1 + settings.refit)
    weights = settings.seeds * network.parameter_count
    return Cost(windows, weights, fits * settings.epochs * seconds)


def _many_windows(settings: ForecasterSettings, panel: Panel) -> int:
    """Return about how many training windows a panel has; gaps and padded windows aside."""
    shares, rows = settings.validation + settings.calibration, panel.lengths
    room = np.round(rows * (1 - shares)) - settings.timesteps - settings.block + 1
    return int(np.maximum(room, 1).sum())


def _windows(settings: ForecasterSettings, series: TimeSeries) -> int:
    """Return how many training windows a series has."""
    parts = chronological(
        len(series),
        validation=settings.validation,
        calibration=settings.calibration,
        least=settings.horizon,
    )
    windows = windows_in(
        series,
        parts.train,
        timesteps=settings.timesteps,
        horizon=settings.block,
        gaps=settings.gaps,
    )
    return len(windows)


def _batch_seconds(settings: ForecasterSettings, network: Stack) -> float:
    """Return what a batch of at most `MOST_ROWS` windows takes."""
    rows, units = min(settings.batch_size, MOST_ROWS), settings.hidden_units
    if not is_plain(settings):
        return network_seconds(network, units, rows, settings.timesteps)
    engine, inputs = settings.ready_engine(), network.input_dim
    one = batch_time(settings.cell, units, settings.layers, rows, engine, inputs)
    return one.fixed + settings.timesteps * one.a_step


class BatchTime(NamedTuple):
    """Seconds of one batch: forward, backward and update.

    Attributes:
        fixed: that do not depend on the number of timesteps.
        a_step: of each timestep.
    """

    fixed: float
    a_step: float


def any_weights(network: Stack, units: int) -> Parameters:
    """Return weights to time a network with; first weights of large layers take seconds to draw."""
    drawn = np.random.default_rng(0).standard_normal(network.parameter_count, np.float32)
    return Parameters(network.shapes(), drawn / units)


@cache
def batch_time(
    cell: str, units: int, layers: int, batch: int, engine: str, inputs: int = 1
) -> BatchTime:
    """Time short batches on this machine, once a process and size; the line through two lengths."""
    recurrent = tuple(
        Recurrent(cell, units, k < layers, engine=engine) for k in range(1, layers + 1)
    )
    network = recurrent_network(recurrent, Dense(1), dropout=None, input_dim=inputs)
    short, long = (network_seconds(network, units, batch, timesteps) for timesteps in LENGTHS)
    a_step = max(0.0, long - short) / (LENGTHS[1] - LENGTHS[0])
    return BatchTime(max(0.0, short - LENGTHS[0] * a_step), a_step)


@cache
def network_seconds(network: Stack, units: int, batch: int, timesteps: int) -> float:
    """Return the seconds of one batch: forward, backward and update."""
    parameters, training = any_weights(network, units), TrainingSettings(batch_size=batch)
    outputs = network.input_dim
    for _, layer in network.layers:
        outputs = layer.output_dim(outputs)
    x = np.zeros((batch, timesteps, network.input_dim), np.float32)
    beside = np.zeros((batch, network.beside), np.float32) if network.beside else None
    examples = ArrayExamples(x, np.zeros((batch, outputs), np.float32), beside=beside)
    with one_blas_thread():
        steps = steps_of(network, parameters, examples, training, np.random.default_rng(0), 1)
        taken = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            steps.take(np.arange(batch), np.full(1, 1e-3))
            taken.append(time.perf_counter() - started)
    return min(taken)
