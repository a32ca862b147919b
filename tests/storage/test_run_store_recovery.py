"""What a crash leaves behind: cut-off runs are marked, leftovers are swept, the rest is whole."""

import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks.soak_store import soak
from forecast.errors import StoreError
from forecast.storage.database import Database
from forecast.storage.place import Place
from forecast.storage.presence import Presence
from forecast.storage.recovering import STALE_SECONDS, sweep
from forecast.storage.run_store import RunStore
from tests.storage.stored import assert_same_series, begun, draft, ended, numbered, passengers

SERVER = """
import sys, time
from forecast.storage.records import CellEnded, CellStarted
from forecast.storage.run_store import RunStore
from tests.storage.stored import begun, ended
store = RunStore(sys.argv[1])
begun(store, "training", epochs=3)
begun(store, "training-one", epochs=1)
begun(store, "training-none")
store.write([CellStarted("training", 1, "numba"), CellEnded("training", 0, "done", None)])
begun(store, "queueing")
ended(store, "finished", whole=True)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """Return the folder of a server that was killed."""
    folder = tmp_path_factory.mktemp("crashed")
    server = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVER, str(folder)], stdout=subprocess.PIPE
    )
    with server:
        assert server.stdout.readline() == b"ready\n"
        store = RunStore(folder)
        assert store.recover() == []  # as long as it lives
        assert store.find("training").state == "running"
        with pytest.raises(StoreError, match="still trains"):
            store.delete("training")
        store.close()
        server.send_signal(signal.SIGKILL)
    return folder


def test_cut_off_runs_are_marked_with_what_was_kept(crashed) -> None:
    store = RunStore(crashed)
    began = begun(store, "mine-here", epochs=1)  # of this living process
    assert set(store.recover()) == {"training", "training-one", "training-none", "queueing"}
    assert store.recover() == []
    run = store.find("training")
    assert (run.state, [cell.state for cell in run.cells]) == ("failed", ["done", "failed"])
    assert run.error == (
        "The server ended while this run trained; the 3 finished epochs were kept. Run it again."
    )
    assert len(store.history("training")) == 3
    assert run.finished > time.time() - 60
    assert "the 1 finished epoch was kept" in store.find("training-one").error
    for name in ("training-none", "queueing"):
        assert "ended before this run began" in store.find(name).error
    assert store.find("finished").state == "done"
    assert store.result("finished")[0] is not None
    assert store.find(began).state == "running"
    assert_same_series(store.series("training"), passengers())
    assert store.check() == []
    store.close()


def test_a_store_that_stays_open_notices_by_itself_that_a_process_was_killed(tmp_path) -> None:
    watching = RunStore(tmp_path)
    begun(watching, "mine-here", epochs=1)
    server = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVER, str(tmp_path)], stdout=subprocess.PIPE
    )
    with server:
        assert server.stdout.readline() == b"ready\n"
        assert {run.state for run in watching.runs()} == {"running", "queued", "done"}
        assert watching.find("training").state == "running"
        server.send_signal(signal.SIGKILL)
    run = watching.find("training")
    assert (run.state, [cell.state for cell in run.cells]) == ("failed", ["done", "failed"])
    assert "the 3 finished epochs were kept" in run.error
    assert {run.id: run.state for run in watching.runs()} == {
        "training": "failed", "training-one": "failed", "training-none": "failed",
        "queueing": "failed", "finished": "done", "mine-here": "running",
    }  # fmt: skip
    assert watching.recover() == []
    watching.delete("training")
    watching.close()


def test_a_list_notices_the_end_of_a_process_as_well(tmp_path) -> None:
    one, other = RunStore(tmp_path), RunStore(tmp_path)
    begun(one, epochs=2)
    assert [run.state for run in other.runs("ada")] == ["running"]
    one.close()
    assert [run.state for run in other.runs("ada")] == ["failed"]
    other.close()


def test_what_cannot_be_marked_is_still_read(tmp_path, monkeypatch, caplog) -> None:
    one, other = RunStore(tmp_path), RunStore(tmp_path)
    begun(one, epochs=2)
    one.close()

    def refuse(*_given, **_more):
        raise StoreError("the disk is full")

    monkeypatch.setattr(Database, "writing", refuse)
    assert [run.state for run in other.runs()] == ["running"]
    assert other.find("run-0001").state == "running"
    assert "the disk is full" in caplog.text
    other.close()


def test_runs_of_a_closed_store_count_as_cut_off(tmp_path) -> None:
    one, other = RunStore(tmp_path), RunStore(tmp_path)
    begun(one, epochs=2)
    assert other.recover() == []
    one.close()
    assert other.recover() == ["run-0001"]
    other.close()


def leave(path, age: float = 2 * STALE_SECONDS) -> None:
    """Write a file, or make a folder with one, of some age in seconds."""
    file = path if path.suffix else path / "result.safetensors"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"left over")
    for one in {file, path}:
        os.utime(one, (time.time() - age,) * 2)


def made_before(folder, age: float) -> None:
    """Let the database be of some age in seconds."""
    with Database(folder).writing() as connection:
        connection.execute("UPDATE about SET value = ?", (time.time() - age,))


def test_leftovers_are_swept_and_nothing_else(tmp_path) -> None:
    store = RunStore(tmp_path)
    ended(store, whole=True)
    begun(store, "still-at-work")
    upload = store.keep_upload(passengers().observed_values(), "name", "ada")
    whole = {file for file in tmp_path.rglob("*") if file.is_file()}
    for file in whole - {tmp_path / "runs.sqlite"}:
        os.utime(file, (time.time() - 2 * STALE_SECONDS,) * 2)
    made_before(tmp_path, 10 * STALE_SECONDS)
    old = ["runs/unknown-run", "series/0123456789abcdef.safetensors", "series/.a.1.part",
           "uploads/0123456789abcdef.parquet", "uploads/.b.2.part", ".secret.3.part",
           "runs/run-0001/OLD.safetensors", "runs/run-0001/.GRU.4.part",
           "runs/still-at-work/.GRU.5.part", "servers/0123456789abcdef.lock"]  # fmt: skip
    spared = ["runs/still-at-work/GRU.safetensors"]  # its end may be under way
    for name in old + spared:
        leave(tmp_path / name)
    young = ["runs/young-run", "series/fedcba9876543210.safetensors", "uploads/.c.6.part"]
    for name in young:
        leave(tmp_path / name, age=1)

    store.recover()
    assert [name for name in old if (tmp_path / name).exists()] == []
    assert [name for name in spared + young if not (tmp_path / name).exists()] == []
    assert {file for file in whole if not file.exists()} == set()
    assert store.check() == []
    assert store.result("run-0001")[0] is not None
    assert store.upload(upload) is not None
    store.close()


def test_files_that_are_older_than_the_database_stay(tmp_path) -> None:
    """Somebody moved a broken database away, and may want the files to that of its copy."""
    store = RunStore(tmp_path)
    names = ["runs/unknown-run", "series/0123456789abcdef.safetensors",
             "uploads/0123456789abcdef.parquet"]  # fmt: skip
    for name in names:
        leave(tmp_path / name)
    store.recover()
    assert all((tmp_path / name).exists() for name in names)
    store.close()


def test_a_series_that_is_being_begun_again_is_not_swept(tmp_path) -> None:
    store, y = RunStore(tmp_path), numbered()
    place = Place(tmp_path, Database(tmp_path), Presence(tmp_path))
    store.begin(draft("run-0001"), y)
    store.finish("run-0001", "stopped", None, None, None, 1.0)
    (file,) = (tmp_path / "series").iterdir()
    os.utime(file, (0, 0))
    store.begin(draft("run-0002"), y)  # which makes the file young
    store.delete("run-0001")
    assert file.stat().st_mtime > time.time() - 60
    sweep(place, time.time() + 1)
    assert_same_series(store.series("run-0002"), y)
    place.database.close()
    store.close()


def test_kills_at_random_moments_lose_nothing() -> None:
    """The long proof is `make soak`; this is the same, ten times."""
    figures = soak(kills=10, seed=1)
    assert figures.kills == 10
    assert figures.finished > 0
