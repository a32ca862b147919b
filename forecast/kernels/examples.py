"""Rows of a block between memory and the layers' scratch."""

import numpy as np
from numba import njit

from forecast.kernels import layer_fields as L
from forecast.kernels import plan_fields as F
from forecast.kernels.memory import doubles, flags, floats, wholes
from forecast.kernels.unit import FAST, Floats, Wholes, unit

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@unit
def read_examples(
    plan: Wholes, layer: Wholes, arena: Floats, start: int, rows: int, size: int
) -> int:
    """Copy the examples of a block into the first layer's inputs; missing rows become zeros.

    Return the first step that is not padded in all rows, or the last one where all steps are. Note
    the last step of each row that is not padded.
    """
    inputs, order = floats(plan[F.INPUTS_AT]), wholes(plan[F.ORDER_AT])
    mask, masked, live = flags(plan[F.MASK_AT]), plan[F.MASKED], plan[F.LIVE]
    T, features, K = plan[F.TIMESTEPS], plan[F.FEATURES], layer[L.INPUTS]
    begin = T - 1 if masked else 0
    for i in range(rows):
        example, end = order[start + i] if i < size else 0, T - 1
        for t in range(T):
            to = layer[L.XS] + (t * rows + i) * K
            real = i < size and (not masked or mask[example * T + t] != 0)
            if masked:
                arena[live + t * rows + i] = ONE if real else ZERO
            if masked and real:
                begin, end = min(begin, t), t
            for f in range(features):
                arena[to + f] = inputs[(example * T + t) * features + f] if real else ZERO
            if features < K:
                arena[to + features] = ONE
        arena[plan[F.ENDS] + i] = np.float32(end)
    return begin


@unit
def clear_states(plan: Wholes, layer: Wholes, arena: Floats, rows: int, begin: int) -> None:
    """Put zeros before the step to begin with, and ones into the column of ones."""
    S, Hp, jump = layer[L.H_ROW], layer[L.PANELS] * 16, layer[L.H_JUMP]
    h, c = layer[L.H] + begin * jump, layer[L.C] + begin * layer[L.C_JUMP]
    for k in range(rows * S):
        arena[h + k] = ZERO
    if layer[L.C] >= 0:
        for k in range(rows * Hp):
            arena[c + k] = ZERO
    if Hp < S:
        for t in range(plan[F.TIMESTEPS] + 1 if jump else 1):
            for i in range(rows):
                arena[layer[L.H] + t * jump + i * S + Hp] = ONE


@unit
def exchange_states(
    plan: Wholes, layer: Wholes, arena: Floats, number: int, start: int, size: int, out: int
) -> None:
    """Read the states before the first step, or write those after the last.

    They lie as (layers, 2, examples, state_row): hidden states, then cell states.
    """
    width = plan[F.STATE_ROW]
    states, units, T = floats(plan[F.STATES_AT]), layer[L.UNITS], plan[F.TIMESTEPS]
    for part in range(2 if layer[L.C] >= 0 else 1):
        row = layer[L.PANELS] * 16 if part else layer[L.H_ROW]
        jump = layer[L.C_JUMP] if part else layer[L.H_JUMP]
        here = (layer[L.C] if part else layer[L.H]) + (T * jump if out else 0)
        there = ((number * 2 + part) * plan[F.COUNT] + start) * width
        for i in range(size):
            for j in range(units):
                if out:
                    states[there + i * width + j] = arena[here + i * row + j]
                else:
                    arena[here + i * row + j] = states[there + i * width + j]


@njit(**FAST)
def kept(seed: int, update: int, place: int, rate: float) -> bool:
    """Say whether dropout keeps a value: a hash of where it stands.

    Source: splitmix64 (Steele, Lea and Flood, 2014, "Fast splittable pseudorandom number
    generators"). A draw depends on nothing but its place, whichever thread makes it.
    """
    z = np.uint64(seed) + np.uint64(update) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(place) * np.uint64(0xD1B54A32D192ED03)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return bool(np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0) >= rate)


@unit
def past_link(plan: Wholes, layer: Wholes, arena: Floats, top: int, rows: int) -> None:
    """Add the gradient of a linked layer's outputs to that of its inputs.

    The head reads the last step alone, unless every step of a row is padded.
    """
    width, units, T = layer[L.PANELS] * 16, layer[L.UNITS], plan[F.TIMESTEPS]
    for t in range(T):
        for i in range(rows):
            place = t * rows + i
            if top and (
                np.int64(arena[plan[F.ENDS] + i]) != t
                or (plan[F.MASKED] != 0 and arena[plan[F.LIVE] + place] == 0)
            ):
                continue
            source = layer[L.D_END] + i * width if top else layer[L.D_OUT] + place * width
            to = layer[L.D_X] + place * layer[L.D_X_ROW]
            for j in range(units):
                arena[to + j] += arena[source + j]


@unit
def between_layers(
    plan: Wholes, below: Wholes, above: Wholes, arena: Floats,
    number: int, place: int, rows: int, dropping: int, down: int,
) -> None:  # fmt: skip
    """Copy outputs up into the next layer's inputs, or the gradient of those down.

    Outputs are hidden states, to which a linked layer adds its inputs. Dropout, in training, puts
    the same values to zero both ways.
    """
    if down and above[L.LINKED]:
        past_link(plan, above, arena, 1 if number + 2 == plan[F.LAYERS] else 0, rows)
    T, units, width = plan[F.TIMESTEPS], below[L.UNITS], below[L.PANELS] * 16
    rate = doubles(plan[F.CONSTANTS_AT])[F.DROPOUT] if dropping else 0.0
    factor, batch = np.float32(1.0 / (1.0 - rate)), plan[F.BATCH]
    linked = below[L.LINKED] != 0 and not down
    for t in range(T):
        for i in range(rows):
            if down:
                source = above[L.D_X] + (t * rows + i) * above[L.D_X_ROW]
                to = below[L.D_OUT] + (t * rows + i) * width
                for j in range(units, width):
                    arena[to + j] = ZERO
            else:
                source = below[L.H] + (t + 1) * below[L.H_JUMP] + i * below[L.H_ROW]
                to = above[L.XS] + (t * rows + i) * above[L.INPUTS]
                if above[L.INPUTS] > units:
                    arena[to + units] = ONE
            beyond = below[L.XS] + (t * rows + i) * below[L.INPUTS]
            at = (((number * T + t) * batch) + place + i) * units
            for j in range(units):
                value = arena[source + j]
                if linked:
                    value += arena[beyond + j]
                if dropping:
                    stays = kept(plan[F.SEED], plan[F.UPDATES], at + j, rate)
                    value = value * factor if stays else ZERO
                arena[to + j] = value
