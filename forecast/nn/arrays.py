"""Names for the array types of this room."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
State = tuple[Array, ...]
Weights = Mapping[str, Array]
Shapes = dict[str, tuple[int, ...]]
