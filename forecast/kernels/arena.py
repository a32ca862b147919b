"""The scratch of one thread: how much, and where what stands."""

from typing import NamedTuple

from forecast.kernels import layer_fields as L
from forecast.kernels.packing import Packing, Record, panels_of

LINE = 16  # floats; every piece starts at a cache line


class Arena(NamedTuple):
    """A layout of the scratch.

    Attributes:
        size: floats.
        records: (layers, fields), complete.
        top, out, d_out, live, ends: places that a network needs besides.
    """

    size: int
    records: Record
    top: int
    out: int
    d_out: int
    live: int
    ends: int


class _Room:
    def __init__(self) -> None:
        self.size = 0

    def __call__(self, floats: int) -> int:
        start = self.size
        self.size += -(-floats // LINE) * LINE
        return start


def arena_of(
    packing: Packing, cell: str, *, rows: int, timesteps: int, outputs: int, history: bool
) -> Arena:
    """Lay out the scratch of a block.

    Args:
        packing: of the network or layer.
        cell: its cell.
        rows: of a block.
        timesteps: of the inputs.
        outputs: of the head; 0 where there is none.
        history: keep every step, for a backward pass or a mask; else one step at a time.
    """
    room, records, steps = _Room(), packing.records.copy(), timesteps if history else 1
    for number, record in enumerate(records):
        state, saved = int(record[L.PANELS]) * 16 * rows, int(record[L.SAVED_ROW]) * rows
        h, jumps = int(record[L.H_ROW]) * rows, int(history)
        record[L.XS] = room(timesteps * rows * int(record[L.INPUTS]))
        record[L.H], record[L.H_JUMP] = room((steps + 1) * h), jumps * h
        record[L.C] = room((steps + 1) * state) if cell == "lstm" else -1
        record[L.C_JUMP] = jumps * state
        record[L.SAVED], record[L.SAVED_JUMP] = room(steps * saved), jumps * saved
        if history:
            for place in (L.D_H, L.D_C):
                record[place] = room(state * int(record[L.DILATION]))
            for place in (L.SPARE, L.D_END):
                record[place] = room(state)
            if record[L.D_X_ROW]:
                record[L.D_X] = room(timesteps * rows * int(record[L.D_X_ROW]))
            if number + 1 < len(records) or outputs == 0:
                record[L.D_OUT] = room(timesteps * state)
    row = panels_of(outputs) * 16
    top = room(rows * packing.head_inputs)
    out, d_out, live = room(rows * row), room(rows * row), room(timesteps * rows)
    ends = room(rows)
    return Arena(room.size, records, top, out, d_out, live, ends)
