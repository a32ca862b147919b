"""A comparison in two halves: what is to be fitted, and what comes of it once it is.

Between them the networks may be fitted anywhere: one after another in this process, or each in a
process of its own.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from forecast.checks import real_number, whole_number
from forecast.data.columns import SeriesLike
from forecast.data.series import TimeSeries, prepare
from forecast.data.splits import chronological
from forecast.data.transforms import differs
from forecast.data.windows import windows_in
from forecast.errors import CancelledError, SettingError, TooFewRowsError
from forecast.evaluation.comparison import COLUMNS, Comparison
from forecast.evaluation.scores import Score, TestPart, prediction_frame, score
from forecast.models.baselines import Drift, Mean, Naive, SeasonalNaive
from forecast.models.contract import Model
from forecast.models.fitted import Fitted
from forecast.models.forecaster import Forecaster
from forecast.nn.cells import cell_named


@dataclass(frozen=True)
class Plan:
    """What a comparison will fit and score.

    Attributes:
        part: the test part, and the rows before it, which the networks are fitted on.
        networks: by label, not fitted.
        chosen: share of the test part and season.
    """

    part: TestPart
    networks: Mapping[str, Forecaster]
    chosen: Mapping[str, Any]


def plan_comparison(
    y: SeriesLike | TimeSeries,
    *,
    cells: Sequence[str],
    test: float = 0.2,
    season: int | None = None,
    **settings: Any,
) -> Plan:
    """Check everything and set the test part aside; see `compare` for arguments and errors."""
    networks = {label: Forecaster(cell, **settings) for label, cell in _labels(cells).items()}
    real_number("test", test, above=0, below=1)
    columns = next(iter(networks.values())).settings.columns()
    # Test rows have no say in the frequency either.
    series = prepare(y, trusted=1 - test, columns=columns)
    part = _test_part(series, next(iter(networks.values())), test=test, season=season)
    return Plan(part, networks, {"test": test, "season": part.season})


def conclude(plan: Plan, fitted: Mapping[str, Forecaster]) -> Comparison:
    """Score fitted networks beside the baselines.

    Args:
        plan: of the comparison.
        fitted: by label, each fitted on the rows before the plan's test part. Networks that
            were cancelled before their first epoch ended are left out.

    Raises:
        CancelledError: none is left.
        NotFittedError: a network is not fitted.
    """
    trained = {label: one for label, one in fitted.items() if len(one.learned().history) > 0}
    if not trained:
        raise CancelledError("The comparison was cancelled before any cell finished an epoch.")
    models: dict[str, Model] = dict(trained)
    seconds = {label: network.learned().seconds for label, network in trained.items()}
    for baseline in (Naive(), SeasonalNaive(plan.part.season), Drift(), Mean()):
        started = time.perf_counter()
        models[baseline.label] = baseline.fit(plan.part.before)
        seconds[baseline.label] = time.perf_counter() - started
    return _scored(plan, models, seconds)


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


def _scored(plan: Plan, models: dict[str, Model], seconds: dict[str, float]) -> Comparison:
    part, windows = plan.part, plan.part.windows
    forecasts = {
        label: model.forecast_from(windows.series, windows.origins, windows.horizon)
        for label, model in models.items()
    }
    scores = {label: score(part, f, forecasts["Naive"]) for label, f in forecasts.items()}
    rows = [_row(label, models[label], seconds[label], scores[label]) for label in models]
    networks = [model for model in models.values() if isinstance(model, Forecaster)]
    histories = [model.history_.assign(cell=model.label) for model in networks]
    history = pd.concat(histories, ignore_index=True)
    return Comparison(
        data=_described(part, networks[0].learned()),
        settings=_settings(networks) | dict(plan.chosen),
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        predictions=prediction_frame(part, forecasts),
        history=history[["cell", *(name for name in history if name != "cell")]],
        models=models,
        tests={label: one.test for label, one in scores.items()},
    )


def _row(label: str, model: Model, seconds: float, scored: Score) -> dict[str, Any]:
    epochs = len(model.history_) if isinstance(model, Forecaster) else 0
    said = "the naive forecast itself" if label == "Naive" else scored.verdict
    cost = {"model": label, "parameters": model.parameter_count, "seconds": seconds}
    return cost | {"epochs": epochs} | scored._asdict() | {"verdict": said}


def _settings(networks: list[Forecaster]) -> dict[str, Any]:
    settings = asdict(networks[0].settings)
    del settings["cell"], settings["threads"]  # no result depends on the threads
    settings["engine"] = networks[0].engine_
    return {"cells": [network.settings.cell for network in networks]} | settings


def _described(part: TestPart, fitted: Fitted) -> dict[str, Any]:
    """Describe the data and its parts in plain values."""
    series = part.windows.series
    ranges = fitted.parts._asdict()
    ranges["test"] = range(len(part.before), len(series))
    return {
        "name": series.name,
        "rows": len(series),
        "filled": int((~series.observed).sum()),
        "frequency": series.frequency,
        "season": part.season,
        "first": str(series.index[0]),
        "last": str(series.index[-1]),
        "parts": {name: _range(series, rows) for name, rows in ranges.items()},
        "test_windows": len(part.windows),
    }


def _range(series: TimeSeries, rows: range) -> dict[str, Any]:
    ends = (None, None) if not rows else (str(series.index[rows[0]]), str(series.index[rows[-1]]))
    return {"rows": len(rows), "first": ends[0], "last": ends[1]}
