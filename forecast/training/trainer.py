"""The training loop: mini-batches, clipping, a schedule, early stopping, cancellation."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from forecast.errors import TooFewRowsError
from forecast.kernels.threads import counted
from forecast.kernels.training import Patience
from forecast.nn.blas import one_blas_thread
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.averaging import WeightMean
from forecast.training.batches import AFRESH, Begun, Rates, Taken
from forecast.training.divergence import check_finite, diverged
from forecast.training.examples import Examples
from forecast.training.history import Epoch, Progress
from forecast.training.orders import Orders
from forecast.training.schedules import plateau_length
from forecast.training.settings import TrainingSettings, batch_rates
from forecast.training.steps import FusedSteps, Steps, steps_of


class Cancel(Protocol):
    """Says whether to stop; `threading.Event` is such.

    One that lets the training wait before it answers counts those seconds in `waited`, and they
    are no part of any epoch.
    """

    def is_set(self) -> bool:
        """Return True once the training is to stop."""


def waited(cancel: Cancel | None) -> float:
    """Return the seconds that a training has waited in its questions so far."""
    return float(getattr(cancel, "waited", 0.0))


class Trained(NamedTuple):
    """The outcome of a training.

    Attributes:
        parameters: the weights kept.
        history: one record a finished epoch.
        best_epoch: the epoch whose weights were kept; 0 where no epoch was finished.
        stopped_by: `epochs`, `patience` or `cancel`.
        end: where it stopped, for a training that goes on from there.
    """

    parameters: Parameters
    history: list[Epoch]
    best_epoch: int
    stopped_by: str
    end: Begun = AFRESH


class Streams(NamedTuple):
    """Independent sources of randomness, so that one more draw of one moves no other."""

    init: np.random.Generator
    shuffle: np.random.Generator
    dropout: np.random.Generator


def streams(seed: int, *key: int) -> Streams:
    """Return the three sources of randomness of one seed; a key, such as a series', has others."""
    parts = np.random.SeedSequence(seed, spawn_key=key).spawn(3)
    return Streams(*(np.random.default_rng(part) for part in parts))


class _Job(NamedTuple):
    """What stays the same during one training."""

    steps: Steps
    validation: Examples | None
    settings: TrainingSettings
    orders: Orders
    cancel: Cancel | None

    def watches(self) -> bool:
        """Whether validation examples choose the epoch."""
        some = self.validation is not None and len(self.validation) > 0
        return some and self.settings.patience is not None

    def cancelled(self) -> bool:
        """Whether the training is to stop."""
        return self.cancel is not None and self.cancel.is_set()

    def rates(self, epoch: int, plateaus: int) -> list[float]:
        """Return the learning rate of each batch of an epoch."""
        return batch_rates(self.settings, self.orders.batches, epoch, plateaus)


@dataclass
class _Run:
    """What changes during one training."""

    best: Parameters
    mean: WeightMean
    best_loss: float = np.inf
    best_epoch: int = 0
    plateaus: int = 0
    since_plateau: int = 0
    history: list[Epoch] = field(default_factory=list)

    def take(self, record: Epoch, patience: int | None) -> bool:
        """Note a finished epoch; say whether it is the best so far."""
        self.history.append(record)
        watched = record.loss if np.isnan(record.val_loss) else record.val_loss
        if watched < self.best_loss:
            self.best_loss, self.best_epoch, self.since_plateau = watched, record.epoch, 0
            return True
        self.since_plateau += 1
        if self.since_plateau >= plateau_length(patience):
            self.plateaus, self.since_plateau = self.plateaus + 1, 0
        return False


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
    threads: int | None = None,
    begun: Begun = AFRESH,
) -> Trained:
    """Train a network; the parameters handed in stay as they are.

    A network of compiled layers trains in one kernel where there is one for it, many batches in a
    call; see `forecast.nn.fused`.

    Args:
        network: what to train.
        parameters: the first weights.
        examples: the training examples, in a new order every epoch; see `Orders`.
        settings: how to train.
        validation: examples that choose the epoch; None or empty trains all epochs.
        random: sources of randomness.
        on_epoch: called after every epoch.
        cancel: asked before every batch, or every third of a second where that is longer; once
            set, training stops and keeps the best weights so far.
        threads: that a kernel takes; None for a sensible number. The result does not depend on it.
        begun: the `end` of an earlier training, to go on from there.

    Raises:
        TooFewRowsError: there is no training example.
        NonFiniteLossError: the loss or the gradient is no longer finite.
    """
    if len(examples) == 0:
        raise TooFewRowsError("There is no training example. Use fewer timesteps or more rows.")
    with one_blas_thread(), counted(), np.errstate(over="ignore", invalid="ignore"):
        steps = steps_of(network, parameters, examples, settings, random.dropout, threads, begun)
        orders = Orders(examples, settings, random.shuffle)
        job = _Job(steps, validation, settings, orders, cancel)
        run = _Run(best=parameters, mean=WeightMean(settings))
        stopped_by = _epochs(job, run, on_epoch)
    best, last = job.watches() and run.best_epoch > 0, steps.parameters()
    return Trained(
        parameters=run.best if best else last.with_flat(run.mean.of(last.flat)),
        history=run.history,
        best_epoch=run.best_epoch if best else len(run.history),
        stopped_by=stopped_by,
        end=Begun(steps.optimizer_state(), steps.carried),
    )


