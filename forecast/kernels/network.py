"""A whole network on many batches, in one call: gather, forward, loss, backward, update.

Every thread calls the same function with its own number. A block of rows goes through all layers
and timesteps by itself; only the gradients of the weights meet. Blocks are taken by any thread in
any order, and their gradients summed in theirs.
"""

import math
from types import ModuleType
from typing import Any

import numpy as np

from forecast.kernels import layer_fields as L
from forecast.kernels import plan_fields as F
from forecast.kernels.calls import announce, await_call, end_call, helped
from forecast.kernels.examples import (
    between_layers,
    clear_states,
    exchange_states,
    read_examples,
)
from forecast.kernels.head import count_scored, head_backward, head_forward, losses
from forecast.kernels.memory import (
    doubles,
    fetch_add,
    floats,
    flush_tiny,
    restore_tiny,
    wait_for_all,
    wholes,
)
from forecast.kernels.sequence import sequence_of
from forecast.kernels.transpose import transpose, transpose_layer
from forecast.kernels.unit import Floats, Wholes, unit
from forecast.kernels.update import gather, norm_of, update
from forecast.kernels.vector import load, store

ZERO = np.float32(0.0)
BYTES = L.FIELDS * 8  # of a layer's record


@unit
def transpose_all(plan: Wholes, one: int, every: int) -> None:
    """Turn the weights around, for the backward pass."""
    w, t, units = floats(plan[F.PARAMETERS_AT]), floats(plan[F.TRANSPOSED_AT]), 0
    for number in range(plan[F.LAYERS]):
        layer = wholes(plan[F.RECORDS_AT] + number * BYTES)
        transpose_layer(layer, w, t, one, every)
        units = layer[L.UNITS]
    K, vectors = plan[F.HEAD_INPUTS], plan[F.OUT_ROW] // 16
    transpose(w, plan[F.W_HEAD], t, plan[F.T_HEAD], vectors, K, units, one, every)


@unit
def meet(plan: Wholes) -> None:
    """Wait for the other threads."""
    wait_for_all(wholes(plan[F.COUNTERS_AT]), F.ARRIVED, plan[F.THREADS], plan[F.SLEEP_AT])


@unit
def finish_batch(plan: Wholes, number: int, start: int, size: int, thread: int) -> int:
    """Sum the blocks' gradients and take the optimizer's step; 0 if something is not finite."""
    threads, counters = plan[F.THREADS], wholes(plan[F.COUNTERS_AT])
    constants, parts = doubles(plan[F.CONSTANTS_AT]), doubles(plan[F.BLOCK_LOSSES_AT])
    gradients, squares = floats(plan[F.GRADIENTS_AT]), doubles(plan[F.SQUARES_AT])
    blocks = (size + plan[F.ROWS] - 1) // plan[F.ROWS]
    gather(gradients, plan[F.SIZE], blocks, squares, thread, threads)
    meet(plan)
    loss = 0.0
    for k in range(blocks):
        loss += parts[k]
    loss = loss / max(count_scored(plan, start, size), 1)
    norm, clip = norm_of(squares, plan[F.SIZE]), constants[F.CLIP]
    if thread == 0:
        doubles(plan[F.LOSSES_AT])[number] = loss
        doubles(plan[F.NORMS_AT])[number] = norm
        counters[F.NEXT] = 0
    if not (math.isfinite(loss) and math.isfinite(norm)):
        return 0
    rate = doubles(plan[F.RATES_AT])[number]
    power_1 = constants[F.BETA_1_POWER] * constants[F.BETA_1]
    power_2 = constants[F.BETA_2_POWER] * constants[F.BETA_2]
    if plan[F.OPTIMIZER] == F.ADAM:
        rate *= math.sqrt(1.0 - power_2) / (1.0 - power_1)
    update(plan, constants, gradients, rate, clip / norm if norm > clip else 1.0, thread, threads)
    meet(plan)
    if thread == 0:
        plan[F.UPDATES] += 1
        constants[F.BETA_1_POWER], constants[F.BETA_2_POWER] = power_1, power_2
        plan[F.FINISHED] += 1
    transpose_all(plan, thread, threads)
    meet(plan)
    return 1


