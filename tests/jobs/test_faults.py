"""What goes wrong in one place stays there: odd messages, faults of ours, unlucky moments."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from forecast.errors import StoreError
from forecast.jobs import dispatch as dispatch_module
from forecast.jobs import service as service_module
from forecast.jobs.intake import Told
from forecast.jobs.limits import Limits
from forecast.jobs.service import Service
from forecast.storage.run_store import RunStore
from tests.jobs.runs import (
    ENDLESS,
    finished,
    learning,
    picture_when,
    request,
    series,
    serving,
    until,
    workers_of,
)


@pytest.mark.parametrize("record", [[1.0], "nothing", None])
def test_an_odd_message_fails_its_cell_and_costs_no_other(record: object, tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    with serving(store) as service:
        bad = service.submit(request(**ENDLESS), owner="me")
        good = service.submit(request("lstm"), owner="me")
        picture_when(service, bad, learning)
        with service._lock:
            worker = next(one for one in service._dispatch.crew.workers if one.work is not None)
            assert worker.work is not None
        odd = Told(worker, {"event": "epoch", "id": worker.work[1].id, "record": record})
        other = Told(worker, {"event": "epoch", "id": f"{good}.0", "record": None})
        service._dispatch._take_in([odd, other])
        assert finished(service, bad).state == "failed"
        assert finished(service, good).state == "done"
    store.close()


def test_a_fault_while_a_result_is_kept_ends_the_run_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def faulty(*arguments: object) -> None:
        raise MemoryError("no room")

    store = RunStore(tmp_path)
    with serving(store, runs_at_once=1) as service:
        monkeypatch.setattr(service._keeper, "finish", faulty)
        end = finished(service, service.submit(request(), owner="me"))
        assert end.state == "done"
        assert "no room" in (end.unkept or "")
        assert finished(service, service.submit(request(), owner="me")).state == "done"
        monkeypatch.undo()
    store.close()


class SlowStore(RunStore):
    """A store that takes its time to begin a run."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked, self.go_on = threading.Event(), threading.Event()

    def begin(self, *arguments: Any) -> None:
        self.asked.set()
        assert self.go_on.wait(20)
        super().begin(*arguments)


def test_a_run_stopped_while_it_is_submitted_is_kept_as_stopped(tmp_path: Path) -> None:
    store = SlowStore(tmp_path)
    with serving(store, lease_seconds=90) as service:
        ids: list[str] = []
        submitting = threading.Thread(
            target=lambda: ids.append(service.submit(request(**ENDLESS), owner="me"))
        )
        submitting.start()
        assert store.asked.wait(20)
        service._warden.look()  # nobody has looked at it yet, and it is not overdue
        (run,) = service.active()
        service.stop(run, "a reason")
        store.go_on.set()
        submitting.join(20)
        assert ids == [run]
        kept = store.find(run)
        assert kept is not None
        assert (kept.state, kept.error) == ("stopped", "a reason")
    store.close()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")
def test_a_worker_that_has_obeyed_may_take_its_time_to_save(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service_module, "OBEY_SECONDS", 1.0)  # a busy worker obeys within a third
    before = workers_of(os.getpid())
    # Calibration over many rows goes on for a while after the last batch.
    asked = request(y=series(60_000), **ENDLESS | {"hidden_units": 32, "calibration": 0.5})
    with serving(workers=1) as service:
        run = service.submit(asked, owner="me")
        picture_when(service, run, learning)
        (process,) = workers_of(os.getpid()) - before
        found = service._roster.find(run)
        assert found is not None
        service.stop(run)
        until(lambda: found.tasks[0].ending or found.tasks[0].ended)
        os.kill(process, signal.SIGSTOP)
        time.sleep(1.3)  # past the moment when one that has not obeyed is killed
        os.kill(process, signal.SIGCONT)
        end = finished(service, run)
        assert end.state == "stopped"
        assert end.result is not None


def test_one_that_never_saves_is_killed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "OBEY_SECONDS", 0.05)
    monkeypatch.setattr(dispatch_module, "SAVE_SECONDS", 0.05)
    with serving(workers=1) as service:
        run = service.submit(request(**ENDLESS), owner="me")
        picture_when(service, run, learning)
        with service._lock:
            found = service._roster.find(run)
            assert found is not None
            found.tasks[0].ending = True
            found.stop_waiting()  # nobody tells the worker
        service._dispatch.insist_after(0.05, found)
        assert finished(service, run).result is None


def test_without_a_store_a_run_says_so_until_there_is_one(tmp_path: Path) -> None:
    service = Service(Limits(), unkept="The disk is away.")
    try:
        end = finished(service, service.submit(request(), owner="me"))
        assert (end.state, end.unkept, service.keeps()) == ("done", "The disk is away.", False)
        store = RunStore(tmp_path)
        service.keep_in(store)
        run = service.submit(request(), owner="me")
        assert finished(service, run).unkept is None
        service.forget(run)
        assert service.snapshot(run) is not None
        assert not service.trains(run)
    finally:
        service.close()
    store.close()


def test_a_run_of_another_process_is_shown_and_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = RunStore(tmp_path), RunStore(tmp_path)
    with serving(store) as service, serving(other) as elsewhere:
        run = elsewhere.submit(request(**ENDLESS), owner="me")
        picture_when(elsewhere, run, learning)
        first = picture_when(service, run, learning)
        assert (first.state, service.trains(run)) == ("running", False)

        def unread(run_id: str) -> None:
            raise StoreError("the series was read once more")

        monkeypatch.setattr(store, "series", unread)
        reached = len(first.cells[0].history)
        picture_when(service, run, lambda picture: len(picture.cells[0].history) > reached)
        elsewhere.stop(run)
        assert finished(service, run).state == "stopped"
    store.close()
    other.close()
