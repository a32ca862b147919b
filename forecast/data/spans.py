"""Spans of flat rows: from each start to before each stop."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Values = NDArray[np.float64]


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


def means_of(values: Values, starts: Rows, lengths: Rows) -> Values:
    """Return the mean of each span of values, (spans,), 0 of an empty one.

    To the bit what `values[start : start + length].mean()` is: spans of one length are summed up as
    the rows of a table.
    """
    found = np.zeros(len(starts))
    for length in np.unique(lengths).tolist():
        if length:
            same = np.flatnonzero(lengths == length)
            found[same] = values[starts[same][:, None] + np.arange(length)].mean(axis=1)
    return found
