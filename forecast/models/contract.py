"""What every model here can do, network or baseline."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from forecast.data.series import SeriesLike, TimeSeries, Values, prepare_after
from forecast.data.windows import Origins
from forecast.errors import DataError


class Model(Protocol):
    """A forecasting model of one series.

    Attributes:
        label: how it is shown, and the name of its column in forecasts.
        parameter_count: number of learned weights; 0 for a baseline.
    """

    @property
    def label(self) -> str:
        """The model's name."""

    @property
    def parameter_count(self) -> int:
        """The number of learned weights."""

    def fit(self, y: SeriesLike | TimeSeries) -> Self:
        """Learn from a series."""

    def predict(
        self, horizon: int | None = None, *, data: SeriesLike | None = None
    ) -> pd.DataFrame:
        """Forecast the rows after the fitted ones, or after newer ones."""

    def forecast_from(self, series: TimeSeries, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""


def extended(known: TimeSeries, data: SeriesLike | None) -> TimeSeries:
    """Return the fitted rows followed by newer ones.

    Raises:
        DataError: the newer rows do not fit the fitted ones, or end before them.
    """
    if data is None:
        return known
    newer = prepare_after(known, data)
    if newer.index[-1] < known.index[-1]:
        raise DataError(
            f"`data` must reach at least as far as the fitted rows; it ends at {newer.index[-1]}, "
            f"they end at {known.index[-1]}. Pass the newest rows."
        )
    return known.followed_by(newer)


def forecast_frame(index: "pd.Index[Any]", columns: Sequence[tuple[str, Values]]) -> pd.DataFrame:
    """Return a table `ds` and one column a name, each of (steps,) values."""
    frame = pd.DataFrame({"ds": index})
    for name, values in columns:
        frame[name] = np.asarray(values, dtype=np.float64)
    return frame
