"""One layer on arrays, for stacks that no network kernel knows, and for everything inside.

x       (batch, timesteps, features)   float32
mask    (batch, timesteps)             bool, or None
state   tuple of (batch, units)        one for each kind of state
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.kernels import plan_fields as F
from forecast.kernels.arena import arena_of
from forecast.kernels.packing import SLACK, LayerShape, layer_packing_of
from forecast.kernels.plan import Plan

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
State = tuple[Floats, ...]
ROWS_AT_ONCE = 128  # timesteps × rows after which weight gradients are added up


class LayerAhead(NamedTuple):
    """What a forward pass hands out.

    Attributes:
        outputs: (batch, timesteps, units).
        state: after the last step.
        cache: what the backward pass needs.
    """

    outputs: Floats
    state: State
    cache: Any


class LayerBack(NamedTuple):
    """What a backward pass hands out.

    Attributes:
        flat: (weights,) gradients of the weights.
        d_x: (batch, timesteps, features).
        d_state: of the initial state.
        trace: (batch, timesteps, units), gradient of every hidden state, or None.
    """

    flat: Floats
    d_x: Floats
    d_state: State
    trace: Floats | None


@lru_cache(maxsize=256)
def _plan_numbers(shape: LayerShape, batch: int, timesteps: int) -> tuple[Any, Any]:
    """Return the layout of the scratch and the numbers of a plan."""
    packing, rows = layer_packing_of(shape), max(1, batch if batch <= 2 else -(-batch // 8) * 8)
    arena = arena_of(packing, shape.cell, rows=rows, timesteps=timesteps, outputs=0, history=True)
    return arena, {
        F.LAYERS: 1, F.BATCH: batch, F.COUNT: batch, F.ROWS: rows, F.TIMESTEPS: timesteps,
        F.FEATURES: shape.features, F.SIZE: packing.size, F.STATE_ROW: shape.units,
        F.CHUNK: max(1, ROWS_AT_ONCE // rows),
    }  # fmt: skip


def forward(
    shape: LayerShape, flat: Floats, x: Floats, state: State, mask: Mask | None
) -> LayerAhead:
    """Run a layer over x from a state.

    Args:
        shape: of the layer.
        flat: (weights,) kernel, recurrent kernel and bias.
        x: see the module; what stands on a masked step is not read.
        state: before the first step.
        mask: False on padded steps.
    """
    batch, timesteps, _ = x.shape
    arena, known = _plan_numbers(shape, batch, timesteps)
    packing = layer_packing_of(shape)
    plan = Plan(f"layer_{shape.kernel}", arena._replace(records=arena.records.copy()), known)
    packed = np.zeros(packing.size + SLACK, np.float32)
    packed[packing.packed] = flat
    states = np.stack(state)  # (states, batch, units)
    outputs = np.empty((batch, timesteps, shape.units), np.float32)
    plan.set({F.MODE: F.FORWARD, F.STATEFUL: bool(states.any())})
    plan.keep(F.ORDER_AT, np.arange(batch, dtype=np.int64))
    plan.keep(F.INPUTS_AT, np.ascontiguousarray(x))
    plan.keep_or_not(
        F.MASK_AT, F.MASKED, None if mask is None else np.ascontiguousarray(mask).view(np.uint8)
    )
    plan.keep(F.PARAMETERS_AT, packed)
    plan.keep(F.STATES_AT, states)
    plan.keep(F.PREDICTIONS_AT, outputs)
    plan.run()
    return LayerAhead(outputs, tuple(states), plan)


def backward(
    shape: LayerShape, ahead: Plan, d_outputs: Floats | None, d_state: State | None, trace: bool
) -> LayerBack:
    """Backpropagate through a forward pass; its cache stays as it is.

    Args:
        shape: of the layer.
        ahead: the cache.
        d_outputs: (batch, timesteps, units), or None for zeros.
        d_state: gradients of the final states, or None for zeros.
        trace: whether to hand out the gradient of every hidden state.
    """
    inputs, packing = ahead.kept[F.INPUTS_AT], layer_packing_of(shape)
    batch, timesteps, _ = inputs.shape
    arena, known = _plan_numbers(shape, batch, timesteps)
    plan = Plan(f"layer_{shape.kernel}", arena, known)
    plan.set({F.MODE: F.BACKWARD, F.MASKED: int(ahead.numbers[F.MASKED])})
    kinds = 2 if shape.cell == "lstm" else 1
    zeros = np.zeros((kinds, batch, shape.units), np.float32)
    states = plan.keep(
        F.STATES_AT, zeros if d_state is None else np.stack(d_state).astype(np.float32)
    )
    plan.keep(F.ARENA_AT, ahead.kept[F.ARENA_AT].copy())
    plan.keep(F.PARAMETERS_AT, ahead.kept[F.PARAMETERS_AT])
    plan.keep(F.TRANSPOSED_AT, np.zeros(packing.turned_size, np.float32))
    gradients = plan.keep(F.GRADIENTS_AT, np.zeros(packing.size, np.float32))
    d_x = plan.keep(F.PREDICTIONS_AT, np.empty_like(inputs))
    if d_outputs is not None:
        plan.keep(F.TARGETS_AT, np.ascontiguousarray(d_outputs, np.float32))
    traced = np.empty((batch, timesteps, shape.units), np.float32) if trace else None
    if traced is not None:
        plan.keep(F.LOSSES_AT, traced)
    plan.run()
    return LayerBack(gradients[packing.packed], d_x, tuple(states), traced)
