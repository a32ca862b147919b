"""All weights of a network in one flat buffer, with named views.

One buffer means one optimizer update, one norm, one copy to remember the best epoch.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import DTypeLike

from forecast.errors import ShapeError
from forecast.nn.arrays import Array


class Parameters(Mapping[str, Array]):
    """Named views, such as `gru_1/kernel`, into one flat buffer.

    Attributes:
        flat: (size,) all values, in the order of the names.
        shapes: the shape of each view.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], flat: Array) -> None:
        sizes = [int(np.prod(shape)) for shape in shapes.values()]
        if flat.shape != (sum(sizes),):
            raise ShapeError(
                f"The flat buffer must have shape ({sum(sizes)},); got {flat.shape}. "
                "Build it for the same layers."
            )
        self.shapes = dict(shapes)
        self.flat = flat
        pieces = np.split(flat, np.cumsum(sizes)[:-1]) if sizes else []
        self._views = {
            name: piece.reshape(shape)
            for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], dtype: DTypeLike) -> "Parameters":
        """Copy named arrays into one new buffer of the given precision."""
        shapes = {name: array.shape for name, array in arrays.items()}
        pieces = [np.ravel(array) for array in arrays.values()]
        flat = np.concatenate(pieces) if pieces else np.empty(0)
        return cls(shapes, flat.astype(dtype))

    def with_flat(self, flat: Array) -> "Parameters":
        """Return the same names over another buffer."""
        return Parameters(self.shapes, flat)

    def part(self, prefix: str) -> dict[str, Array]:
        """Return the views whose name starts with `prefix/`, by the rest of their name."""
        start = f"{prefix}/"
        return {
            name.removeprefix(start): view
            for name, view in self._views.items()
            if name.startswith(start)
        }

    def __getitem__(self, name: str) -> Array:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __repr__(self) -> str:
        return f"Parameters({self.flat.size} values, {self.flat.dtype}: {', '.join(self)})"
