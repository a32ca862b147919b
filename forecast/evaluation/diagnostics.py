"""What is behind a score: patterns left in the errors, copied values, luck, learning by heart.

Each check is a function of plain arrays in time order. A NaN marks what was not observed: it keeps
its place in time and counts for nothing. Where the data cannot say anything, the answer is NaN.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecast.checks import whole_number
from forecast.data.series import Values
from forecast.errors import DataError, ShapeError

if TYPE_CHECKING:
    import pandas as pd

LEAST_RESIDUALS = 20  # fewer leave no room for the chi-squared approximation
LEAST_PAIRS = 10  # of values, for a correlation
LEAST_BLOCKS = 5  # that do not overlap; circles of fewer all have nearly the same mean
MOST_DRAWN = 1_000_000  # blocks of a bootstrap that are drawn at a time
SAME = 1e-12  # values that differ by less, relative to their size, differ by rounding


class LjungBox(NamedTuple):
    """A test for patterns in errors.

    Attributes:
        statistic: at least 0; large where errors depend on the ones before; NaN where there are
            too few, or they never change.
        p: how often errors without a pattern would give such a statistic, from 0 to 1.
        lags: how many lags were tested together.
        n: how many errors counted.
    """

    statistic: float
    p: float
    lags: int
    n: int


class Shadow(NamedTuple):
    """How much a forecast is like the last value known when it was made.

    Attributes:
        lag: rows by which the forecast trails the series: the one at which it resembles the series
            most. A whole number, NaN where nothing can be compared. The step ahead marks a copy.
        correlation: with the series at that lag, from −1 to 1.
        share: of the forecast's variance that the last value explains, from 0 to 100 percent.
        change_correlation: of the change that was forecast with the real one, from −1 to 1; NaN
            where the forecast is always the last value.
    """

    lag: float
    correlation: float
    share: float
    change_correlation: float


class Bootstrap(NamedTuple):
    """The uncertainty of a mean, in the unit of the values.

    Attributes:
        error: standard error; NaN where there are too few blocks.
        low: lower end of the 95 % interval.
        high: its upper end.
    """

    error: float
    low: float
    high: float


class Overfit(NamedTuple):
    """What a training's losses say about learning by heart.

    Attributes:
        train: loss on training windows in the best epoch.
        validation: the lowest loss on validation windows; NaN without validation.
        ratio: validation over train; NaN without validation.
        best_epoch: of the lowest validation loss, from 1; the last one without validation, and 0
            without any epoch.
        last: number of the last epoch.
        rise: of the validation loss from the best epoch to the last, in percent, at least 0; NaN
            without validation.
    """

    train: float
    validation: float
    ratio: float
    best_epoch: int
    last: int
    rise: float


def ljung_box(
    residuals: Values, lags: int | None = None, overlap: int = 0, *, season: int = 1
) -> LjungBox:
    """Test whether errors depend on the errors before them.

    The statistic is (n + 2) / n · Σ n_k r_k², where r_k is the mean product of the n_k pairs of
    centred errors that lie k rows apart, over their mean square. With nothing missing this is the
    usual n (n + 2) Σ ρ_k² / (n − k); it is held against chi-squared with as many degrees of freedom
    as there are lags. Errors whose size changes over time, as those of prices do, make the test
    see patterns somewhat too often.

    Args:
        residuals: (n,) errors of one step ahead, in time order; NaN where nothing was observed.
        lags: how many to test; None takes 10, or two seasons, but at most a fifth of the errors.
        overlap: rows that targets of neighbouring forecasts share, the step ahead − 1. Even a
            perfect forecast's errors depend on each other so far, so only every (overlap + 1)-th
            counts, and lags are counted among these.
        season: rows in a season, 1 for none.

    Raises:
        SettingError: a setting lies outside its range.

    Sources: Ljung and Box (1978), "On a measure of lack of fit in time series models"; Stoffer and
    Toloi (1992), "A note on the Ljung–Box–Pierce portmanteau statistic with missing data", for the
    gaps; Hyndman and Athanasopoulos, "Forecasting: principles and practice", 5.4, for the lags.
    """
    apart = whole_number("overlap", overlap, least=0) + 1
    season = whole_number("season", season)
    counted = residuals[::apart]
    n = int(np.isfinite(counted).sum())
    if lags is None:
        lags = max(1, min(10 if season == 1 else 2 * season // apart, n // 5))
    lags = whole_number("lags", lags)
    if n < LEAST_RESIDUALS or _constant(counted[np.isfinite(counted)]):
        return LjungBox(math.nan, math.nan, lags, n)
    return _portmanteau(counted, lags, n)


def _portmanteau(residuals: Values, lags: int, n: int) -> LjungBox:
    from scipy.special import chdtrc

    seen = np.isfinite(residuals)
    centred = np.where(seen, residuals - residuals[seen].mean(), 0.0)
    square = float((centred**2).sum()) / n
    total, tested = 0.0, 0
    for lag in range(1, min(lags, len(residuals) - 1) + 1):
        pairs = int((seen[lag:] & seen[:-lag]).sum())
        if pairs > 0:
            product = float(centred[lag:] @ centred[:-lag])
            total += (product / square) ** 2 / pairs
            tested += 1
    if tested == 0:
        return LjungBox(math.nan, math.nan, 0, n)
    statistic = (n + 2) / n * total
    return LjungBox(statistic, float(chdtrc(tested, statistic)), tested, n)


def naive_shadow(
    y: Values, forecast: Values, last: Values, step: int = 1, most_lag: int | None = None
) -> Shadow:
    """Measure how far a forecast only repeats the last known value, as its own shadow would.

    A network that has found nothing to learn from repeats the last value. Drawn over the series
    that looks right, one step late. It shows in the lag at which forecast and series agree best.

    Args:
        y: (n,) observed values of consecutive rows, in time order; NaN where not observed.
        forecast: (n,) of these rows, each made `step` rows before.
        last: (n,) the last value known when each forecast was made: the naive forecast.
        step: rows ahead, at least 1.
        most_lag: the longest lag to look at; None takes twice the step, and at least 5.

    Raises:
        ShapeError: the arrays are not of one length.
        SettingError: a setting lies outside its range.
    """
    if y.ndim != 1 or not y.shape == forecast.shape == last.shape:
        raise ShapeError(
            f"y, forecast and last must have one axis and the same length; got {y.shape}, "
            f"{forecast.shape} and {last.shape}."
        )
    step = whole_number("step", step)
    longest = max(5, 2 * step) if most_lag is None else most_lag
    longest = whole_number("most_lag", longest, least=step)
    lag, correlation = _best_lag(y, forecast, longest)
    changes = forecast - last
    moved = np.nanmax(np.abs(changes), initial=0.0) > SAME * np.nanmax(np.abs(last), initial=0.0)
    return Shadow(
        lag=lag,
        correlation=correlation,
        share=100 * _correlation(forecast, last) ** 2,
        change_correlation=_correlation(changes, y - last) if moved else math.nan,
    )


def _best_lag(y: Values, forecast: Values, longest: int) -> tuple[float, float]:
    """Return the lag of the highest correlation, the shortest one of equals, and the correlation.

    The same forecasts count at every lag, so that no lag wins by an easier stretch of time.
    """
    rows = np.arange(min(longest, len(y)), len(y))
    found = np.array([_correlation(forecast[rows], y[rows - lag]) for lag in range(longest + 1)])
    if np.isnan(found).all():
        return math.nan, math.nan
    best = int(np.nanargmax(np.round(found, 12)))
    return float(best), float(found[best])


def block_bootstrap(values: Values, block: int, *, draws: int = 1000, seed: int = 0) -> Bootstrap:
    """Estimate how uncertain the mean of values is that depend on their neighbours.

    Whole blocks of neighbours are drawn, from a circle in which the first value follows the last,
    until each draw is as long as the values; the spread of the draws' means is the standard error.

    Args:
        values: (n,) in time order; NaN are left out, and those around them become neighbours.
        block: neighbours in a block, at least 1: as many as depend on each other.
        draws: how many means to draw, at least 2.
        seed: of the draws.

    Returns:
        The standard error and the interval between the 2.5 % and 97.5 % points of the means; NaN
        where the values hold fewer than 5 blocks.

    Raises:
        SettingError: a setting lies outside its range.

    Sources: Politis and Romano (1992), "A circular block-resampling procedure for stationary data";
    Politis and Romano (1994), "The stationary bootstrap", for blocks of random length instead.
    """
    block, draws = whole_number("block", block), whole_number("draws", draws, least=2)
    generator = np.random.default_rng(whole_number("seed", seed, least=0))
    seen = values[np.isfinite(values)]
    n = len(seen)
    if n < LEAST_BLOCKS * block:
        return Bootstrap(math.nan, math.nan, math.nan)
    circle = np.concatenate([seen, seen[:block]]) - seen.mean()
    before = np.concatenate([[0.0], np.cumsum(circle)])  # the sum of what stands before each
    lengths = np.diff(np.append(np.arange(0, n, block), n))  # the last block is cut to fit
    at_once = max(1, MOST_DRAWN // len(lengths))
    parts: list[Values] = []
    for first in range(0, draws, at_once):
        starts = generator.integers(n, size=(min(at_once, draws - first), len(lengths)))
        parts.append((before[starts + lengths] - before[starts]).sum(axis=1) / n)
    means = np.concatenate(parts)
    low, high = seen.mean() + np.percentile(means, [2.5, 97.5])
    return Bootstrap(float(means.std(ddof=1)), float(low), float(high))


def overfit(history: "pd.DataFrame") -> Overfit:
    """Compare the losses of training and validation in the epoch that validation chose.

    A loss on training windows is the mean over an epoch in which the weights still improved, and
    with dropout; so it lies a little too high, and the ratio a little too low.

    Args:
        history: of one training, a row an epoch: epoch, loss, val_loss (NaN without validation).

    Raises:
        DataError: a column is missing.
    """
    missing = {"epoch", "loss", "val_loss"} - set(history)
    if missing:
        raise DataError(
            f"A history must have the columns epoch, loss and val_loss; it lacks "
            f"{', '.join(sorted(missing))}. Use `history_` of a fitted model."
        )
    if len(history) == 0:
        return Overfit(math.nan, math.nan, math.nan, 0, 0, math.nan)
    epochs = history["epoch"].to_numpy(dtype=np.int64)
    train = history["loss"].to_numpy(dtype=np.float64)
    validation = history["val_loss"].to_numpy(dtype=np.float64)
    last = int(epochs[-1])
    if np.isnan(validation).all():
        return Overfit(float(train[-1]), math.nan, math.nan, last, last, math.nan)
    best = int(np.nanargmin(validation))
    loss, lowest = float(train[best]), float(validation[best])
    return Overfit(
        train=loss,
        validation=lowest,
        ratio=lowest / loss if loss > 0 else math.nan,
        best_epoch=int(epochs[best]),
        last=last,
        rise=100 * (float(validation[-1]) / lowest - 1) if lowest > 0 else math.nan,
    )


def _correlation(one: Values, other: Values) -> float:
    """Return Pearson's correlation of pairs without NaN; NaN for few pairs or constant values."""
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both], other[both]
    if len(a) < LEAST_PAIRS or _constant(a) or _constant(b):
        return math.nan
    a, b = a - a.mean(), b - b.mean()
    return float(np.clip(a @ b / math.sqrt(float(a @ a) * float(b @ b)), -1, 1))


def _constant(values: Values) -> bool:
    return len(values) == 0 or bool(np.ptp(values) <= SAME * np.abs(values).max())
