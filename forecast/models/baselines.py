"""The forecasts that a network has to beat.

With y_t the last known row and season m:

    Naive           y_{t+k} = y_t
    SeasonalNaive   y_{t+k} = y_{t+k−m·⌈k/m⌉}
    Drift           y_{t+k} = y_t + k (y_t − y_1) / (t − 1)
    Mean            y_{t+k} = mean of y_1 … y_t

Source: Hyndman and Athanasopoulos, "Forecasting: principles and practice", section 5.2. Baselines
have no weights, so from a later origin they use every row up to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
import pandas as pd

from forecast.checks import whole_number
from forecast.data.ahead import rows_after
from forecast.data.columns import SeriesLike
from forecast.data.panel import Id, Panel, Rows, as_panel, prepare_panel
from forecast.data.series import TimeSeries, Values
from forecast.data.spans import means_of, spans_of
from forecast.data.windows import Origins, steps_after
from forecast.errors import DataError, NotFittedError, TooFewRowsError
from forecast.models import contract
from forecast.models.forecasts import Spans
from forecast.models.heads import Ahead
from forecast.models.intervals import checked_levels, intervals, scores_of

SIMPLE = ("forecast.models.baselines", "forecast.models.classical")
CALIBRATION = 0.15  # share of the fitted rows, the last, that measures intervals, as of a network


class Baseline:
    """Fit and predict, shared by all baselines."""

    label = ""
    parameter_count = 0
    panel_: Panel | None = None

    def fit(self, y: contract.Rows) -> Self:
        """Take the rows in.

        Args:
            y: a series, see `forecast.data.series.prepare`, or a long frame of many.

        Raises:
            DataError: the rows cannot be used as they are.
            TooFewRowsError: there are fewer rows than this baseline needs.
        """
        panel = prepare_panel(y)
        short = np.flatnonzero(panel.lengths < self._needed(panel.flat))
        if len(short):
            self._check(panel.one(int(short[0])))
        self.panel_ = panel
        self._scored: dict[int, Values] = {}
        self._units: dict[Id, float] | None = None
        return self

    def clone(self) -> Self:
        """Return a baseline with the same settings that is not fitted."""
        twin = copy(self)
        twin.panel_ = None
        return twin

    def predict(
        self,
        horizon: int | None = None,
        *,
        level: float | Iterable[float] = (),
        data: SeriesLike | None = None,
    ) -> pd.DataFrame:
        """Forecast the rows after the fitted ones.

        Args:
            horizon: number of rows ahead, at least 1; None is 1.
            level: interval levels in percent, such as (80, 95): conformal, by the errors that the
                same forecast made in the last rows of the fit.
            data: newer rows to forecast after.

        Returns:
            Columns (`unique_id`,) `ds`, the model's name, and for a level L `NAME-lo-L` and
            `NAME-hi-L`.

        Raises:
            NotFittedError: `fit` was not called.
            SettingError: the horizon is no whole number of at least 1, or a level needs more
                rows.
        """
        steps = 1 if horizon is None else whole_number("horizon", horizon)
        levels = checked_levels(level)
        panel = contract.extended(self.fitted_panel(), data)
        spans = self.spans_from(panel, panel.ends, steps, levels)
        ahead = rows_after(panel.flat.index, panel.ends, panel.flat.frequency, steps)
        return contract.forecast_frame(
            panel, ahead, contract.span_columns(self.label, spans, levels)
        )

    def forecast_from(self, data: TimeSeries | Panel, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""
        panel = as_panel(data)
        return self._ahead(panel, origins, panel.offsets[panel.which(origins)], horizon)

    def spans_from(
        self, data: TimeSeries | Panel, origins: Origins, horizon: int, levels: Sequence[float]
    ) -> Spans:
        """Forecast with one interval a level after each origin.

        Raises:
            NotFittedError: `fit` was not called.
            SettingError: a level needs more rows.
        """
        panel = as_panel(data)
        point = self.forecast_from(panel, origins, horizon)
        if not levels:
            return Spans(point, ())
        which = panel.which(origins)
        unit = np.broadcast_to(self._unit_of(panel, which)[:, None], point.shape)
        ends = intervals(self._scores(horizon), Ahead(point, None, unit), levels, ())
        return Spans(point, tuple(ends))

    def _unit_of(self, panel: Panel, which: Rows) -> Values:
        """Return the unit of the errors of series by number: that of the fit, or else their own."""
        fitted = self.fitted_panel()
        if self._units is None:
            self._units = dict(zip(fitted.ids, _units(fitted).tolist(), strict=True))
        if not panel.long:  # one series of a panel, taken by itself, is called by its id as text
            by_text = {str(one): unit for one, unit in self._units.items()}
            first = next(iter(by_text.values()))
            return np.full(len(which), by_text.get(str(panel.ids[0]), first))
        numbers, place = np.unique(which, return_inverse=True)
        ids = [panel.ids[number] for number in numbers.tolist()]
        found = np.array([self._units.get(one, np.nan) for one in ids])
        strange = np.flatnonzero(np.isnan(found))
        if len(strange):
            found[strange] = _units(panel.take(numbers[strange]))
        return np.asarray(found[place])

    def last_row(self) -> Mapping[Id, Any]:
        """Return the timestamp of the last row that each series was fitted on, by id."""
        panel = self.fitted_panel()
        return dict(zip(panel.ids, panel.flat.index[panel.ends], strict=True))

    def fitted_panel(self) -> Panel:
        """Return the fitted rows.

        Raises:
            NotFittedError: `fit` was not called.
        """
        if self.panel_ is None:
            raise NotFittedError(f"{self.label} is not fitted. Call fit(y) first.")
        return self.panel_

    def _scores(self, horizon: int) -> Values:
        """Return the scores of the last fitted rows, see `forecast.models.intervals`."""
        if horizon not in self._scored:
            panel = self.fitted_panel()
            flat, origins = panel.flat, self._calibration(panel, horizon)
            seen = steps_after(flat.observed, origins, horizon)
            came = np.where(seen, steps_after(flat.values, origins, horizon), np.nan)
            point = self.forecast_from(panel, origins, horizon)
            unit = np.broadcast_to(_units(panel)[panel.which(origins), None], point.shape)
            self._scored[horizon] = scores_of(came, Ahead(point, None, unit))
        return self._scored[horizon]

    def _calibration(self, panel: Panel, horizon: int) -> Rows:
        """Return the origins of the windows whose targets are the last rows of each series."""
        begins, ends = panel.offsets[:-1], panel.offsets[1:]
        rows = np.maximum(np.round(CALIBRATION * panel.lengths).astype(np.intp), horizon)
        first = np.maximum(begins + self._needed(panel.flat) - 1, ends - rows - 1)
        return spans_of(first, np.maximum(first, ends - horizon))

    def _needed(self, series: TimeSeries) -> int:
        """Return how many rows a forecast needs at least."""
        return 1

    def _ahead(self, panel: Panel, origins: Origins, begins: Origins, horizon: int) -> Values:
        """Forecast after each origin; `begins` is the first row of its series."""
        raise NotImplementedError

    def _check(self, series: TimeSeries) -> None:
        """Raise an error that says that there are fewer rows than a forecast needs."""


def is_simple(model: object) -> bool:
    """Say whether a model is one of the simple forecasts of this package, not one made from it."""
    kind = type(model)
    return issubclass(kind, Baseline) and kind.__module__ in SIMPLE


def _units(panel: Panel) -> Values:
    """Return what the errors of each series are counted in: its mean change, (series,)."""
    changes = np.abs(np.diff(panel.flat.values))
    means = means_of(changes, panel.offsets[:-1], panel.lengths - 1)
    return np.where(means > 0, means, 1.0)


class Naive(Baseline):
    """Repeats the last value.

    Example:
        >>> import forecast as fc
        >>> fc.Naive().fit([1.0, 3.0, 2.0]).predict(2)["Naive"].tolist()
        [2.0, 2.0]
    """

    label = "Naive"

    def _ahead(self, panel: Panel, origins: Origins, begins: Origins, horizon: int) -> Values:
        return np.repeat(panel.flat.values[origins][:, None], horizon, axis=1)


class SeasonalNaive(Baseline):
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

    def _needed(self, series: TimeSeries) -> int:
        return self.season or series.season

    def _ahead(self, panel: Panel, origins: Origins, begins: Origins, horizon: int) -> Values:
        season = self._needed(panel.flat)
        known = int(np.min(origins - begins, initial=season - 1)) + 1
        if known < season:
            raise DataError(
                f"Each origin needs a season of {season} rows up to it; the first has "
                f"{known}. Start at a later row."
            )
        steps = np.arange(1, horizon + 1)
        back = season * np.ceil(steps / season).astype(int)
        repeated: Values = panel.flat.values[origins[:, None] + (steps - back)]
        return repeated

    def _check(self, series: TimeSeries) -> None:
        season = self._needed(series)
        if len(series) < season:
            raise TooFewRowsError(
                f"`season` must not exceed the rows of the series {series.name!r}; got {season} "
                f"for {len(series)} rows. Use {len(series)} or fewer, or more rows."
            )


class Drift(Baseline):
    """Goes on along the line from the first to the last value.

    Example:
        >>> import forecast as fc
        >>> fc.Drift().fit([1.0, 3.0, 2.0]).predict(2)["Drift"].tolist()
        [2.5, 3.0]
    """

    label = "Drift"

    def _ahead(self, panel: Panel, origins: Origins, begins: Origins, horizon: int) -> Values:
        values = panel.flat.values
        last = values[origins]
        slope = (last - values[begins]) / np.maximum(origins - begins, 1)
        ahead: Values = last[:, None] + slope[:, None] * np.arange(1, horizon + 1)
        return ahead


class Mean(Baseline):
    """Forecasts the mean of all rows so far.

    Example:
        >>> import forecast as fc
        >>> fc.Mean().fit([1.0, 3.0, 2.0]).predict(1)["Mean"].tolist()
        [2.0]
    """

    label = "Mean"

    def _ahead(self, panel: Panel, origins: Origins, begins: Origins, horizon: int) -> Values:
        seen = panel.flat.observed
        sums = np.append(0.0, np.cumsum(np.where(seen, panel.flat.values, 0.0)))
        counts = np.append(0, np.cumsum(seen))
        until = origins + 1
        means = (sums[until] - sums[begins]) / (counts[until] - counts[begins])
        return np.repeat(means[:, None], horizon, axis=1)
