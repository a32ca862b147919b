"""What `benchmarks.soak_store` looks at after every kill."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import forecast as fc
from benchmarks.soak_store_writer import MOST_RUNS, epoch_of
from forecast.evaluation.comparison import Comparison
from forecast.storage.database import Database
from forecast.storage.place import Place
from forecast.storage.presence import Presence
from forecast.storage.recovering import sweep
from forecast.storage.run_store import RunStore

SURE = MOST_RUNS - 2  # of the newest runs: the cut-off one takes a place as well
TABLES = ("table", "predictions", "history", "findings")
NAMED = "SELECT path FROM files UNION ALL SELECT 'uploads/' || id || '.parquet' FROM uploads"


class LossError(Exception):
    """Something was lost or broken."""


@dataclass
class Told:
    """What a writer acknowledged before it was killed."""

    begun: list[str] = field(default_factory=list)
    finished: dict[str, str] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    at: str = ""  # its last word

    def take(self, line: str) -> None:
        """Note a line.

        Raises:
            LossError: the writer failed by itself.
        """
        word, *rest = line.split(maxsplit=2)
        self.at = word
        if word == "fault":
            raise LossError(f"a writer failed: {line}")
        if word == "begun":
            self.begun.append(rest[0])
        elif word == "epoch":
            self.epochs[rest[0]] = int(rest[1])
        elif word == "finished":
            self.finished[rest[0]] = rest[1]
        elif word == "upload":
            self.uploads.append(rest[0])


class Seen(NamedTuple):
    """What a look at a store found.

    Attributes:
        cut_off: runs that were marked.
        seconds: that opening and recovering took.
    """

    cut_off: int
    seconds: float


def look(folder: Path, told: Told, whole: Comparison) -> Seen:
    """Open the store that a killed writer left, and hold it against what was told.

    Raises:
        LossError: something was lost or broken.
    """
    started = time.monotonic()
    store = RunStore(folder, most_runs=MOST_RUNS)
    try:
        marked = store.recover()
        seconds = time.monotonic() - started
        faults = store.check()
        expect(not faults, f"check says {faults}")
        expect(len(marked) <= 1, f"one run was at work; marked are {marked}")
        for run in list(told.finished)[-SURE:]:
            check_run(store, run, told, whole)
        for run in told.begun[-1:]:
            check_run(store, run, told, whole)
        listed = store.runs()
        expect(all(run.finished is not None for run in listed), "a run counts as unfinished")
        for run in marked:
            check_cut_off(store, run)
        for upload in told.uploads:
            check_upload(store, upload)
    finally:
        store.close()
    check_folder(folder, {run.id for run in listed})
    return Seen(len(marked), seconds)


def check_run(store: RunStore, run_id: str, told: Told, whole: Comparison) -> None:
    """See that a run has its acknowledged epochs, and its result if it is done.

    Raises:
        LossError: it has not.
    """
    run = store.find(run_id)
    if run is None:
        raise LossError(f"run {run_id} is lost")
    state = told.finished.get(run_id)
    expect(state in (None, run.state), f"run {run_id} was {state} and is {run.state}")
    for number, cell in enumerate(run.cells):
        kept = len(cell.history)
        expect(kept >= told.epochs.get(run_id, 0), f"run {run_id} has lost epochs")
        right = [epoch_of(number, epoch + 1) for epoch in range(kept)]
        expect(repr(list(cell.history)) == repr(right), f"run {run_id} has other epochs")
    result, _ = store.result(run_id)
    expect((result is not None) == (run.state == "done"), f"run {run_id} is half finished")
    if result is not None:
        check_same(result, whole)


def check_same(found: Comparison, whole: Comparison) -> None:
    """See that a comparison is another one in everything.

    Raises:
        LossError: it is not.
    """
    try:
        for name in TABLES:
            pd.testing.assert_frame_equal(getattr(found, name), getattr(whole, name))
        for label, model in whole.models.items():
            pd.testing.assert_frame_equal(found.models[label].predict(1), model.predict(1))
    except (AssertionError, KeyError) as error:
        raise LossError(f"a result differs: {error}") from error
    for name in ("data", "settings", "verdict"):
        expect(getattr(found, name) == getattr(whole, name), f"a result has another {name}")
    expect(repr(found.tests) == repr(whole.tests), "a result has other tests")


def check_cut_off(store: RunStore, run_id: str) -> None:
    """See that a run that was cut off says so, and shows nothing half written.

    Raises:
        LossError: it does not.
    """
    run = store.find(run_id)
    says = run is not None and run.state == "failed" and "Run it again" in (run.error or "")
    expect(says, f"the cut-off run {run_id} is shown as {run and (run.state, run.error)}")
    shows = run is not None and not run.scores and run.verdict is None
    expect(shows, f"the cut-off run {run_id} has scores")


def check_upload(store: RunStore, upload: str) -> None:
    """See that brought rows are there.

    Raises:
        LossError: they are not.
    """
    kept = store.upload(upload)
    expect(kept is not None, f"upload {upload} is lost")
    if kept is not None:
        same = kept.data.equals(fc.load_sample("air_passengers"))
        expect(same, f"upload {upload} has other rows")


def check_folder(folder: Path, runs: set[str]) -> None:
    """See that after a sweep there is no file that no row names.

    Raises:
        LossError: there is one.
    """
    place = Place(folder, Database(folder), Presence(folder))
    sweep(place, time.time() + 1)
    with place.database.reading() as connection:
        named = {path for (path,) in connection.execute(NAMED)}
    place.database.close()
    found = {
        file.relative_to(folder).as_posix()
        for room in ("runs", "series", "uploads")
        for file in (folder / room).rglob("*")
        if file.is_file()
    }
    expect(found == named, f"files and rows differ in {sorted(found ^ named)}")
    folders = {one.name for one in (folder / "runs").iterdir()}
    expect(folders <= runs, "a folder belongs to no run")


def expect(holds: bool, said: str) -> None:
    """See that something holds.

    Raises:
        LossError: it does not.
    """
    if not holds:
        raise LossError(said)
