"""The rows of a comparison divided: what models may learn from, and the windows they are tested on.

A single series gives its last rows, a share of all. Of a panel every series gives equally many, a
share of the median length: series that end together are then cut at one moment, and none of them
teaches a network what comes after the cut of another.
"""

from typing import NamedTuple

import numpy as np

from forecast.data.panel import Panel, Rows
from forecast.data.series import Observed
from forecast.data.spans import Ranges
from forecast.data.splits import chronological
from forecast.data.transforms import differs
from forecast.data.windows import Origins, Windows, windows_of_each
from forecast.errors import TooFewRowsError
from forecast.evaluation.scores import TestPart
from forecast.models.baselines import SeasonalNaive
from forecast.models.settings import ForecasterSettings

MOST_TARGETS = 200_000  # test windows times horizon of a panel, for a model's forecasts in memory


def test_part(
    data: Panel, settings: ForecasterSettings, *, test: float, season: int | None
) -> TestPart:
    """Set the test part aside and collect its windows; see `forecast.evaluation.compare.compare`.

    Raises:
        TooFewRowsError: no series is long enough.
    """
    if not data.long:
        return _of_one(data, settings, test, season)
    return _of_many(data, settings, test, season)


class _Cut(NamedTuple):
    """Windows of a panel: see `TestPart`, and `step` rows from one origin to the next, at least."""

    origins: Origins
    counted: Observed
    step: int


def _of_one(data: Panel, settings: ForecasterSettings, test: float, season: int | None) -> TestPart:
    series = data.flat
    parts = chronological(
        len(series), validation=0, calibration=0, test=test, least=settings.horizon
    )
    windows = _windows(data, settings, np.array([parts.test.start]), least=None)
    if len(windows) == 0:
        raise TooFewRowsError(
            f"The test part of {series.name!r}, {len(parts.test)} of {len(series)} rows, holds no "
            f"window of {settings.timesteps} + {settings.horizon} rows. Use a smaller `timesteps` "
            "or `horizon`, a larger `test`, or more rows."
        )
    before = first_rows(data, np.ones(1, dtype=bool), np.array([parts.test.start]))
    usual = series.season
    lag = (usual if len(before.flat) >= 2 * usual else 1) if season is None else season
    SeasonalNaive(lag).fit(before)  # too long a season ends it here
    origins = windows.origins[None]
    counted = np.ones(origins.shape, dtype=bool)
    return TestPart(data, before, data, origins, counted, settings.horizon, settings.horizon, lag)


def _of_many(
    data: Panel, settings: ForecasterSettings, test: float, season: int | None
) -> TestPart:
    lengths = data.lengths
    rows = max(round(test * float(np.median(lengths))), settings.horizon)
    known = lengths - rows
    lag = _season(data, known, season)
    scored: Observed = np.asarray(known >= max(lag + 1, 2 + differs(settings.transform)))
    if not scored.any():
        raise TooFewRowsError(
            f"No series of the panel is long enough: the test part takes the last {rows} rows of "
            f"each, and {max(lag + 1, 2)} or more must be before; the longest of {len(data)} has "
            f"{int(lengths.max())} rows. Use a shorter `horizon`, a smaller `test`, or longer "
            "series."
        )
    taught = known >= 1
    before = first_rows(data, taught, known)
    panel = first_rows(data, scored, lengths)
    cut = _cut(panel, settings, rows)
    useful: Observed = np.asarray(cut.counted.any(axis=1))
    if not useful.any():
        raise TooFewRowsError(
            f"The last {rows} rows of every series hold no window of observed rows. Use "
            "`gaps='fill'`, a larger `test`, or series with fewer blanks."
        )
    if not useful.all():
        panel = first_rows(panel, useful, panel.lengths)
        cut = _cut(panel, settings, rows)
    apart = -(-settings.horizon // cut.step)
    return TestPart(data, before, panel, cut.origins, cut.counted, settings.horizon, apart, lag)


def _season(data: Panel, known: Rows, season: int | None) -> int:
    """Return the season that scales MASE: of the frequency where half of the series hold two."""
    if season is not None:
        return season
    usual = data.flat.season
    long_enough = known[known > 1]
    return usual if len(long_enough) and np.median(long_enough) >= 2 * usual else 1


def _cut(panel: Panel, settings: ForecasterSettings, rows: int) -> _Cut:
    """Return the windows of the last rows of each series, evenly thinned where they are many."""
    most, series = max(1, MOST_TARGETS // (len(panel) * settings.horizon)), len(panel)
    found = _windows(panel, settings, panel.lengths - rows, least=1).origins
    which = panel.which(found)
    counts = np.bincount(which, minlength=series)
    steps = np.maximum(1, -(-counts // most))
    back = np.cumsum(counts)[which] - 1 - np.arange(len(found))  # windows of the series after each
    kept = np.flatnonzero(back % steps[which] == 0)
    number, found = which[kept], found[kept]
    place = back[kept] // steps[number]
    width = int(place.max(initial=-1)) + 1
    counted = np.zeros((series, width), dtype=bool)
    counted[number, width - 1 - place] = True
    first = panel.offsets[:-1].copy()
    first[number[::-1]] = found[::-1]  # the first one of each series is written last
    origins = np.repeat(first[:, None], width, axis=1)
    origins[number, width - 1 - place] = found
    return _Cut(origins, counted, int(steps[counts > 0].min(initial=int(steps.max()))))


def _windows(
    panel: Panel, settings: ForecasterSettings, starts: Rows, least: int | None
) -> Windows:
    """Return the windows whose targets lie behind a row of each series, counted from its first."""
    begins = panel.offsets[:-1] + int(differs(settings.transform))
    known = settings.timesteps if least is None else least
    return windows_of_each(
        panel.flat,
        np.maximum(panel.offsets[:-1] + starts - 1, begins + known - 1),
        panel.offsets[1:] - settings.horizon,
        begins,
        timesteps=settings.timesteps,
        horizon=settings.horizon,
        gaps=settings.gaps,
    )


def first_rows(panel: Panel, keep: Observed, lengths: Rows) -> Panel:
    """Return the first rows of some series of a panel.

    Args:
        panel: of S series.
        keep: (S,) which; at least one.
        lengths: (S,) rows to take of each, at least 1 of those that are kept.
    """
    some = panel if keep.all() else panel.take(np.flatnonzero(keep))
    return some.cut(Ranges(np.zeros(len(some), dtype=np.intp), lengths[keep]))
