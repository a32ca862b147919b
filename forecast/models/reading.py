"""Rows as a network reads them, and its outputs as rows again.

windows    n forecasts, each from an origin, its last known row
x          (n, timesteps, features)    the series' own inputs first, see `forecast.data.features`
levels     see `forecast.data.transforms`: what the network puts out, times the spread of the
           window, plus its anchor: the last level for window scaling and for changes, else the
           shift
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from forecast.data.features import CovariateScale, features_of
from forecast.data.panel import Panel, Rows, joined
from forecast.data.scaling import Scaler, Scales
from forecast.data.seasonal import Season
from forecast.data.series import TimeSeries, Values
from forecast.data.transforms import differs, from_levels, to_inputs, to_levels
from forecast.data.windows import rows_of
from forecast.errors import DataError
from forecast.models.settings import ForecasterSettings
from forecast.nn.arrays import Array, Mask


class Recipe(NamedTuple):
    """What is learned from the training rows before any training.

    Attributes:
        ids: of the series.
        seasons: factors of each series; empty where none are taken out.
        scalers: of each series.
        covariates: their scale.
        columns: names of the covariates.
    """

    ids: tuple[str | int, ...]
    seasons: tuple[Season, ...]
    scalers: tuple[Scaler, ...]
    covariates: CovariateScale
    columns: tuple[str, ...]


class Read(NamedTuple):
    """Windows as a network reads them.

    Attributes:
        x: (n, timesteps, features).
        mask: (n, timesteps), False on padded steps; None where nothing is padded.
        anchor: (n, 1) that outputs are added to.
        spread: (n, 1) that outputs are multiplied with before.
    """

    x: Array
    mask: Mask | None
    anchor: Values
    spread: Values


class Levels:
    """The levels of a panel: without its season, and as logarithms where that is asked for.

    Args:
        panel: prepared rows.
        transform: one of `forecast.data.transforms.TRANSFORMS`.
        seasons: of each of its series, or empty.

    Attributes:
        values: (rows,) levels.
        inputs: (rows,) what a network reads.
    """

    def __init__(self, panel: Panel, transform: str, seasons: Sequence[Season]) -> None:
        self._transform, self._kind = transform, seasons[0] if seasons else None
        self._factors = _factors(panel, seasons) if seasons else None
        values = panel.flat.values
        if self._kind is not None and self._factors is not None:
            values = self._kind.remove(values, self._factors)
        self.values = to_levels(values, panel, transform)
        self.inputs = to_inputs(self.values, panel, transform)

    def in_unit(self, levels: Values, origins: Rows) -> Values:
        """Return levels of the rows after each origin, (n, horizon, …), in the series' unit."""
        values = from_levels(levels, self._transform)
        if self._kind is None or self._factors is None:
            return values
        rows = origins[:, None] + np.arange(1, levels.shape[1] + 1)
        factors = self._factors[rows]
        return self._kind.put_back(values, factors.reshape(*rows.shape, *(1,) * (levels.ndim - 2)))


def _factors(panel: Panel, seasons: Sequence[Season]) -> Values:
    return np.concatenate([one.of(panel.one(k).index) for k, one in enumerate(seasons)])


