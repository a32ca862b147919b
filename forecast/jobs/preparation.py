"""From a request to a run that only waits for workers; done without the service's lock."""

import secrets
from functools import reduce
from pathlib import Path

import numpy as np

from forecast.jobs.request import Plans, Request
from forecast.jobs.run import Live, Run
from forecast.jobs.task import Task
from forecast.jobs.wire import packed_series, packed_settings

LIVE_TARGETS = 300  # of the test part that a live forecast covers, at most


def prepared_run(request: Request, owner: str, folder: Path) -> Run:
    """Plan a run, with everything its workers will be told."""
    name, plans = secrets.token_urlsafe(9), request.plans()
    live = _live(plans)
    # The plan's series has its covariates in the order in which the networks read them.
    series = packed_series(plans[0][1].part.windows.series)
    origins = live.origins.tolist()
    tasks: list[Task] = []
    for value, plan in plans:
        for label, network in plan.networks.items():
            task = f"{name}.{len(tasks)}"
            path = folder / f"{task}.safetensors"
            message = {
                "job": "fit",
                "id": task,
                "series": series,
                "rows": len(plan.part.before),
                "origins": origins,
                "settings": packed_settings(network.settings),
                "path": str(path),
                "seconds": plan.seconds,
            }
            epochs = network.settings.epochs * network.settings.seeds
            tasks.append(Task(task, label, value, message, path, epochs, limit=plan.seconds))
    return Run(name, owner, request, plans, tasks, live)


def _live(plans: Plans) -> Live:
    """Choose the last test targets that every value of the grid forecasts."""
    shared = reduce(np.intersect1d, (plan.part.windows.origins for _, plan in plans))
    origins = shared[-LIVE_TARGETS:]
    series = plans[0][1].part.windows.series
    y = series.observed_values().to_numpy()[origins + 1]
    return Live(origins, tuple(series.index[origins + 1]), tuple(y.tolist()))
