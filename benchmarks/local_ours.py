"""Our side: a small network for each series in one fit, and the same windows for another program.

S series, n windows of all of them, T rows in a window.
"""

import time
from copy import copy
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import forecast as fc
from benchmarks.accuracy_scores import Scores, errors, naive
from benchmarks.accuracy_sets import SETS, Part, held_out
from benchmarks.local_network import ACTIVATION, BATCH, EPOCHS, LEARNING_RATE, TIMESTEPS, UNITS
from forecast.data.panel import prepare_panel
from forecast.models.examples import WindowExamples
from forecast.models.fitting import network_of
from forecast.models.local import first_of, key_of
from forecast.models.reading import Reading
from forecast.models.recipe import part_windows
from forecast.nn.blas import one_blas_thread
from forecast.training.local import local_streams

DATA_SET = SETS["m4_yearly"]
# Scaled by `level`, a window keeps its trend; the rest is as the organisers had it.
SETTINGS: dict[str, Any] = {
    "local": True, "timesteps": TIMESTEPS, "hidden_units": UNITS, "horizon": 1,
    "strategy": "recursive", "scaling": "level", "optimizer": "rmsprop", "epochs": EPOCHS,
    "batch_size": BATCH, "learning_rate": LEARNING_RATE, "clip_norm": None, "patience": None,
    "validation": 0.0, "calibration": 0.0,
}  # fmt: skip
CELLS = {"simple_rnn": ACTIVATION, "gru": "tanh", "lstm": "tanh"}

Floats = NDArray[np.float32]


class Job(NamedTuple):
    """What another program trains.

    Attributes:
        x: (n, T, 1) scaled windows, those of one series after those of another.
        y: (n, 1) what came after each.
        offsets: (S + 1,) where each series' windows begin, and the last ones end.
        first: (S, size) first weights.
    """

    x: Floats
    y: Floats
    offsets: NDArray[np.int64]
    first: Floats


class Timed(NamedTuple):
    """What a fit took, on the clock and of all cores."""

    seconds: float
    cpu: float


def network(cell: str, **changed: Any) -> fc.Forecaster:
    """Return the forecaster of a cell."""
    return fc.Forecaster(cell, activation=CELLS[cell], **(SETTINGS | changed))


def sample(frame: pd.DataFrame, count: int, seed: int = 0) -> pd.DataFrame:
    """Return the rows of so many series, drawn by a seed; in their order."""
    ids = frame["unique_id"].unique()
    chosen = np.random.default_rng(seed).permutation(len(ids))[:count]
    return frame[frame["unique_id"].isin(ids[chosen])]


def part_of(frame: pd.DataFrame) -> Part:
    """Hold out the last rows of each series."""
    return held_out(frame[["unique_id", "ds", "y"]], DATA_SET)


def fitted(model: fc.Forecaster, known: pd.DataFrame) -> Timed:
    """Fit, and say what it took."""
    started, before = time.perf_counter(), time.process_time()
    model.fit(known)
    return Timed(time.perf_counter() - started, time.process_time() - before)


def scores_of(model: fc.Forecaster, part: Part) -> Scores:
    """Score what a fitted forecaster tells of the rows held out."""
    told = model.predict(DATA_SET.horizon)[model.label].to_numpy(np.float64)
    return errors(part.actual, told.reshape(part.actual.came.shape))


def naive_scores(part: Part) -> Scores:
    """Score the repetition of the last row."""
    return errors(part.actual, naive(part.actual))


def job_of(model: fc.Forecaster, known: pd.DataFrame) -> Job:
    """Return the windows and first weights of a fit."""
    settings, learned = model.settings, model.learned()
    panel = prepare_panel(known, frequency=settings.frequency, columns=settings.columns())
    windows = part_windows(settings, panel, learned.splits.part("train"), settings.block)
    reading = Reading(settings, learned.recipe, panel)
    batch = WindowExamples(reading, windows, np.float32).batch(np.arange(len(windows)))
    offsets = np.searchsorted(panel.which(windows.origins), np.arange(len(panel) + 1))
    layers = network_of(settings, learned.recipe, "numpy")
    with one_blas_thread():
        random = [local_streams(settings.seed, key_of(one)).init for one in panel.ids]
        first = np.stack([layers.init(one, np.float32).flat for one in random])
    return Job(batch.inputs, batch.targets, offsets, first)


def with_weights(model: fc.Forecaster, weights: Floats) -> fc.Forecaster:
    """Return a fitted forecaster with other weights, (S, size)."""
    learned = model.learned()
    flat = np.ascontiguousarray(weights, np.float32)
    parameters = first_of(network_of(model.settings, learned.recipe, "numpy"), flat)
    member = learned.members[0]._replace(parameters=parameters, local=flat, failed=())
    other = copy(model)
    other.fitted_ = learned._replace(members=(member,))
    return other
