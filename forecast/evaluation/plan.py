"""A comparison in two halves: what is to be fitted, and what comes of it once it is.

Between them the networks may be fitted anywhere: one after another in this process, or each in a
process of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.checks import real_number, whole_number
from forecast.data.columns import SeriesLike
from forecast.data.series import TimeSeries, prepare
from forecast.data.splits import chronological
from forecast.data.transforms import differs
from forecast.data.windows import windows_in
from forecast.errors import SettingError, TooFewRowsError
from forecast.evaluation.fairness import checked_fairness, made_fair
from forecast.evaluation.scores import TestPart
from forecast.models.baselines import SeasonalNaive
from forecast.models.forecaster import Forecaster
from forecast.nn.cells import cell_named


@dataclass(frozen=True)
class Plan:
    """What a comparison will fit and score.

    Attributes:
        part: the test part, and the rows before it, which the networks are fitted on.
        networks: by label, not fitted.
        chosen: share of the test part, season, and what is held equal.
        seconds: that each network trains at most; None does not end it.
    """

    part: TestPart
    networks: Mapping[str, Forecaster]
    chosen: Mapping[str, Any]
    seconds: float | None = None


def plan_comparison(
    y: SeriesLike | TimeSeries,
    *,
    cells: Sequence[str],
    test: float = 0.2,
    season: int | None = None,
    fair: str = "units",
    seconds: float | None = None,
    **settings: Any,
) -> Plan:
    """Check everything and set the test part aside; see `compare` for arguments and errors."""
    lag = {"season": season} if isinstance(season, int) and season > 1 else {}
    named = _labels(cells).items()
    networks = {label: Forecaster(cell, **{**settings, **lag}) for label, cell in named}
    real_number("test", test, above=0, below=1)
    limit = checked_fairness(fair, seconds, next(iter(networks.values())).settings)
    first = next(iter(networks.values())).settings
    # Test rows have no say in the frequency either.
    series = prepare(y, frequency=first.frequency, trusted=1 - test, columns=first.columns())
    past = [name for name in series.columns if name not in first.future_covariates]
    networks = made_fair(networks, fair, len(past))
    part = _test_part(series, next(iter(networks.values())), test=test, season=season)
    chosen = {"test": test, "season": part.season, "fair": fair, "fair_seconds": limit}
    return Plan(part, networks, chosen, limit)


def _labels(cells: Sequence[str]) -> dict[str, str]:
    """Return cells by label.

    Raises:
        SettingError: there is none, one is unknown, or one stands twice.
    """
    found = [cell_named(cell) for cell in ([cells] if isinstance(cells, str) else cells)]
    if not found or len({cell.name for cell in found}) < len(found):
        raise SettingError(f"`cells` must name at least one cell, each once; got {list(cells)}.")
    return {cell.label: cell.name for cell in found}


def _test_part(
    series: TimeSeries, network: Forecaster, *, test: float, season: int | None
) -> TestPart:
    """Set the test part aside and collect its windows."""
    settings = network.settings
    parts = chronological(
        len(series), validation=0, calibration=0, test=test, least=settings.horizon
    )
    windows = windows_in(
        series,
        parts.test,
        timesteps=settings.timesteps,
        horizon=settings.horizon,
        gaps=settings.gaps,
        begin=int(differs(settings.transform)),
    )
    if len(windows) == 0:
        raise TooFewRowsError(
            f"The test part of {series.name!r}, {len(parts.test)} of {len(series)} rows, holds no "
            f"window of {settings.timesteps} + {settings.horizon} rows. Use a smaller `timesteps` "
            "or `horizon`, a larger `test`, or more rows."
        )
    before = series.rows(0, parts.test.start)
    if season is None:
        season = series.season if len(before) >= 2 * series.season else 1
    SeasonalNaive(whole_number("season", season)).fit(before)  # too long a season ends it here
    return TestPart(windows, before, season)
