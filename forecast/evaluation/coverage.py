"""How certain a measured coverage of intervals is."""

import numpy as np

from forecast.data.series import Values
from forecast.evaluation.diagnostics import LEAST_BLOCKS, MOST_DRAWN, block_bootstrap

DRAWS = 1000  # of a bootstrap


def coverage_error(inside: Values, apart: int) -> float:
    """Return the standard error of a measured coverage, in percentage points.

    It comes of the error of each series' own, by `forecast.evaluation.diagnostics.block_bootstrap`;
    NaN where one has too few windows for that.

    Args:
        inside: (S, W, H) 1 where the interval held the value, 0 where not, NaN unobserved.
        apart: windows that overlap; blocks of the bootstrap are at least as long.
    """
    seen = np.isfinite(inside)
    counts = seen.sum(axis=2)
    held = np.where(seen, inside, 0.0).sum(axis=2)
    windows = (counts > 0).sum(axis=1)
    errors = np.empty(len(inside))
    for many in np.unique(windows).tolist():
        block = max(apart, round(many ** (1 / 3)))
        if many < LEAST_BLOCKS * block:
            return float("nan")
        same = np.flatnonzero(windows == many)
        told = counts[same] > 0
        shares = held[same][told] / counts[same][told]
        errors[same] = _errors(shares.reshape(len(same), many), block)
    return float(100 * np.sqrt(np.sum(np.square(errors))) / len(errors))


def _errors(values: Values, block: int) -> Values:
    """Return the standard error of the mean of each row of values, (series,).

    To the bit what `block_bootstrap` says of each: it draws the same blocks of all.
    """
    n = values.shape[1]
    lengths = np.diff(np.append(np.arange(0, n, block), n))  # the last block is cut to fit
    if DRAWS * len(lengths) > MOST_DRAWN:  # few series are as long
        return np.array([block_bootstrap(one, block, draws=DRAWS).error for one in values])
    starts = np.random.default_rng(0).integers(n, size=(DRAWS, len(lengths)))
    circle = np.concatenate((values, values[:, :block]), axis=1)
    circle = circle - values.mean(axis=1, keepdims=True)
    before = np.concatenate((np.zeros((len(values), 1)), np.cumsum(circle, axis=1)), axis=1)
    at_once = max(1, MOST_DRAWN // starts.size)
    found = np.empty(len(values))
    for first in range(0, len(values), at_once):
        some = before[first : first + at_once]
        drawn = some.take(starts + lengths, axis=1) - some.take(starts, axis=1)
        means = drawn.sum(axis=2) / n
        found[first : first + at_once] = means.std(axis=1, ddof=1)
    return found
