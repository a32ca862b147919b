"""What is learned of a panel before any training, from the training rows of each series alone."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from forecast.data.categories import learn_categories
from forecast.data.features import CovariateScale, fit_covariates
from forecast.data.panel import Panel, Rows
from forecast.data.scales import (
    WINDOWS_OF_ONE,
    Learned,
    Scales,
    Usual,
    fit_scales,
    scales_of,
)
from forecast.data.scaling import fit_scaler
from forecast.data.seasons import Seasons, check_period, learn_seasons
from forecast.data.series import Values
from forecast.data.spans import Ranges, edges
from forecast.data.splits import (
    Parts,
    Splits,
    chronological,
    splits_by_length,
    splits_from,
    whole_each,
)
from forecast.data.transforms import Flags, differs, learn_logs
from forecast.data.windows import Windows, rows_of, windows_of_each
from forecast.errors import DataError, TooFewRowsError
from forecast.models.levels import Levels
from forecast.models.reading import Recipe, places_of
from forecast.models.settings import ForecasterSettings


def splits_of(settings: ForecasterSettings, panel: Panel) -> Splits:
    """Split each series in time order; see `forecast.data.splits`.

    A series of a panel that is too short for parts of its own is all training rows.

    Raises:
        TooFewRowsError: a single series is too short.
    """
    return splits_by_length(panel.lengths, partial(_split, settings, alone=not panel.long))


def _split(settings: ForecasterSettings, rows: int, *, alone: bool) -> Parts:
    # Nothing chooses the epoch of thousands of small networks.
    shares = (0.0 if settings.local else settings.validation, settings.calibration)
    try:
        parts = chronological(
            rows, validation=shares[0], calibration=shares[1], least=settings.horizon
        )
    except TooFewRowsError:
        if alone:
            raise
        return whole(rows)
    enough = alone or len(parts.train) > settings.horizon + settings.memory - settings.timesteps
    return parts if enough else whole(rows)


def whole(rows: int) -> Parts:
    """Return parts in which every row is for training."""
    end = range(rows, rows)
    return Parts(range(rows), end, end, end)


def part_windows(
    settings: ForecasterSettings,
    panel: Panel,
    parts: Sequence[range],
    horizon: int,
) -> Windows:
    """Return the windows of all series whose targets lie in a part of their series.

    In a panel, a series with too few rows for one whole window up to the end of its part has padded
    ones.

    Args:
        settings: of the forecaster.
        panel: the rows.
        parts: rows of each series, counted from its first.
        horizon: rows ahead of each window.
    """
    timesteps, (starts, stops) = settings.timesteps, edges(parts)
    begins = panel.offsets[:-1] + int(differs(settings.transform))
    least = np.full(len(panel), timesteps)
    if panel.long:
        least[stops < settings.memory + horizon] = 1
        if settings.shortest is not None:
            least = np.clip(stops - horizon, 1, settings.shortest)
    return windows_of_each(
        panel.flat,
        np.maximum(panel.offsets[:-1] + starts - 1, begins + least - 1),
        panel.offsets[:-1] + stops - horizon,
        begins,
        timesteps=timesteps,
        horizon=horizon,
        gaps=settings.gaps,
    )


def learn_recipe(
    settings: ForecasterSettings,
    panel: Panel,
    splits: Sequence[Parts],
    windows: Windows,
    usual: Usual | None = None,
) -> Recipe:
    """Learn seasons, scales, the scale of covariates and the kinds of series.

    Args:
        settings: of the forecaster.
        panel: the rows.
        splits: of each series.
        windows: of the training parts.
        usual: among the series of an earlier fit; None is what is usual among these.

    Raises:
        DataError: no season is known, or the values do not allow the adjustment or transform.
        TooFewRowsError: a single series has fewer than two seasons for training.
    """
    stops = train_stops(splits)
    seasons = _seasons(settings, panel, stops)
    plain = Levels(panel, "none", seasons, np.zeros(len(panel), dtype=np.bool_)).values
    logs = learn_logs(panel, stops, settings.transform, plain)
    levels = Levels(panel, settings.transform, seasons, logs)
    return Recipe(
        ids=panel.ids,
        logs=logs,
        seasons=seasons,
        scales=_scales(settings, panel, levels, windows, stops, logs, usual),
        covariates=_covariates(panel, stops),
        columns=panel.flat.columns,
        categories=learn_categories(panel.static),
    )


def recent_windows(
    settings: ForecasterSettings, panel: Panel, splits: Sequence[Parts], windows: Windows
) -> Windows:
    """Return the windows whose targets begin within the last training rows that are asked for.

    Raises:
        TooFewRowsError: there is none.
    """
    if settings.recent is None:
        return windows
    which = panel.which(windows.origins)
    found = since(windows, (panel.offsets[:-1] + train_stops(splits) - settings.recent)[which])
    if not len(found):
        raise TooFewRowsError(
            f"No training window has its targets within the last {settings.recent} training rows "
            f"(`recent`). Use at least the horizon, {settings.block}, or None."
        )
    return found


def since(windows: Windows, rows: Rows) -> Windows:
    """Return the windows whose targets begin at these rows, (windows,), or after."""
    return replace(windows, origins=windows.origins[windows.origins + 1 >= rows])


def with_strangers(
    settings: ForecasterSettings, recipe: Recipe, panel: Panel, origins: Rows
) -> Recipe:
    """Return a recipe that knows all series of a panel.

    One that was not among the fitted ones brings its own scale and season, of its rows up to its
    first origin.

    Args:
        settings: of the forecaster.
        recipe: of the fit.
        panel: the rows.
        origins: (n,) flat rows that forecasts start after.

    Raises:
        DataError: the values do not allow the adjustment or transform.
    """
    if not panel.long or panel.ids is recipe.ids:
        return recipe
    strange = np.flatnonzero(places_of(panel, recipe.ids) < 0)
    if not len(strange):
        return recipe
    if settings.local:
        raise DataError(
            f"The series {panel.ids[int(strange[0])]!r} was not among the {len(recipe.ids)} fitted "
            "ones, and with local=True each has a network of its own. Fit with it, or leave it out."
        )
    known = panel.lengths.copy()
    which = panel.which(origins)
    np.minimum.at(known, which, origins + 1 - panel.offsets[which])
    ours = panel.take(strange).cut(Ranges(np.zeros(len(strange), dtype=np.intp), known[strange]))
    splits = whole_each(ours.lengths)
    windows = part_windows(settings, ours, splits.part("train"), settings.block)
    learned = learn_recipe(settings, ours, splits, windows, recipe.scales.usual)
    seasons = recipe.seasons
    if seasons is not None and learned.seasons is not None:
        seasons = seasons.followed_by(learned.seasons)
    return recipe._replace(
        ids=recipe.ids + learned.ids,
        logs=np.concatenate((recipe.logs, learned.logs)),
        seasons=seasons,
        scales=recipe.scales.followed_by(learned.scales),
    )


def train_stops(splits: Sequence[Parts]) -> Rows:
    """Return the number of training rows of each series, (series,)."""
    return splits_from(splits).part("train").stops


def _seasons(settings: ForecasterSettings, panel: Panel, stops: Rows) -> Seasons | None:
    kind = settings.seasonal_adjustment
    if kind == "none":
        return None
    period = settings.season or panel.flat.season
    check_period(kind, period, panel.flat.frequency)
    return learn_seasons(panel, stops, kind, period, tested=settings.seasonal_test)


def _scales(
    settings: ForecasterSettings,
    panel: Panel,
    levels: Levels,
    windows: Windows,
    stops: Rows,
    logs: Flags,
    usual: Usual | None,
) -> Scales:
    """Learn the scale of each series from the rows and windows of its training part."""
    name, timesteps, origins = settings.scaling, settings.timesteps, windows.origins
    which, begins = panel.which(origins), panel.offsets[:-1]
    ends = begins + stops
    if len(origins):  # origins rise: the last one of each series is written last
        ends[which] = origins + windows.horizon + 1
    first = np.minimum(begins + int(differs(settings.transform)), ends - 1)
    observed = panel.flat.observed
    if panel.long:
        learned = Learned(levels.inputs, observed, first, ends, origins, which, timesteps, logs)
        return fit_scales(name, learned, usual)
    if not len(origins):
        origins = ends - 1
    some = np.linspace(0, len(origins) - 1, min(len(origins), WINDOWS_OF_ONE)).astype(np.intp)
    inputs = rows_of(levels.inputs, origins[some], timesteps, int(first[0]))
    rows = slice(int(first[0]), int(ends[0]))
    seen = observed[rows]
    told: Values = levels.inputs[rows][seen] if seen.any() else levels.inputs[rows]
    return scales_of([fit_scaler(name, told, inputs, logs=bool(logs[0]))])


def _covariates(panel: Panel, stops: Rows) -> CovariateScale:
    columns = len(panel.flat.columns)
    if columns == 0:
        return fit_covariates(np.empty((0, 0)), 0)
    which = np.repeat(np.arange(len(panel)), panel.lengths)
    training = np.arange(len(which)) - panel.offsets[which] < stops[which]
    return fit_covariates(panel.flat.covariates[training], columns)
