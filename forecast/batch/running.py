"""A run over many series: what was asked becomes a plan, and the plan is worked off in stages."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from forecast.batch.finishing import finish
from forecast.batch.folder import Folder
from forecast.batch.forecasting import counted
from forecast.batch.pieces import Piece
from forecast.batch.plan import Plan, check_same, plan_of, read_plan, write_plan
from forecast.batch.stages import FORECAST, GATHER, ORDER, is_done, tasks_of
from forecast.batch.task import Task, Work
from forecast.batch.workers import Workers, workers_of
from forecast.errors import BatchError


class BatchProgress(NamedTuple):
    """How far a run is.

    Attributes:
        stage: `gather`, `sample`, `train` or `forecast`.
        done: tasks of the stage.
        total: tasks of the stage.
        series: gone through in the forecast stage, by this and by earlier calls.
        fresh: of these, by this call.
        seconds: since the stage began.
    """

    stage: str
    done: int
    total: int
    series: int
    fresh: int
    seconds: float


class BatchResult(NamedTuple):
    """What a run came to.

    Attributes:
        folder: where everything lies.
        series: of the input.
        forecast: of these, with a forecast.
        left_out: of these, without; see `failures.csv`.
        rows: of the input.
        seconds: that this call took.
        resumed: whether it went on with an earlier one.
        worked: series that this call went through itself.
    """

    folder: Path
    series: int
    forecast: int
    left_out: int
    rows: int
    seconds: float
    resumed: bool
    worked: int


def run(
    folder: Folder,
    plan: Plan,
    pieces: Sequence[Piece],
    *,
    workers: tuple[str | None, int | None, str | None],
    resume: bool,
    keep_work: bool,
    on_progress: Callable[[BatchProgress], None] | None,
) -> BatchResult:
    """Work off a plan in a folder; see `batch`."""
    started = time.perf_counter()
    folder.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.lock, timeout=0)
    try:
        with lock:
            token, resumed = _begun(folder, plan, resume)
            if folder.summary.exists():
                return _finished(folder, started, keep_work, fresh=0, resumed=resumed)
            work = Work(plan_of(str(folder.root), token), folder, token)
            folder.make()
            folder.remove_temporary()
            driver = _Driver(work, pieces, on_progress)
            with workers_of(*workers) as hands:
                for stage in ORDER:
                    driver.stage(stage, hands)
            finish(work)
            return _finished(folder, started, keep_work, fresh=driver.fresh, resumed=resumed)
    except Timeout:
        raise BatchError(
            f"Another process works in {folder.root}. Wait for its end, or choose another folder."
        ) from None


def _begun(folder: Folder, plan: Plan, resume: bool) -> tuple[str, bool]:
    """Write the plan, or see that the one in the folder is the same; say which it was.

    Raises:
        BatchError: the folder holds a run that is not to be resumed, another one, or other things.
    """
    if folder.plan.exists():
        told, token = read_plan(folder)
        if not resume:
            raise BatchError(
                f"{folder.root} holds a run already. Go on with it by --resume (resume=True), or "
                "write to another folder."
            )
        check_same(folder, told, plan.as_json())
        return token, True
    folder.remove_temporary()
    others = [one.name for one in folder.root.iterdir() if one != folder.lock]
    if others:
        raise BatchError(
            f"{folder.root} must be empty, or hold a run to resume; it holds "
            f"{sorted(others)[0]!r}. Name a new folder."
        )
    return write_plan(folder, plan), False


def _finished(
    folder: Folder, started: float, keep_work: bool, *, fresh: int, resumed: bool
) -> BatchResult:
    """Return what a finished run came to, and clear up."""
    if not keep_work:
        folder.remove_work()
    folder.remove_temporary()
    told = json.loads(folder.summary.read_text())
    counts = {name: told[name] for name in ("series", "forecast", "left_out", "rows")}
    seconds = time.perf_counter() - started
    return BatchResult(folder.root, **counts, seconds=seconds, resumed=resumed, worked=fresh)


class _Driver:
    """Hands tasks out, and tells how far they are; it sees names and counts, no rows."""

    def __init__(
        self,
        work: Work,
        pieces: Sequence[Piece],
        on_progress: Callable[[BatchProgress], None] | None,
    ) -> None:
        self._work, self._pieces, self._on_progress = work, pieces, on_progress
        self.fresh = 0

    def stage(self, stage: str, workers: Workers) -> None:
        """Do the tasks of a stage that are not done yet."""
        numbers = tasks_of(self._work, stage)
        todo = [one for one in numbers if not is_done(self._work, stage, one)]
        done, started, series = len(numbers) - len(todo), time.perf_counter(), 0
        if stage == FORECAST:
            series = sum(counted(self._work, one).series for one in set(numbers) - set(todo))
        self._tell(stage, done, len(numbers), series, started)
        for result in workers.results([self._task(stage, one) for one in todo]):
            done += 1
            if stage == FORECAST:
                series, self.fresh = series + result.series, self.fresh + result.series
            self._tell(stage, done, len(numbers), series, started)

    def _task(self, stage: str, number: int) -> Task:
        spans = self._pieces[number] if stage == GATHER else ()
        root = str(self._work.folder.root.absolute())
        return Task(stage, root, self._work.token, number, spans)

    def _tell(self, stage: str, done: int, total: int, series: int, started: float) -> None:
        if self._on_progress is not None:
            seconds = time.perf_counter() - started
            self._on_progress(BatchProgress(stage, done, total, series, self.fresh, seconds))
