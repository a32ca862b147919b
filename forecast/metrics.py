"""Errors of forecasts, as plain functions of arrays of equal shape.

mae     mean |y − f|                                        in the unit of y
rmse    √ mean (y − f)²                                     in the unit of y
smape   mean 200 |y − f| / (|y| + |f|)                      percent, 0 … 200 (M4's form)
mase    mae / mean |y_t − y_{t−season}| over training rows  (Hyndman and Koehler, 2006)
skill   100 (1 − mae / mae of the naive forecast)           percent; above 0 beats it
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def _error(y: Values, forecast: Values) -> Values:
    if y.shape != forecast.shape or y.size == 0:
        raise ShapeError(
            f"y and forecast must have the same shape and at least one element; got {y.shape} and "
            f"{forecast.shape}."
        )
    return np.asarray(y - forecast)