class Reading:
    """A panel, ready to be read by a network window by window.

    Args:
        settings: of the forecaster.
        recipe: learned from its training rows.
        panel: with the columns that the recipe names.

    Raises:
        DataError: a series was not among the fitted ones, or cannot be read.
    """

    def __init__(self, settings: ForecasterSettings, recipe: Recipe, panel: Panel) -> None:
        self.panel, self._settings = panel, settings
        self._numbers = _numbers(panel, recipe.ids)
        seasons = [recipe.seasons[k] for k in self._numbers] if recipe.seasons else []
        self.levels = Levels(panel, settings.transform, seasons)
        self._changes = differs(settings.transform)
        self._scales = Scales(recipe.scalers, changes=self._changes)
        self._features = features_of(
            panel,
            recipe.covariates,
            known=settings.future_covariates,
            calendar=settings.calendar,
            leads=settings.block,
        )

    def read(
        self,
        origins: Rows,
        dtype: DTypeLike,
        *,
        inputs: Values | None = None,
        base: Values | None = None,
        moved: int = 0,
    ) -> Read:
        """Read windows.

        Args:
            origins: (n,) last row of each window, or of what is known for it.
            dtype: of the network.
            inputs: (n, timesteps) in place of the rows', where forecasts were fed back.
            base: (n, 1) the last level of each window then.
            moved: rows by which each window then ends after its origin.
        """
        timesteps, which = self._settings.timesteps, self.panel.which(origins)
        begins = self.panel.offsets[which]
        first = self._first(begins, origins)
        if inputs is None:
            inputs = rows_of(self.levels.inputs, origins, timesteps, first)
        if base is None:
            base = self.levels.values[origins, None]
        rows = (origins + moved)[:, None] + np.arange(1 - timesteps, 1)
        real = None if bool((rows[:, 0] >= first).all()) else rows >= first[:, None]
        shift, spread = self._scales.shift_and_spread(inputs, self._numbers[which], real)
        scaled = (inputs - shift) / spread
        if real is not None:
            scaled = np.where(real, scaled, 0.0)
        x = scaled[:, :, None]
        if self._features.count:
            known = np.maximum(rows, begins[:, None])
            beside = self._features.gather(known, self.panel.ends[which])
            x = np.concatenate((x, beside), axis=2)
        anchored = self._changes or self._scales.name == "window"
        return Read(x.astype(dtype), real, base if anchored else shift, spread)

    def _first(self, begins: Rows, origins: Rows) -> Rows:
        """Return the first row that each window may read: one without a change only if alone."""
        return np.minimum(begins + 1, origins) if self._changes else begins

    def fed_back(self, inputs: Values, base: Values, ahead: Values) -> tuple[Values, Values]:
        """Return the inputs (n, timesteps) and last levels (n, 1) after forecasts were fed back.

        Args:
            inputs: (n, timesteps) before.
            base: (n, 1) last levels before.
            ahead: (n, steps) forecast levels.
        """
        news = np.diff(ahead, axis=1, prepend=base) if self._changes else ahead
        grown = np.concatenate((inputs, news), axis=1)
        return grown[:, -self._settings.timesteps :], ahead[:, -1:]

    def inputs_of(self, origins: Rows) -> Values:
        """Return the inputs of windows, (n, timesteps), before scaling."""
        first = self._first(self.panel.offsets[self.panel.which(origins)], origins)
        return rows_of(self.levels.inputs, origins, self._settings.timesteps, first)


def _numbers(panel: Panel, ids: tuple[str | int, ...]) -> Rows:
    """Return the number that each series of a panel had in the fit."""
    if len(ids) == 1 and not panel.long:
        return np.zeros(1, dtype=np.intp)
    # One series of a panel, taken by itself, is called by its id as text.
    places = {one if panel.long else str(one): k for k, one in enumerate(ids)}
    strange = [one for one in panel.ids if one not in places]
    if strange:
        raise DataError(
            f"The series {strange[0]!r} was not among the {len(ids)} fitted ones. Fit with it, or "
            "leave it out."
        )
    return np.array([places[one] for one in panel.ids], dtype=np.intp)


def with_room(panel: Panel, origins: Rows, horizon: int) -> tuple[Panel, Rows]:
    """Return a panel with rows, held at the last value, as far as the forecasts reach.

    Args:
        panel: prepared rows.
        origins: (n,) flat row of each origin.
        horizon: rows ahead.

    Returns:
        The panel, and the origins in it.
    """
    which = panel.which(origins)
    lacking = int(np.max(origins + horizon - panel.ends[which], initial=0))
    if lacking <= 0:
        return panel, origins
    grown = joined([longer(one, lacking) for one in panel.each()], panel.ids, panel.long)
    return grown, origins + lacking * which


def longer(series: TimeSeries, steps: int, covariates: Values | None = None) -> TimeSeries:
    """Return a series with rows after it that nobody has observed, held at the last values.

    Args:
        series: prepared rows.
        steps: rows to add.
        covariates: (steps, columns) of these rows; None holds the last ones.
    """
    beside = series.covariates
    if series.columns:
        held = np.repeat(beside[-1:], steps, axis=0) if covariates is None else covariates
        beside = np.concatenate((beside, held))
    return TimeSeries(
        values=np.concatenate((series.values, np.repeat(series.values[-1:], steps))),
        observed=np.concatenate((series.observed, np.zeros(steps, dtype=np.bool_))),
        index=series.index.append(series.after(steps)),
        frequency=series.frequency,
        name=series.name,
        covariates=beside,
        columns=series.columns,
    )
