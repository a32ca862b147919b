"""Pictures of runs for readers: whole, immutable, and safe to keep."""

from typing import Any, NamedTuple

import pandas as pd

from forecast.evaluation.comparison import Comparison
from forecast.jobs.request import Request
from forecast.training.history import Epoch

QUEUED, WAITING, RUNNING, PAUSED = "queued", "waiting", "running", "paused"
ACTIVE = (QUEUED, RUNNING, PAUSED)  # states of a run that has not ended
DONE, STOPPED, FAILED = "done", "stopped", "failed"


class CellState(NamedTuple):
    """One cell of a run, for one value where the run is a grid.

    Attributes:
        label: how the cell is shown.
        value: of the grid, or None.
        state: `waiting`, `running`, `paused`, `done`, `stopped` or `failed`.
        epochs: asked for, of all networks together where there are several `seeds`.
        history: the finished epochs; of several networks, their numbers are counted on.
        live: newest forecast of the test part, one step ahead, aligned with
            `RunSnapshot.live_ds`; empty before the first, of the kept weights at the end.
        seconds_left: by the mean of the finished epochs; None before the first, 0 at the end.
        error: why it failed, or None.
        engine: `numba` or `numpy`, once it has begun.
        limit: seconds of training that end it, or None where epochs do.
    """

    label: str
    value: int | None
    state: str
    epochs: int
    history: tuple[Epoch, ...]
    live: tuple[float, ...]
    seconds_left: float | None
    error: str | None
    engine: str | None
    limit: float | None = None


class RunSnapshot(NamedTuple):
    """One run at one moment.

    Attributes:
        id: unguessable.
        owner: who submitted it.
        state: `queued`, `running`, `paused`, `done`, `stopped` or `failed`.
        place: in the queue, from 1; 0 when not queued.
        version: grows with every change.
        request: what was asked for.
        cells: one a cell, or a value and cell, in the order of the request.
        live_ds: timestamps or row numbers of the live forecast, the last test targets.
        live_y: observed there, NaN where a value was filled.
        live_name: of the series that is; of a panel one stands for all.
        result: once finished with at least one fitted cell; of a grid, that of the first value
            that has one.
        grid: of a grid, once finished: value, and the columns of `Comparison.table`, for each
            fitted cell and Naive.
        error: why the run failed, or None.
        note: why it was stopped, where no person did it, or None.
        lasting: whether it goes on though nobody looks at it.
        stopping: whether it was stopped, and its cells are still ending or being scored.
        unkept: why the run store does not hold all of it, or None.
        submitted, started, finished: seconds since the epoch, None where it has not come to that.
    """

    id: str
    owner: str
    state: str
    place: int
    version: int
    request: Request
    cells: tuple[CellState, ...]
    live_ds: tuple[Any, ...]
    live_y: tuple[float, ...]
    result: Comparison | None
    grid: pd.DataFrame | None
    error: str | None
    submitted: float
    started: float | None
    finished: float | None
    note: str | None = None
    lasting: bool = False
    stopping: bool = False
    unkept: str | None = None
    live_name: str = ""
