"""What a fit will cost, before it starts: windows, weights, and a rough time on this machine."""

import time
from functools import cache
from typing import NamedTuple

import numpy as np

from forecast.data.series import TimeSeries
from forecast.data.splits import chronological
from forecast.data.windows import windows_in
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


def fit_cost(settings: ForecasterSettings, series: TimeSeries) -> Cost:
    """Estimate what fitting to these rows will cost.

    Raises:
        TooFewRowsError: the shares leave no row for training.
    """
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
    past = [name for name in series.columns if name not in settings.future_covariates]
    one = batch_time(
        settings.cell,
        settings.hidden_units,
        settings.layers,
        min(settings.batch_size, MOST_ROWS),
        settings.ready_engine(),
        settings.input_dim(len(past)),
    )
    batches = -(-len(windows) // settings.batch_size)
    larger = max(1.0, settings.batch_size / MOST_ROWS)
    seconds = batches * larger * (one.fixed + settings.timesteps * one.a_step)
    weights = settings.network(past=len(past)).parameter_count
    fits = settings.seeds * (1 + settings.refit)
    return Cost(len(windows), settings.seeds * weights, fits * settings.epochs * seconds)


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
    parameters = any_weights(network, units)
    training = TrainingSettings(batch_size=batch)
    order, rates = np.arange(batch), np.full(1, 1e-3)

    def seconds(timesteps: int) -> float:
        x = np.zeros((batch, timesteps, inputs), np.float32)
        examples = ArrayExamples(x, np.zeros((batch, 1), np.float32))
        steps = steps_of(network, parameters, examples, training, np.random.default_rng(0), 1)
        taken = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            steps.take(order, rates)
            taken.append(time.perf_counter() - started)
        return min(taken)

    with one_blas_thread():
        short, long = (seconds(timesteps) for timesteps in LENGTHS)
    a_step = max(0.0, long - short) / (LENGTHS[1] - LENGTHS[0])
    return BatchTime(max(0.0, short - LENGTHS[0] * a_step), a_step)
