"""A comparison in two halves: what is to be fitted, and what comes of it once it is.

Between them the networks may be fitted anywhere: one after another in this process, or each in a
process of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecast.checks import real_number, whole_number
from forecast.data.panel import Panel, is_long, panel_of, prepare_panel
from forecast.data.series import prepare
from forecast.errors import SettingError
from forecast.evaluation.fairness import checked_fairness, made_fair
from forecast.evaluation.parting import test_part
from forecast.evaluation.scores import TestPart
from forecast.models.contract import Rows
from forecast.models.forecaster import Forecaster
from forecast.models.settings import ForecasterSettings
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
    y: Rows,
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
    panel = _prepared(y, first, trusted=1 - test)
    past = [name for name in panel.flat.columns if name not in first.future_covariates]
    networks = made_fair(networks, fair, len(past))
    first = next(iter(networks.values())).settings
    part = test_part(
        panel, first, test=test, season=None if season is None else whole_number("season", season)
    )
    chosen = {"test": test, "season": part.season, "fair": fair, "fair_seconds": limit}
    return Plan(part, networks, chosen, limit)


def _prepared(y: Rows, settings: ForecasterSettings, *, trusted: float) -> Panel:
    """Make rows ready; a long frame of one series is a single series."""
    given: Any = {"trusted": trusted, "frequency": settings.frequency}
    columns = settings.columns()
    if isinstance(y, Panel):
        return prepare_panel(y, columns=columns)
    if isinstance(y, pd.DataFrame) and is_long(y) and len(y["unique_id"].unique()) > 1:
        return prepare_panel(y, columns=columns, **given)
    return panel_of(prepare(y, columns=columns, **given))


def _labels(cells: Sequence[str]) -> dict[str, str]:
    """Return cells by label.

    Raises:
        SettingError: there is none, one is unknown, or one stands twice.
    """
    found = [cell_named(cell) for cell in ([cells] if isinstance(cells, str) else cells)]
    if not found or len({cell.name for cell in found}) < len(found):
        raise SettingError(f"`cells` must name at least one cell, each once; got {list(cells)}.")
    return {cell.label: cell.name for cell in found}
