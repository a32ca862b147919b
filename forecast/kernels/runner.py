"""The training of networks on arrays."""

import time

import numpy as np
from numpy.typing import NDArray

from forecast.kernels import plan_fields as F
from forecast.kernels import threads as cores
from forecast.kernels.packing import GATES, NetworkShape
from forecast.kernels.predictor import Predictor, Weights, plan_of, point_to, score_by
from forecast.kernels.training import Batches, Data, Epochs, Patience, Rules

Flat = NDArray[np.float32]

OPTIMIZERS = {"adam": F.ADAM, "rmsprop": F.RMSPROP, "sgd": F.SGD}
TINY = float(np.finfo(np.float32).tiny)  # a smaller ε would be 0 in a kernel, and padding 0 / 0
CHUNK = 4096  # floats whose squares are summed in one go, as in `forecast.kernels.update`


def block_rows(batch: int) -> int:
    """Return the rows of a block; they depend on nothing but the size of the batch."""
    if batch <= 2:
        return batch
    return min(16 if batch <= 64 else 32, -(-batch // 8) * 8)


class NetworkTrainer:
    """Trains one network, a number of batches at a time.

    Args:
        shape: of the network.
        flat: (weights,) first weights, copied.
        rules: how to train.
        data: examples of the shape that later ones have.
        threads: to take; None for a sensible number.
    """

    def __init__(
        self, shape: NetworkShape, flat: Flat, rules: Rules, data: Data, *, threads: int | None
    ) -> None:
        self.weights, self.rules, self.threads = Weights(shape, flat), rules, threads
        packing = self.weights.packing
        self._timesteps, self._pace = data.inputs.shape[1], cores.Pace()
        self._rows = block_rows(rules.batch_size)
        self._blocks = -(-rules.batch_size // self._rows)
        plan = plan_of(shape, F.TRAIN, rows=self._rows, data=data, batch=rules.batch_size)
        for place, size in (
            (F.FIRST_AT, packing.size),
            (F.SECOND_AT, packing.size),
            (F.TRANSPOSED_AT, packing.turned_size),
            (F.GRADIENTS_AT, packing.size * self._blocks),
        ):
            plan.keep(place, np.zeros(size, np.float32))
        plan.keep(F.PARAMETERS_AT, self.weights.packed)
        self._best = plan.keep(F.BEST_AT, np.zeros(packing.size, np.float32))
        self._seen = Predictor(self.weights, rules.quantiles)
        plan.keep(F.BLOCK_LOSSES_AT, np.zeros(self._blocks))
        plan.keep(F.SQUARES_AT, np.zeros(-(-packing.size // CHUNK)))
        score_by(plan, rules.loss, rules.quantiles)
        plan.numbers[[F.OPTIMIZER, F.NESTEROV, F.SEED]] = (
            OPTIMIZERS[rules.optimizer], rules.nesterov, rules.seed,
        )  # fmt: skip
        limit = np.inf if rules.clip_norm is None else rules.clip_norm
        for place, value in (
            (F.BETA_1, rules.constants["beta_1"]), (F.BETA_2, rules.constants["beta_2"]),
            (F.RHO, rules.constants["rho"]), (F.MOMENTUM, rules.constants["momentum"]),
            (F.EPSILON, max(rules.constants["epsilon"], TINY)),
            (F.CLIP, limit), (F.DROPOUT, rules.dropout),
            (F.BETA_1_POWER, 1.0), (F.BETA_2_POWER, 1.0),
        ):  # fmt: skip
            plan.constants[place] = value
        self._plan = plan
        self._mask: NDArray[np.uint8] | None = None
        self._padded: NDArray[np.intp] | None = None
        self.set_data(data)

    @property
    def work(self) -> float:
        """Floating-point operations of a batch's products."""
        weights = sum(
            layer.units * (layer.units + layer.features) * GATES[layer.cell]
            for layer in self.weights.shape.layers
        )
        return 6.0 * self.rules.batch_size * self._timesteps * weights

    def run(self, order: NDArray[np.int64], rates: NDArray[np.float64]) -> Batches:
        """Train on examples in an order, one learning rate a batch."""
        self._plan.numbers[F.VALIDATION_AT] = 0
        brought = self._run(order[None], rates[None], Patience(np.inf, 0, 0), self._threads())
        return Batches(brought.losses[0], brought.norms[0], brought.batches)

    def run_epochs(
        self,
        orders: NDArray[np.int64],
        rates: NDArray[np.float64],
        validation: Data | None,
        patience: Patience,
    ) -> Epochs:
        """Train several epochs, up to the patience.

        Args:
            orders: (epochs, examples).
            rates: (epochs, batches).
            validation: examples that choose the epoch, or None for the training loss.
            patience: how things stand before the first of these epochs.
        """
        self._plan.numbers[F.VALIDATION_AT] = 0
        threads = self._threads()  # once: the share may change while other trainings end
        if validation is not None:
            seen = self._seen.evaluation(validation, self.rules.loss, threads)
            self._plan.keep(F.VALIDATION_AT, seen.numbers)
        return self._run(orders, rates, patience, threads)

    def best(self) -> Flat:
        """Return the weights of the best epoch of `run_epochs`, in the flat order."""
        flat: Flat = self._best[self.weights.packing.packed]
        return flat

    def begin(self, flat: Flat, seed: int) -> None:
        """Start afresh from other weights, with dropout of another seed."""
        self.weights.put(flat)
        self.set_moments(0, np.zeros_like(flat), np.zeros_like(flat))
        self._plan.numbers[F.SEED] = seed

    def moments(self) -> tuple[int, Flat, Flat]:
        """Return how many updates were done, and copies of the moments in the flat order."""
        kept, places = self._plan.kept, self.weights.packing.packed
        count = int(self._plan.numbers[F.UPDATES])
        return count, kept[F.FIRST_AT][places], kept[F.SECOND_AT][places]

    def set_moments(self, count: int, first: Flat, second: Flat) -> None:
        """Go on from what an earlier training's `moments` were."""
        kept, places, constants = self._plan.kept, self.weights.packing.packed, self._plan.constants
        kept[F.FIRST_AT][places], kept[F.SECOND_AT][places] = first, second
        self._plan.numbers[F.UPDATES] = count
        constants[F.BETA_1_POWER] = constants[F.BETA_1] ** count
        constants[F.BETA_2_POWER] = constants[F.BETA_2] ** count

    def _threads(self) -> int:
        most = cores.share(self.work, self._blocks, self.threads)
        return most if most == 1 or self.threads is not None else self._pace.choose(most)

    def _run(
        self,
        orders: NDArray[np.int64],
        rates: NDArray[np.float64],
        patience: Patience,
        threads: int,
    ) -> Epochs:
        plan, (epochs, count), batches = self._plan, orders.shape, rates.shape[1]
        plan.keep(F.ORDER_AT, np.ascontiguousarray(self._grouped(orders), np.int64))
        plan.keep(F.RATES_AT, np.ascontiguousarray(rates, np.float64))
        losses = plan.keep(F.LOSSES_AT, np.zeros(rates.shape))
        norms = plan.keep(F.NORMS_AT, np.zeros(rates.shape))
        val_losses = plan.keep(F.VAL_LOSSES_AT, np.full(epochs, np.nan))
        plan.keep(F.BEST_LOSS_AT, np.array([patience.best_loss]))
        plan.set(
            {
                F.COUNT: count, F.EPOCHS: epochs, F.FINISHED: 0, F.FINISHED_EPOCHS: 0,
                F.PATIENCE: patience.epochs, F.SINCE_BEST: patience.since_best,
            }
        )  # fmt: skip
        started = time.perf_counter()
        plan.run(threads)
        seconds = time.perf_counter() - started
        done, finished = int(plan.numbers[F.FINISHED]), int(plan.numbers[F.FINISHED_EPOCHS])
        self._pace.note(threads, seconds / max(1, done))
        cut = False
        if finished < epochs:
            last = finished, done - finished * batches  # zeros where patience ended it
            cut = not np.isfinite(losses[last] + norms[last])
        return Epochs(losses, norms, val_losses, done, finished, cut)

    def set_data(self, data: Data) -> None:
        """Go on with other examples."""
        point_to(self._plan, data)
        if data.mask is not self._mask:
            self._mask, self._padded = data.mask, _padded(data.mask)

    def _grouped(self, orders: NDArray[np.int64]) -> NDArray[np.int64]:
        """Bring examples with as many padded steps in front together, within each batch.

        Steps that are padded in all rows of a block are left out.
        """
        if self._padded is None or self._blocks == 1:
            return orders
        batch = np.arange(orders.shape[1]) // self.rules.batch_size
        place = batch * (self._timesteps + 1) + self._padded[orders]
        grouped: NDArray[np.int64] = np.take_along_axis(
            orders, np.argsort(place, axis=1, kind="stable"), axis=1
        )
        return grouped


def _padded(mask: NDArray[np.uint8] | None) -> NDArray[np.intp] | None:
    """Return how many steps in front of each example are padded; None where none are."""
    if mask is None or mask[:, 0].all():
        return None
    return np.where(mask.any(axis=1), mask.argmax(axis=1), mask.shape[1])
