"""Fewer points of a long line, chosen so that it looks the same.

Every stretch of the line keeps its lowest and its highest value, so that no spike gets lost.

Source: Van Der Donckt et al. (2023), "MinMaxLTTB", https://arxiv.org/abs/2305.00332, section 2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import MissingExtraError

Places = NDArray[np.int64]

MOST_POINTS = 4_000  # of a figure's time axis: about two for each pixel of a wide screen
MOST_MARKED = 1_000  # single rows with a marker each
GAPS_SEEN = 500  # a gap narrower than this part of the axis cannot be seen
FEWEST = 16  # points that each of many lines still gets


def thinned(values: Any, most: int = MOST_POINTS) -> Places:
    """Return the places of the rows to draw, in rising order.

    The first and the last row, the lowest and the highest value and the edges of every gap that
    can be seen are always among them. Lines that are passed together share their places, so that
    a hover finds all of them at one time; each keeps its own extremes.

    Args:
        values: (rows,) or (rows, lines) numbers; NaN where a line has a gap.
        most: rows to draw; more only where lines are so many that each would get fewer than 16.

    Raises:
        MissingExtraError: tsdownsample is not installed, and there are more rows than `most`.
    """
    table = np.asarray(values, dtype=np.float64)
    rows = len(table)
    if rows <= most:
        return np.arange(rows)
    table = table.reshape(rows, -1)
    lines = table.shape[1]
    share = max(FEWEST, (most - 2) // max(lines, 1))
    chosen = [_of_one(np.ascontiguousarray(line), share) for line in table.T]
    return np.unique(np.concatenate([[0, rows - 1], *chosen])).astype(np.int64)


def spread(places: Places, rows: int, most: int = MOST_MARKED) -> Places:
    """Return at most `most` places, from every part of the rows where there are any.

    Args:
        places: in rising order, from 0.
        rows: of the whole series.
        most: places to return.
    """
    if len(places) <= most:
        return places
    _, first = np.unique(places * most // rows, return_index=True)
    return places[first]


def _of_one(line: NDArray[np.float64], most: int) -> Places:
    there = np.isfinite(line)
    edges = _edges(there, max(2, len(line) // min(GAPS_SEEN, max(1, most // 8))))
    known = np.flatnonzero(there)
    room = max(2, most - len(edges) - 2) // 2 * 2  # MinMax takes an even number
    if len(known) <= room:
        return np.concatenate([known, edges])
    chosen = known[_downsampler().downsample(line[known], n_out=room).astype(np.int64)]
    return np.concatenate([chosen, known[[0, -1]], edges])


def _edges(there: NDArray[np.bool_], narrowest: int) -> Places:
    """Return of every wide gap the row before, the first row within and the row after."""
    change = np.diff(there.astype(np.int8), prepend=1, append=1)
    starts, ends = np.flatnonzero(change == -1), np.flatnonzero(change == 1)
    wide = ends - starts >= narrowest
    edges = np.concatenate([starts[wide] - 1, starts[wide], ends[wide]])
    return edges[(edges >= 0) & (edges < len(there))]


def _downsampler() -> Any:
    try:
        from tsdownsample import MinMaxDownsampler
    except ImportError as error:
        raise MissingExtraError("tsdownsample", "plots", "A chart of so many rows") from error
    made: Any = MinMaxDownsampler  # its classes have no types
    return made()
