"""Spans of rows: from each start to before each stop."""

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
Values = NDArray[np.float64]


class Ranges(Sequence[range]):
    """Many ranges as two arrays.

    Args:
        starts: (ranges,).
        stops: (ranges,), none below its start.
    """

    def __init__(self, starts: Rows, stops: Rows) -> None:
        self.starts, self.stops = starts, stops

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, number: int) -> range: ...

    @overload
    def __getitem__(self, number: slice) -> "Ranges": ...

    def __getitem__(self, number: int | slice) -> "range | Ranges":
        if isinstance(number, slice):
            return Ranges(self.starts[number], self.stops[number])
        return range(int(self.starts[number]), int(self.stops[number]))


def edges(ranges: Sequence[range]) -> tuple[Rows, Rows]:
    """Return where ranges start and stop, (ranges,) each."""
    if isinstance(ranges, Ranges):
        return ranges.starts, ranges.stops
    count = len(ranges)
    return (
        np.fromiter((one.start for one in ranges), np.intp, count),
        np.fromiter((one.stop for one in ranges), np.intp, count),
    )


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
