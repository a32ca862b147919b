"""Fitted networks at work: point forecasts and intervals after any origins."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from forecast.data.columns import Columns
from forecast.data.panel import Panel
from forecast.data.series import Values
from forecast.data.windows import Origins
from forecast.errors import DataError, SettingError
from forecast.models.fitted import Fitted
from forecast.models.fitting import network_of
from forecast.models.heads import Ahead, ahead_of, run_of
from forecast.models.intervals import Interval, intervals
from forecast.models.reading import Reading, with_room
from forecast.models.recipe import with_strangers
from forecast.models.settings import ForecasterSettings


class Spans(NamedTuple):
    """Forecasts with their intervals, in the series' unit.

    Attributes:
        point: (origins, horizon).
        intervals: lower and upper ends, (origins, horizon) each, one a level.
    """

    point: Values
    intervals: tuple[Interval, ...]


class Forecasts:
    """Fitted networks, made ready to forecast.

    Args:
        settings: of the forecaster.
        fitted: what it learned.
        engine: to compute with.
    """

    def __init__(self, settings: ForecasterSettings, fitted: Fitted, engine: str) -> None:
        self.fitted, self._settings = fitted, settings
        network = network_of(settings, fitted.recipe, engine)
        self._runs = [run_of(network, member.parameters, member.local) for member in fitted.members]

    def points(
        self, panel: Panel, origins: Origins, horizon: int, member: int | None = None
    ) -> Values:
        """Forecast the rows after each origin, (origins, horizon).

        Args:
            panel: with the columns of the fit.
            origins: (origins,) flat rows.
            horizon: rows ahead.
            member: number of one network; None is the median of all.

        Raises:
            DataError: an origin has too few rows before it, or known covariates do not reach.
            SettingError: forecasts cannot be fed back.
        """
        ahead, in_unit = self._ahead(panel, origins, horizon, member)
        return in_unit(ahead.point)

    def spans(self, panel: Panel, origins: Origins, horizon: int, levels: Sequence[float]) -> Spans:
        """Forecast with intervals; see `points`.

        Raises:
            SettingError: a level needs more calibration windows than there are, or the horizon is
                beyond the fitted one.
        """
        if levels and horizon > self._settings.horizon:
            raise SettingError(
                f"`level` reaches as far as the fitted horizon, {self._settings.horizon}; got a "
                f"horizon of {horizon}. Fit with horizon={horizon}."
            )
        ahead, in_unit = self._ahead(panel, origins, horizon)
        found = intervals(self.fitted.scores, ahead, levels, self._settings.quantiles)
        ends = tuple(Interval(in_unit(one.lower), in_unit(one.upper)) for one in found)
        return Spans(in_unit(ahead.point), ends)

    def _ahead(
        self, panel: Panel, origins: Origins, horizon: int, member: int | None = None
    ) -> tuple[Ahead, Callable[[Values], Values]]:
        """Return the levels after each origin, and what turns levels into the series' unit."""
        columns, static = self.fitted.recipe.columns, self._settings.static
        panel = panel.with_columns(Columns(None, columns, static=static))
        self._check(panel, origins, horizon)
        recipe = with_strangers(self._settings, self.fitted.recipe, panel, origins)
        panel, origins = with_room(panel, origins, horizon)
        reading = Reading(self._settings, recipe, panel)
        runs = self._runs if member is None else [self._runs[member]]
        found = ahead_of(self._settings, runs, reading, origins, horizon)
        return found, lambda levels: reading.levels.in_unit(levels, origins)

    def _check(self, panel: Panel, origins: Origins, horizon: int) -> None:
        if len(origins) == 0:
            return
        which, needed = panel.which(origins), self._settings.memory
        known = int((origins - panel.offsets[which]).min()) + 1
        if known < needed and not panel.long:
            raise DataError(
                f"Each origin needs {needed} rows up to it (`timesteps`"
                f"{' and one before' if needed > self._settings.timesteps else ''}); the first has "
                f"{known}. Start at a later row."
            )
        rows = self._settings.rows_read(horizon)
        lacking = int((origins + rows - panel.ends[which]).max())
        if lacking > 0 and self._settings.future_covariates:
            raise DataError(
                f"{_listed(self._settings.future_covariates)} must be known for all {rows} rows "
                f"that are read for a forecast; {lacking} of them are missing. Pass rows with "
                "their values, start earlier, or fit with a shorter `horizon`."
            )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
