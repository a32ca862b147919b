"""What a network reads beside the series itself: covariates and the calendar.

A step of a window at row r, for a block of h rows ahead, reads

    past covariates     at r                                (past,)
    known covariates    at r, r + 1, …, r + h               (known · (h + 1),)
    the calendar        of row r + 1, the first forecast    (2 · cycles,)

so that the last step of a window holds everything that is known of the rows to forecast.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.calendar_features import calendar_features
from forecast.data.panel import Panel, Rows
from forecast.data.series import Values

ROUNDING = 1e-12  # a spread this small, relative to the values, is none


class CovariateScale(NamedTuple):
    """Mean and standard deviation of each covariate over the training rows of all series."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]

    def scale(self, covariates: Values) -> Values:
        """Return (rows, columns) with mean 0 and spread 1 over the training rows."""
        if not self.mean:
            return np.empty((len(covariates), 0))
        scaled: Values = (covariates - np.array(self.mean)) / np.array(self.spread)
        return scaled


def fit_covariates(training: Values, columns: int) -> CovariateScale:
    """Learn the scale of covariates from their training rows, (rows, columns)."""
    if columns == 0:
        return CovariateScale((), ())
    spread = training.std(axis=0)
    spread[spread <= ROUNDING * np.abs(training).max(axis=0)] = 1.0  # it never changed
    return CovariateScale(tuple(training.mean(axis=0).tolist()), tuple(spread.tolist()))


@dataclass(frozen=True)
class Features:
    """The covariates and calendar of a panel, ready to be gathered.

    Attributes:
        past: (rows, past) scaled covariates, known up to the origin of a forecast.
        known: (rows, known) scaled covariates that are known ahead.
        calendar: (rows, 2 · cycles) of the row after each row.
        leads: rows ahead of each step at which known covariates are read.
    """

    past: Values
    known: Values
    calendar: Values
    leads: int

    @property
    def count(self) -> int:
        """The number of features of a step."""
        return width(self.past.shape[1], self.known.shape[1], self.calendar.shape[1], self.leads)

    def gather(self, rows: Rows, ends: Rows) -> Values:
        """Return the features of window steps, (windows, timesteps, count).

        Args:
            rows: (windows, timesteps) row of each step.
            ends: (windows,) last row of the series of each window; rows after it read as it does.
        """
        last = ends[:, None]
        at = np.minimum(rows, last)
        gathered: Values = np.empty((*rows.shape, self.count))
        past, known = self.past.shape[1], self.known.shape[1]
        gathered[..., :past] = self.past[at]
        for lead in range(self.leads + 1 if known else 0):
            begin = past + known * lead
            gathered[..., begin : begin + known] = self.known[np.minimum(rows + lead, last)]
        gathered[..., self.count - self.calendar.shape[1] :] = self.calendar[at]
        return gathered


def width(past: int, known: int, calendar: int, leads: int) -> int:
    """Return the number of features of a step."""
    return past + known * (leads + 1) + calendar


def features_of(
    panel: Panel,
    scale: CovariateScale,
    *,
    known: tuple[str, ...],
    calendar: tuple[str, ...],
    leads: int,
) -> Features:
    """Make the features of a panel ready.

    Args:
        panel: with the covariates that `scale` was learned from.
        scale: of the covariates.
        known: names of those that are known ahead.
        calendar: names of cycles, see `forecast.data.calendar_features`.
        leads: rows ahead at which known covariates are read.

    Raises:
        DataError: a calendar is wanted of numbered rows.
    """
    rows, names = len(panel.flat), panel.flat.columns
    scaled = scale.scale(panel.flat.covariates if names else np.empty((rows, 0)))
    ahead = np.array([name in known for name in names], dtype=np.bool_)
    return Features(scaled[:, ~ahead], scaled[:, ahead], _next_rows(panel, calendar), leads)


def _next_rows(panel: Panel, calendar: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the calendar features of the row after each row."""
    if not calendar:
        return np.empty((len(panel.flat), 0))
    return np.concatenate(
        [calendar_features(_moved(panel, k), calendar) for k in range(len(panel))]
    )


def _moved(panel: Panel, number: int) -> "pd.Index[Any]":
    """Return the timestamps of a series, each replaced by the next."""
    series = panel.one(number)
    return series.index[1:].append(series.after(1))
