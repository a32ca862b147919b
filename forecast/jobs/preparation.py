"""From a request to a run that only waits for workers; done without the service's lock."""

from functools import reduce
from pathlib import Path

import numpy as np

from forecast.errors import SettingError
from forecast.evaluation.plan import Plan
from forecast.jobs.request import Plans, Request
from forecast.jobs.run import Live, Run
from forecast.jobs.task import Task
from forecast.jobs.wire import packed_series, packed_settings
from forecast.models.settings import ForecasterSettings
from forecast.storage.names import new_id

# Weights, gradients, two moments, the best weights, a copy on the way in and one on the way out.
BYTES_A_WEIGHT = 4 * 7
LIVE_TARGETS = 300  # of the test part that a live forecast covers, at most


def prepared_run(request: Request, owner: str, folder: Path, megabytes: int) -> Run:
    """Plan a run, with everything its workers will be told.

    Raises:
        SettingError: the weights of a cell need more memory than a worker may take.
    """
    name, plans = new_id(), request.plans()
    for _, plan in plans:
        for network in plan.networks.values():
            _check_memory(network.settings, plan, megabytes)
    live = _live(plans)
    # The plan's series has its covariates in the order in which the networks read them.
    series = packed_series(plans[0][1].part.rows)
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
                "rows": plan.part.taught().tolist(),
                "live": live.number,
                "origins": origins,
                "settings": packed_settings(network.settings),
                "path": str(path),
                "seconds": plan.seconds,
            }
            epochs = network.settings.epochs * network.settings.seeds
            tasks.append(Task(task, label, value, message, path, epochs, limit=plan.seconds))
    return Run(name, owner, request, plans, tasks, live)


def _check_memory(settings: ForecasterSettings, plan: Plan, megabytes: int) -> None:
    columns = plan.part.data.flat.columns
    past = [name for name in columns if name not in settings.future_covariates]
    weights = settings.network(past=len(past)).parameter_count
    needed = weights * BYTES_A_WEIGHT / 2**20
    if needed > megabytes:
        raise SettingError(
            f"`hidden_units` of {settings.hidden_units:,} make {weights:,} weights, which need "
            f"about {needed:,.0f} MB of memory; a training may take {megabytes:,} MB here. Use "
            "fewer `hidden_units` or `layers`."
        )


def _live(plans: Plans) -> Live:
    """Choose the last test targets that every value of the grid forecasts, of one series."""
    one = plans[0][1].part.panel.ids[0]
    shared = reduce(np.intersect1d, (plan.part.origins_of(one) for _, plan in plans))
    origins = shared[-LIVE_TARGETS:]
    data = plans[0][1].part.data
    number = data.ids.index(one)
    series = data.one(number)
    y = series.observed_values().to_numpy()[origins + 1]
    return Live(origins, tuple(series.index[origins + 1]), tuple(y.tolist()), number, series.name)
