"""Rows as a network reads them, and its outputs as rows again.

windows    n forecasts, each from an origin, its last known row
x          (n, timesteps, features)    the series' own inputs first, see `forecast.data.features`
beside     (n, numbers)                what the head reads: the known level so many rows before
           each row ahead, (horizon · lags), and before the origin, (lags), if there is one (lags)
levels     see `forecast.data.transforms`: what the network puts out, times the spread of the
           window, plus its anchor: the residual's where one is asked for; else the last level for
           scaling by the window and for changes, or the shift
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from forecast.data.categories import Categories, one_hot
from forecast.data.features import CovariateScale, features_of
from forecast.data.lagged import at_origin, changes, known_before
from forecast.data.panel import Id, Panel, Rows
from forecast.data.scales import Scales
from forecast.data.scaling import BY_WINDOW
from forecast.data.seasons import Seasons
from forecast.data.series import Values
from forecast.data.transforms import Flags, differs
from forecast.data.windows import rows_of
from forecast.errors import DataError
from forecast.models.levels import Levels
from forecast.models.settings import ForecasterSettings
from forecast.nn.arrays import Array, Mask


class Recipe(NamedTuple):
    """What is learned from the training rows before any training.

    Attributes:
        ids: of the series.
        logs: (series,) whether the levels of each are logarithms.
        seasons: factors of each series; None where none are taken out.
        scales: of each series.
        covariates: their scale.
        columns: names of the covariates.
        categories: the values of each static column.
    """

    ids: tuple[Id, ...]
    logs: Flags
    seasons: Seasons | None
    scales: Scales
    covariates: CovariateScale
    columns: tuple[str, ...]
    categories: Categories = ()

    @property
    def static(self) -> int:
        """Numbers that say of what kind a series is."""
        return sum(len(values) for _, values in self.categories)


class Read(NamedTuple):
    """Windows as a network reads them.

    Attributes:
        x: (n, timesteps, features).
        mask: (n, timesteps), False on padded steps; None where nothing is padded.
        anchor: (n, 1) or (n, horizon) that outputs are added to.
        spread: (n, 1) that outputs are multiplied with before.
        beside: (n, numbers) that the head reads; None where it reads none.
        which: (n,) number of the series of each window in the fit.
    """

    x: Array
    mask: Mask | None
    anchor: Values
    spread: Values
    beside: Array | None
    which: Rows


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
        self._numbers = numbers_of(panel, recipe.ids)
        seasons = None if recipe.seasons is None else recipe.seasons.take(self._numbers)
        self.levels = Levels(panel, settings.transform, seasons, recipe.logs[self._numbers])
        self._logs = self.levels.logs
        self._changes = differs(settings.transform)
        self._scales = recipe.scales
        self._kinds = one_hot(panel.static, recipe.categories, len(panel))
        self._features = features_of(
            panel,
            recipe.covariates,
            known=settings.future_covariates,
            calendar=settings.calendar,
            leads=settings.block,
        )
        own = 1 + len(settings.seasonal_lags)
        self._width = own + self._features.count + self._kinds.shape[1]

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
        begins, numbers = self.panel.offsets[which], self._numbers[which]
        first = self._first(begins, origins)
        if inputs is None:
            inputs = rows_of(self.levels.inputs, origins, timesteps, first)
        if base is None:
            base = self.levels.values[origins, None]
        lacking = first - (origins + moved - timesteps + 1)
        real = np.arange(timesteps) >= lacking[:, None] if bool((lacking > 0).any()) else None
        logs = self._logs[which] if self._logs.any() else None
        shift, spread = self._scales.shift_and_spread(
            inputs, numbers, real, changes=self._changes, logs=logs
        )
        x = np.empty((len(origins), timesteps, self._width), dtype)
        x[..., 0] = (inputs - shift) / spread
        if self._width > 1:
            self._put_beside(x, origins + moved, which, spread)
        if real is not None:
            x[~real] = 0
        anchored = self._changes or self._scales.name in BY_WINDOW
        anchor, beside = self._ahead(origins, begins, base, base if anchored else shift)
        told = None if beside is None else self._told(beside, origins, begins, base, spread)
        told = None if told is None else told.astype(dtype)
        return Read(x, real, anchor, spread, told, numbers)

    def _put_beside(self, x: Array, ends: Rows, which: Rows, spread: Values) -> None:
        """Put what is read beside the series' own values into x, of windows with these ends."""
        begins, lags = self.panel.offsets[which], self._settings.seasonal_lags
        rows = np.maximum(ends[:, None] + np.arange(1 - x.shape[1], 1), begins[:, None])
        if lags:
            x[..., 1 : 1 + len(lags)] = (
                changes(self.levels.values, rows, begins, lags) / spread[:, :, None]
            )
        last = 1 + len(lags) + self._features.count
        if self._features.count:
            x[..., 1 + len(lags) : last] = self._features.gather(rows, self.panel.ends[which])
        x[..., last:] = self._kinds[which, None, :]

    def _told(
        self, beside: Values, origins: Rows, begins: Rows, base: Values, spread: Values
    ) -> Values:
        """Return what the head reads, scaled as the window is, (n, numbers)."""
        flat = ((beside - base[:, :, None]) / spread[:, :, None]).reshape(len(origins), -1)
        if self._settings.decoder != "dense":
            return flat
        lags = self._settings.seasonal_lags
        then = at_origin(self.levels.values, origins, begins, lags)
        then[:, : len(lags)] = (then[:, : len(lags)] - base) / spread
        return np.concatenate((flat, then), axis=1)

    def _ahead(
        self, origins: Rows, begins: Rows, base: Values, usual: Values
    ) -> tuple[Values, Values | None]:
        """Return what outputs are added to, and the known levels before each row ahead."""
        settings, levels = self._settings, self.levels.values
        lags, residual = settings.seasonal_lags, settings.residual
        beside = known_before(levels, origins, begins, settings.block, lags) if lags else None
        if residual == "naive":
            return base, beside
        if residual == "none":
            return usual, beside
        if beside is not None:
            return beside.mean(axis=2), beside
        season = (settings.season or self.panel.flat.season,)
        return known_before(levels, origins, begins, settings.block, season)[..., 0], None

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


def numbers_of(panel: Panel, ids: tuple[Id, ...]) -> Rows:
    """Return the number that each series of a panel had in the fit.

    Raises:
        DataError: one had none.
    """
    if len(ids) == 1 and not panel.long:
        return np.zeros(1, dtype=np.intp)
    if panel.ids is ids:
        return np.arange(len(ids))
    found = places_of(panel, ids)
    if (found < 0).any():
        strange = panel.ids[int((found < 0).argmax())]
        raise DataError(
            f"The series {strange!r} was not among the {len(ids)} fitted ones. Fit with it, or "
            "leave it out."
        )
    return found


def places_of(panel: Panel, ids: tuple[Id, ...]) -> Rows:
    """Return the place of each series of a panel among ids, (series,); -1 where it is not there."""
    # One series of a panel, taken by itself, is called by its id as text.
    places = {one if panel.long else str(one): k for k, one in enumerate(ids)}
    return np.array([places.get(one, -1) for one in panel.ids], dtype=np.intp)


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
    return panel.longer(lacking), origins + lacking * which
