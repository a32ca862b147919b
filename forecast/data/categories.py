"""Kinds of series as numbers: one for each value that a static column has in the fit."""

import numpy as np
from numpy.typing import NDArray

from forecast.data.series import Values

Static = tuple[tuple[str, NDArray[np.str_]], ...]  # name of a column, and its value of each series
Categories = tuple[tuple[str, tuple[str, ...]], ...]  # name of a column, and its values in order


def learn_categories(static: Static) -> Categories:
    """Return the values of each static column, in alphabetical order."""
    return tuple((name, tuple(np.unique(values).tolist())) for name, values in static)


def one_hot(static: Static, categories: Categories, series: int) -> Values:
    """Return 1 at the value of each series and 0 elsewhere, (series, values of all columns).

    A value that was not there in the fit is 0 everywhere.

    Args:
        static: of the series.
        categories: of the fit.
        series: how many there are.
    """
    values = dict(static)
    columns = [
        (values[name] == one).astype(np.float64) for name, each in categories for one in each
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((series, 0))
