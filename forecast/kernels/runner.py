"""Networks on arrays: what the rest of the package calls.

inputs     (examples, timesteps, features)   float32
targets    (examples, outputs)               float32
observed   (examples, outputs)               bool, or None
mask       (examples, timesteps)             bool, or None
states     (layers, 2, examples, units)      float32; hidden and cell states, of the largest layer
"""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.kernels import plan_fields as F
from forecast.kernels import threads as cores
from forecast.kernels.arena import arena_of
from forecast.kernels.packing import GATES, SLACK, NetworkShape, packing_of, panels_of
from forecast.kernels.plan import Plan
from forecast.kernels.training import Batches, Data, Epochs, Patience, Rules

Floats = NDArray[np.float32]
Flat = NDArray[np.float32]

LOSSES = {"mse": F.MSE, "mae": F.MAE, "huber": F.HUBER}
OPTIMIZERS = {"adam": F.ADAM, "rmsprop": F.RMSPROP, "sgd": F.SGD}
CHUNK = 4096  # floats whose squares are summed in one go, as in `forecast.kernels.update`
ROWS_AT_ONCE = 128  # timesteps × rows after which weight gradients are added up
EVALUATION_ROWS = 32


def block_rows(batch: int) -> int:
    """Return the rows of a block; they depend on nothing but the size of the batch."""
    if batch <= 2:
        return batch
    return min(16 if batch <= 64 else 32, -(-batch // 8) * 8)


def _plan_of(shape: NetworkShape, mode: int, *, rows: int, data: Data, batch: int) -> Plan:
    """Return a plan for a network and examples of that kind."""
    packing, timesteps = packing_of(shape), data.inputs.shape[1]
    history = mode == F.TRAIN or data.mask is not None or len(shape.layers) > 1
    arena = arena_of(
        packing, shape.layers[0].cell, rows=rows, timesteps=timesteps, outputs=shape.outputs,
        history=history,
    )  # fmt: skip
    known = {
        F.MODE: mode, F.LAYERS: len(shape.layers), F.BATCH: batch, F.ROWS: rows,
        F.TIMESTEPS: timesteps, F.FEATURES: shape.features, F.OUTPUTS: shape.outputs,
        F.OUT_ROW: panels_of(shape.outputs) * 16, F.HEAD_INPUTS: packing.head_inputs,
        F.STATE_ROW: max(layer.units for layer in shape.layers),
        F.W_HEAD: packing.w_head, F.T_HEAD: packing.t_head, F.SIZE: packing.size,
        F.CHUNK: max(1, ROWS_AT_ONCE // rows),
    }  # fmt: skip
    plan = Plan(shape.kernel, arena, known)
    _point_to(plan, data)
    return plan


def _point_to(plan: Plan, data: Data) -> None:
    """Let a plan read these examples."""
    plan.keep(F.INPUTS_AT, data.inputs)
    plan.keep(F.TARGETS_AT, data.targets)
    plan.keep_or_not(F.OBSERVED_AT, F.SCORED, data.observed)
    plan.keep_or_not(F.MASK_AT, F.MASKED, data.mask)


class Weights:
    """Packed weights with the optimizer's moments."""

    def __init__(self, shape: NetworkShape, flat: Flat) -> None:
        self.shape, self.packing = shape, packing_of(shape)
        self.packed = np.zeros(self.packing.size + SLACK, np.float32)
        self.packed[self.packing.packed] = flat

    def flat(self) -> Flat:
        """Return a copy in the flat order."""
        flat: Flat = self.packed[self.packing.packed]
        return flat


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
        plan = _plan_of(shape, F.TRAIN, rows=self._rows, data=data, batch=rules.batch_size)
        for place, size in (
            (F.FIRST_AT, packing.size),
            (F.SECOND_AT, packing.size),
            (F.TRANSPOSED_AT, packing.turned_size),
            (F.GRADIENTS_AT, packing.size * self._blocks),
        ):
            plan.keep(place, np.zeros(size, np.float32))
        plan.keep(F.PARAMETERS_AT, self.weights.packed)
        self._best = plan.keep(F.BEST_AT, np.zeros(packing.size, np.float32))
        self._seen = Predictor(self.weights)
        plan.keep(F.BLOCK_LOSSES_AT, np.zeros(self._blocks))
        plan.keep(F.SQUARES_AT, np.zeros(-(-packing.size // CHUNK)))
        plan.numbers[[F.LOSS, F.OPTIMIZER, F.NESTEROV, F.SEED]] = (
            LOSSES[rules.loss], OPTIMIZERS[rules.optimizer], rules.nesterov, rules.seed,
        )  # fmt: skip
        limit = np.inf if rules.clip_norm is None else rules.clip_norm
        for place, value in (
            (F.BETA_1, rules.constants["beta_1"]), (F.BETA_2, rules.constants["beta_2"]),
            (F.RHO, rules.constants["rho"]), (F.MOMENTUM, rules.constants["momentum"]),
            (F.EPSILON, rules.constants["epsilon"]), (F.CLIP, limit), (F.DROPOUT, rules.dropout),
            (F.BETA_1_POWER, 1.0), (F.BETA_2_POWER, 1.0),
        ):  # fmt: skip
            plan.constants[place] = value
        self._plan = plan

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
        plan.keep(F.ORDER_AT, np.ascontiguousarray(orders, np.int64))
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
        _point_to(self._plan, data)


class Predictor:
    """Runs one network forward.

    Args:
        weights: of the network; what they are when it runs counts.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._plans: dict[Any, Plan] = {}

    def predict(
        self, inputs: Floats, *, mask: Any = None, states: Floats | None = None, threads: int = 1
    ) -> Floats:
        """Return what the network says, (examples, outputs); move `states` on in place."""
        shape, count = self._weights.shape, len(inputs)
        plan = self._plan(F.PREDICT, Data(inputs, inputs, None, mask))
        outputs = np.empty((count, shape.outputs), np.float32)
        plan.keep(F.PREDICTIONS_AT, outputs)
        plan.numbers[F.STATEFUL] = states is not None
        if states is not None:
            plan.keep(F.STATES_AT, states)
        plan.run(threads)
        return outputs

    def losses(self, data: Data, loss: str, threads: int | None = None) -> float:
        """Return the sum of the losses over all observed targets."""
        plan = self.evaluation(data, loss, threads or 1)
        plan.run(threads or 1)
        return float(sum(plan.kept[F.BLOCK_LOSSES_AT].tolist()))

    def evaluation(self, data: Data, loss: str, threads: int) -> Plan:
        """Return the plan of an evaluation, with scratch for so many threads."""
        plan, count = self._plan(F.EVALUATE, data), len(data.inputs)
        blocks = -(-count // int(plan.numbers[F.ROWS]))
        plan.keep(F.BLOCK_LOSSES_AT, np.zeros(blocks))
        scored = data.targets.size if data.observed is None else int(data.observed.sum())
        plan.set({F.LOSS: LOSSES[loss], F.TARGETS_SCORED: scored, F.THREADS: threads})
        plan.make_room(threads)
        return plan

    def _plan(self, mode: int, data: Data) -> Plan:
        count, timesteps = data.inputs.shape[:2]
        rows = count if count <= 2 else min(EVALUATION_ROWS, -(-count // 8) * 8)
        key = mode, rows, timesteps, data.mask is None
        if key not in self._plans:
            plan = _plan_of(self._weights.shape, mode, rows=rows, data=data, batch=1)
            plan.keep(F.PARAMETERS_AT, self._weights.packed)
            self._plans[key] = plan
        plan = self._plans[key]
        _point_to(plan, data)
        plan.numbers[F.COUNT] = count
        if F.ORDER_AT not in plan.kept or len(plan.kept[F.ORDER_AT]) < count:
            plan.keep(F.ORDER_AT, np.arange(count, dtype=np.int64))
        return plan
