"""Examples as a kernel reads them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ShapeError
from forecast.kernels.training import Data
from forecast.nn.arrays import Mask
from forecast.nn.fused import InputCheck
from forecast.training.examples import Batch, Examples, Indices

MOST_BYTES = 2**28  # of examples that are kept whole
SOME_BYTES = 2**25  # of those that a kernel is given at once where they are not
PIECE_BYTES = 2**23  # of those gathered in one call, whose making takes several times its size


class Fitting:
    """What examples must be like for a network.

    Args:
        inputs: raises a `ShapeError` where inputs, a mask or `beside` do not fit.
        horizon: targets of an example.
    """

    def __init__(self, inputs: InputCheck, horizon: int) -> None:
        self._inputs, self._horizon = inputs, horizon

    def check(self, batch: Batch) -> None:
        """See that a batch fits.

        Raises:
            ShapeError: it does not.
        """
        self._inputs(batch.inputs, batch.mask, batch.beside)
        expected = len(batch.inputs), self._horizon
        wrong = batch.targets.shape != expected
        if batch.observed is not None:
            wrong |= batch.observed.shape != expected or batch.observed.dtype != np.bool_
        if wrong:
            seen = "" if batch.observed is None else f" and {batch.observed.shape}"
            raise ShapeError(
                "Targets and `observed`, a bool, must have a row an example and a column a step of "
                f"the horizon, {expected}; got {batch.targets.shape}{seen}. Reshape the targets."
            )


class Memory:
    """Examples as a kernel reads them: all of them gathered once, or some at a time.

    Attributes:
        batches: how many batches to gather at a time.
        whole: all examples, where they fit and stay the same.
    """

    def __init__(self, examples: Examples, batch_size: int, fitting: Fitting) -> None:
        self._examples, self._fitting = examples, fitting
        one = examples.batch(np.arange(1))
        size = sum(
            part.nbytes for part in (one.inputs, one.targets, one.beside) if part is not None
        )
        self.batches = max(1, min(MOST_BYTES, SOME_BYTES) // size // batch_size)
        self._piece = max(1, PIECE_BYTES // size)
        fits = len(examples) <= max(batch_size, MOST_BYTES // size)
        keeps = fits and not getattr(examples, "fresh", False)
        self.whole = self._data(np.arange(len(examples))) if keeps else None

    def __len__(self) -> int:
        return len(self._examples)

    def some(self, order: Indices) -> tuple[Data, Indices]:
        """Return data, and where in it the examples of that order stand."""
        if self.whole is not None:
            return self.whole, order
        return self._data(order), np.arange(len(order))

    def _data(self, order: Indices) -> Data:
        starts = range(0, len(order), self._piece)
        cut = (order[start : start + self._piece] for start in starts)
        pieces = (gathered(self._examples, piece, self._fitting) for piece in cut)
        return next(pieces) if len(starts) == 1 else _joined(pieces, len(order))


def gathered(examples: Examples, order: Indices, fitting: Fitting) -> Data:
    """Return examples as a kernel reads them.

    Raises:
        ShapeError: they do not fit.
    """
    batch = examples.batch(order)
    fitting.check(batch)
    return Data(
        np.ascontiguousarray(batch.inputs),
        np.ascontiguousarray(batch.targets, np.float32),
        _flags(batch.observed),
        _flags(batch.mask),
        None if batch.beside is None else np.ascontiguousarray(batch.beside, np.float32),
    )


def _joined(pieces: Iterable[Data], count: int) -> Data:
    """Put pieces of so many examples into one, none of them kept longer than it takes to copy.

    Flags that a piece does not have, as they are all 1 there, another one may have.
    """
    whole, start = dict[str, NDArray[Any]](), 0
    for piece in pieces:
        end = start + len(piece.inputs)
        for name, part in piece._asdict().items():
            if part is not None:
                if name not in whole:
                    whole[name] = np.ones((count, *part.shape[1:]), part.dtype)
                whole[name][start:end] = part
        start = end
    return Data(**whole)


def _flags(mask: Mask | None) -> NDArray[np.uint8] | None:
    return None if mask is None else np.ascontiguousarray(mask).view(np.uint8)
