"""Hostile ids, broken files, full disks: each is said, and takes nothing else along."""

import sqlite3
import subprocess
import sys

import pytest

from forecast import archive
from forecast.errors import StoreError
from forecast.storage import database
from forecast.storage.records import EpochEnded
from forecast.storage.result_file import checked_label
from forecast.storage.run_store import RunStore
from tests.storage.stored import begun, draft, ended, epoch, passengers, result

HOSTILE = ["", "short", "../../etc/passwd", "..\\..\\secret", "%252e%252e%252fsecret",
           "/etc/passwd", "run-0001\0", "run-0001\n", "run-0001/../run-0002", "ｒｕｎ－０００１",
           "x" * 65, "' OR 1=1 --", "run-000%", None, 7, b"run-0001", "٠١٢٣٤٥٦٧",
           "\ud800" * 9]  # fmt: skip


@pytest.fixture
def store(tmp_path):
    made = RunStore(tmp_path / "home")
    yield made
    made.close()


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_ids_find_nothing(store, tmp_path, name) -> None:
    ended(store)
    outside = tmp_path / "secret"
    outside.mkdir()
    assert store.find(name) is None
    assert store.upload(name) is None
    for act in (store.series, store.result, store.history, store.delete,
                lambda one: store.rename(one, "x"), lambda one: store.pin(one, True),
                lambda one: store.finish(one, "done", None, result(), None, 1.0)):  # fmt: skip
        with pytest.raises(StoreError):
            act(name)
    with pytest.raises(StoreError, match="An id must be 8 to 64"):
        store.begin(draft()._replace(id=name), passengers())
    assert {run.id for run in store.runs()} == {"run-0001"}
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("label", ["../GRU", "a/b", "", "result", "GRU.x", "ä", "NUL\0"])
def test_labels_never_become_other_paths(label) -> None:
    with pytest.raises(StoreError, match="label"):
        checked_label(label)


def changed(file, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "missing":
        file.unlink()
    elif how == "short":
        file.write_bytes(content[: len(content) // 2])
    elif how == "a bit":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)


@pytest.mark.parametrize("how", ["missing", "short", "a bit"])
@pytest.mark.parametrize("name", ["result", "GRU", "series"])
def test_broken_files_are_named_and_the_rest_stays_readable(store, name, how) -> None:
    ended(store, whole=True)
    begun(store, "run-0002", epochs=2)
    found = list(store.folder.rglob("*.safetensors"))
    (file,) = [one for one in found if one.parent.name == name or one.stem == name]
    changed(file, how)
    said = {"missing": "is missing", "short": "bytes; ", "a bit": "checksum"}[how]
    with pytest.raises(StoreError, match=said) as caught:
        store.result("run-0001")
    assert repr(str(file)) in str(caught.value)
    assert len(store.check()) == 1
    assert repr(str(file)) in store.check()[0]
    run = store.find("run-0001")
    assert run.scores == result().to_dict()["models"]
    assert len(store.history("run-0002")) == 2
    store.delete("run-0001")


def test_a_file_of_a_newer_version_says_so(store, monkeypatch) -> None:
    monkeypatch.setattr(archive, "VERSION", 2)
    ended(store, whole=True)
    monkeypatch.undo()
    with pytest.raises(StoreError, match="cannot be read by this version"):
        store.result("run-0001")


@pytest.mark.parametrize("content", [b"no database" * 500, b"SQLite format 3\0" + b"\x07" * 9000])
def test_a_broken_database_is_named_and_never_overwritten(tmp_path, content) -> None:
    file = tmp_path / "runs.sqlite"
    file.write_bytes(content)
    with pytest.raises(StoreError, match="Move it and the files beside it") as caught:
        RunStore(tmp_path)
    assert repr(str(file)) in str(caught.value)
    assert file.read_bytes() == content


def test_a_database_that_breaks_later_is_named(tmp_path) -> None:
    store = RunStore(tmp_path)
    begun(store, epochs=200)
    store.close()
    file = tmp_path / "runs.sqlite"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    file.write_bytes(content)
    store = RunStore(tmp_path)
    with pytest.raises(StoreError, match=r"is broken .* Move it and the files beside it"):
        store.runs()
    store.close()
    assert file.read_bytes()[5000:] == content[5000:]


# A small limit on the size of any file stands for a full disk, for SQLite and for us.
FULL = """
import resource, sys
from forecast.errors import StoreError
from forecast.storage.records import EpochEnded
from forecast.storage.run_store import RunStore
from tests.storage.stored import begun, ended, epoch, result, draft, numbered
import numpy as np
from forecast.data.series import prepare
store = RunStore(sys.argv[1])
begun(store, epochs=1)
ended(store, "finished", whole=True)
whole = result()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
def refused(act):
    try:
        act()
    except StoreError as error:
        print(error)
    else:
        print("NOT REFUSED")
refused(lambda: store.finish("run-0001", "done", None, whole, None, 1.0))
refused(lambda: store.begin(draft("run-0002"), prepare(np.arange(50_000.0))))
refused(lambda: store.keep_upload(np_frame(), "big", "ada"))
refused(lambda: store.write([EpochEnded("run-0001", 0, epoch(n)) for n in range(2, 20_000)]))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert store.find("run-0001").finished is None
assert len(store.history("run-0001")) == 1, len(store.history("run-0001"))
assert [run.id for run in store.runs()] == ["finished", "run-0001"], store.runs()
assert store.check() == []
store.finish("run-0001", "done", None, whole, None, 1.0)
assert store.result("run-0001")[0] is not None
store.close()
""".replace("np_frame()", "__import__('pandas').DataFrame({'y': np.random.rand(50_000)})")


def test_a_full_disk_is_said_and_leaves_everything_whole(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL, str(tmp_path), "2000"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert "The result of run run-0001 cannot be kept in" in said[0]
    assert "The series cannot be kept in" in said[1]
    assert "The rows of 'big' cannot be kept in" in said[2]
    assert all("Free some space there" in said[place] for place in (0, 1, 2))
    assert "The database of runs" in said[3]
    assert not list(tmp_path.rglob("*.part"))


def test_a_database_without_room_is_said_and_goes_on_later(store) -> None:
    begun(store)
    many = [EpochEnded("run-0001", 0, epoch(number)) for number in range(1, 5000)]
    with store._place.database.writing() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")  # of this connection, the next used
    with pytest.raises(StoreError, match=r"its disk is full .* Free some space there"):
        store.write(many)
    assert store.history("run-0001").empty
    store.write(many)
    assert len(store.history("run-0001")) == 4999


def test_a_locked_database_is_said(store, monkeypatch) -> None:
    begun(store)
    other = sqlite3.connect(store.folder / "runs.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    again = RunStore.__new__(RunStore)
    again._place = store._place._replace(database=database.Database.__new__(database.Database))
    again._place.database.__dict__ |= vars(store._place.database) | {"_idle": []}
    with pytest.raises(StoreError, match=r"another process has been writing .* Try again"):
        again.rename("run-0001", "x")
    assert again.find("run-0001").name == ""  # reading goes on
    other.execute("COMMIT")
    other.close()
    again.rename("run-0001", "x")
    again._place.database.close()


def test_what_is_asked_must_be_what_json_holds(store) -> None:
    with pytest.raises(StoreError, match="must be what JSON can hold"):
        store.begin(draft()._replace(asked={"settings": {"a": object()}}), passengers())
    with pytest.raises(StoreError, match="must be what JSON can hold"):
        store.begin(draft()._replace(asked={"settings": {"a": float("nan")}}), passengers())
    assert store.runs() == []
