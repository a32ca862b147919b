"""Runs are written through while they train, by several threads and processes at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from forecast.errors import SettingError, StoreError
from forecast.storage.records import (
    CellEnded,
    CellPlan,
    CellStarted,
    EpochEnded,
    RunPaused,
    RunStarted,
)
from forecast.storage.run_store import RunStore
from tests.storage.stored import begun, draft, ended, epoch, numbered, passengers

RUN = "run-0001"


@pytest.fixture
def store(tmp_path):
    made = RunStore(tmp_path)
    yield made
    made.close()


def test_a_run_begins_in_the_queue_and_goes_through_its_states(store) -> None:
    begun(store)
    run = store.find(RUN)
    assert (run.state, run.submitted, run.started, run.finished) == ("queued", 1000.0, None, None)
    assert [(cell.label, cell.state, cell.engine) for cell in run.cells] == [
        ("GRU", "waiting", None), ("LSTM", "waiting", None)
    ]  # fmt: skip
    store.write([RunStarted(RUN, 1001.0), CellStarted(RUN, 1, "numba")])
    store.write([RunStarted(RUN, 1009.0)])  # the first start counts
    run = store.find(RUN)
    assert (run.state, run.started) == ("running", 1001.0)
    assert [cell.state for cell in run.cells] == ["waiting", "running"]
    store.write([CellEnded(RUN, 1, "failed", "The loss is not finite.")])
    store.finish(RUN, "failed", "No cell was fitted.", None, None, 1010.0)
    run = store.find(RUN)
    assert (run.state, run.finished, run.error) == ("failed", 1010.0, "No cell was fitted.")
    assert run.cells[1].error == "The loss is not finite."
    assert run.cells[0].state == "failed"  # it never came to work


def test_a_run_pauses_and_goes_on(store) -> None:
    begun(store)
    store.write([RunPaused(RUN, True)])
    assert store.find(RUN).state == "paused"
    store.write([RunPaused(RUN, False)])
    assert store.find(RUN).state == "queued"
    store.write([RunStarted(RUN, 1.0), CellStarted(RUN, 0, "numpy"), RunPaused(RUN, True)])
    run = store.find(RUN)
    assert [run.state, *(cell.state for cell in run.cells)] == ["paused", "paused", "waiting"]
    store.write([RunPaused(RUN, False)])
    run = store.find(RUN)
    assert [run.state, *(cell.state for cell in run.cells)] == ["running", "running", "waiting"]


def test_every_epoch_is_there_before_the_run_has_ended(store) -> None:
    begun(store, epochs=3)
    store.write([EpochEnded(RUN, 1, epoch(1, loss=1 / 3, val_loss=1e-300))])
    run = store.find(RUN)
    assert repr(run.cells[0].history) == repr(tuple(epoch(number) for number in (1, 2, 3)))
    assert run.cells[1].history == (epoch(1, loss=1 / 3, val_loss=1e-300),)
    history = store.history(RUN)
    assert history["cell"].tolist() == ["GRU"] * 3 + ["LSTM"]
    assert history["epoch"].tolist() == [1, 2, 3, 1]
    assert history.dtypes.astype(str).tolist()[1:] == ["int64"] + ["float64"] * 7
    assert np.isnan(history["val_loss"][0])
    assert np.isinf(history["grad_norm"][0])
    assert store.runs()[0].cells[0].history == ()  # lists stay light


def test_the_history_of_a_grid_names_the_values(store) -> None:
    cells = tuple(CellPlan("GRU", value, 9) for value in (12, 24))
    store.begin(draft()._replace(cells=cells), numbered())
    assert store.history(RUN).empty
    store.write([EpochEnded(RUN, 1, epoch(1))])
    pd.testing.assert_frame_equal(
        store.history(RUN)[["cell", "value", "epoch"]],
        pd.DataFrame({"cell": ["GRU"], "value": [24], "epoch": [1]}),
    )


def test_the_same_epoch_may_come_again(store) -> None:
    begun(store, epochs=2)
    store.write([EpochEnded(RUN, 0, epoch(2, loss=0.25))])
    assert [one.loss for one in store.find(RUN).cells[0].history] == [0.5, 0.25]


def test_changes_of_unknown_runs_and_cells_are_passed_over(store) -> None:
    begun(store)
    store.write(
        [
            RunStarted("unknown-run", 1.0),
            CellStarted("unknown-run", 0, "numba"),
            EpochEnded("unknown-run", 0, epoch(1)),
            EpochEnded(RUN, 9, epoch(1)),
            EpochEnded(RUN, 0, epoch(1)),
        ]
    )
    assert len(store.history(RUN)) == 1
    assert store.check() == []


def test_a_batch_that_fails_is_not_half_written(store) -> None:
    begun(store)
    with pytest.raises(StoreError, match="database of runs"):
        store.write([EpochEnded(RUN, 0, epoch(1)), EpochEnded(RUN, 0, epoch(2**70))])
    assert store.history(RUN).empty
    store.write([EpochEnded(RUN, 0, epoch(1))])
    assert len(store.history(RUN)) == 1


def test_a_run_ends_once(store) -> None:
    ended(store)
    store.finish(RUN, "failed", "late", None, None, 3000.0)
    run = store.find(RUN)
    assert (run.state, run.error, run.finished) == ("done", None, 2000.0)
    assert [cell.state for cell in run.cells] == ["stopped", "stopped"]
    with pytest.raises(SettingError, match="`state` must be one of"):
        store.finish(RUN, "running", None, None, None, 1.0)


def test_what_comes_after_the_end_is_kept_and_opens_nothing(store) -> None:
    ended(store)
    store.write(
        [RunStarted(RUN, 1950.0), CellStarted(RUN, 0, "numba"), CellStarted(RUN, 1, "numpy")]
    )
    store.write([EpochEnded(RUN, 0, epoch(1)), CellEnded(RUN, 0, "done", None)])
    store.write([RunPaused(RUN, True), RunPaused(RUN, False)])
    run = store.find(RUN)
    assert (run.state, run.started, run.finished) == ("done", 1950.0, 2000.0)
    assert [(cell.state, cell.engine, len(cell.history)) for cell in run.cells] == [
        ("done", "numba", 1), ("stopped", "numpy", 0)
    ]  # fmt: skip


def test_lists_are_by_owner_and_the_newest_first(store) -> None:
    for run, owner, at in (
        ("run-0001", "ada", 1.0),
        ("run-0002", "bob", 2.0),
        ("run-0003", "ada", 3.0),
    ):
        begun(store, run, owner=owner, at=at)
    assert [run.id for run in store.runs("ada")] == ["run-0003", "run-0001"]
    assert [run.id for run in store.runs()] == ["run-0003", "run-0002", "run-0001"]
    assert store.runs("eve") == []


def test_names_and_pins_change(store) -> None:
    ended(store)
    store.rename(RUN, "Größe <b>\ud800\0" + "x" * 500)
    store.pin(RUN, True)
    run = store.find(RUN)
    assert run.name.startswith("Größe <b>?\0xxx")
    assert (len(run.name), run.pinned) == (200, True)
    store.pin(RUN, False)
    assert not store.find(RUN).pinned


def test_many_threads_write_and_read_at_once(store) -> None:
    runs = [begun(store, f"run-{number:04}") for number in range(8)]

    def train(run: str) -> int:
        for number in range(1, 41):
            store.write([EpochEnded(run, 0, epoch(number)), EpochEnded(run, 1, epoch(number))])
            assert len(store.find(run).cells[0].history) == number
        return len(store.runs())

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(train, runs)) == {8}
    assert all(len(store.history(run)) == 80 for run in runs)


WRITER = """
import sys
from forecast.storage.records import EpochEnded
from forecast.storage.run_store import RunStore
from tests.storage.stored import begun, epoch
store = RunStore(sys.argv[1])
run = begun(store, sys.argv[2])
for number in range(1, 301):
    store.write([EpochEnded(run, 0, epoch(number))])
store.finish(run, "done", None, None, None, 2.0)
"""


def test_two_processes_write_at_once(tmp_path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, str(tmp_path), f"writer-{one}"]
        )
        for one in (1, 2)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    store = RunStore(tmp_path)
    assert [len(store.history(f"writer-{one}")) for one in (1, 2)] == [300, 300]
    assert store.check() == []
    store.close()


def test_an_id_is_taken_once(store) -> None:
    begun(store)
    with pytest.raises(StoreError, match="There is a run run-0001 already"):
        store.begin(draft(), passengers())


def test_a_closed_store_says_so(store) -> None:
    store.close()
    with pytest.raises(StoreError, match="was closed"):
        store.runs()
