"""The stages of a run by name: what a worker calls, and how the driver sees a task is done."""

from collections.abc import Callable
from typing import Any

from forecast.batch import forecasting, gathering, training
from forecast.batch.task import Task, Work
from forecast.errors import BatchError, MissingExtraError, NonFiniteLossError

GATHER, SAMPLE, TRAIN, FORECAST = "gather", "sample", "train", "forecast"
STAGES: dict[str, Callable[[Task], Any]] = {
    GATHER: gathering.gather,
    SAMPLE: training.sample,
    TRAIN: training.train,
    FORECAST: forecasting.forecast,
}
ORDER = (GATHER, SAMPLE, TRAIN, FORECAST)


def perform(task: Task) -> Any:
    """Do a task; what a worker calls.

    Raises:
        ForecastError: it failed; one that can be sent to the driver.
    """
    try:
        return STAGES[task.stage](task)
    except (NonFiniteLossError, MissingExtraError) as error:
        # These say more than a message, and cannot be made again from that alone.
        raise BatchError(str(error)) from None


def tasks_of(work: Work, stage: str) -> range:
    """Return the numbers of the tasks of a stage."""
    plan = work.plan
    if stage in (SAMPLE, TRAIN) and plan.model is not None:
        return range(0)
    if stage == TRAIN:
        return range(1 if plan.local else len(plan.settings))
    return range(plan.pieces if stage == GATHER else plan.partitions)


def is_done(work: Work, stage: str, number: int) -> bool:
    """Say whether a task was done."""
    folder = work.folder
    if stage == GATHER:
        return folder.rows(number).exists()
    if stage == SAMPLE:
        return folder.sample(number).exists()
    if stage == TRAIN:
        return training.target_of(work, number).exists()
    return forecasting.done(work, number)
