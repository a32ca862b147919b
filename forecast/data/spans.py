"""Spans of flat rows: from each start to before each stop."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def spans_of(starts: Rows, stops: Rows) -> Rows:
    """Return the numbers from each start to before each stop, one span after another.

    Args:
        starts: (spans,).
        stops: (spans,), none below its start.
    """
    lengths = stops - starts
    before = np.cumsum(lengths) - lengths
    spans: Rows = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    return spans
