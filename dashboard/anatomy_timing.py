"""How long a step of each cell takes on this machine, measured while one waits, and briefly."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np

from forecast.kernels.engine import kernels_of, ready_engine
from forecast.layers.anatomy import LAYERS, Plan
from forecast.models.cost import any_weights
from forecast.nn.blas import one_blas_thread
from forecast.nn.cell import CellOptions
from forecast.nn.dense import Dense
from forecast.nn.fused import runner
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import steps_of

BATCH = 32  # sequences in one step
REPEATS = 7
PATIENCE = 0.06  # seconds for the repeats of one measurement, once the first is done
EACH = 0.008  # seconds that one repeat is made to last, where a step is shorter


class Timing(NamedTuple):
    """Medians of a cell.

    Attributes:
        forward: milliseconds of a forward step, one batch of sequences read.
        training: milliseconds of a training step, forward, backward and update.
        engine: that computed, `numba` or `numpy`.
    """

    forward: float
    training: float
    engine: str


def measure(plan: Plan) -> dict[str, Timing]:
    """Time every cell at the sizes of a plan, with a dense layer of one unit on its last state."""
    with one_blas_thread():
        return {cell: _time(plan._replace(cell=cell)) for cell in LAYERS}


def _time(plan: Plan) -> Timing:
    engine = ready_engine("auto", "float32", kernels_of(plan.cell, reset_after=plan.reset_after))
    options = CellOptions(reset_after=plan.reset_after)
    layer = Recurrent(plan.cell, plan.hidden_units, options=options, engine=engine)
    network = recurrent_network((layer,), Dense(1), dropout=None, input_dim=plan.input_dim)
    parameters, random = any_weights(network, plan.hidden_units), np.random.default_rng(plan.seed)
    x = random.normal(size=(BATCH, plan.timesteps, plan.input_dim)).astype("float32")
    settings = TrainingSettings(batch_size=BATCH)
    steps = steps_of(network, parameters, ArrayExamples(x, x[:, -1, :1]), settings, random, 1)
    ahead, order, rates = runner(network, parameters), np.arange(BATCH), np.full(1, 1e-3)

    def read(batches: int) -> None:
        for _ in range(batches):
            ahead(x)

    def train(batches: int) -> None:
        for _ in range(batches):
            steps.take(order, rates)

    return Timing(_milliseconds(read), _milliseconds(train), engine)


def _milliseconds(run: Callable[[int], None]) -> float:
    """Return the median milliseconds of a step; the first run warms up and tells how many fit."""
    run(1)
    batches = max(1, int(EACH / _seconds(run, 1)))
    found: list[float] = []
    until = perf_counter() + PATIENCE
    while not found or (len(found) < REPEATS and perf_counter() < until):
        found.append(1e3 * _seconds(run, batches) / batches)
    return median(found)


def _seconds(run: Callable[[int], None], batches: int) -> float:
    start = perf_counter()
    run(batches)
    return perf_counter() - start
