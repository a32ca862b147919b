"""One layer on one batch: whole sequences out, any state in, every gradient back.

The whole batch is one block, and its scratch is what the backward pass needs.
"""

from types import ModuleType

import numpy as np

from forecast.kernels import layer_fields as L
from forecast.kernels import plan_fields as F
from forecast.kernels.examples import clear_states, exchange_states, read_examples
from forecast.kernels.memory import floats, flush_tiny, restore_tiny, wholes
from forecast.kernels.sequence import sequence_of
from forecast.kernels.transpose import transpose_layer
from forecast.kernels.unit import Floats, Wholes, unit

ZERO = np.float32(0.0)


@unit
def copy_steps(
    arena: Floats, place: int, row: int, outside: Floats, width: int,
    timesteps: int, rows: int, size: int, out: int,
) -> None:  # fmt: skip
    """Copy (timesteps, rows, row) in the scratch to (size, timesteps, width) outside, or back."""
    for t in range(timesteps):
        for i in range(rows):
            here, there = place + (t * rows + i) * row, (i * timesteps + t) * width
            for j in range(width if out else row):
                if not out:
                    arena[here + j] = outside[there + j] if i < size and j < width else ZERO
                elif i < size:
                    outside[there + j] = arena[here + j]


@unit
def copy_d_state(plan: Wholes, layer: Wholes, arena: Floats, out: int) -> None:
    """Read the gradients of the final states into d_h and d_c, or write those of the first."""
    states, units, size = floats(plan[F.STATES_AT]), layer[L.UNITS], plan[F.COUNT]
    row = layer[L.PANELS] * 16
    for part in range(2):
        place = layer[L.D_C] if part else layer[L.D_H]
        here = part != 0 and layer[L.C] < 0
        for i in range(plan[F.ROWS]):
            for j in range(row):
                inside = i < size and j < units and not here
                there = (part * size + i) * units + j
                if not out:
                    arena[place + i * row + j] = states[there] if inside else ZERO
                elif inside:
                    states[there] = arena[place + i * row + j]


def register(cell: ModuleType) -> None:
    """Register the kernel of layers of a cell: `layer(plan, thread)`."""
    name = cell.__name__.rpartition(".")[2]
    sequence = sequence_of(cell)
    forward_layer, backward_layer = sequence.forward, sequence.backward
    inputs_gradient = cell.inputs_gradient

    def ahead(plan: Wholes, layer: Wholes, arena: Floats) -> None:
        """Run the layer from the states given, and write outputs and final states."""
        rows, size, T = plan[F.ROWS], plan[F.COUNT], plan[F.TIMESTEPS]
        read_examples(plan, layer, arena, 0, rows, size)
        clear_states(plan, layer, arena, rows, 0)
        exchange_states(plan, layer, arena, 0, 0, size, 0)
        w = floats(plan[F.PARAMETERS_AT])
        from_zero = 0 if plan[F.STATEFUL] else 1
        forward_layer(layer, w, arena, 0, T, rows, plan[F.LIVE], plan[F.MASKED], from_zero)
        outputs, first = floats(plan[F.PREDICTIONS_AT]), layer[L.H] + layer[L.H_JUMP]
        copy_steps(arena, first, layer[L.H_ROW], outputs, layer[L.UNITS], T, rows, size, 1)
        exchange_states(plan, layer, arena, 0, 0, size, 1)

    ahead_unit = unit(ahead, name)

    def back(plan: Wholes, layer: Wholes, arena: Floats) -> None:
        """Write the gradients of weights, inputs, initial states, and the trace."""
        rows, size, T = plan[F.ROWS], plan[F.COUNT], plan[F.TIMESTEPS]
        w, wt = floats(plan[F.PARAMETERS_AT]), floats(plan[F.TRANSPOSED_AT])
        width, units = layer[L.PANELS] * 16, layer[L.UNITS]
        transpose_layer(layer, w, wt, 0, 1)
        copy_d_state(plan, layer, arena, 0)
        inside, traced = plan[F.TARGETS_AT] != 0, plan[F.LOSSES_AT] != 0
        if inside:
            d_outputs = floats(plan[F.TARGETS_AT])
            copy_steps(arena, layer[L.D_OUT], width, d_outputs, units, T, rows, size, 0)
        backward_layer(
            layer, wt, arena, floats(plan[F.GRADIENTS_AT]), 0, T, rows, plan[F.LIVE],
            plan[F.MASKED], 0, 1 if inside else 0, 1 if traced else 0, plan[F.CHUNK],
        )  # fmt: skip
        inputs_gradient(layer, wt, arena, layer[L.SAVED], T * rows)
        d_x, features = floats(plan[F.PREDICTIONS_AT]), layer[L.FEATURES]
        copy_steps(arena, layer[L.D_X], layer[L.D_X_ROW], d_x, features, T, rows, size, 1)
        if traced:
            trace = floats(plan[F.LOSSES_AT])
            copy_steps(arena, layer[L.D_OUT], width, trace, units, T, rows, size, 1)
        copy_d_state(plan, layer, arena, 1)

    back_unit = unit(back, name)

    def layer(plan: Wholes, thread: int) -> None:
        """Do what the plan's mode says."""
        record, arena = wholes(plan[F.RECORDS_AT]), floats(plan[F.ARENA_AT])
        before = flush_tiny()
        if plan[F.MODE] == F.FORWARD:
            ahead_unit(plan, record, arena)
        else:
            back_unit(plan, record, arena)
        restore_tiny(before)

    unit(layer, name)