def _epochs(job: _Job, run: _Run, on_epoch: Callable[[Progress], None] | None) -> str:
    """Train epoch after epoch; return what ended it."""
    patience = job.settings.patience or 0
    while (epoch := len(run.history) + 1) <= job.settings.epochs:
        if job.cancelled():
            return "cancel"
        many = 1 if on_epoch is not None else run.mean.alone(epoch, _at_once(job, epoch))
        if many > 1 and isinstance(job.steps, FusedSteps):
            _several(job, job.steps, run, many)
        elif not _one(job, run, epoch):
            return "cancel"
        if on_epoch is not None:
            on_epoch(Progress(run.history[-1], job.settings.epochs, job.steps.parameters()))
        if job.watches() and len(run.history) - run.best_epoch >= patience:
            return "patience"
    return "epochs"


def _at_once(job: _Job, epoch: int) -> int:
    """Return how many epochs to take in one go: short ones together, so that Python rests."""
    if not isinstance(job.steps, FusedSteps) or job.settings.schedule == "plateau":
        return 1
    most = job.steps.epochs_at_once(job.orders.batches, job.validation)
    return min(most, job.settings.epochs - epoch + 1)


def _several(job: _Job, steps: FusedSteps, run: _Run, count: int) -> None:
    """Train epochs in one go and note each."""
    started, first = time.perf_counter(), len(run.history) + 1
    orders = np.stack([job.orders.next() for _ in range(count)])
    rates = np.array([job.rates(first + number, run.plateaus) for number in range(count)])
    patience = (job.settings.patience or 0) if job.watches() else 0
    now = Patience(run.best_loss, first - 1 - run.best_epoch, patience)
    brought = steps.take_epochs(orders, rates, job.validation, now)
    seconds, better = (time.perf_counter() - started) / len(brought.epochs), False
    for number, taken in enumerate(brought.epochs):
        check_finite(taken, len(rates[number]), first + number, 0, job.settings)
        val_loss = brought.val_losses[number]
        record = _record(job, first + number, taken, val_loss, rates[number], seconds)
        better |= run.take(record, job.settings.patience)
    if better:
        run.best = steps.best()


def _one(job: _Job, run: _Run, epoch: int) -> bool:
    """Train one epoch and note it; return False if it was cancelled before its end."""
    started, size, whole = time.perf_counter(), job.settings.batch_size, Taken([], [], 0)
    started -= waited(job.cancel)
    order, batches = job.orders.next(), job.orders.batches
    rates = np.array(job.rates(epoch, run.plateaus))
    while (first := whole.finished) < batches:
        if job.cancelled():
            return False
        until = min(batches, first + job.steps.stride)  # now and then Ctrl-C has its turn too
        taken = job.steps.take(order[first * size : until * size], rates[first:until])
        check_finite(taken, until - first, epoch, first, job.settings)
        whole = Taken(whole.losses + taken.losses, whole.norms + taken.norms, until)
    val_loss = job.steps.evaluate(job.validation)
    seconds = time.perf_counter() - waited(job.cancel) - started
    record = _record(job, epoch, whole, val_loss, rates, seconds)
    if run.take(record, job.settings.patience):
        run.best = job.steps.parameters()
    if epoch >= run.mean.first:
        run.mean.add(epoch, job.steps.parameters().flat)
    return True


def _record(
    job: _Job, epoch: int, taken: Taken, val_loss: float, rates: Rates, seconds: float
) -> Epoch:
    """Return an epoch's line of the history.

    Raises:
        NonFiniteLossError: the validation loss is not finite.
    """
    if (np.isnan(val_loss) and job.watches()) or np.isinf(val_loss):
        raise diverged("validation loss", epoch, job.orders.batches, job.settings)
    size, count, loss_sum = job.settings.batch_size, job.orders.count, 0.0
    for number, loss in enumerate(taken.losses):
        loss_sum += loss * min(size, count - number * size)
    loss, norm = loss_sum / count, sum(taken.norms) / job.orders.batches
    limit = np.inf if job.settings.clip_norm is None else job.settings.clip_norm
    clipped, updates = sum(one > limit for one in taken.norms), len(taken.norms)
    return Epoch(
        epoch, loss, val_loss, float(rates[-1]), norm, seconds, float(clipped), float(updates)
    )
