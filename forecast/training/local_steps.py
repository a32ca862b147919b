"""Whole trainings of small networks, one after another in one kernel."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.kernels.runner import NetworkTrainer
from forecast.kernels.training import Data, Epochs, Patience
from forecast.nn.arrays import Array
from forecast.nn.fused import Fused
from forecast.training.averaging import WeightMean
from forecast.training.batches import Rates
from forecast.training.divergence import diverged
from forecast.training.orders import Orders
from forecast.training.settings import TrainingSettings, batch_rates
from forecast.training.steps import SLICE_SECONDS, dropout_seed, rules_of
from forecast.training.trainer import Streams

NO_PATIENCE = Patience(np.inf, 0, 0)
KEPT_RATES = 2**16  # of a training, that are kept for the next of as many batches
KEPT_KINDS = 64  # of those


class SeriesTrained(NamedTuple):
    """The outcome of one series' training.

    Attributes:
        flat: (size,) the weights.
        losses: (epochs,), NaN from where it ended.
        reason: why it failed, or None.
        done: whether it took all epochs.
    """

    flat: Array
    losses: NDArray[np.float64]
    reason: str | None
    done: bool


class SeriesTrainer:
    """Trains networks of one shape, one after another.

    Args:
        whole: the network, as a kernel sees it.
        settings: of every training; no schedule that waits for plateaus.
        asked: says whether to stop.
    """

    def __init__(self, whole: Fused, settings: TrainingSettings, asked: Callable[[], bool]) -> None:
        self._whole, self._settings, self._asked = whole, settings, asked
        self._trainer: NetworkTrainer | None = None
        self._rates_of: dict[int, Rates] = {}
        self._batch_seconds = float("inf")

    def train(self, data: Data, places: range, flat: Array, random: Streams) -> SeriesTrained:
        """Train one network.

        Args:
            data: examples of several series.
            places: which of them are this one's; at least one.
            flat: (size,) first weights.
            random: sources of this series' randomness.
        """
        trainer, settings = self._begun(data, flat, random), self._settings
        orders, mean = Orders(places, settings, random.shuffle), WeightMean(settings)
        losses, epoch = np.full(settings.epochs, np.nan), 0
        sizes = np.full(orders.batches, settings.batch_size)
        sizes[-1] = orders.count - sizes[:-1].sum()
        while epoch < settings.epochs and not self._asked():
            many = min(self._at_once(orders.batches), settings.epochs - epoch)
            many = mean.alone(epoch + 1, many)
            order = places.start + np.stack([orders.next() for _ in range(many)])
            rates = self._rates(orders.batches, epoch, many)
            brought = self._timed(trainer, order, rates)
            ended = brought.epochs
            losses[epoch : epoch + ended] = brought.losses[:ended] @ sizes / orders.count
            if brought.cut:
                self._trainer = None  # its scratch holds what is not finite
                return SeriesTrained(flat, losses, self._reason(brought, epoch), done=False)
            epoch += many
            if epoch >= mean.first:
                mean.add(epoch, trainer.weights.flat())
        found = mean.of(trainer.weights.flat())
        if not np.isfinite(found).all():
            self._trainer, reason = (
                None,
                str(diverged("last weight", epoch, orders.batches, settings)),
            )
            return SeriesTrained(flat, losses, reason, done=False)
        return SeriesTrained(found, losses, None, done=epoch == settings.epochs)

    def _begun(self, data: Data, flat: Array, random: Streams) -> NetworkTrainer:
        seed = dropout_seed(random.dropout)
        if self._trainer is None:
            rules = rules_of(self._whole, self._settings, seed)
            self._trainer = NetworkTrainer(self._whole.shape, flat, rules, data, threads=1)
        self._trainer.set_data(data)
        self._trainer.begin(flat, seed)
        return self._trainer

    def _timed(self, trainer: NetworkTrainer, order: NDArray[np.intp], rates: Rates) -> Epochs:
        started = time.perf_counter()
        brought = trainer.run_epochs(order, rates, None, NO_PATIENCE)
        seconds = (time.perf_counter() - started) / max(1, brought.batches)
        self._batch_seconds = max(seconds, 1e-6)
        return brought

    def _at_once(self, batches: int) -> int:
        """Return how many epochs to take before asking again whether to stop."""
        return max(1, int(SLICE_SECONDS / (self._batch_seconds * batches)))

    def _rates(self, batches: int, epoch: int, many: int) -> Rates:
        """Return the learning rates (many, batches) of the epochs after so many."""
        settings, known = self._settings, self._rates_of
        if settings.epochs * batches > KEPT_RATES:
            return _rates(settings, batches, range(epoch, epoch + many))
        if batches not in known:
            if len(known) >= KEPT_KINDS:
                known.clear()
            known[batches] = _rates(settings, batches, range(settings.epochs))
        return known[batches][epoch : epoch + many]

    def _reason(self, brought: Epochs, before: int) -> str:
        epoch = brought.epochs
        batch = brought.batches - epoch * brought.losses.shape[1]
        what = "gradient" if np.isfinite(brought.losses[epoch, batch]) else "loss"
        return str(diverged(what, before + epoch + 1, batch + 1, self._settings))


def _rates(settings: TrainingSettings, batches: int, epochs: range) -> Rates:
    return np.array([batch_rates(settings, batches, epoch + 1) for epoch in epochs])
