"""A comparison that is kept: trained in this process, and written through to a run store."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.evaluation.comparison import Comparison
from forecast.evaluation.conclusion import conclude
from forecast.evaluation.fitting import OnEpoch, fit_all
from forecast.evaluation.grid import grid_rows
from forecast.evaluation.plan import Plan, plan_comparison
from forecast.models.fitted import FitProgress
from forecast.models.forecaster import Forecaster
from forecast.storage.calls import asked_settings
from forecast.storage.names import new_id
from forecast.storage.records import (
    DONE,
    FAILED,
    STOPPED,
    CellEnded,
    CellPlan,
    CellStarted,
    Change,
    EpochEnded,
    KeptRun,
    RunDraft,
    RunStarted,
)
from forecast.storage.run_store import RunStore
from forecast.training.trainer import Cancel

INTERRUPTED = "It was interrupted; the finished epochs were kept. Run it again."
MINE = "local"  # the owner of what one's own command line keeps


class Wanted(NamedTuple):
    """A comparison to keep.

    Attributes:
        source: what the data is, such as `sample:sp500` or `prices.csv`.
        target: the column, or the series of a panel.
        asked: `cells`, `settings`, `test`, `vary`, `values`, `fair`, `fair_seconds`; see
            `RunDraft`.
        owner: who asks for it.
        name: shown to people; may be blank.
        engines: that single cells compute with, by label and value of the grid.
    """

    source: str
    target: str
    asked: Mapping[str, Any]
    owner: str = MINE
    name: str = ""
    engines: Mapping[tuple[str, int | None], str] = {}


class Kept(NamedTuple):
    """A comparison that was kept.

    Attributes:
        id: of the run.
        result: of a grid, that of its first value.
        grid: of a grid, the scores of all its values; else None.
    """

    id: str
    result: Comparison
    grid: pd.DataFrame | None


def asked_of(
    cells: Sequence[str], settings: Mapping[str, Any], *, test: float = 0.2, fair: str = "units",
    fair_seconds: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what is asked of a comparison as JSON can hold it; see `compare` for the arguments."""
    plain = {
        name: asdict(one) if is_dataclass(one) and not isinstance(one, type) else one
        for name, one in settings.items()
        if name != "threads"  # no result depends on it
    }
    return {
        "cells": list(cells),
        "settings": plain,
        "test": test,
        "vary": None,
        "values": [],
        "fair": fair,
        "fair_seconds": fair_seconds,
    }


def wanted_again(run: KeptRun, owner: str = MINE) -> Wanted:
    """Return what trains a kept run once more, with the engine that each cell computed with."""
    engines = {(cell.label, cell.value): cell.engine for cell in run.cells if cell.engine}
    return Wanted(run.source, run.target, run.asked, owner, run.name, engines)


def keep_comparison(
    store: RunStore,
    series: TimeSeries | Panel,
    wanted: Wanted,
    *,
    on_epoch: OnEpoch | None = None,
    cancel: Cancel | None = None,
) -> Kept:
    """Train a comparison, and keep every epoch as soon as it has ended.

    Args:
        store: that keeps it.
        series: made ready, one or many, with the covariates that the settings name.
        wanted: what to train.
        on_epoch: see `compare`; of a grid, the label has the value after it.
        cancel: see `compare`.

    Raises:
        ForecastError: as `compare`; the run is then kept as failed.
        StoreError: it cannot be written.
    """
    plans = _plans(series, wanted)
    keeper = _Keeper(store, new_id(), plans)
    store.begin(keeper.draft(wanted), series)
    store.write([RunStarted(keeper.run, time.time())])
    try:
        found = [keeper.compared(value, plan, on_epoch, cancel) for value, plan in plans]
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        said = INTERRUPTED if stopped else str(error)
        state = STOPPED if stopped else FAILED
        store.finish(keeper.run, state, said, None, None, time.time())
        raise
    is_grid = plans[0][0] is not None
    tables = [grid_rows(value, one) for (value, _), one in zip(plans, found, strict=True)]
    grid = pd.concat(tables, ignore_index=True) if is_grid else None
    state = STOPPED if cancel is not None and cancel.is_set() else DONE
    store.finish(keeper.run, state, None, found[0], grid, time.time())
    return Kept(keeper.run, found[0], grid)


def _plans(series: TimeSeries | Panel, wanted: Wanted) -> list[tuple[int | None, Plan]]:
    asked = wanted.asked
    settings = asked_settings(asked)
    values = tuple(asked["values"]) or (None,)
    plans = []
    for value in values:
        varied = {} if value is None else {asked["vary"]: value}
        plan = plan_comparison(
            series, cells=asked["cells"], test=asked["test"], fair=asked["fair"],
            seconds=asked["fair_seconds"], **{**settings, **varied},
        )  # fmt: skip
        plans.append((value, _with_engines(plan, value, wanted.engines)))
    return plans


def _with_engines(
    plan: Plan, value: int | None, engines: Mapping[tuple[str, int | None], str]
) -> Plan:
    pinned = {
        label: Forecaster(
            **{**vars(one.settings), "engine": engines.get((label, value), one.settings.engine)}
        )
        for label, one in plan.networks.items()
    }
    return replace(plan, networks=pinned)


class _Keeper:
    """Writes one run through to its store."""

    def __init__(self, store: RunStore, run: str, plans: Sequence[tuple[int | None, Plan]]) -> None:
        self.run, self._store, self._plans = run, store, plans
        places = [(value, label) for value, plan in plans for label in plan.networks]
        self._numbers = {place: number for number, place in enumerate(places)}

    def draft(self, wanted: Wanted) -> RunDraft:
        """Return the run before it begins."""
        cells = tuple(
            CellPlan(label, value, one.settings.epochs * one.settings.seeds, plan.seconds)
            for value, plan in self._plans
            for label, one in plan.networks.items()
        )
        return RunDraft(
            self.run, wanted.owner, wanted.name, wanted.source, wanted.target, wanted.asked,
            cells, time.time(),
        )  # fmt: skip

    def compared(
        self, value: int | None, plan: Plan, on_epoch: OnEpoch | None, cancel: Cancel | None
    ) -> Comparison:
        """Fit the networks of one plan, tell of every epoch, and score them."""
        numbers = {label: self._numbers[value, label] for label in plan.networks}

        def told(label: str, progress: FitProgress) -> None:
            self._store.write([EpochEnded(self.run, numbers[label], progress.record)])
            if on_epoch is not None:
                on_epoch(label if value is None else f"{label} {value}", progress)

        started: list[Change] = [
            CellStarted(self.run, numbers[label], one.settings.chosen_engine())
            for label, one in plan.networks.items()
        ]
        self._store.write(started)
        fitted = fit_all(plan.networks, plan.part.before, told, cancel, seconds=plan.seconds)
        ended: list[Change] = [
            CellEnded(self.run, numbers[label], _state(one, plan), None)
            for label, one in fitted.items()
        ]
        self._store.write(ended)
        return conclude(plan, fitted)


def _state(fitted: Forecaster, plan: Plan) -> str:
    cancelled = fitted.learned().stopped_by == "cancel"
    return STOPPED if cancelled and plan.seconds is None else DONE
