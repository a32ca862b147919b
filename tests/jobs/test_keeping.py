"""The service and the run store: what was shown is kept, whatever ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest

from forecast.errors import StoreError
from forecast.jobs.limits import Limits
from forecast.jobs.service import SHUT_DOWN, Service
from forecast.nn.optimizers import Optimizer
from forecast.storage.records import Change
from forecast.storage.run_store import RunStore
from tests.jobs.runs import (
    ENDLESS,
    alive,
    finished,
    learning,
    picture_when,
    request,
    serving,
    until,
    workers_of,
)

ROOT = Path(__file__).parents[2]
# Shows every new epoch on stdout, as a page would.
SERVER = """
import json, os, sys, time
from forecast.jobs.limits import Limits
from forecast.jobs.service import Service
from forecast.storage.run_store import RunStore
from tests.jobs.runs import ENDLESS, request, workers_of
service = Service(Limits(), RunStore(sys.argv[1]))
run = service.submit(request("gru", "lstm", **ENDLESS), owner="me")
while True:
    epochs = [len(cell.history) for cell in service.snapshot(run).cells]
    print(json.dumps([run, epochs, sorted(workers_of(os.getpid()))]), flush=True)
    time.sleep(0.01)
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    one = RunStore(tmp_path)
    yield one
    one.close()


def test_a_finished_run_is_kept_as_it_was_shown(store: RunStore, tmp_path: Path) -> None:
    optimizer = Optimizer("rmsprop")
    asked = request("gru", "lstm", optimizer=optimizer, calendar=("weekday",), fair="parameters")
    with serving(store) as service:
        run = service.submit(asked, owner="me")
        shown = finished(service, run)
        assert shown.unkept is None
    with serving(store) as another:
        kept = another.snapshot(run)
        assert kept is not None
        assert another.snapshot(run) is kept
        another.forget(run)
        assert another.snapshot(run) is not kept
    for name in ("id", "owner", "state", "error", "note", "submitted", "started", "finished"):
        assert getattr(kept, name) == getattr(shown, name)
    assert kept.request.settings == asked.settings
    assert (kept.request.cells, kept.request.fair) == (asked.cells, asked.fair)
    assert kept.request.series.values.tobytes() == asked.series.values.tobytes()
    for before, after in zip(shown.cells, kept.cells, strict=True):
        for name in ("label", "state", "epochs", "history", "error", "engine"):
            assert getattr(before, name) == getattr(after, name)
    assert shown.result is not None
    assert kept.result is not None
    pd.testing.assert_frame_equal(kept.result.table, shown.result.table)
    pd.testing.assert_frame_equal(kept.result.predictions, shown.result.predictions)
    assert kept.result.verdict == shown.result.verdict
    assert store.check() == []


def test_a_grid_is_kept_with_its_table(store: RunStore) -> None:
    with serving(store) as service:
        run = service.submit(request("gru", vary="timesteps", values=(4, 8)), owner="me")
        shown = finished(service, run)
        service._roster.forget(run)
        kept = service.snapshot(run)
    assert kept is not None
    assert (kept.request.vary, kept.request.values) == ("timesteps", (4, 8))
    assert kept.grid is not None
    assert shown.grid is not None
    pd.testing.assert_frame_equal(kept.grid, shown.grid)
    assert [cell.value for cell in kept.cells] == [4, 8]


def test_no_epoch_is_shown_before_it_is_kept(store: RunStore) -> None:
    with serving(store) as service:
        run = service.submit(request("gru", "lstm", **ENDLESS), owner="me")
        for _ in range(20):
            shown = picture_when(service, run, learning)
            kept = store.find(run)
            assert kept is not None
            for before, after in zip(shown.cells, kept.cells, strict=True):
                assert after.history[: len(before.history)] == before.history
        assert kept.state == "running"


def test_stopped_and_waiting_runs_are_kept_as_such(store: RunStore) -> None:
    with serving(store, runs_at_once=1) as service:
        first, second = (service.submit(request(**ENDLESS), owner="me") for _ in range(2))
        picture_when(service, first, learning)
        service.stop(second)
        kept = store.find(second)
        assert kept is not None
        assert (kept.state, kept.started, kept.error) == ("stopped", None, None)
        service.pause(first)
        assert (paused := store.find(first)) is not None
        assert paused.state == "paused"
        service.resume(first)
        assert (resumed := store.find(first)) is not None
        assert resumed.state == "running"
    kept = store.find(first)  # the service was closed
    assert kept is not None
    assert (kept.state, kept.error) == ("stopped", SHUT_DOWN)
    assert store.result(first)[0] is not None


def test_after_a_killed_server_every_epoch_it_showed_is_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVER, str(home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        while sum((last := json.loads(server.stdout.readline()))[1]) < 200:
            pass
        server.send_signal(signal.SIGKILL)
        rest = server.stdout.read().splitlines()
    run, shown, workers = json.loads(rest[-1]) if rest else last
    until(lambda: not any(alive(process) for process in workers))
    store = RunStore(home)
    try:
        assert store.recover() == [run]
        kept = store.find(run)
        assert kept is not None
        assert kept.state == "failed"
        assert "The server ended while this run trained" in (kept.error or "")
        assert [len(cell.history) for cell in kept.cells] >= shown
        for cell in kept.cells:
            assert [epoch.epoch for epoch in cell.history] == list(range(1, len(cell.history) + 1))
        with serving(store) as service:
            picture = service.snapshot(run)
            assert picture is not None
            assert (picture.state, picture.error) == ("failed", kept.error)
        assert store.check() == []
    finally:
        store.close()


def test_a_killed_worker_leaves_its_epochs_and_the_reason(store: RunStore) -> None:
    before = workers_of(os.getpid())
    with serving(store, workers=1) as service:
        run = service.submit(request(**ENDLESS), owner="me")
        shown = picture_when(service, run, learning)
        for process in workers_of(os.getpid()) - before:
            os.kill(process, signal.SIGKILL)
        finished(service, run)
    kept = store.find(run)
    assert kept is not None
    assert kept.state == "failed"
    assert "killed (signal 9)" in (kept.error or "")
    assert len(kept.cells[0].history) >= len(shown.cells[0].history)


class FullStore(RunStore):
    """A store whose disk is full from some moment on."""

    full = ""

    def write(self, changes: Sequence[Change]) -> None:
        if self.full == "write":
            raise StoreError("The disk is full.")
        super().write(changes)

    def begin(self, *arguments: object) -> None:
        if self.full == "begin":
            raise StoreError("The disk is full.")
        super().begin(*arguments)  # type: ignore[arg-type]

    def finish(self, *arguments: object) -> None:
        if self.full == "finish":
            raise StoreError("The disk is full.")
        super().finish(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", ["begin", "write", "finish"])
def test_a_full_disk_ends_no_training_and_is_told(moment: str, tmp_path: Path) -> None:
    store = FullStore(tmp_path)
    store.full = moment
    service = Service(Limits(), store)
    try:
        end = finished(service, service.submit(request(), owner="me"))
        assert end.state == "done"
        assert end.result is not None
        assert end.unkept == "The disk is full."
    finally:
        service.close()
        store.close()
