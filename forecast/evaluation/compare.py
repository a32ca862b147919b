"""Train cells on the rows before a test part, and score them beside the baselines on it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from forecast.checks import whole_number
from forecast.data.series import SeriesLike, TimeSeries, prepare
from forecast.data.splits import chronological
from forecast.data.windows import windows_in
from forecast.errors import SettingError, TooFewRowsError
from forecast.evaluation.comparison import COLUMNS, Comparison
from forecast.evaluation.scores import Score, TestPart, prediction_frame, score
from forecast.models.baselines import Drift, Mean, Naive, SeasonalNaive
from forecast.models.contract import Model
from forecast.models.fitting import Fitted
from forecast.models.forecaster import Forecaster
from forecast.nn.cells import cell_named
from forecast.training.history import Progress
from forecast.training.trainer import Cancel

CELLS = ("simple_rnn", "gru", "lstm")


def compare(
    y: SeriesLike | TimeSeries,
    *,
    cells: Sequence[str] = CELLS,
    timesteps: int = 24,
    hidden_units: int = 64,
    horizon: int = 1,
    test: float = 0.2,
    season: int | None = None,
    on_epoch: Callable[[str, Progress], None] | None = None,
    cancel: Cancel | None = None,
    **settings: Any,
) -> Comparison:
    """Compare recurrent cells with each other and with the naive forecasts.

    The last rows are the test part. Each cell is a `Forecaster` fitted on the rows before it; then
    every model forecasts from every row of the test part, without refitting.

    Args:
        y: see `forecast.data.series.prepare`.
        cells: which cells, each once.
        timesteps: length of the input window, in rows.
        hidden_units: size of the hidden state.
        horizon: rows ahead.
        test: share of the rows in the test part, above 0 and below 1.
        season: rows in a season, for SeasonalNaive and MASE; None takes that of the frequency, or
            1 where the rows before the test part do not hold two seasons.
        on_epoch: called after every epoch, with the cell's label first.
        cancel: asked before every batch; once set, the cell in training keeps its best weights,
            and cells not begun are left out.
        **settings: any other setting of `Forecaster`.

    Raises:
        SettingError: a setting lies outside its range or choices.
        DataError: the series cannot be used as it is.
        TooFewRowsError: the series is too short for the settings.
        NonFiniteLossError: a cell's training diverged.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> result = fc.compare(y, cells=["gru"], timesteps=12, hidden_units=8, epochs=3)
        >>> result.table["model"].tolist()
        ['GRU', 'Naive', 'SeasonalNaive', 'Drift', 'Mean']
    """
    labels = _labels(cells)
    given = {"timesteps": timesteps, "hidden_units": hidden_units, "horizon": horizon} | settings
    networks = {label: Forecaster(cell, **given) for label, cell in labels.items()}
    series = prepare(y)
    part = _test_part(series, next(iter(networks.values())), test=test, season=season)
    models: dict[str, Model] = {}
    for label, network in networks.items():
        if cancel is None or not (models and cancel.is_set()):
            told = None if on_epoch is None else _labelled(on_epoch, label)
            models[label] = network.fit(part.before, on_epoch=told, cancel=cancel)
    seconds = {
        label: network.fitted_.seconds for label, network in networks.items() if network.fitted_
    }
    for baseline in (Naive(), SeasonalNaive(part.season), Drift(), Mean()):
        started = time.perf_counter()
        models[baseline.label] = baseline.fit(part.before)
        seconds[baseline.label] = time.perf_counter() - started
    chosen = {"test": test, "season": part.season}
    return _scored(part, models, seconds, chosen)


def _labels(cells: Sequence[str]) -> dict[str, str]:
    """Return cells by label.

    Raises:
        SettingError: there is none, one is unknown, or one stands twice.
    """
    found = [cell_named(cell) for cell in ([cells] if isinstance(cells, str) else cells)]
    if not found or len({cell.name for cell in found}) < len(found):
        raise SettingError(f"`cells` must name at least one cell, each once; got {list(cells)}.")
    return {cell.label: cell.name for cell in found}


def _labelled(on_epoch: Callable[[str, Progress], None], label: str) -> Callable[[Progress], None]:
    return lambda progress: on_epoch(label, progress)


def _test_part(
    series: TimeSeries, network: Forecaster, *, test: float, season: int | None
) -> TestPart:
    """Set the test part aside and collect its windows."""
    settings = network.settings
    if not 0 < test < 1:
        raise SettingError(f"`test` must be above 0 and below 1; got {test!r}.")
    parts = chronological(
        len(series), validation=0, calibration=0, test=test, least=settings.horizon
    )
    windows = windows_in(
        series,
        parts.test,
        timesteps=settings.timesteps,
        horizon=settings.horizon,
        gaps=settings.gaps,
    )
    if len(windows) == 0:
        raise TooFewRowsError(
            f"The test part of {series.name!r}, {len(parts.test)} of {len(series)} rows, holds no "
            f"window of {settings.timesteps} + {settings.horizon} rows. Use a larger `test`, a "
            "smaller `timesteps` or `horizon`, or more rows."
        )
    before = series.rows(0, parts.test.start)
    if season is None:
        season = series.season if len(before) >= 2 * series.season else 1
    return TestPart(windows, before, whole_number("season", season))


def _scored(
    part: TestPart, models: dict[str, Model], seconds: dict[str, float], chosen: dict[str, Any]
) -> Comparison:
    windows = part.windows
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
        data=_described(part, networks[0].fitted_),
        settings=_settings(networks) | chosen,
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        predictions=prediction_frame(part, forecasts),
        history=history[["cell", *(name for name in history if name != "cell")]],
        models=models,
        statistics={label: one.statistic for label, one in scores.items()},
    )


def _row(label: str, model: Model, seconds: float, scored: Score) -> dict[str, Any]:
    epochs = len(model.history_) if isinstance(model, Forecaster) else 0
    said = "the naive forecast itself" if label == "Naive" else scored.verdict
    cost = {"model": label, "parameters": model.parameter_count, "seconds": seconds}
    return cost | {"epochs": epochs} | scored._asdict() | {"verdict": said}


def _settings(networks: list[Forecaster]) -> dict[str, Any]:
    settings = asdict(networks[0].settings)
    del settings["cell"]
    return {"cells": [network.settings.cell for network in networks]} | settings


def _described(part: TestPart, fitted: Fitted | None) -> dict[str, Any]:
    """Describe the data and its parts in plain values."""
    series = part.windows.series
    ranges = {} if fitted is None else fitted.parts._asdict()
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
