"""What the run store takes and gives: plain values, without a database behind them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from forecast.training.history import Epoch

QUEUED, RUNNING, PAUSED = "queued", "running", "paused"
WAITING = "waiting"  # of a cell
DONE, STOPPED, FAILED = "done", "stopped", "failed"
ENDS = (DONE, STOPPED, FAILED)
STATES = (QUEUED, RUNNING, PAUSED, *ENDS)  # of a run


class CellPlan(NamedTuple):
    """One cell of a run before it begins.

    Attributes:
        label: how the cell is shown.
        value: of the grid, or None.
        epochs: asked for.
        limit: seconds of training that end it, or None where epochs do.
    """

    label: str
    value: int | None
    epochs: int
    limit: float | None = None


class RunDraft(NamedTuple):
    """A run before it begins.

    Attributes:
        id: unguessable; 8 to 64 letters, digits, `-` and `_`.
        owner: who asked for it.
        name: shown to people, who may change it; may be blank.
        source: what the data is, such as `sample:seattle_weather`.
        target: the column, or the series of a panel, where the source has several.
        asked: what JSON can hold: `cells`, `settings`, `test`, `vary`, `values`, `fair`,
            `fair_seconds`.
        cells: in the order of their numbers, which count from 0.
        submitted: seconds since the epoch.
    """

    id: str
    owner: str
    name: str
    source: str
    target: str
    asked: Mapping[str, Any]
    cells: tuple[CellPlan, ...]
    submitted: float


class RunStarted(NamedTuple):
    """A run left the queue.

    Attributes:
        run: its id.
        at: seconds since the epoch.
    """

    run: str
    at: float


class RunPaused(NamedTuple):
    """A run was paused, or goes on.

    Attributes:
        run: its id.
        paused: whether it, and its cells at work, rest from now on.
    """

    run: str
    paused: bool


class CellStarted(NamedTuple):
    """A cell began to train.

    Attributes:
        run: id of its run.
        cell: its number, from 0.
        engine: `numba` or `numpy`.
    """

    run: str
    cell: int
    engine: str


class EpochEnded(NamedTuple):
    """A cell finished an epoch.

    Attributes:
        run: id of its run.
        cell: its number, from 0.
        epoch: what is known of it.
    """

    run: str
    cell: int
    epoch: Epoch


class CellEnded(NamedTuple):
    """A cell is over.

    Attributes:
        run: id of its run.
        cell: its number, from 0.
        state: `done`, `stopped` or `failed`.
        error: why it failed, or None.
    """

    run: str
    cell: int
    state: str
    error: str | None


Change = RunStarted | RunPaused | CellStarted | EpochEnded | CellEnded


class KeptCell(NamedTuple):
    """A cell of a kept run.

    Attributes:
        label: how the cell is shown.
        value: of the grid, or None.
        epochs: asked for.
        limit: seconds of training that end it, or None where epochs do.
        state: `waiting`, `running`, `paused`, `done`, `stopped` or `failed`.
        engine: `numba` or `numpy`, None before it began.
        error: why it failed, or None.
        history: the finished epochs; blank where many runs are listed.
    """

    label: str
    value: int | None
    epochs: int
    limit: float | None
    state: str
    engine: str | None
    error: str | None
    history: tuple[Epoch, ...]


class KeptRun(NamedTuple):
    """A kept run.

    Attributes:
        id: unguessable.
        owner: who asked for it.
        name: shown to people; may be blank.
        pinned: whether it stays when old runs leave.
        state: `queued`, `running`, `paused`, `done`, `stopped` or `failed`.
        source: what the data is.
        target: the column, or the series of a panel, where the source has several.
        asked: what was asked for, as in `RunDraft`.
        fingerprint: sha256 of the prepared series.
        rows: of the prepared series.
        versions: of `python`, `forecast`, `numpy`, `numba` and the database's `schema`; `machine`
            is the kind of machine. As they were when the run was submitted.
        seed: of every source of randomness.
        submitted: seconds since the epoch.
        started: seconds since the epoch; None before.
        finished: seconds since the epoch; None before.
        error: why it failed, or None.
        verdict: of the result, or None.
        scores: the rows of the result's table as plain values; blank before the end.
        bytes: of its files, its series included.
        cells: by their numbers.
    """

    id: str
    owner: str
    name: str
    pinned: bool
    state: str
    source: str
    target: str
    asked: dict[str, Any]
    fingerprint: str
    rows: int
    versions: dict[str, str]
    seed: int
    submitted: float
    started: float | None
    finished: float | None
    error: str | None
    verdict: str | None
    scores: list[dict[str, Any]]
    bytes: int
    cells: tuple[KeptCell, ...]


class Upload(NamedTuple):
    """Rows that somebody brought.

    Attributes:
        id: unguessable.
        owner: who brought them.
        name: as shown to people, such as that of the file.
        said: what was said about them when they were read; may be blank.
        data: with the index, the types and `attrs["calendar"]` they had.
        kept: seconds since the epoch.
        bytes: of the file.
    """

    id: str
    owner: str
    name: str
    said: str
    data: "pd.Series[Any] | pd.DataFrame"
    kept: float
    bytes: int


Changes = Sequence[Change]
