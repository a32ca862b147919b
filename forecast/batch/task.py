"""One task of a run, in the worker that does it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from forecast.batch.folder import Folder
from forecast.batch.plan import Plan, check_token, plan_of
from forecast.files import renamed
from forecast.kernels.threads import VARIABLE

LOOKS = 0.5  # seconds between two looks at whether the driver is still there
ORPHANED = 3  # exit status of a worker whose driver is gone


class Task(NamedTuple):
    """What a worker is told: names and numbers, no rows.

    It must stay a tuple of plain values: Dask copies any larger object to one worker by itself, and
    a task whose arguments died with that worker can never be done again.

    Attributes:
        stage: its name.
        root: the folder of the run.
        token: of the plan that it belongs to.
        number: of the task within its stage.
        spans: of a piece of the input.
        driver: process id of the driver, where its death must end the worker.
        threads: that the task may compute in, in a worker process of its own.
    """

    stage: str
    root: str
    token: str
    number: int
    spans: tuple[tuple[int, int, int], ...] = ()
    driver: int | None = None
    threads: int = 1


class Work(NamedTuple):
    """What a task works with.

    Attributes:
        plan: of the run.
        folder: of the run.
        token: of the plan.
    """

    plan: Plan
    folder: Folder
    token: str

    @contextmanager
    def written(self, target: Path) -> Iterator[Path]:
        """Hand out a temporary path that becomes `target` once it is written.

        What a task writes depends on nothing but the plan. So it does no harm if a worker that
        outlived its driver and one of the run that was taken up again both write it: either file
        is whole, and both are the same.

        Raises:
            BatchError: the folder was given to another run meanwhile.
        """
        with renamed(target, self._check) as temporary:
            yield temporary

    def _check(self) -> None:
        check_token(self.folder, self.token)


def work_of(task: Task) -> Work:
    """Return what a task works with.

    Raises:
        BatchError: its folder was given to another run.
    """
    if task.driver is not None and os.getpid() != task.driver:
        _end_with(task.driver)
        os.environ[VARIABLE] = str(task.threads)
    return Work(plan_of(task.root, task.token), Folder(Path(task.root)), task.token)


@cache
def _end_with(driver: int) -> None:
    """End this process soon after its driver is gone: nobody would take what it does."""

    def watch() -> None:
        while os.getppid() == driver:
            time.sleep(LOOKS)
        os._exit(ORPHANED)

    # A worker that another process than the driver started is none of ours to end.
    if os.getppid() == driver:
        # Ctrl-C reaches every process of a terminal; the driver takes it, and ends its workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=watch, name="forecast-driver-watch", daemon=True).start()
