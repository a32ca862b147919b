"""The dense head on the last hidden state, and the losses; see `forecast.nn.losses`.

The head may read more numbers of each example, s: its inputs are h_T, then s, then a one for the
bias.
"""

import numpy as np

from forecast.kernels import layer_fields as L
from forecast.kernels import plan_fields as F
from forecast.kernels.distribution import pinball, student
from forecast.kernels.memory import flags, floats, wholes
from forecast.kernels.tile import product
from forecast.kernels.unit import Floats, Wholes, unit

ZERO, ONE, HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)


@unit
def read_beside(plan: Wholes, arena: Floats, to: int, start: int, rows: int, size: int) -> None:
    """Copy what the head reads beside the hidden states; missing rows become zeros."""
    numbers, order = floats(plan[F.BESIDE_AT]), wholes(plan[F.ORDER_AT])
    width, K = plan[F.BESIDE], plan[F.HEAD_INPUTS]
    for i in range(rows):
        first = order[start + i] * width if i < size else 0
        for j in range(width):
            arena[to + i * K + j] = numbers[first + j] if i < size else ZERO


@unit
def head_forward(
    plan: Wholes, layer: Wholes, w: Floats, arena: Floats, start: int, rows: int, size: int
) -> None:
    """Y = [h_T, s] W + b."""
    K, ends, beside = plan[F.HEAD_INPUTS], plan[F.ENDS], plan[F.BESIDE]
    units, top, row = layer[L.UNITS], plan[F.TOP], plan[F.OUT_ROW]
    for i in range(rows):
        end = np.int64(arena[ends + i])
        last = layer[L.H] + (end + 1) * layer[L.H_JUMP] + i * layer[L.H_ROW]
        for j in range(units):
            arena[top + i * K + j] = arena[last + j]
        if layer[L.LINKED]:
            x = layer[L.XS] + (end * rows + i) * layer[L.INPUTS]
            for j in range(units):
                arena[top + i * K + j] += arena[x + j]
        if units + beside < K:
            arena[top + i * K + units + beside] = ONE
    if beside > 0:
        read_beside(plan, arena, top + units, start, rows, size)
    vectors = row // 16
    product(arena, plan[F.OUT], row, 16, arena, top, K, 1, 0,
            w, plan[F.W_HEAD], 16, K * 16, K, 1, vectors, rows, vectors)  # fmt: skip


@unit
def to_last_step(plan: Wholes, layer: Wholes, arena: Floats, rows: int) -> None:
    """Bring each row's gradient from the first part of d_h to that of the row's last step."""
    width, d = layer[L.PANELS] * 16, layer[L.DILATION]
    for k in range(rows * width, d * rows * width):
        arena[layer[L.D_H] + k] = ZERO
    for i in range(rows):
        part = np.int64(arena[plan[F.ENDS] + i]) % d
        here, to = layer[L.D_H] + i * width, layer[L.D_H] + (part * rows + i) * width
        for j in range(width if part > 0 else 0):
            arena[to + j] = arena[here + j]
            arena[here + j] = ZERO


@unit
def head_backward(
    plan: Wholes, layer: Wholes, wt: Floats, arena: Floats, gradient: Floats, rows: int
) -> None:
    """Gradients of the head's weights, and of the last hidden state."""
    K, row, P = plan[F.HEAD_INPUTS], plan[F.OUT_ROW], layer[L.PANELS]
    vectors, d_out = row // 16, plan[F.D_OUT]
    product(gradient, plan[F.W_HEAD], 16, K * 16, arena, plan[F.TOP], 1, K, 0,
            arena, d_out, row, 16, rows, 1, vectors, K, vectors)  # fmt: skip
    product(arena, layer[L.D_H], P * 16, 16, arena, d_out, row, 1, 0,
            wt, plan[F.T_HEAD], 16, row * 16, row, 1, P, rows, P)  # fmt: skip
    if layer[L.LINKED]:
        for k in range(rows * P * 16):
            arena[layer[L.D_END] + k] = arena[layer[L.D_H] + k]
    if layer[L.DILATION] > 1:
        to_last_step(plan, layer, arena, rows)


@unit
def count_scored(plan: Wholes, start: int, size: int) -> int:
    """Return how many targets of a batch count."""
    horizon = plan[F.OUTPUTS] // plan[F.WIDTH]
    if not plan[F.SCORED]:
        return size * horizon
    observed, order, count = flags(plan[F.OBSERVED_AT]), wholes(plan[F.ORDER_AT]), 0
    for i in range(size):
        for j in range(horizon):
            if observed[order[start + i] * horizon + j]:
                count += 1
    return count


@unit
def losses(plan: Wholes, arena: Floats, start: int, rows: int, size: int, scored: int) -> float:
    """Return the sum of a block's losses, and put the gradient of the batch's mean into d_out."""
    targets, order = floats(plan[F.TARGETS_AT]), wholes(plan[F.ORDER_AT])
    observed, some, kind = flags(plan[F.OBSERVED_AT]), plan[F.SCORED], plan[F.LOSS]
    row, width = plan[F.OUT_ROW], plan[F.WIDTH]
    horizon, share, result = plan[F.OUTPUTS] // width, np.float32(1.0 / max(scored, 1)), 0.0
    for i in range(rows):
        out, d_out = plan[F.OUT] + i * row, plan[F.D_OUT] + i * row
        for j in range(row):
            arena[d_out + j] = ZERO
        first = order[start + i] * horizon if i < size else 0
        for j in range(horizon if i < size else 0):
            if some and not observed[first + j]:
                continue
            target = targets[first + j]
            if kind == F.QUANTILE:
                at = j * width
                result += pinball(plan, arena, out + at, d_out + at, target, share)
            elif kind == F.STUDENT:
                at = j * width
                result += student(arena, out + at, d_out + at, target, share)
            else:
                error = arena[out + j] - target
                if kind == F.MSE:
                    result += error * error
                    slope = error + error
                elif kind == F.HUBER:
                    slope = ONE if error > ONE else (-ONE if error < -ONE else error)
                    result += slope * (error - slope * HALF)
                else:
                    result += abs(error)
                    slope = ONE if error > ZERO else (-ONE if error < ZERO else error)
                arena[d_out + j] = slope * share
    return result
