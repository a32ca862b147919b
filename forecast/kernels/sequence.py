"""A block of rows through all timesteps of one layer, forward and backward."""

from types import ModuleType
from typing import Any, NamedTuple

from forecast.kernels import layer_fields as L
from forecast.kernels.unit import Floats, Wholes, unit
from forecast.kernels.vector import load, store


class Sequence(NamedTuple):
    """The compiled loops of one cell."""

    forward: Any
    backward: Any


@unit
def keep(
    arena: Floats, live: int, before: int, after: int, row: int, panels: int, rows: int
) -> None:
    """Carry the state of padded rows over a step."""
    for i in range(rows):
        if arena[live + i] == 0:
            for p in range(panels):
                store(arena, after + i * row + p * 16, load(arena, before + i * row + p * 16))


@unit
def outside_gradient(
    arena: Floats, d_h: int, d_out: int, size: int, inside: int, traced: int
) -> None:
    """Add the gradient of a step's outputs to that of its state, and note the sum."""
    for k in range(0, size, 16):
        both = load(arena, d_h + k)
        if inside:
            both = both + load(arena, d_out + k)
            store(arena, d_h + k, both)
        if traced:
            store(arena, d_out + k, both)


def sequence_of(cell: ModuleType) -> Sequence:
    """Return the loops over time of a cell's steps."""
    name = cell.__name__.rpartition(".")[2]
    forward_step, backward_step = cell.forward_step, cell.backward_step
    weight_gradients = cell.weight_gradients

    def forward(
        layer: Wholes, w: Floats, arena: Floats, begin: int, steps: int, rows: int, live: int,
        masked: int, from_zero: int,
    ) -> None:  # fmt: skip
        """Run all steps from one on; the state before it stands in `h` and `c`.

        The state after step t has number t + 1. Step t goes on from that after step t − dilation,
        and the first ones all from that before the first.
        """
        P, d = layer[L.PANELS], layer[L.DILATION]
        for t in range(begin, steps):
            x, before = layer[L.XS] + t * rows * layer[L.INPUTS], max(t + 1 - d, begin)
            h, c = layer[L.H] + before * layer[L.H_JUMP], layer[L.C] + before * layer[L.C_JUMP]
            h_next = layer[L.H] + (t + 1) * layer[L.H_JUMP]
            c_next = layer[L.C] + (t + 1) * layer[L.C_JUMP]
            saved = layer[L.SAVED] + t * layer[L.SAVED_JUMP]
            first = from_zero if t - d < begin else 0
            forward_step(layer, w, arena, x, h, h_next, c, c_next, saved, rows, first)
            if masked:
                keep(arena, live + t * rows, h, h_next, layer[L.H_ROW], P, rows)
                if layer[L.C] >= 0:
                    keep(arena, live + t * rows, c, c_next, P * 16, P, rows)

    def backward(
        layer: Wholes, wt: Floats, arena: Floats, gradient: Floats, begin: int, steps: int,
        rows: int, live: int, masked: int, from_zero: int, inside: int, traced: int, chunk: int,
    ) -> None:  # fmt: skip
        """Backpropagate d_h, d_c and, where `inside`, d_out; add up the weights' gradients.

        It goes back to the step that the forward pass began with.

        `traced` leaves the whole gradient of every hidden state in d_out. The weights' gradients
        are added up every `chunk` steps, while what they need is near.
        """
        size, end, d = rows * layer[L.PANELS] * 16, steps, layer[L.DILATION]
        for t in range(steps - 1, begin - 1, -1):
            grad_h, grad_c = layer[L.D_H] + (t % d) * size, layer[L.D_C] + (t % d) * size
            if inside or traced:
                d_out = layer[L.D_OUT] + t * size
                outside_gradient(arena, grad_h, d_out, size, inside, traced)
            before = max(t + 1 - d, begin)
            h, c = layer[L.H] + before * layer[L.H_JUMP], layer[L.C] + before * layer[L.C_JUMP]
            h_next = layer[L.H] + (t + 1) * layer[L.H_JUMP]
            c_next = layer[L.C] + (t + 1) * layer[L.C_JUMP]
            saved = layer[L.SAVED] + t * layer[L.SAVED_JUMP]
            last = from_zero if t - d < begin else 0
            backward_step(
                layer, wt, arena, h, h_next, c, c_next, grad_h, grad_c, saved,
                live + t * rows, masked, rows, last,
            )  # fmt: skip
            if t % chunk == 0 or t == begin:
                x = layer[L.XS] + t * rows * layer[L.INPUTS]
                fresh = 1 if end == steps else 0
                skipped = min(begin + d - t, end - t) * rows if last else 0
                from_h = layer[L.H] + (t + 1 - d) * layer[L.H_JUMP]
                weight_gradients(
                    layer, arena, gradient, x, from_h, saved, (end - t) * rows, skipped, fresh
                )
                end = t

    return Sequence(unit(forward, name), unit(backward, name))
