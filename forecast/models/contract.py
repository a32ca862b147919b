"""What every model here can do, network or baseline."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from forecast.data.series import SeriesLike, TimeSeries, Values, prepare_after
from forecast.data.windows import Origins
from forecast.errors import DataError, TooFewRowsError


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


def last_window(series: TimeSeries, timesteps: int, gaps: str) -> Values:
    """Return the newest window of a series, (1, timesteps).

    Raises:
        TooFewRowsError: there are fewer rows.
        DataError: some are blank, where `gaps` is `drop`.
    """
    if len(series) < timesteps:
        raise TooFewRowsError(
            f"A forecast needs the last {timesteps} rows (`timesteps`); there are "
            f"{len(series)}. Pass more of the newest rows."
        )
    last = series.rows(len(series) - timesteps, len(series))
    if gaps == "drop" and not last.observed.all():
        raise DataError(
            f"{int((~last.observed).sum())} of the last {timesteps} rows are blank, and this "
            "forecaster was fitted with gaps='drop'. Fit with gaps='fill' to forecast from them."
        )
    return last.values[None, :]
