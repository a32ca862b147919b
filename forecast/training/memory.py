"""Examples as a kernel reads them."""

import numpy as np
from numpy.typing import NDArray

from forecast.kernels.training import Data
from forecast.training.examples import Batch, Examples, Indices

MOST_BYTES = 2**28  # of examples that a kernel is given at once


class Memory:
    """Examples as a kernel reads them: all of them gathered once, or some at a time.

    Attributes:
        batches: how many batches to gather at a time.
        whole: all examples, where they fit.
    """

    def __init__(self, examples: Examples, batch_size: int) -> None:
        self._examples = examples
        one = examples.batch(np.arange(1))
        room = max(batch_size, MOST_BYTES // (one.inputs.nbytes + one.targets.nbytes))
        self.batches = max(1, room // batch_size)
        self.whole = _data(examples.batch(np.arange(len(examples)))) if self._fits(room) else None

    def __len__(self) -> int:
        return len(self._examples)

    def _fits(self, room: int) -> bool:
        return len(self._examples) <= room

    def some(self, order: Indices) -> tuple[Data, Indices]:
        """Return data, and where in it the examples of that order stand."""
        if self.whole is not None:
            return self.whole, order
        return _data(self._examples.batch(order)), np.arange(len(order))


def _data(batch: Batch) -> Data:
    def flags(mask: NDArray[np.bool_] | None) -> NDArray[np.uint8] | None:
        return None if mask is None else np.ascontiguousarray(mask).view(np.uint8)

    return Data(
        np.ascontiguousarray(batch.inputs, np.float32),
        np.ascontiguousarray(batch.targets, np.float32),
        flags(batch.observed),
        flags(batch.mask),
    )
