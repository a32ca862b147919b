"""One small network for each series, all of one shape, trained side by side.

A global network learns from all series at once; a local one knows nothing but its own, which may
be a dozen examples. Each of thousands of such trainings is too short for a kernel's setting up: a
thread keeps one kernel, exchanges the weights, and takes whole trainings in one call.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue

import numpy as np
from numpy.typing import DTypeLike

from forecast.errors import NonFiniteLossError
from forecast.kernels.threads import cores, counted
from forecast.nn.arrays import Array
from forecast.nn.blas import one_blas_thread
from forecast.nn.local import LocalRun, local_runner
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.examples import Examples, Indices
from forecast.training.local_job import (
    NO_EXAMPLE,
    First,
    LocalJob,
    LocalTrained,
    checked_offsets,
    local_streams,
)
from forecast.training.local_steps import SeriesTrained, SeriesTrainer
from forecast.training.memory import Fitting, gathered
from forecast.training.settings import TrainingSettings
from forecast.training.steps import fitting_of, kernel_of
from forecast.training.trainer import Cancel, Streams, train

__all__ = ["LocalRun", "LocalTrained", "local_runner", "local_streams", "train_local"]


def train_local(
    network: Stack,
    examples: Examples,
    offsets: Indices,
    settings: TrainingSettings,
    *,
    first: Array | First | None = None,
    seed: int = 0,
    keys: Sequence[int] | None = None,
    dtype: DTypeLike = "float32",
    cancel: Cancel | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> LocalTrained:
    """Train a network for each series.

    Each ends where `forecast.training.trainer.train` would have ended with the same first weights
    and sources of randomness; patience is not heard, as there are no validation examples. In
    kernels the trainings run side by side, in NumPy one after another; so they do with examples
    that are drawn afresh, and with a schedule that waits for plateaus.

    Args:
        network: of every series.
        examples: of all series, one series after another.
        offsets: (series + 1,), where each series' examples begin, and where the last one's end.
        settings: of every training.
        first: (series, size) first weights, in the order of `Parameters.flat`, or what returns
            them for a series; None draws them from its sources of randomness.
        seed: of all sources of randomness.
        keys: (series,) whole numbers from 0 that tell the series' sources of randomness apart;
            None takes their numbers.
        dtype: precision of the weights and the examples.
        cancel: asked before every training, and every third of a second within one.
        on_progress: called with the number of series that are through, and of all.
        threads: to take; None takes all cores. The result does not depend on it.

    Raises:
        ShapeError: offsets or first weights do not fit, or examples do not fit the network.
    """
    offsets = checked_offsets(offsets, examples)
    like = Parameters(network.shapes(), np.zeros(network.parameter_count, dtype))
    job = LocalJob(network, like, examples, offsets, settings, first, seed, keys, cancel)
    whole = kernel_of(network, like, settings)
    slow = settings.schedule == "plateau" or getattr(examples, "fresh", False)
    with one_blas_thread(), counted(), np.errstate(over="ignore", invalid="ignore"):
        if whole is None or slow:
            _one_by_one(job, on_progress)
        else:
            fitting = fitting_of(network, whole, like, settings)
            groups = job.groups(threads or cores())
            count = max(1, min(threads or cores(), len(groups)))
            trainers = [SeriesTrainer(whole, settings, job.asked) for _ in range(count)]
            _side_by_side(job, groups, trainers, fitting, on_progress)
    return job.outcome()


def _untrained(job: LocalJob, series: int, flat: Array) -> SeriesTrained | None:
    """Return the outcome of a series that is not to be trained."""
    empty = len(job.part(series)) == 0
    if empty or job.asked():
        losses = np.full(job.settings.epochs, np.nan)
        return SeriesTrained(flat, losses, NO_EXAMPLE if empty else None, done=False)
    return None


def _side_by_side(
    job: LocalJob,
    groups: list[range],
    trainers: list[SeriesTrainer],
    fitting: Fitting,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    free, through = SimpleQueue[SeriesTrainer](), 0
    for trainer in trainers:
        free.put(trainer)

    def take(group: range) -> int:
        trainer = free.get()
        try:
            _group(job, trainer, fitting, group)
        finally:
            free.put(trainer)
        return len(group)

    pool = ThreadPoolExecutor(len(trainers))
    try:
        for ended in as_completed([pool.submit(take, group) for group in groups]):
            through += ended.result()
            if on_progress is not None:
                on_progress(through, job.series)
    except BaseException:
        job.stopped.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _group(job: LocalJob, trainer: SeriesTrainer, fitting: Fitting, group: range) -> None:
    """Train the series of a group, one after another."""
    start, end = int(job.offsets[group.start]), int(job.offsets[group.stop])
    data = None if start == end else gathered(job.examples, np.arange(start, end), fitting)
    for series in group:
        random = job.random(series)
        flat = job.first(series, random)
        told = _untrained(job, series, flat)
        if told is None and data is not None:
            part = job.part(series)
            places = range(part.start - start, part.end - start)
            told = trainer.train(data, places, flat, random)
        if told is not None:
            job.note(series, told)


def _one_by_one(job: LocalJob, on_progress: Callable[[int, int], None] | None) -> None:
    for series in range(job.series):
        random = job.random(series)
        flat = job.first(series, random)
        job.note(series, _untrained(job, series, flat) or _alone(job, series, flat, random))
        if on_progress is not None:
            on_progress(series + 1, job.series)


def _alone(job: LocalJob, series: int, flat: Array, random: Streams) -> SeriesTrained:
    """Train one series as a network of its own."""
    losses, settings = np.full(job.settings.epochs, np.nan), job.settings
    first = job.like.with_flat(flat)
    try:
        told = train(
            job.network,
            first,
            job.part(series),
            settings,
            random=random,
            cancel=job.cancel,
            threads=1,
        )
    except NonFiniteLossError as error:
        return SeriesTrained(flat, losses, str(error), done=False)
    losses[: len(told.history)] = [record.loss for record in told.history]
    done = told.stopped_by != "cancel"
    return SeriesTrained(told.parameters.flat, losses, None, done)
