"""The training loop: mini-batches, clipping, a schedule, early stopping, cancellation."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from forecast.errors import NonFiniteLossError, TooFewRowsError
from forecast.nn.arrays import Array
from forecast.nn.blas import one_blas_thread
from forecast.nn.losses import loss_and_gradient
from forecast.nn.optimizers import Optimizer, OptimizerState, clip_by_global_norm
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.examples import Batch, Examples, Indices
from forecast.training.history import Epoch, Progress
from forecast.training.schedules import SCHEDULES, plateau_length
from forecast.training.settings import TrainingSettings

EVALUATION_ROWS = 1024  # examples in one forward pass without gradients


class Cancel(Protocol):
    """Says whether to stop; `threading.Event` is such."""

    def is_set(self) -> bool:
        """Return True once the training is to stop."""


class Trained(NamedTuple):
    """The outcome of a training.

    Attributes:
        parameters: the weights kept.
        history: one record a finished epoch.
        best_epoch: the epoch whose weights were kept; 0 where no epoch was finished.
        stopped_by: `epochs`, `patience` or `cancel`.
    """

    parameters: Parameters
    history: list[Epoch]
    best_epoch: int
    stopped_by: str


class Streams(NamedTuple):
    """Independent sources of randomness, so that one more draw of one moves no other."""

    init: np.random.Generator
    shuffle: np.random.Generator
    dropout: np.random.Generator


def streams(seed: int) -> Streams:
    """Return the three sources of randomness of one seed."""
    return Streams(*(np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)))


class _Job(NamedTuple):
    """What stays the same during one training."""

    network: Stack
    examples: Examples
    validation: Examples | None
    settings: TrainingSettings
    optimizer: Optimizer
    random: Streams
    cancel: Cancel | None

    def watches(self) -> bool:
        """Whether validation examples choose the epoch."""
        some = self.validation is not None and len(self.validation) > 0
        return some and self.settings.patience is not None

    def cancelled(self) -> bool:
        """Whether the training is to stop."""
        return self.cancel is not None and self.cancel.is_set()

    def batches(self) -> list[Indices]:
        """Shuffle the examples and cut them into batches."""
        order, size = self.random.shuffle.permutation(len(self.examples)), self.settings.batch_size
        return [order[start : start + size] for start in range(0, len(order), size)]


@dataclass
class _Run:
    """What changes during one training."""

    parameters: Parameters
    optimizer_state: OptimizerState
    best: Parameters
    best_loss: float = np.inf
    best_epoch: int = 0
    plateaus: int = 0
    since_plateau: int = 0
    history: list[Epoch] = field(default_factory=list)

    def take(self, record: Epoch, patience: int | None) -> None:
        """Note a finished epoch: is it the best one, and is the loss on a plateau?"""
        self.history.append(record)
        watched = record.loss if np.isnan(record.val_loss) else record.val_loss
        if watched < self.best_loss:
            self.best, self.best_loss = self.parameters, watched
            self.best_epoch, self.since_plateau = record.epoch, 0
            return
        self.since_plateau += 1
        if self.since_plateau >= plateau_length(patience):
            self.plateaus, self.since_plateau = self.plateaus + 1, 0


def train(
    network: Stack,
    parameters: Parameters,
    examples: Examples,
    settings: TrainingSettings,
    *,
    validation: Examples | None = None,
    random: Streams,
    on_epoch: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
) -> Trained:
    """Train a network; the parameters handed in stay as they are.

    Args:
        network: what to train.
        parameters: the first weights.
        examples: the training examples, shuffled anew every epoch.
        settings: how to train.
        validation: examples that choose the epoch; None or empty trains all epochs.
        random: sources of randomness.
        on_epoch: called after every epoch.
        cancel: asked before every batch; once set, training stops and keeps the best weights so
            far.

    Raises:
        TooFewRowsError: there is no training example.
        NonFiniteLossError: the loss or the gradient is no longer finite.
    """
    if len(examples) == 0:
        raise TooFewRowsError("There is no training example. Use fewer timesteps or more rows.")
    optimizer = settings.made_optimizer()
    job = _Job(network, examples, validation, settings, optimizer, random, cancel)
    run = _Run(parameters, optimizer.init(parameters.flat), best=parameters)
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        stopped_by = _epochs(job, run, on_epoch)
    if job.watches() and run.best_epoch > 0:
        return Trained(run.best, run.history, run.best_epoch, stopped_by)
    return Trained(run.parameters, run.history, len(run.history), stopped_by)


def _epochs(job: _Job, run: _Run, on_epoch: Callable[[Progress], None] | None) -> str:
    """Train epoch after epoch; return what ended it."""
    for epoch in range(1, job.settings.epochs + 1):
        if not _epoch(job, run, epoch):
            return "cancel"
        if on_epoch is not None:
            copy = run.parameters.with_flat(run.parameters.flat.copy())
            on_epoch(Progress(run.history[-1], job.settings.epochs, copy))
        if job.watches() and epoch - run.best_epoch >= (job.settings.patience or 0):
            return "patience"
    return "epochs"


def _epoch(job: _Job, run: _Run, epoch: int) -> bool:
    """Train one epoch and note it; return False if it was cancelled before its end."""
    started, settings = time.perf_counter(), job.settings
    schedule, batches = SCHEDULES[settings.schedule], job.batches()
    loss_sum, norm_sum, rate = 0.0, 0.0, settings.learning_rate
    for number, indices in enumerate(batches):
        if job.cancelled():
            return False
        loss, gradient = _loss_and_gradient(job, run.parameters, job.examples.batch(indices))
        gradient, norm = clip_by_global_norm(gradient, settings.clip_norm)
        if not (np.isfinite(loss) and np.isfinite(norm)):
            what = "gradient" if np.isfinite(loss) else "loss"
            raise _diverged(what, epoch, number + 1, settings)
        done, total = (epoch - 1) * len(batches) + number, settings.epochs * len(batches)
        rate = schedule(settings.learning_rate, done, total, run.plateaus)
        step, run.optimizer_state = job.optimizer.update(gradient, run.optimizer_state, rate)
        run.parameters = run.parameters.with_flat(run.parameters.flat + step)
        loss_sum, norm_sum = loss_sum + loss * len(indices), norm_sum + norm
    val_loss = evaluate(job.network, run.parameters, job.validation, settings.loss)
    if (np.isnan(val_loss) and job.watches()) or np.isinf(val_loss):
        raise _diverged("validation loss", epoch, len(batches), settings)
    loss, norm = loss_sum / len(job.examples), norm_sum / len(batches)
    seconds = time.perf_counter() - started
    run.take(Epoch(epoch, loss, val_loss, rate, norm, seconds), settings.patience)
    return True


def _loss_and_gradient(job: _Job, parameters: Parameters, batch: Batch) -> tuple[float, Array]:
    generator = job.random.dropout
    ahead = job.network.forward(parameters, batch.inputs, mask=batch.mask, generator=generator)
    loss, d_outputs = loss_and_gradient(
        job.settings.loss, ahead.outputs, batch.targets, batch.observed
    )
    return loss, job.network.backward(parameters, ahead.caches, d_outputs).gradients.flat


def _diverged(what: str, epoch: int, batch: int, settings: TrainingSettings) -> NonFiniteLossError:
    mends = [f"a lower `learning_rate` (it is {settings.learning_rate:g})"]
    if settings.clip_norm is None:
        mends.append("`clip_norm=1.0`")
    mends.append("`scaling='window'` or `'standard'` if the inputs are large")
    return NonFiniteLossError(
        f"The {what} is no longer a finite number in epoch {epoch}, batch {batch}: training "
        f"diverged. Try {' or '.join(mends)}.",
        epoch=epoch,
        batch=batch,
    )


def evaluate(network: Stack, parameters: Parameters, examples: Examples | None, loss: str) -> float:
    """Return the mean loss over examples without dropout; NaN where there is none."""
    if examples is None or len(examples) == 0:
        return float("nan")
    total, count = 0.0, 0
    for start in range(0, len(examples), EVALUATION_ROWS):
        indices = np.arange(start, min(start + EVALUATION_ROWS, len(examples)))
        batch = examples.batch(indices)
        outputs = network.forward(parameters, batch.inputs, mask=batch.mask).outputs
        value, _ = loss_and_gradient(loss, outputs, batch.targets, batch.observed)
        scored = batch.targets.size if batch.observed is None else int(batch.observed.sum())
        total, count = total + value * scored, count + scored
    return total / count if count else float("nan")
