"""What the trainer trains on: anything with a length that makes batches by index."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ShapeError
from forecast.nn.arrays import Array, Mask

Indices = NDArray[np.intp]


class Batch(NamedTuple):
    """A batch of examples.

    Attributes:
        inputs: (batch, timesteps, features).
        targets: of the shape that the network's outputs are scored in, which is the outputs' own
            for most losses; see `forecast.nn.losses.places_of`.
        mask: (batch, timesteps), False on padded steps; None where nothing is padded.
        observed: of the shape of targets, False where a target must not be scored; None where
            all are.
        beside: (batch, beside), what the network's last layer reads beside the hidden state; None
            where it reads nothing more.
    """

    inputs: Array
    targets: Array
    mask: Mask | None = None
    observed: Mask | None = None
    beside: Array | None = None


class Examples(Protocol):
    """A set of examples.

    Two things may be there besides:

        draw(generator, count)   returns the indices of the examples of an epoch, in their order;
                                 see `forecast.training.orders`
        fresh = True             a batch is another one each time it is gathered, as where noise is
                                 drawn: nothing is kept, and batches are gathered in the order of
                                 the training, one or more in a call
    """

    def __len__(self) -> int:
        """Return the number of examples."""

    def batch(self, indices: Indices) -> Batch:
        """Gather the examples of those indices."""


@dataclass(frozen=True)
class ArrayExamples:
    """Examples that lie in arrays.

    Attributes:
        inputs: (examples, timesteps, features).
        targets: (examples, …).
        mask: (examples, timesteps) or None.
        observed: (examples, …) or None.
        beside: (examples, beside) or None.

    Raises:
        ShapeError: the arrays do not have the same number of rows.
    """

    inputs: Array
    targets: Array
    mask: Mask | None = None
    observed: Mask | None = None
    beside: Array | None = None

    def __post_init__(self) -> None:
        arrays = (self.inputs, self.targets, self.mask, self.observed, self.beside)
        lengths = [len(array) for array in arrays if array is not None]
        if len(set(lengths)) > 1:
            raise ShapeError(
                "Inputs, targets, mask, `observed` and `beside` must have one row an example; "
                f"got {lengths} rows."
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def batch(self, indices: Indices) -> Batch:
        """Gather the examples of those indices."""
        return Batch(
            self.inputs[indices],
            self.targets[indices],
            None if self.mask is None else self.mask[indices],
            None if self.observed is None else self.observed[indices],
            None if self.beside is None else self.beside[indices],
        )
