"""The fits and forecasts of a backtest, group after group of windows."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from forecast.data.panel import Panel
from forecast.errors import CancelledError
from forecast.evaluation.asking import Asked, Probe, ask, probe
from forecast.evaluation.cutoffs import Cutoffs
from forecast.evaluation.fitting import OnEpoch, fit_all
from forecast.evaluation.marks import Told
from forecast.models.baselines import is_simple
from forecast.models.contract import Model
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import Interval
from forecast.training.trainer import Cancel


class Cost(NamedTuple):
    """What a model cost: seconds of its fits, milliseconds of one forecast among many."""

    seconds: float
    milliseconds: float


class Run(NamedTuple):
    """One model of a backtest.

    Attributes:
        model: as it was fitted last.
        told: its forecasts of all windows.
        probe: whether it looked ahead.
        cost: of it.
        seen: latest row of any series that it was fitted on before the first cut-off.
    """

    model: Model
    told: Told
    probe: Probe
    cost: Cost
    seen: Any


class Rolling:
    """The fits and forecasts of a backtest, group after group of windows."""

    def __init__(
        self,
        named: Mapping[str, Model],
        panel: Panel,
        cuts: Cutoffs,
        levels: Sequence[float] | None,
        fitted: bool,
        on_epoch: OnEpoch | None,
        cancel: Cancel | None,
    ) -> None:
        self._named, self._panel, self._cuts, self._levels = named, panel, cuts, levels
        self._fitted, self._on_epoch, self._cancel = fitted, on_epoch, cancel
        self._probes: dict[str, Probe] = {}

    def runs(self) -> dict[str, Run]:
        """Return what came of each model."""
        groups = [self._group(group) for group in self._cuts.groups]
        return {
            label: Run(
                model=groups[-1][label].model,
                told=_joined([group[label].told for group in groups]),
                probe=self._probes[label],
                seen=groups[0][label].seen,
                cost=Cost(
                    sum(group[label].cost.seconds for group in groups),
                    float(np.mean([group[label].cost.milliseconds for group in groups])),
                ),
            )
            for label in self._named
        }

    def _group(self, group: range) -> dict[str, Run]:
        """Fit all models before a group of windows, and ask them about all of these."""
        models, seconds = self._fits(group)
        origins = self._cuts.origins[:, group.start : group.stop]
        found = {}
        for label, model in models.items():
            self._stop_if_asked()
            asked: Asked = ask(model, self._panel, origins, self._cuts.horizon, self._levels)
            if label not in self._probes:
                self._probes[label] = probe(model, self._panel, origins, self._cuts.horizon)
            cost = Cost(seconds[label], asked.milliseconds)
            seen = max(model.last_row().values())
            found[label] = Run(model, asked.told, self._probes[label], cost, seen)
        return found

    def _fits(self, group: range) -> tuple[dict[str, Model], dict[str, float]]:
        """Return a fitted model of each name, and the seconds its fit took."""
        training = self._panel.cut(self._cuts.training(self._panel, group))
        networks = {}
        models: dict[str, Model] = {}
        for label, model in self._named.items():
            if self._fitted and not is_simple(model):
                models[label] = model
            elif isinstance(model, Forecaster):
                networks[label] = model.clone()
        self._stop_if_asked()
        models |= fit_all(networks, training, self._on_epoch, self._cancel)
        self._stop_if_asked()
        seconds = {}
        for label, model in self._named.items():
            started = time.perf_counter()
            if label not in models:
                models[label] = model.clone().fit(training)
            seconds[label] = time.perf_counter() - started
            done = models[label]
            if isinstance(done, Forecaster):
                seconds[label] = done.learned().seconds
        return {label: models[label] for label in self._named}, seconds

    def _stop_if_asked(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise CancelledError("The backtest was cancelled.")


def _joined(parts: Sequence[Told]) -> Told:
    """Return forecasts of groups of windows as one."""
    if len(parts) == 1:
        return parts[0]
    shared = set.intersection(*(set(part.intervals) for part in parts))
    intervals = {
        level: Interval(
            *(
                np.concatenate(ends, axis=1)
                for ends in zip(*(p.intervals[level] for p in parts), strict=True)
            )
        )
        for level in sorted(shared)
    }
    grids = [part.quantiles for part in parts if part.quantiles is not None]
    whole = np.concatenate(grids, axis=1) if len(grids) == len(parts) else None
    return Told(np.concatenate([part.point for part in parts], axis=1), intervals, whole)
