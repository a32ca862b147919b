"""How long a step of each cell takes on this machine, measured while one waits, and briefly."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np

from forecast.kernels.engine import kernels_of, ready_engine
from forecast.layers.anatomy import LAYERS, Plan
from forecast.layers.core import Dense

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
    usual = plan._replace(return_sequences=False, random_bias=False)
    return {cell: _time(usual._replace(cell=cell)) for cell in LAYERS}


def _time(plan: Plan) -> Timing:
    engine = ready_engine("auto", "float32", kernels_of(plan.cell, reset_after=plan.reset_after))
    shape = plan.timesteps, plan.input_dim
    model = plan.model(Dense(1), engine=engine)
    model.compile("adam", loss="mse")
    x = np.random.default_rng(plan.seed).normal(size=(BATCH * REPEATS, *shape)).astype("float32")
    y = x[:, -1, :1]

    def read(batches: int) -> None:
        for batch in range(batches):
            model.predict(x[BATCH * batch : BATCH * (batch + 1)])

    def train(batches: int) -> None:
        model.fit(x[: BATCH * batches], y[: BATCH * batches], batch_size=BATCH, verbose=0)

    return Timing(_milliseconds(read), _milliseconds(train), engine)


def _milliseconds(run: Callable[[int], None]) -> float:
    """Return the median milliseconds of a step; the first run warms up and tells how many fit."""
    run(1)
    batches = max(1, min(REPEATS, int(EACH / _seconds(run, 1))))
    found: list[float] = []
    until = perf_counter() + PATIENCE
    while not found or (len(found) < REPEATS and perf_counter() < until):
        found.append(1e3 * _seconds(run, batches) / batches)
    return median(found)


def _seconds(run: Callable[[int], None], batches: int) -> float:
    start = perf_counter()
    run(batches)
    return perf_counter() - start
