"""Networks run forward on arrays, and what a training needs for it too.

inputs     (examples, timesteps, features)   float32
targets    (examples, horizon)               float32
observed   (examples, horizon)               bool, or None
mask       (examples, timesteps)             bool, or None
beside     (examples, beside)                float32, or None where the head reads nothing more
states     (layers, 2, examples, units)      float32; hidden and cell states, of the largest layer
"""

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.kernels import plan_fields as F
from forecast.kernels.arena import arena_of
from forecast.kernels.packing import SLACK, NetworkShape, packing_of, panels_of
from forecast.kernels.plan import Plan
from forecast.kernels.training import Data

Floats = NDArray[np.float32]

LOSSES = {
    "mse": F.MSE, "mae": F.MAE, "huber": F.HUBER, "pinball": F.QUANTILE, "quantile": F.QUANTILE,
    "student_t": F.STUDENT,
}  # fmt: skip
ROWS_AT_ONCE = 128  # timesteps × rows after which weight gradients are added up
EVALUATION_ROWS = 32
SHAPES = 32  # of small batches that are kept ready
SMALL = 4096  # floats of inputs that are copied into a place of their own


def plan_of(shape: NetworkShape, mode: int, *, rows: int, data: Data, batch: int) -> Plan:
    """Return a plan for a network and examples of that kind."""
    packing, timesteps = packing_of(shape), data.inputs.shape[1]
    dilated = any(layer.dilation > 1 for layer in shape.layers)
    history = mode == F.TRAIN or data.mask is not None or len(shape.layers) > 1 or dilated
    arena = arena_of(
        packing, shape.layers[0].cell, rows=rows, timesteps=timesteps, outputs=shape.outputs,
        history=history,
    )  # fmt: skip
    known = {
        F.MODE: mode, F.LAYERS: len(shape.layers), F.BATCH: batch, F.ROWS: rows,
        F.TIMESTEPS: timesteps, F.FEATURES: shape.features, F.OUTPUTS: shape.outputs,
        F.OUT_ROW: panels_of(shape.outputs) * 16, F.HEAD_INPUTS: packing.head_inputs,
        F.BESIDE: shape.beside,
        F.STATE_ROW: max(layer.units for layer in shape.layers),
        F.W_HEAD: packing.w_head, F.T_HEAD: packing.t_head, F.SIZE: packing.size,
        F.CHUNK: max(1, ROWS_AT_ONCE // rows),
    }  # fmt: skip
    plan = Plan(shape.kernel, arena, known)
    point_to(plan, data)
    return plan


def point_to(plan: Plan, data: Data) -> None:
    """Let a plan read these examples."""
    plan.keep(F.INPUTS_AT, data.inputs)
    plan.keep(F.TARGETS_AT, data.targets)
    plan.keep_or_not(F.OBSERVED_AT, F.SCORED, data.observed)
    plan.keep_or_not(F.MASK_AT, F.MASKED, data.mask)
    if data.beside is not None:
        plan.keep(F.BESIDE_AT, data.beside)


def score_by(plan: Plan, loss: str, quantiles: tuple[float, ...]) -> None:
    """Let a plan score by a loss; a head gives `width` numbers for one target."""
    plan.keep(F.QUANTILES_AT, np.array(quantiles, np.float32))
    width = {"quantile": len(quantiles), "student_t": 3}.get(loss, 1)
    plan.set({F.LOSS: LOSSES[loss], F.WIDTH: width})


class Weights:
    """Weights as the kernels read them."""

    def __init__(self, shape: NetworkShape, flat: Floats) -> None:
        self.shape, self.packing = shape, packing_of(shape)
        self.packed = np.zeros(self.packing.size + SLACK, np.float32)
        self.packed[self.packing.packed] = flat

    def put(self, flat: Floats) -> None:
        """Take other weights, in the flat order."""
        self.packed[self.packing.packed] = flat

    def flat(self) -> Floats:
        """Return a copy in the flat order."""
        flat: Floats = self.packed[self.packing.packed]
        return flat


class Predictor:
    """Runs one network forward.

    Args:
        weights: of the network; what they are when it runs counts.
        quantiles: those of the loss `quantile`, or the one of `pinball`.
    """

    def __init__(self, weights: Weights, quantiles: tuple[float, ...] = ()) -> None:
        self._weights, self._quantiles = weights, quantiles
        self._plans: dict[Any, Plan] = {}
        self._small: dict[tuple[int, ...], _Small] = {}
        self._lock = threading.Lock()  # plans are written to

    def predict(
        self, inputs: Floats, *, mask: Any = None, states: Floats | None = None,
        beside: Floats | None = None, threads: int = 1,
    ) -> Floats:  # fmt: skip
        """Return what the network says, (examples, outputs); move `states` on in place."""
        with self._lock:
            if mask is None and states is None and inputs.size <= SMALL:
                return self._small_batch(inputs, beside)
            return self._any_batch(Data(inputs, inputs, None, mask, beside), states, threads)

    def _small_batch(self, inputs: Floats, beside: Floats | None) -> Floats:
        """Run a batch whose way into the kernel would take longer than the kernel."""
        if inputs.shape not in self._small:
            if len(self._small) >= SHAPES:
                self._small.clear()
            room, count = np.empty_like(inputs), len(inputs)
            more = None if beside is None else np.empty_like(beside)
            plan = self._new_plan(F.PREDICT, Data(room, room, beside=more), count)
            outputs = np.empty((count, self._weights.shape.outputs), np.float32)
            plan.keep(F.PREDICTIONS_AT, outputs)
            self._small[inputs.shape] = _Small(plan, plan.prepared(), room, more, outputs)
        small = self._small[inputs.shape]
        small.inputs[...] = inputs
        if small.beside is not None:
            small.beside[...] = beside
        small.run()
        return small.outputs.copy()

    def _any_batch(self, data: Data, states: Floats | None, threads: int) -> Floats:
        plan = self._plan(F.PREDICT, data)
        outputs = np.empty((len(data.inputs), self._weights.shape.outputs), np.float32)
        plan.keep(F.PREDICTIONS_AT, outputs)
        plan.numbers[F.STATEFUL] = states is not None
        if states is not None:
            plan.keep(F.STATES_AT, states)
        plan.run(threads)
        return outputs

    def losses(self, data: Data, loss: str, threads: int | None = None) -> float:
        """Return the sum of the losses over all observed targets."""
        with self._lock:
            plan = self.evaluation(data, loss, threads or 1)
            plan.run(threads or 1)
            return float(sum(plan.kept[F.BLOCK_LOSSES_AT].tolist()))

    def evaluation(self, data: Data, loss: str, threads: int) -> Plan:
        """Return the plan of an evaluation, with scratch for so many threads."""
        plan, count = self._plan(F.EVALUATE, data), len(data.inputs)
        blocks = -(-count // int(plan.numbers[F.ROWS]))
        plan.keep(F.BLOCK_LOSSES_AT, np.zeros(blocks))
        scored = data.targets.size if data.observed is None else int(data.observed.sum())
        score_by(plan, loss, self._quantiles)
        plan.set({F.TARGETS_SCORED: scored, F.THREADS: threads})
        plan.make_room(threads)
        return plan

    def _plan(self, mode: int, data: Data) -> Plan:
        """Return a plan for these examples, if possible one that was used before."""
        count, timesteps = data.inputs.shape[:2]
        key = mode, _evaluation_rows(count), timesteps, data.mask is None
        if key not in self._plans:
            self._plans[key] = self._new_plan(mode, data, count)
        plan = self._plans[key]
        point_to(plan, data)
        plan.numbers[F.COUNT] = count
        if len(plan.kept[F.ORDER_AT]) < count:
            plan.keep(F.ORDER_AT, np.arange(count, dtype=np.int64))
        return plan

    def _new_plan(self, mode: int, data: Data, count: int) -> Plan:
        rows = _evaluation_rows(count)
        plan = plan_of(self._weights.shape, mode, rows=rows, data=data, batch=1)
        plan.keep(F.PARAMETERS_AT, self._weights.packed)
        plan.keep(F.ORDER_AT, np.arange(count, dtype=np.int64))
        plan.numbers[F.COUNT] = count
        return plan


class _Small(NamedTuple):
    """A small batch's plan, ready to run, and its arrays."""

    plan: Plan
    run: Callable[[], None]
    inputs: Floats
    beside: Floats | None
    outputs: Floats


def _evaluation_rows(count: int) -> int:
    return count if count <= 2 else min(EVALUATION_ROWS, -(-count // 8) * 8)
