"""What is measured: cells, sizes, and the work that a training step is.

Shapes: x (batch, timesteps, features), y (batch, 1).
"""

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

CELLS = ("simple_rnn", "gru", "lstm")
GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
LABELS = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
FEATURES = (1, 7)
SIZES = (
    (16, 24, 32), (32, 24, 32), (64, 24, 32), (64, 60, 32), (64, 168, 32),
    (128, 24, 32), (128, 60, 128), (256, 24, 32), (512, 60, 128),
)  # fmt: skip
FULL_SIZES = tuple(product((8, 16, 32, 64, 128, 256, 512), (12, 24, 60, 168), (32, 128, 256)))
QUICK_SIZES = ((16, 24, 32),)
LATENCY_SIZES = ((64, 24, 1),)

WINDOWS = 1920  # in an epoch: 60 batches of 32
EPOCH_FLOPS = 200e9  # about two seconds of the slower peers
LEAST_BATCHES = 4

PRODUCT_SIDE = 1024  # of the matrices whose product is the machine's own rate
PRODUCT_FLOPS = 2.0 * PRODUCT_SIDE**3


class Point(NamedTuple):
    """One network and the shape of its batch.

    Attributes:
        cell: `simple_rnn`, `gru` or `lstm`.
        units: size of the hidden state.
        timesteps: length of a window.
        batch: windows in one step.
        features: values at each timestep.
    """

    cell: str
    units: int
    timesteps: int
    batch: int
    features: int

    @property
    def size(self) -> str:
        """Units, timesteps and batch, as the tables show them."""
        return f"{self.units}, {self.timesteps}, {self.batch}"

    @property
    def flops(self) -> float:
        """Additions and multiplications in the products of one step, forward 2, backward 4."""
        each = self.units * (self.units + self.features) * GATES[self.cell]
        return 6.0 * self.batch * self.timesteps * each

    @property
    def windows(self) -> int:
        """Windows in an epoch: whole batches, fewer where one epoch would take long."""
        wanted = max(round(WINDOWS / self.batch), 1)
        bearable = max(int(EPOCH_FLOPS / self.flops), LEAST_BATCHES)
        return self.batch * min(wanted, bearable)

    @property
    def batches(self) -> int:
        """Steps in an epoch."""
        return self.windows // self.batch


Size = tuple[int, int, int]


def grid(cells: Iterable[str], sizes: Iterable[Size], features: Iterable[int]) -> list[Point]:
    """Return every point of cells × features × sizes, in the order of the tables."""
    return [Point(cell, *size, width) for cell, width, size in product(cells, features, sizes)]
