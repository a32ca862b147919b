"""What the networks of a forecaster can do once they are fitted."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from forecast.data.columns import Columns, SeriesLike
from forecast.data.panel import Id, Panel, as_panel
from forecast.data.series import TimeSeries, Values
from forecast.data.windows import Origins
from forecast.errors import NotFittedError
from forecast.models.contract import check_last_window, extended
from forecast.models.fitted import Fitted
from forecast.models.fitting import network_of
from forecast.models.forecasts import Forecasts, Spans
from forecast.models.settings import ForecasterSettings
from forecast.models.streaming import Stream
from forecast.models.updating import go_on
from forecast.nn.cells import cell_named


class Networks:
    """Networks of one setting, fitted or not yet.

    Args:
        settings: frozen.
    """

    def __init__(self, settings: ForecasterSettings) -> None:
        self.settings = settings
        self.fitted_: Fitted | None = None
        self._ready: Forecasts | None = None

    @property
    def label(self) -> str:
        """How the cell is shown: SimpleRNN, GRU or LSTM."""
        return cell_named(self.settings.cell).label

    @property
    def parameter_count(self) -> int:
        """The number of weights, of all networks; before a fit, for the covariates named."""
        if self.fitted_ is None:
            return self.settings.seeds * self.settings.network().parameter_count
        one = network_of(self.settings, self.fitted_.recipe, "numpy").parameter_count
        each = len(self.fitted_.recipe.ids) if self.settings.local else 1
        return one * len(self.fitted_.members) * each

    @property
    def engine_(self) -> str:
        """The engine that fitted, `numba` or `numpy`."""
        return self.learned().engine

    @property
    def failed_(self) -> dict[Id, str]:
        """With local=True: the series without a network of their own, and why.

        Their forecasts repeat what a network's outputs are counted from, such as the last value.
        """
        fitted = self.learned()
        ids = fitted.recipe.ids
        return {ids[number]: why for member in fitted.members for number, why in member.failed}

    @property
    def history_(self) -> pd.DataFrame:
        """One row an epoch, in the columns of `forecast.training.history.Epoch` (and seed)."""
        return self.learned().history.copy()

    def forecast_from(self, data: TimeSeries | Panel, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon), without refitting.

        Args:
            data: rows that reach back `timesteps` before the first origin.
            origins: (origins,) index of the last known row of each forecast; flat in a panel.
            horizon: rows ahead, at least 1.

        Raises:
            NotFittedError: `fit` was not called.
            DataError: an origin has fewer than `timesteps` rows up to it.
        """
        return self._forecasts().points(as_panel(data), origins, horizon)

    def spans_from(
        self, data: TimeSeries | Panel, origins: Origins, horizon: int, levels: Sequence[float]
    ) -> Spans:
        """Forecast as `forecast_from`, with one interval a level.

        Raises:
            SettingError: a level needs more calibration windows than there are, or the horizon is
                beyond the fitted one.
        """
        return self._forecasts().spans(as_panel(data), origins, horizon, levels)

    def members_from(self, data: TimeSeries | Panel, origins: Origins, horizon: int) -> Values:
        """Forecast as `forecast_from` with each network alone, (networks, origins, horizon)."""
        ready = self._forecasts()
        numbers = range(len(self.learned().members))
        return np.stack([ready.points(as_panel(data), origins, horizon, k) for k in numbers])

    def last_row(self) -> Mapping[Id, Any]:
        """Return the timestamp of the last row that each series was fitted on, by id."""
        tail = self.learned().tail
        return dict(zip(tail.ids, tail.flat.index[tail.ends], strict=True))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write settings, weights, history and the last rows to one file, whole or not at all.

        Args:
            path: the file, usually `….safetensors`.

        Raises:
            NotFittedError: `fit` was not called.
            ArchiveError: the file cannot be written.
        """
        from forecast.models.persistence import save_forecaster

        save_forecaster(path, self.settings, self.learned())

    def update(
        self, newer: SeriesLike, *, epochs: int = 10, learning_rate: float | None = None
    ) -> Self:
        """Go on training from the present weights, on the rows that have come since the fit.

        Scale, seasons and intervals stay those of the fit.

        Args:
            newer: as `data` of `predict`; its rows after the fitted ones are trained on.
            epochs: passes over them, at least 1.
            learning_rate: above 0; None is that of the settings.

        Returns:
            The forecaster itself.

        Raises:
            NotFittedError: `fit` was not called.
            DataError: `newer` cannot be used after the fitted rows, or holds nothing new.
            SettingError: `epochs` or `learning_rate` is out of range.
            NonFiniteLossError: training diverged; what was fitted before is kept.
        """
        self.fitted_ = go_on(self.settings, self.learned(), newer, epochs, learning_rate)
        return self

    def stream(self, data: SeriesLike | None = None) -> Stream:
        """Return a stream that starts after the fitted rows, or after newer ones.

        Args:
            data: newer rows, as for `predict`.

        Raises:
            NotFittedError: `fit` was not called.
            SettingError: the forecaster reads more than one series' own values, or has several
                networks.
            DataError: `data` cannot be used after the fitted rows, or is too short.
        """
        fitted, timesteps = self.learned(), self.settings.timesteps
        fitted.check_plain(self.settings, "A stream")
        series = extended(fitted.tail, data, self._columns(), timesteps).one(0)
        check_last_window(series, timesteps, timesteps, self.settings.gaps)
        network = network_of(self.settings, fitted.recipe, self._engine())
        return Stream(network, fitted, series.values[-timesteps:])

    def learned(self) -> Fitted:
        """Return what `fit` learned.

        Raises:
            NotFittedError: `fit` was not called.
        """
        if self.fitted_ is None:
            raise NotFittedError(f"This {self.label} forecaster is not fitted. Call fit(y) first.")
        return self.fitted_

    def _forecasts(self) -> Forecasts:
        """Return the fitted networks, made ready once a fit."""
        fitted = self.learned()
        if self._ready is None or self._ready.fitted is not fitted:
            self._ready = Forecasts(self.settings, fitted, self._engine())
        return self._ready

    def _engine(self) -> str:
        """Return the engine that fitted, ready."""
        return self.settings.chosen_engine() if self.engine_ == "numba" else "numpy"

    def _columns(self) -> Columns:
        """Return the columns that were read in the fit."""
        return self.settings.columns()._replace(covariates=self.learned().recipe.columns)
