"""The same numbers for every peer."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def examples(windows: int, timesteps: int, features: int) -> tuple[Array, Array]:
    """Return x (windows, timesteps, features) and y (windows, 1)."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(windows, timesteps, features)).astype(np.float32)
    return x, generator.normal(size=(windows, 1)).astype(np.float32)
