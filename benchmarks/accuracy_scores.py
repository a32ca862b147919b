"""Errors as the forecasting competitions count them, and the Naive2 that they are compared with.

    sMAPE   mean 200 |y − f| / (|y| + |f|)             percent; 0 where both are 0
    MAPE    mean 100 |y − f| / |y|                     percent; what is 0 does not count
    MASE    mean |y − f| / mean |y_t − y_{t−m}|        by the training rows; m the season
    OWA     (sMAPE / sMAPE of Naive2 + MASE / MASE of Naive2) / 2

Each is a series' mean over its rows ahead, then the mean over all series. `by_row` is the sMAPE
where every row ahead counts the same, which is how the M3 competition's averages over series of
different horizons were made. A series that never changes in training has no MASE.

Naive2 is Naive on seasonally adjusted rows: a season is taken out, by multiplicative decomposition,
of series whose autocorrelation at the season passes a test at 90 %.

Source: Makridakis, Spiliotis and Assimakopoulos (2020), "The M4 competition: 100,000 time series
and 61 forecasting methods"; the organisers' code for the test.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NINETY = 1.645  # standard deviations on either side that hold 90 % of a normal distribution
SEASONS = 3  # that a series must have to be tested


class Actual(NamedTuple):
    """Series with what came after them; S series.

    Attributes:
        rows: training rows of all series, one series after another.
        offsets: (S + 1,) where each series' rows begin.
        came: (S, horizon), NaN where nothing was observed.
        season: rows in a season, 1 where there is none.
    """

    rows: Values
    offsets: NDArray[np.int64]
    came: Values
    season: int

    @property
    def horizon(self) -> int:
        """The number of rows ahead."""
        return int(self.came.shape[1])

    def training(self) -> list[Values]:
        """Return the observed training rows of each series."""
        return list(np.split(self.rows, self.offsets[1:-1]))


class Scores(NamedTuple):
    """Means over series.

    Attributes:
        smape: in percent.
        by_row: the same where every row ahead counts the same.
        mape: in percent.
        mase: a ratio.
    """

    smape: float
    by_row: float
    mape: float
    mase: float


def errors(actual: Actual, told: Values) -> Scores:
    """Score forecasts (S, horizon).

    Raises:
        ValueError: they have another shape, or are no numbers.
    """
    if told.shape != actual.came.shape or not np.isfinite(told).all():
        raise ValueError(f"the forecasts must be {actual.came.shape} numbers; got {told.shape}")
    wrong, size = np.abs(actual.came - told), np.abs(actual.came)
    symmetric = 200 * _ratio(wrong, size + np.abs(told), at_zero=0.0)
    relative = 100 * _ratio(wrong, size, at_zero=np.nan)
    scaled = _ratio(_mean(wrong), naive_errors(actual), at_zero=np.nan)
    return Scores(
        smape=_whole_mean(_mean(symmetric)),
        by_row=_whole_mean(symmetric),
        mape=_whole_mean(_mean(relative)),
        mase=_whole_mean(scaled),
    )


def owa(scores: Scores, naive2: Scores) -> float:
    """Return the overall weighted average against Naive2: below 1 is better than it."""
    return (scores.smape / naive2.smape + scores.mase / naive2.mase) / 2


def naive_errors(actual: Actual) -> Values:
    """Return the mean change over a season in the training rows, (S,); NaN where there is none."""
    lag = actual.season
    changes = [np.abs(rows[lag:] - rows[:-lag]) for rows in actual.training()]
    return np.array([_whole_mean(one) for one in changes])


def naive(actual: Actual) -> Values:
    """Repeat the last observed row, (S, horizon)."""
    last = [rows[np.isfinite(rows)][-1] for rows in actual.training()]
    return np.repeat(np.array(last)[:, None], actual.horizon, axis=1)


def naive2(actual: Actual) -> Values:
    """Repeat the last row without its season and put the season back, (S, horizon)."""
    told = naive(actual)
    for number, gappy in enumerate(actual.training()):
        rows = without_gaps(gappy)
        if not is_seasonal(rows, actual.season):
            continue
        factors = seasonal_factors(rows, actual.season)
        if factors.min() > 0:
            place = (len(rows) - 1 + np.arange(actual.horizon + 1)) % actual.season
            told[number] *= factors[place[1:]] / factors[place[0]]
    return told


def without_gaps(rows: Values) -> Values:
    """Return rows with what was not observed on the line between its neighbours."""
    known = np.flatnonzero(np.isfinite(rows))
    whole: Values = np.interp(np.arange(len(rows)), known, rows[known])
    return whole


def is_seasonal(rows: Values, season: int) -> bool:
    """Say whether the autocorrelation at the season passes the test at 90 %."""
    centred = rows - rows.mean()
    power = float(centred @ centred)
    if season == 1 or len(rows) < SEASONS * season or not power > 0:
        return False
    related = np.array([centred[k:] @ centred[:-k] for k in range(1, season + 1)]) / power
    limit = NINETY * np.sqrt((1 + 2 * np.sum(related[:-1] ** 2)) / len(rows))
    return bool(abs(related[-1]) > limit)


def seasonal_factors(rows: Values, season: int) -> Values:
    """Return the multiplicative factor of each position in the season, (season,); mean 1.

    The trend is a centred moving average over a season, of an even one with half weights at both
    ends.
    """
    weights = np.ones(season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    trend = np.convolve(rows, weights / season, "valid")
    first = (len(rows) - len(trend)) // 2
    ratio = rows[first : first + len(trend)] / trend
    place = np.arange(first, first + len(trend)) % season
    factors = np.bincount(place, ratio, season) / np.bincount(place, minlength=season)
    mean: Values = factors / factors.mean()
    return mean


def _ratio(above: Values, below: Values, *, at_zero: float) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Values = np.where(below == 0, at_zero, above / below)
    return ratio


def _mean(values: Values) -> Values:
    """Return the mean of each row over what is a number; NaN where nothing is."""
    known = np.isfinite(values)
    total, count = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
    return _ratio(total, count.astype(np.float64), at_zero=np.nan)


def _whole_mean(values: Values) -> float:
    """Return the mean over what is a number; NaN where nothing is."""
    return float(_mean(values.reshape(1, -1))[0])
