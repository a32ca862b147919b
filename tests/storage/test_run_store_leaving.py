"""Runs that leave: deleted, or the oldest beyond a limit; pinned and unfinished ones stay."""

import pytest

from forecast.errors import SettingError, StoreError
from forecast.storage import beginning
from forecast.storage.records import EpochEnded
from forecast.storage.run_store import RunStore
from tests.storage.stored import begun, draft, ended, epoch, numbered, result


def ids(store) -> set[str]:
    return {run.id for run in store.runs()}


def test_the_oldest_finished_runs_leave_beyond_the_number(tmp_path) -> None:
    store = RunStore(tmp_path, most_runs=3)
    begun(store, "at-work-0", at=-1000.0)
    for number in range(4):
        ended(store, f"run-{number:04}", at=10.0 + number, whole=number == 0)
    assert ids(store) == {"at-work-0", "run-0002", "run-0003"}
    assert not (tmp_path / "runs" / "run-0000").exists()
    assert store.check() == []


def test_pinned_runs_stay(tmp_path) -> None:
    store = RunStore(tmp_path, most_runs=2)
    ended(store, "run-0001", at=1.0)
    store.pin("run-0001", True)
    for number in (2, 3, 4):
        ended(store, f"run-{number:04}", at=float(number))
    assert ids(store) == {"run-0001", "run-0004"}
    begun(store, "at-work-0")
    ended(store, "run-0005", at=5.0)  # the one that has just ended stays as well
    assert ids(store) == {"run-0001", "at-work-0", "run-0005"}


def test_the_oldest_leave_beyond_the_bytes(tmp_path) -> None:
    store = RunStore(tmp_path)
    size = store.find(ended(store, "run-0000", whole=True)).bytes
    store.close()
    store = RunStore(tmp_path, most_bytes=3 * size)
    for number in range(1, 7):
        ended(store, f"run-{number:04}", at=3000.0 + number, whole=True)
    assert "run-0006" in ids(store)
    assert 2 <= len(ids(store)) <= 3
    on_disk = sum(file.stat().st_size for file in tmp_path.rglob("*.safetensors"))
    assert on_disk <= 3 * size


def test_long_histories_count_as_well(tmp_path) -> None:
    store = RunStore(tmp_path, most_bytes=400_000)
    begun(store)
    store.write([EpochEnded("run-0001", 0, epoch(number)) for number in range(1, 15_001)])
    store.finish("run-0001", "stopped", None, None, None, 1.0)
    assert ids(store) == {"run-0001"}
    ended(store, "run-0002")
    assert ids(store) == {"run-0002"}


def test_a_series_leaves_with_its_last_run(tmp_path) -> None:
    store = RunStore(tmp_path)
    for run, shift in (("run-0001", 0), ("run-0002", 0), ("run-0003", 1)):
        store.begin(draft(run), numbered(shift=shift))
        store.finish(run, "stopped", None, None, None, 1.0)
    series = tmp_path / "series"
    store.delete("run-0001")
    assert len(list(series.iterdir())) == 2
    store.delete("run-0002")
    assert len(list(series.iterdir())) == 1
    assert store.check() == []
    store.begin(draft("run-0004"), numbered())
    assert len(store.series("run-0004")) == 30


def test_a_series_that_leaves_while_a_run_begins_with_it_is_written_again(
    tmp_path, monkeypatch
) -> None:
    store, found = RunStore(tmp_path), beginning._series_there
    store.begin(draft("run-0001"), numbered())
    store.finish("run-0001", "stopped", None, None, None, 1.0)

    def then_it_leaves(place, known):
        file = found(place, known)
        store.delete("run-0001")
        return file

    monkeypatch.setattr(beginning, "_series_there", then_it_leaves)
    store.begin(draft("run-0002"), numbered())
    assert len(store.series("run-0002")) == 30
    assert store.check() == []


def test_a_deleted_run_is_gone_with_its_files(tmp_path) -> None:
    store = RunStore(tmp_path)
    ended(store, whole=True)
    store.delete("run-0001")
    assert store.runs() == []
    assert list(tmp_path.rglob("*.safetensors")) == []
    with pytest.raises(StoreError, match="There is no run 'run-0001'"):
        store.delete("run-0001")
    with pytest.raises(StoreError, match="There is no run 'run-0001'"):
        store.finish("run-0001", "done", None, result(), None, 1.0)
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_that_trains_is_not_deleted(tmp_path) -> None:
    store = RunStore(tmp_path)
    begun(store)
    with pytest.raises(StoreError, match="still trains"):
        store.delete("run-0001")
    store.finish("run-0001", "stopped", None, None, None, 1.0)
    store.delete("run-0001")
    assert store.runs() == []


def test_limits_come_from_the_environment(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FORECAST_STORE_RUNS", "1")
    store = RunStore(tmp_path)
    for number in range(3):
        ended(store, f"run-{number:04}", at=float(number))
    assert ids(store) == {"run-0002"}
    store.close()
    for text in ("0", "-5", "many", "1e3", "٣", "9" * 30):
        monkeypatch.setenv("FORECAST_STORE_BYTES", text)
        with pytest.raises(SettingError, match="`FORECAST_STORE_BYTES` must hold a whole number"):
            RunStore(tmp_path)
    monkeypatch.delenv("FORECAST_STORE_BYTES")
    with pytest.raises(SettingError, match="`most_runs`"):
        RunStore(tmp_path, most_runs=0)
