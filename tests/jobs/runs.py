"""What the tests of the service share: a small series, requests, waiting, processes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast.data.series import TimeSeries, prepare
from forecast.jobs.limits import Limits
from forecast.jobs.request import Request
from forecast.jobs.service import Service
from forecast.jobs.snapshot import RunSnapshot
from forecast.storage.run_store import RunStore

SMALL: dict[str, Any] = {"timesteps": 8, "hidden_units": 4, "epochs": 3}
# Goes on until it is stopped, and watches for the best epoch.
ENDLESS: dict[str, Any] = SMALL | {"epochs": 10**6, "patience": 10**6}
LONGEST = 30.0  # seconds that a test waits for anything


def series(rows: int = 150) -> TimeSeries:
    t = np.arange(rows)
    values = 20 + 4 * np.sin(2 * np.pi * t / 7) + np.random.default_rng(1).normal(size=rows)
    return prepare(
        pd.Series(values, pd.date_range("2024-01-01", periods=rows, freq="D"), name="level")
    )


def request(*cells: str, y: TimeSeries | None = None, **settings: Any) -> Request:
    """A request of the small settings, or of those given."""
    others = ("vary", "values", "test", "fair", "fair_seconds")
    grid = {name: settings.pop(name) for name in others if name in settings}
    return Request(y or series(), "a test", cells or ("gru",), SMALL | settings, **grid)


def until(answer: Callable[[], Any]) -> Any:
    """Wait for a true answer and return it."""
    deadline = time.monotonic() + LONGEST
    while not (found := answer()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return found


def picture_when(service: Service, run: str, holds: Callable[[RunSnapshot], bool]) -> RunSnapshot:
    """Wait for a picture of a run of which something holds, and return it."""

    def answer() -> RunSnapshot | None:
        picture = service.snapshot(run)
        assert picture is not None
        return picture if holds(picture) else None

    return until(answer)


def finished(service: Service, run: str) -> RunSnapshot:
    return picture_when(service, run, lambda picture: picture.finished is not None)


def learning(picture: RunSnapshot) -> bool:
    """Whether every cell has finished an epoch."""
    return all(cell.history for cell in picture.cells)


@contextmanager
def serving(store: RunStore | None = None, **limits: int) -> Iterator[Service]:
    service = Service(Limits(**{"runs_per_person": 100} | limits), store)
    try:
        yield service
    finally:
        service.close()


def workers_of(parent: int) -> set[int]:
    """The ids of the worker processes that a process has started."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            owner = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue  # it has ended meanwhile
        if owner == parent and b"forecast.jobs.worker" in arguments:
            found.add(int(folder.name))
    return found


def alive(process: int) -> bool:
    """Whether a process runs; one that nobody has asked for its exit status does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
