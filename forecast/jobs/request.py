"""What a person asks the training service for, checked before any work."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from forecast.checks import one_of, whole_number
from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.errors import SettingError
from forecast.evaluation.plan import Plan, plan_comparison
from forecast.models.fitting import check_windows
from forecast.models.reading import Reading
from forecast.models.recipe import learn_recipe, part_windows, splits_of
from forecast.models.settings import ForecasterSettings

VARIED = ("timesteps", "hidden_units")
MOST_VALUES = 8
SETTINGS = frozenset(field.name for field in fields(ForecasterSettings)) - {"cell"}

Plans = tuple[tuple[int | None, Plan], ...]


@dataclass(frozen=True, eq=False)  # a series has no single truth of equality
class Request:
    """One run: cells to train on a series, or on many, once or for each value of a small grid.

    Attributes:
        series: made ready by `forecast.data.series.prepare`, or many by
            `forecast.data.panel.prepare_panel`, with the covariates that the settings name.
        source: how the person named the data, such as `sample:seattle_weather` or `prices.csv`.
        cells: which cells, each once.
        settings: any settings of `Forecaster`, without `cell`.
        target: the column, or the series of a panel, where the source has several.
        test: share of the rows in the test part, above 0 and below 1.
        vary: None, or the setting that a grid of runs varies: `timesteps` or `hidden_units`.
        values: of the varied setting, 1 to 8, distinct; they take the place of that in `settings`.
        fair: what is equal between the cells: `units`, `parameters` or `time`; see `compare`.
        fair_seconds: training time of each cell, with `time`.

    Raises:
        SettingError: a setting is unknown, or lies outside its range or choices.
        DataError: the series cannot be used as it is, or lacks a covariate.
        TooFewRowsError: the series is too short for the settings.
    """

    series: TimeSeries | Panel
    source: str
    cells: tuple[str, ...]
    settings: Mapping[str, Any]
    target: str = ""
    test: float = 0.2
    vary: str | None = None
    values: tuple[int, ...] = ()
    fair: str = "units"
    fair_seconds: float | None = None

    def __post_init__(self) -> None:
        cells = (self.cells,) if isinstance(self.cells, str) else tuple(self.cells)
        object.__setattr__(self, "cells", cells)
        object.__setattr__(self, "settings", dict(self.settings))
        object.__setattr__(self, "values", _checked_values(self.vary, tuple(self.values)))
        unknown = sorted(set(self.settings) - SETTINGS)
        if unknown:
            raise SettingError(
                f"`settings` must name settings of a forecaster; got {', '.join(unknown)}. "
                f"Choose from {', '.join(sorted(SETTINGS))}."
            )
        for _, plan in self.plans():
            _check_training(plan)

    @property
    def said(self) -> str:
        """Return source and target for people; it quotes data."""
        return f"{self.source}, {self.target}" if self.target else self.source

    def plans(self) -> Plans:
        """Return the comparison to make for each value of the grid; without one, for None."""
        if self.vary is None:
            return ((None, self._plan({})),)
        return tuple((value, self._plan({self.vary: value})) for value in self.values)

    def _plan(self, varied: Mapping[str, int]) -> Plan:
        settings = {**self.settings, **varied}
        equal = {"fair": self.fair, "seconds": self.fair_seconds}
        given: dict[str, Any] = {**settings, **equal, "test": self.test}
        return plan_comparison(self.series, cells=self.cells, **given)


def _checked_values(vary: str | None, values: tuple[int, ...]) -> tuple[int, ...]:
    if vary is None:
        if values:
            raise SettingError("`values` need `vary`, 'timesteps' or 'hidden_units'; it is None.")
        return ()
    one_of("vary", vary, VARIED)
    numbers = tuple(whole_number("values", value) for value in values)
    if not 1 <= len(numbers) <= MOST_VALUES or len(set(numbers)) < len(numbers):
        raise SettingError(
            f"`values` must hold 1 to {MOST_VALUES} numbers, each once; got {list(numbers)}."
        )
    return numbers


def _check_training(plan: Plan) -> None:
    """Find out now what a fit, and the forecasts of the test part, would find out first.

    Raises:
        TooFewRowsError: there are no training windows, or too few rows for a season.
        DataError: the rows do not allow the transform, the adjustment or the calendar.
    """
    settings = next(iter(plan.networks.values())).settings
    before = plan.part.before
    splits = splits_of(settings, before)
    windows = part_windows(settings, before, [one.train for one in splits], settings.block)
    check_windows(settings, before, splits, windows)
    recipe = learn_recipe(settings, before, splits, windows)
    Reading(settings, recipe, plan.part.panel)
