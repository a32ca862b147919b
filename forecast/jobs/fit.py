"""One job of a worker: fit a cell, tell of every epoch, save the model."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from forecast.data.panel import Panel, as_panel
from forecast.data.series import prepare
from forecast.data.windows import Origins
from forecast.evaluation.parting import first_rows
from forecast.jobs.control import Control, TimedControl
from forecast.jobs.wire import packed_numbers, unpacked_series, unpacked_settings
from forecast.models.fitted import FitProgress
from forecast.models.forecaster import Forecaster

LIVE_SECONDS = 0.4  # between two live forecasts, at least
LIVE_REST = 9  # times its own cost that a live forecast waits for, so that it takes a tenth at most

Job = Mapping[str, Any]
Tell = Callable[[dict[str, Any]], None]


def warm() -> None:
    """Do everything once that is slow the first time."""
    import forecast.models.persistence  # noqa: F401  (`save` loads it late)

    rows = prepare([math.sin(row) for row in range(40)])
    Forecaster(timesteps=4, hidden_units=2, epochs=1).fit(rows)


def fit(job: Job, control: Control, tell: Tell) -> None:
    """Fit the model of a job; see `forecast.jobs.wire` for the messages.

    Raises:
        ForecastError: the series is too short, the training diverged, the model cannot be saved.
    """
    model = Forecaster(**unpacked_settings(job["settings"]))
    engine = model.settings.chosen_engine()
    tell({"event": "started", "id": job["id"], "engine": engine})
    rows = as_panel(unpacked_series(job["series"]))
    taught = np.array(job["rows"], dtype=np.intp)
    live = first_rows(rows, np.arange(len(rows)) == job["live"], rows.lengths)
    origins: Origins = np.array(job["origins"], dtype=np.intp)
    report = _Report(job["id"], tell, live, origins)
    until = TimedControl(
        job["seconds"], control, lambda: tell({"event": "ending", "id": job["id"]})
    )
    model.fit(first_rows(rows, taught > 0, taught), on_epoch=report, cancel=until)
    kept = model.learned().best_epoch > 0
    if kept:
        model.save(job["path"])
    done = {"event": "done", "id": job["id"], "kept": kept, "engine": model.engine_}
    over = model.learned().stopped_by == "cancel" and not control.stopped
    done |= {"stopped_by": "time" if over else model.learned().stopped_by}
    if kept and len(origins):
        ahead = model.forecast_from(live, origins, model.settings.block)
        done["live"] = packed_numbers(ahead[:, 0])
    tell(done)


class _Report:
    """Tells of epochs, with a live forecast every now and then."""

    def __init__(self, job: str, tell: Tell, series: Panel, origins: Origins) -> None:
        self._job, self._tell, self._series, self._origins = job, tell, series, origins
        self._next = 0.0

    def __call__(self, progress: FitProgress) -> None:
        event = {"event": "epoch", "id": self._job, "record": packed_numbers(progress.record)}
        started = time.monotonic()
        if len(self._origins) and started >= self._next:
            live = progress.forecast(self._series, self._origins)[:, 0]
            event["live"] = packed_numbers(live)
            now = time.monotonic()
            self._next = now + max(LIVE_SECONDS, LIVE_REST * (now - started))
        self._tell(event)