def _ahead_of(name: str, forward_layer: Any) -> Any:
    """Return the unit that runs a block through all layers and the head.

    It returns the first step that counts: steps in front of it are padded in all rows.
    """

    def ahead(
        plan: Wholes, arena: Floats, place: int, start: int, rows: int, size: int, dropping: int
    ) -> int:
        w, top = floats(plan[F.PARAMETERS_AT]), plan[F.LAYERS] - 1
        stateful = plan[F.STATEFUL]
        begin = read_examples(plan, wholes(plan[F.RECORDS_AT]), arena, start, rows, size)
        if stateful:
            begin = 0
        for number in range(top + 1):
            layer = wholes(plan[F.RECORDS_AT] + number * BYTES)
            clear_states(plan, layer, arena, rows, begin)
            if stateful:
                exchange_states(plan, layer, arena, number, start, size, 0)
            forward_layer(
                layer, w, arena, begin, plan[F.TIMESTEPS], rows, plan[F.LIVE], plan[F.MASKED],
                0 if stateful else 1,
            )  # fmt: skip
            if stateful:
                exchange_states(plan, layer, arena, number, start, size, 1)
            if number < top:
                above = wholes(plan[F.RECORDS_AT] + (number + 1) * BYTES)
                between_layers(plan, layer, above, arena, number, place, rows, dropping, 0)
        last = wholes(plan[F.RECORDS_AT] + top * BYTES)
        head_forward(plan, last, w, arena, start, rows, size)
        return begin

    return unit(ahead, name)


def _back_of(name: str, backward_layer: Any, inputs_gradient: Any) -> Any:
    """Return the unit that takes the gradient of a block's outputs back through all layers."""

    def back(
        plan: Wholes, arena: Floats, gradient: Floats, place: int, rows: int, dropping: int,
        begin: int,
    ) -> None:  # fmt: skip
        wt, top = floats(plan[F.TRANSPOSED_AT]), plan[F.LAYERS] - 1
        last = wholes(plan[F.RECORDS_AT] + top * BYTES)
        head_backward(plan, last, wt, arena, gradient, rows)
        for number in range(top, -1, -1):
            layer = wholes(plan[F.RECORDS_AT] + number * BYTES)
            inside = 1 if number < top else 0
            for k in range(rows * layer[L.PANELS] * 16 * layer[L.DILATION]):
                arena[layer[L.D_C] + k] = ZERO
                if inside:
                    arena[layer[L.D_H] + k] = ZERO
            backward_layer(
                layer, wt, arena, gradient, begin, plan[F.TIMESTEPS], rows, plan[F.LIVE],
                plan[F.MASKED], 1, inside, 0, plan[F.CHUNK],
            )  # fmt: skip
            if number > 0:
                inputs_gradient(layer, wt, arena, layer[L.SAVED], plan[F.TIMESTEPS] * rows)
                below = wholes(plan[F.RECORDS_AT] + (number - 1) * BYTES)
                between_layers(plan, below, layer, arena, number - 1, place, rows, dropping, 1)

    return unit(back, name)


def _train_of(name: str, ahead: Any, back: Any) -> Any:
    """Return the unit that takes the batches of an epoch; 0 at the first that is not finite."""

    def train(plan: Wholes, arena: Floats, thread: int, epoch: int) -> int:
        counters, parts = wholes(plan[F.COUNTERS_AT]), doubles(plan[F.BLOCK_LOSSES_AT])
        count, rows, batch = plan[F.COUNT], plan[F.ROWS], plan[F.BATCH]
        batches = (count + batch - 1) // batch
        dropping = 1 if doubles(plan[F.CONSTANTS_AT])[F.DROPOUT] > 0 else 0
        for number in range(batches):
            start = epoch * count + number * batch
            size = min(batch, count - number * batch)
            scored = count_scored(plan, start, size)
            block = fetch_add(counters, F.NEXT, 1)
            while block * rows < size:
                place = block * rows
                here = min(rows, size - place)
                begin = ahead(plan, arena, place, start + place, rows, here, dropping)
                parts[block] = losses(plan, arena, start + place, rows, here, scored)
                gradient = floats(plan[F.GRADIENTS_AT] + 4 * block * plan[F.SIZE])
                back(plan, arena, gradient, place, rows, dropping, begin)
                block = fetch_add(counters, F.NEXT, 1)
            meet(plan)
            if finish_batch(plan, epoch * batches + number, start, size, thread) == 0:
                return 0
        return 1

    return unit(train, name)


