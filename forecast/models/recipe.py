"""What is learned of a panel before any training, from the training rows of each series alone."""

from collections.abc import Sequence

import numpy as np

from forecast.data.features import CovariateScale, fit_covariates
from forecast.data.panel import Panel
from forecast.data.scaling import Scaler, fit_scaler
from forecast.data.seasonal import Season, learn_season
from forecast.data.series import TimeSeries, Values
from forecast.data.splits import Parts, chronological
from forecast.data.transforms import differs
from forecast.data.windows import Origins, Windows, rows_of, windows_in
from forecast.errors import DataError, TooFewRowsError
from forecast.models.reading import Levels, Recipe
from forecast.models.settings import ForecasterSettings

SCALER_WINDOWS = 4096  # evenly spaced windows of a series that a scaler looks at, at most


def splits_of(settings: ForecasterSettings, panel: Panel) -> tuple[Parts, ...]:
    """Split each series in time order; see `forecast.data.splits`.

    A series of a panel that is too short for parts of its own is all training rows.

    Raises:
        TooFewRowsError: a single series is too short.
    """
    return tuple(_split(settings, one, alone=not panel.long) for one in panel.each())


def _split(settings: ForecasterSettings, series: TimeSeries, *, alone: bool) -> Parts:
    rows, shares = len(series), (settings.validation, settings.calibration)
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
    first = int(differs(settings.transform))
    found: list[Origins] = []
    for begin, part in zip(panel.offsets[:-1], parts, strict=True):
        short = panel.long and part.stop < settings.memory + horizon
        windows = windows_in(
            panel.flat,
            range(int(begin) + part.start, int(begin) + part.stop),
            timesteps=settings.timesteps,
            horizon=horizon,
            gaps=settings.gaps,
            begin=int(begin) + first,
            least=1 if short else None,
        )
        found.append(windows.origins)
    return Windows(panel.flat, settings.timesteps, horizon, np.concatenate(found))


def learn_recipe(
    settings: ForecasterSettings, panel: Panel, splits: Sequence[Parts], windows: Windows
) -> Recipe:
    """Learn seasons, scalers and the scale of covariates.

    Args:
        settings: of the forecaster.
        panel: the rows.
        splits: of each series.
        windows: of the training parts.

    Raises:
        DataError: no season is known, or the values do not allow the adjustment or transform.
        TooFewRowsError: a single series has fewer than two seasons for training.
    """
    seasons = _seasons(settings, panel, splits)
    levels = Levels(panel, settings.transform, seasons)
    which = panel.which(windows.origins)
    scalers = tuple(
        _scaler(settings, panel, levels, k, windows.origins[which == k], windows.horizon, splits[k])
        for k in range(len(panel))
    )
    scale = _covariates(panel, splits)
    return Recipe(panel.ids, seasons, scalers, scale, panel.flat.columns)


def _seasons(
    settings: ForecasterSettings, panel: Panel, splits: Sequence[Parts]
) -> tuple[Season, ...]:
    kind = settings.seasonal_adjustment
    if kind == "none":
        return ()
    period = settings.season or panel.flat.season
    if period < 2:
        raise DataError(
            f"`seasonal_adjustment={kind!r}` needs a season; rows of frequency "
            f"{panel.flat.frequency!r} have none. Give `season`, in rows."
        )
    return tuple(
        _season(one.rows(0, parts.train.stop), kind, period, panel.long)
        for one, parts in zip(panel.each(), splits, strict=True)
    )


def _season(training: TimeSeries, kind: str, period: int, many: bool) -> Season:
    """Learn a season; a series of a panel that is too short for one has none."""
    try:
        return learn_season(training, kind, period)
    except TooFewRowsError:
        if not many:
            raise
        nothing = 0.0 if kind == "additive" else 1.0
        return Season(kind, (nothing,) * period, training.index[0], training.frequency)


def _scaler(
    settings: ForecasterSettings,
    panel: Panel,
    levels: Levels,
    number: int,
    origins: Origins,
    horizon: int,
    parts: Parts,
) -> Scaler:
    """Learn the scaler of one series from the rows and windows of its training part."""
    begin = int(panel.offsets[number])
    if len(origins):
        end = int(origins[-1]) + horizon + 1
    else:
        end = begin + parts.train.stop
        origins = np.array([end - 1])
    some = np.linspace(0, len(origins) - 1, min(len(origins), SCALER_WINDOWS)).astype(np.intp)
    first = min(begin + int(differs(settings.transform)), end - 1)
    windows = rows_of(levels.inputs, origins[some], settings.timesteps, first)
    rows = slice(first, end)
    seen = panel.flat.observed[rows]
    learned: Values = levels.inputs[rows][seen] if seen.any() else levels.inputs[rows]
    return fit_scaler(settings.scaling, learned, windows)


def _covariates(panel: Panel, splits: Sequence[Parts]) -> CovariateScale:
    columns = len(panel.flat.columns)
    if columns == 0:
        return fit_covariates(np.empty((0, 0)), 0)
    training = [
        panel.flat.covariates[begin : begin + parts.train.stop]
        for begin, parts in zip(panel.offsets[:-1], splits, strict=True)
    ]
    return fit_covariates(np.concatenate(training), columns)
