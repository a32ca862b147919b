"""The statistical forecasts that networks are often compared with, through statsforecast.

Their parameters are estimated once, in `fit`; from a later origin they are applied to the rows up
to it, without being estimated anew. Intervals are measured as those of all baselines here, but on
rows that the parameters were estimated from too, so they may be a little narrow.

Sources: Hyndman et al. (2002), "A state space framework for automatic forecasting using exponential
smoothing methods"; Assimakopoulos and Nikolopoulos (2000), "The theta model".
"""

from typing import Any, Self

import numpy as np

from forecast.checks import whole_number
from forecast.data.panel import Panel
from forecast.data.series import TimeSeries, Values
from forecast.data.windows import Origins
from forecast.errors import DataError, MissingExtraError, TooFewRowsError
from forecast.models import contract
from forecast.models.baselines import Baseline

LEAST = 4  # rows that a state has to be estimated from, at least


class _Classical(Baseline):
    """A model of statsforecast, one a series."""

    kind = ""

    def __init__(self, season: int | None = None) -> None:
        self.season = None if season is None else whole_number("season", season)
        self._fits: tuple[Any, ...] = ()

    def fit(self, y: contract.Rows) -> Self:
        """Estimate the parameters of every series.

        Args:
            y: a series, see `forecast.data.series.prepare`, or a long frame of many.

        Raises:
            MissingExtraError: statsforecast is not installed.
            DataError: the rows cannot be used as they are.
            TooFewRowsError: there are fewer than 4 rows, or than two seasons.
        """
        kind = _statsforecast(self.kind)
        super().fit(y)
        panel = self.fitted_panel()
        self._fits = tuple(self._estimated(kind, one) for one in panel.each())
        return self

    def _estimated(self, kind: Any, series: TimeSeries) -> Any:
        try:
            return kind(season_length=self._season(series)).fit(series.values)
        except NotImplementedError as error:  # "tiny datasets"
            raise TooFewRowsError(
                f"{self.label} cannot be estimated from the {len(series)} rows of "
                f"{series.name!r} ({error}). Use more rows."
            ) from error

    def _season(self, series: TimeSeries) -> int:
        """Return the rows in a season; 1 where fewer than two are there and nobody asked."""
        if self.season is not None:
            return self.season
        return series.season if len(series) >= 2 * series.season else 1

    def _needed(self, series: TimeSeries) -> int:
        return max(LEAST, 2 * (self.season or 1))

    def _check(self, series: TimeSeries) -> None:
        needed = self._needed(series)
        if len(series) < needed:
            raise TooFewRowsError(
                f"{self.label} needs at least {needed} rows; {series.name!r} has {len(series)}. "
                "Use more rows, or a shorter `season`."
            )

    def _ahead(self, panel: Panel, origins: Origins, begins: Origins, horizon: int) -> Values:
        fitted = self.fitted_panel()
        # One series of a panel, taken by itself, is called by its id as text.
        numbers = {one if panel.long else str(one): k for k, one in enumerate(fitted.ids)}
        alone = len(fitted) == 1 and not panel.long
        ahead = np.empty((len(origins), horizon))
        for row, (origin, begin) in enumerate(zip(origins, begins, strict=True)):
            one = panel.ids[int(panel.which(origins[row : row + 1])[0])]
            if one not in numbers and not alone:
                raise DataError(f"The series {one!r} was not among the fitted ones. Fit with it.")
            model = self._fits[0 if alone else numbers[one]]
            values = panel.flat.values[begin : origin + 1]
            ahead[row] = model.forward(y=values, h=horizon)["mean"]
        return ahead


class AutoETS(_Classical):
    """Exponential smoothing, its form chosen by the corrected Akaike criterion.

    Args:
        season: rows in a season, at least 1; None takes that of the series' frequency.

    Example, with the extra `stats`:
        fc.backtest({"GRU": fc.Forecaster("gru"), "AutoETS": fc.AutoETS()}, y, horizon=12)
    """

    label = "AutoETS"
    kind = "AutoETS"


class AutoTheta(_Classical):
    """The theta model, its form chosen by its error on the fitted rows.

    Args:
        season: rows in a season, at least 1; None takes that of the series' frequency.

    Example, with the extra `stats`:
        fc.backtest({"GRU": fc.Forecaster("gru"), "AutoTheta": fc.AutoTheta()}, y, horizon=12)
    """

    label = "AutoTheta"
    kind = "AutoTheta"


def _statsforecast(kind: str) -> Any:
    """Return a class of statsforecast by its name."""
    try:
        from statsforecast import models
    except ImportError as error:
        raise MissingExtraError("statsforecast", "stats", f"{kind}") from error
    return getattr(models, kind)
