"""The forecasts that a network has to beat.

With y_t the last known row and season m:

    Naive           y_{t+k} = y_t
    SeasonalNaive   y_{t+k} = y_{t+k−m·⌈k/m⌉}
    Drift           y_{t+k} = y_t + k (y_t − y_1) / (t − 1)
    Mean            y_{t+k} = mean of y_1 … y_t

Source: Hyndman and Athanasopoulos, "Forecasting: principles and practice", section 5.2. Baselines
have no weights, so from a later origin they use every row up to it.
"""

from typing import Self

import numpy as np
import pandas as pd

from forecast.checks import whole_number
from forecast.data.series import SeriesLike, TimeSeries, Values, prepare
from forecast.data.windows import Origins
from forecast.errors import DataError, NotFittedError, TooFewRowsError
from forecast.models.contract import extended, forecast_frame


class _Baseline:
    """Fit and predict, shared by all baselines."""

    label = ""
    parameter_count = 0
    series_: TimeSeries | None = None

    def fit(self, y: SeriesLike | TimeSeries) -> Self:
        """Take the rows in.

        Args:
            y: see `forecast.data.series.prepare`.

        Raises:
            DataError: the rows cannot be used as they are.
            TooFewRowsError: there are fewer rows than this baseline needs.
        """
        series = prepare(y)
        self._check(series)
        self.series_ = series
        return self

    def predict(
        self, horizon: int | None = None, *, data: SeriesLike | None = None
    ) -> pd.DataFrame:
        """Forecast the rows after the fitted ones.

        Args:
            horizon: number of rows ahead, at least 1; None is 1.
            data: newer rows to forecast after.

        Returns:
            Columns `ds` and the model's name.

        Raises:
            NotFittedError: `fit` was not called.
            SettingError: the horizon is no whole number of at least 1.
        """
        if self.series_ is None:
            raise NotFittedError(f"{self.label} is not fitted. Call fit(y) first.")
        steps = 1 if horizon is None else whole_number("horizon", horizon)
        series = extended(self.series_, data)
        ahead = self.forecast_from(series, np.array([len(series) - 1]), steps)[0]
        return forecast_frame(series.after(steps), [(self.label, ahead)])

    def forecast_from(self, series: TimeSeries, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""
        raise NotImplementedError

    def _check(self, series: TimeSeries) -> None:
        """Raise an error if the rows are too few; one is enough by default."""


class Naive(_Baseline):
    """Repeats the last value.

    Example:
        >>> import forecast as fc
        >>> fc.Naive().fit([1.0, 3.0, 2.0]).predict(2)["Naive"].tolist()
        [2.0, 2.0]
    """

    label = "Naive"

    def forecast_from(self, series: TimeSeries, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""
        return np.repeat(series.values[origins][:, None], horizon, axis=1)


class SeasonalNaive(_Baseline):
    """Repeats the last season.

    Args:
        season: rows in a season, at least 1; None takes that of the series' frequency.

    Example:
        >>> import forecast as fc
        >>> fc.SeasonalNaive(season=2).fit([1.0, 3.0, 2.0]).predict(3)["SeasonalNaive"].tolist()
        [3.0, 2.0, 3.0]
    """

    label = "SeasonalNaive"

    def __init__(self, season: int | None = None) -> None:
        self.season = None if season is None else whole_number("season", season)

    def forecast_from(self, series: TimeSeries, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""
        season = self.season or series.season
        if len(origins) and origins.min() < season - 1:
            raise DataError(
                f"Each origin needs a season of {season} rows up to it; the first has "
                f"{origins.min() + 1}. Start at a later row."
            )
        steps = np.arange(1, horizon + 1)
        back = season * np.ceil(steps / season).astype(int)
        repeated: Values = series.values[origins[:, None] + (steps - back)]
        return repeated

    def _check(self, series: TimeSeries) -> None:
        season = self.season or series.season
        if len(series) < season:
            raise TooFewRowsError(
                f"`season` must not exceed the rows of the series; got {season} for {len(series)} "
                f"rows. Use {len(series)} or fewer, or more rows."
            )


class Drift(_Baseline):
    """Goes on along the line from the first to the last value.

    Example:
        >>> import forecast as fc
        >>> fc.Drift().fit([1.0, 3.0, 2.0]).predict(2)["Drift"].tolist()
        [2.5, 3.0]
    """

    label = "Drift"

    def forecast_from(self, series: TimeSeries, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""
        last = series.values[origins]
        slope = (last - series.values[0]) / np.maximum(origins, 1)
        ahead: Values = last[:, None] + slope[:, None] * np.arange(1, horizon + 1)
        return ahead


class Mean(_Baseline):
    """Forecasts the mean of all rows so far.

    Example:
        >>> import forecast as fc
        >>> fc.Mean().fit([1.0, 3.0, 2.0]).predict(1)["Mean"].tolist()
        [2.0]
    """

    label = "Mean"

    def forecast_from(self, series: TimeSeries, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""
        observed = np.where(series.observed, series.values, 0.0)
        means = np.cumsum(observed) / np.cumsum(series.observed)
        return np.repeat(means[origins][:, None], horizon, axis=1)
