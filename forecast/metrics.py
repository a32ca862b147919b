"""Errors of forecasts, as plain functions of arrays of equal shape.

mae     mean |y − f|                                        in the unit of y
rmse    √ mean (y − f)²                                     in the unit of y
smape   mean 200 |y − f| / (|y| + |f|)                      percent, 0 … 200 (M4's form)
mase    mae / mean |y_t − y_{t−season}| over training rows  (Hyndman and Koehler, 2006)
skill   100 (1 − mae / mae of the naive forecast)           percent; above 0 beats it

and of quantiles and intervals, whose bounds have the shape of y as well:

pinball   mean max(q (y − f), (q − 1) (y − f))              in the unit of y, for the quantile q
coverage  share of lower ≤ y ≤ upper                        percent; the level is what it should be
width     mean (upper − lower)                              in the unit of y
crps      2 · mean pinball over a grid of quantiles         in the unit of y, beside the MAE

Every y and forecast must be a number: leave out what was not observed before.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.checks import real_number
from forecast.errors import ShapeError

Values = NDArray[np.floating[Any]]


def mae(y: Values, forecast: Values) -> float:
    """Return the mean absolute error.

    Raises:
        ShapeError: the arrays have different shapes or no element.
    """
    return float(np.mean(np.abs(_error(y, forecast))))


def rmse(y: Values, forecast: Values) -> float:
    """Return the root of the mean squared error.

    Raises:
        ShapeError: the arrays have different shapes or no element.
    """
    return float(np.sqrt(np.mean(_error(y, forecast) ** 2)))


def smape(y: Values, forecast: Values) -> float:
    """Return the symmetric mean absolute percentage error; 0 where both are 0.

    Raises:
        ShapeError: the arrays have different shapes or no element.
    """
    error = np.abs(_error(y, forecast))
    size = np.abs(y) + np.abs(forecast)
    ratio = np.divide(error, size, out=np.zeros_like(error), where=size > 0)
    return float(200 * np.mean(ratio))


def mase(y: Values, forecast: Values, training: Values, season: int = 1) -> float:
    """Return the mean absolute scaled error.

    Args:
        y: observed values.
        forecast: of the same shape.
        training: (rows,) training rows in time order; NaN rows do not count.
        season: lag of the naive forecast that scales, at least 1.

    Returns:
        The ratio; NaN where the training rows are constant or fewer than season + 1.

    Raises:
        ShapeError: the arrays have different shapes or no element.
    """
    differences = np.abs(training[season:] - training[:-season])
    differences = differences[np.isfinite(differences)]
    scale = float(differences.mean()) if differences.size else 0.0
    error = mae(y, forecast)
    return error / scale if scale > 0 else float("nan")


def skill(error: float, naive_error: float) -> float:
    """Return how much smaller an MAE is than the naive forecast's, in percent.

    Returns:
        NaN where the naive forecast makes no error at all.
    """
    return 100 * (1 - error / naive_error) if naive_error > 0 else float("nan")


def pinball(y: Values, forecast: Values, quantile: float) -> float:
    """Return the mean pinball loss, which the true quantile makes smallest; at 0.5 half the MAE.

    Args:
        y: observed values.
        forecast: of the same shape; the value that y should stay below with this probability.
        quantile: above 0 and below 1.

    Raises:
        ShapeError: the arrays have different shapes or no element.
        SettingError: the quantile lies outside its range.

    Source: Koenker and Bassett (1978), "Regression quantiles".
    """
    share = real_number("quantile", quantile, above=0, below=1)
    _error(y, forecast)
    return float(np.mean(pinball_terms(y, forecast, share)))


def pinball_terms(y: Values, forecast: Values, share: float | Values) -> Values:
    """Return the pinball loss of each value; see `pinball`."""
    error = y - forecast
    return np.maximum(share * error, (share - 1) * error)


def coverage(y: Values, lower: Values, upper: Values) -> float:
    """Return the share of observed values inside their intervals, in percent; bounds are inside.

    Raises:
        ShapeError: the arrays have different shapes or no element.
    """
    above = _error(y, lower, "y and lower") >= 0
    below = _error(y, upper, "y and upper") <= 0
    return float(100 * np.mean(above & below))


def width(lower: Values, upper: Values) -> float:
    """Return the mean width of intervals: of two with the same coverage the narrower is better.

    Raises:
        ShapeError: the arrays have different shapes or no element.
    """
    return float(-np.mean(_error(lower, upper, "lower and upper")))


def crps(y: Values, forecast: Values, quantiles: Values) -> float:
    """Return the continuous ranked probability score, approximated on a grid of quantiles.

    The score is twice the integral of the pinball loss over all quantiles from 0 to 1. Here the
    integral is the plain mean over the grid: right for the middles of equal parts of 0 … 1, such as
    0.05, 0.15, … 0.95. A coarse grid, or one without the outer quantiles, moves it: compare
    models on the same grid only.

    Args:
        y: (n,) observed values.
        forecast: (n, quantiles) forecast of each quantile.
        quantiles: (quantiles,) evenly spaced, each above 0 and below 1.

    Raises:
        ShapeError: the shapes do not fit, or there is no element.
        SettingError: a quantile lies outside its range.

    Source: Laio and Tamea (2007), "Verification tools for probabilistic forecasts of continuous
    hydrological variables"; Gneiting and Ranjan (2011), "Comparing density forecasts using
    threshold- and quantile-weighted scoring rules".
    """
    if forecast.shape != (*y.shape, len(quantiles)) or forecast.size == 0:
        raise ShapeError(
            f"A forecast of quantiles must have a row an observed value and a column a quantile, "
            f"and at least one element; got {forecast.shape} for {y.shape} values and "
            f"{len(quantiles)} quantiles."
        )
    shares = np.asarray(quantiles, dtype=np.float64)
    if not ((shares > 0) & (shares < 1)).all():
        wrong = shares[~((shares > 0) & (shares < 1))][0]
        real_number("quantile", float(wrong), above=0, below=1)
    return float(np.mean(crps_terms(y, forecast, shares)))


def crps_terms(y: Values, forecast: Values, quantiles: Values) -> Values:
    """Return the score of each value; see `crps`."""
    losses: Values = 2 * pinball_terms(y[..., None], forecast, quantiles).mean(axis=-1)
    return losses


def _error(y: Values, forecast: Values, names: str = "y and forecast") -> Values:
    if y.shape != forecast.shape or y.size == 0:
        raise ShapeError(
            f"{names} must have the same shape and at least one element; got {y.shape} and "
            f"{forecast.shape}."
        )
    return np.asarray(y - forecast)
