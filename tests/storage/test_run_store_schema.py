"""Versions of the database: older ones are brought up, newer and foreign ones refused."""

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest

from forecast.errors import StoreError
from forecast.storage import schema
from forecast.storage.run_store import RunStore
from tests.storage.stored import ended

# As the first version made them. A released step never changes: databases out there have taken it.
RELEASED = {1: "8b6c91eb4bf517ae", 2: "c3c225beecc26fad"}
RUN = {
    "id": "from-version-1", "owner": "ada", "name": "old", "pinned": 1, "state": "done",
    "source": "sample:co2", "target": "", "asked": json.dumps({"settings": {"seed": 4}}),
    "fingerprint": "0" * 64, "rows": 9, "versions": json.dumps({"schema": "1"}), "server": "",
    "submitted": 1.0, "started": 2.0, "finished": 3.0, "scores": "[]",
}  # fmt: skip


def version_of(folder) -> int:
    with closing(sqlite3.connect(folder / "runs.sqlite")) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def made_by_version_1(folder) -> None:
    with closing(sqlite3.connect(folder / "runs.sqlite")) as connection:
        for statement in schema.FIRST:
            connection.execute(statement)
        names = ", ".join(RUN)
        connection.execute(
            f"INSERT INTO runs ({names}) VALUES ({', '.join(f':{name}' for name in RUN)})", RUN
        )
        connection.execute(
            "INSERT INTO cells VALUES (1, 0, 'GRU', NULL, 5, NULL, 'done', NULL, NULL)"
        )
        connection.execute("INSERT INTO epochs VALUES (1, 0, 1, 0.5, NULL, 0.1, 1.0, 2.0)")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


@pytest.mark.parametrize("number", range(1, schema.VERSION + 1))
def test_released_steps_never_change(number) -> None:
    text = "\n".join(schema.STEPS[number - 1])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == RELEASED[number]


def test_a_database_of_the_first_version_opens(tmp_path) -> None:
    made_by_version_1(tmp_path)
    store = RunStore(tmp_path)
    run = store.find("from-version-1")
    assert (run.name, run.pinned, run.seed, run.cells[0].history[0].loss) == ("old", True, 4, 0.5)
    assert version_of(tmp_path) == schema.VERSION
    history = store.history("from-version-1")
    assert history[["grad_norm", "seconds"]].to_numpy().tolist() == [[1.0, 2.0]]
    assert history[["clipped", "updates"]].isna().to_numpy().all()  # nobody counted then
    store.close()


def add_step(monkeypatch, *statements: str) -> None:
    steps = (*schema.STEPS, statements)
    monkeypatch.setattr(schema, "STEPS", steps)
    monkeypatch.setattr(schema, "VERSION", len(steps))
    monkeypatch.setattr(schema.migrate, "__defaults__", (steps,))


def test_a_new_step_is_taken_once(tmp_path, monkeypatch) -> None:
    RunStore(tmp_path).close()
    made_by = version_of(tmp_path)
    add_step(monkeypatch, "ALTER TABLE runs ADD COLUMN note TEXT", "UPDATE runs SET note = 'x'")
    for _ in range(2):
        RunStore(tmp_path).close()
    assert version_of(tmp_path) == made_by + 1
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    assert names.count("note") == 1


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path, monkeypatch) -> None:
    store = RunStore(tmp_path)
    ended(store)
    store.close()
    before = version_of(tmp_path)
    with monkeypatch.context() as patch:
        add_step(patch, "ALTER TABLE runs ADD COLUMN note TEXT", "UPDATE runs_2 SET a = 1")
        with pytest.raises(StoreError, match="no such table: runs_2"):
            RunStore(tmp_path)
    assert version_of(tmp_path) == before
    store = RunStore(tmp_path)
    assert len(store.runs()) == 1
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        assert "note" not in [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    store.close()


def test_a_newer_version_is_refused_and_left_alone(tmp_path) -> None:
    RunStore(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.commit()
    before = (tmp_path / "runs.sqlite").read_bytes()
    with pytest.raises(StoreError, match=r"written by a newer version .* version 99, .* Upgrade"):
        RunStore(tmp_path)
    assert (tmp_path / "runs.sqlite").read_bytes() == before


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path) -> None:
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()
    before = (tmp_path / "runs.sqlite").read_bytes()
    with pytest.raises(StoreError, match="tables of another program, such as 'recipes'"):
        RunStore(tmp_path)
    assert (tmp_path / "runs.sqlite").read_bytes() == before


def test_the_database_is_set_up_for_many_writers(tmp_path) -> None:
    store = RunStore(tmp_path)
    with store._place.database.writing() as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 20_000
    }  # fmt: skip
    store.close()
