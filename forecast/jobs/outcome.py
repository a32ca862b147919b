"""From the models that workers saved to the result of a run."""

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import pandas as pd

from forecast.evaluation.comparison import Comparison
from forecast.evaluation.conclusion import conclude
from forecast.evaluation.grid import grid_rows
from forecast.jobs.request import Plans
from forecast.jobs.task import Task
from forecast.models.forecaster import Forecaster

_ONE_AT_A_TIME = Lock()  # holding BLAS to one thread is for a whole process


class Outcome(NamedTuple):
    """What a run came to; see `RunSnapshot`."""

    result: Comparison | None
    grid: pd.DataFrame | None


def outcome_of(plans: Plans, tasks: Sequence[Task]) -> Outcome:
    """Load the kept models of the ended tasks, score them, and remove their files.

    Raises:
        ArchiveError: a model cannot be read.
    """
    with _ONE_AT_A_TIME:
        found = [(value, result) for value, result in _compared(plans, tasks) if result is not None]
    for task in tasks:
        task.path.unlink(missing_ok=True)
    is_grid = plans[0][0] is not None
    tables = [grid_rows(value, result) for value, result in found] if is_grid else []
    grid = pd.concat(tables, ignore_index=True) if tables else None
    return Outcome(found[0][1] if found else None, grid)


def _compared(plans: Plans, tasks: Sequence[Task]) -> list[tuple[int | None, Comparison | None]]:
    """Return the comparison for each value; None where no cell was fitted."""
    compared = []
    for value, plan in plans:
        kept = [task for task in tasks if task.value == value and task.kept]
        fitted = {task.label: Forecaster.load(task.path) for task in kept}
        compared.append((value, conclude(plan, fitted) if fitted else None))
    return compared