@unit
def judge(plan: Wholes, epoch: int) -> None:
    """Note the validation loss of an epoch, and keep its weights if they are the best so far."""
    best, watched = doubles(plan[F.BEST_LOSS_AT]), 0.0
    if plan[F.VALIDATION_AT] != 0:
        seen = wholes(plan[F.VALIDATION_AT])
        parts, rows = doubles(seen[F.BLOCK_LOSSES_AT]), seen[F.ROWS]
        for k in range((seen[F.COUNT] + rows - 1) // rows):
            watched += parts[k]
        watched = watched / seen[F.TARGETS_SCORED]
        wholes(seen[F.COUNTERS_AT])[F.NEXT] = 0
        doubles(plan[F.VAL_LOSSES_AT])[epoch] = watched
    else:
        count, batch, told = plan[F.COUNT], plan[F.BATCH], doubles(plan[F.LOSSES_AT])
        batches = (count + batch - 1) // batch
        for k in range(batches):
            watched += told[epoch * batches + k] * min(batch, count - k * batch)
        watched = watched / count
    plan[F.SINCE_BEST] += 1
    if watched < best[0]:
        best[0], plan[F.SINCE_BEST] = watched, 0
        kept, w = floats(plan[F.BEST_AT]), floats(plan[F.PARAMETERS_AT])
        for k in range(0, plan[F.SIZE], 16):
            store(kept, k, load(w, k))
    plan[F.FINISHED_EPOCHS] += 1


def _fit_of(train: Any, look: Any, name: str) -> Any:
    """Return the unit that takes epoch after epoch, up to the patience."""

    def fit(plan: Wholes, arena: Floats, thread: int) -> None:
        transpose_all(plan, thread, plan[F.THREADS])
        meet(plan)
        for epoch in range(plan[F.EPOCHS]):
            if train(plan, arena, thread, epoch) == 0:
                break
            if plan[F.VALIDATION_AT] != 0:
                seen = wholes(plan[F.VALIDATION_AT])
                look(seen, floats(seen[F.ARENA_AT] + 4 * thread * seen[F.ARENA_SIZE]))
                meet(plan)
            if thread == 0:
                judge(plan, epoch)
            meet(plan)
            if 0 < plan[F.PATIENCE] <= plan[F.SINCE_BEST]:
                break

    return unit(fit, name)


def _look_of(name: str, ahead: Any) -> Any:
    """Return the unit that runs all examples forward: their losses, or the outputs."""

    def look(plan: Wholes, arena: Floats) -> None:
        counters, rows, outputs = wholes(plan[F.COUNTERS_AT]), plan[F.ROWS], plan[F.OUTPUTS]
        predictions, parts = floats(plan[F.PREDICTIONS_AT]), doubles(plan[F.BLOCK_LOSSES_AT])
        count = plan[F.COUNT]
        block = fetch_add(counters, F.NEXT, 1)
        while block * rows < count:
            start = block * rows
            size = min(rows, count - start)
            ahead(plan, arena, 0, start, rows, size, 0)
            if plan[F.MODE] == F.EVALUATE:
                parts[block] = losses(plan, arena, start, rows, size, 1)
            else:
                for i in range(size):
                    for j in range(outputs):
                        value = arena[plan[F.OUT] + i * plan[F.OUT_ROW] + j]
                        predictions[(start + i) * outputs + j] = value
            block = fetch_add(counters, F.NEXT, 1)

    return unit(look, name)


def register(cell: ModuleType) -> None:
    """Register the kernel of networks of a cell: `network(plan, thread)`."""
    name = cell.__name__.rpartition(".")[2]
    sequence = sequence_of(cell)
    ahead = _ahead_of(name, sequence.forward)
    train = _train_of(name, ahead, _back_of(name, sequence.backward, cell.inputs_gradient))
    look = _look_of(name, ahead)
    fit = _fit_of(train, look, name)

    def work(plan: Wholes, thread: int) -> None:
        arena = floats(plan[F.ARENA_AT] + 4 * thread * plan[F.ARENA_SIZE])
        before = flush_tiny()
        if plan[F.MODE] == F.TRAIN:
            fit(plan, arena, thread)
        else:
            look(plan, arena)
        restore_tiny(before)

    work_unit = unit(work, name)

    def network(plan: Wholes, thread: int) -> None:
        counters = wholes(plan[F.COUNTERS_AT])
        if thread < 0:
            announce(counters, plan[F.THREADS])
        elif thread == 0:
            work_unit(plan, 0)
            end_call(counters, plan[F.THREADS], plan[F.SLEEP_AT])
        else:
            while await_call(counters, thread) != 0:
                work_unit(plan, thread)
                helped(counters)

    unit(network, name)
