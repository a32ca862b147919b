"""Nobody's runs push out those of others: who takes most gives first, and pins are few."""

import pytest

from forecast.errors import StoreError
from forecast.storage.records import EpochEnded
from forecast.storage.run_store import RunStore
from tests.storage.stored import begun, draft, ended, epoch, numbered


def owners(store) -> list[str]:
    """Return whose runs there are, the oldest first."""
    return [run.owner for run in reversed(store.runs())]


def several(store, owner: str, count: int, at: float = 1.0, **more) -> list[str]:
    names = [f"{owner}-{number:04}" for number in range(count)]
    return [ended(store, name, at=at + k, owner=owner, **more) for k, name in enumerate(names)]


def test_many_runs_of_one_owner_leave_before_older_ones_of_others(tmp_path) -> None:
    store = RunStore(tmp_path, most_runs=6)
    several(store, "alice", 2)
    several(store, "bob", 1, at=10.0)
    several(store, "mallory", 30, at=20.0)
    assert owners(store) == ["alice", "alice", "bob", "mallory", "mallory", "mallory"]
    assert store.runs()[0].id == "mallory-0029"
    assert store.check() == []


def test_of_equal_shares_the_oldest_run_leaves(tmp_path) -> None:
    store = RunStore(tmp_path, most_runs=3)
    for at, owner in enumerate(("alice", "bob", "carol", "dave")):
        several(store, owner, 1, at=float(at))
    assert owners(store) == ["bob", "carol", "dave"]


def test_pinned_and_unfinished_runs_count_in_a_share(tmp_path) -> None:
    store = RunStore(tmp_path, most_runs=8)
    store.pin(several(store, "mallory", 1, at=50.0)[0], True)
    for number in range(2):
        begun(store, f"at-work-{number}", owner="mallory", at=60.0)
    ended(store, "mallory-last", at=70.0, owner="mallory")
    several(store, "alice", 3)
    several(store, "bob", 1, at=10.0)
    assert "mallory-last" in {run.id for run in store.runs()}
    several(store, "carol", 1, at=80.0)
    assert "mallory-last" not in {run.id for run in store.runs()}
    several(store, "dave", 1, at=90.0)  # nothing more of mallory's may leave: the next owner's
    assert sorted(owners(store)) == [
        "alice", "alice", "bob", "carol", "dave", "mallory", "mallory", "mallory"
    ]  # fmt: skip


def test_of_too_many_bytes_who_takes_most_of_them_gives_first(tmp_path) -> None:
    store = RunStore(tmp_path)
    several(store, "alice", 8)
    size = store.find(several(store, "mallory", 1, at=50.0, whole=True)[0]).bytes
    store.close()
    store = RunStore(tmp_path, most_bytes=3 * size)
    for number in range(1, 5):
        ended(store, f"mallory-{number:04}", at=50.0 + number, owner="mallory", whole=True)
    assert owners(store).count("alice") == 8  # many, but small
    assert 1 <= owners(store).count("mallory") <= 3


def test_a_long_history_counts_in_the_share_of_its_owner(tmp_path) -> None:
    store = RunStore(tmp_path, most_bytes=700_000)
    several(store, "alice", 3)
    for number in range(3):
        run = begun(store, f"mallory-{number:04}", owner="mallory")
        store.write([EpochEnded(run, 0, epoch(one)) for one in range(1, 10_001)])
        store.finish(run, "stopped", None, None, None, 3000.0 + number)
    assert owners(store).count("alice") == 3
    assert "mallory-0000" not in {run.id for run in store.runs()}


def test_a_series_counts_once_among_the_runs_that_share_it(tmp_path) -> None:
    store = RunStore(tmp_path, most_bytes=140_000)
    series = {"alice": numbered(4000), "mallory": numbered(8000, 1.0)}
    for owner, count in (("alice", 3), ("mallory", 1)):
        for at in range(count):
            store.begin(draft(f"{owner}-{at:04}", owner), series[owner])
            store.finish(f"{owner}-{at:04}", "stopped", None, None, None, float(at))
    store.begin(draft("carol-0000", "carol"), numbered(6000, 2.0))
    store.finish("carol-0000", "stopped", None, None, None, 9.0)
    assert sorted(owners(store)) == ["alice", "alice", "alice", "carol"]


def test_pins_of_one_owner_of_several_take_a_tenth_at_most(tmp_path) -> None:
    store = RunStore(tmp_path, most_runs=20)
    several(store, "alice", 1)
    runs = several(store, "mallory", 4)
    for run in runs[:2]:
        store.pin(run, True)
    store.pin(runs[0], True)  # again
    with pytest.raises(StoreError, match=r"up to 2 and.*with run mallory-0002 they would be 3"):
        store.pin(runs[2], True)
    store.pin(runs[0], False)
    store.pin(runs[2], True)
    assert [run.id for run in store.runs() if run.pinned] == [runs[2], runs[1]]
    store.pin("alice-0000", True)  # everybody has their own tenth


def test_who_is_alone_may_pin_half(tmp_path) -> None:
    store = RunStore(tmp_path, most_runs=8)
    runs = several(store, "ada", 5)
    for run in runs[:4]:
        store.pin(run, True)
    with pytest.raises(StoreError, match="up to 4 and"):
        store.pin(runs[4], True)


def test_pins_are_bounded_by_bytes_as_well_and_one_is_always_allowed(tmp_path) -> None:
    store = RunStore(tmp_path)
    runs = several(store, "ada", 2, whole=True)
    size = store.find(runs[0]).bytes
    store.close()
    store = RunStore(tmp_path, most_runs=4, most_bytes=15 * size)
    several(store, "bob", 1)
    store.pin(runs[0], True)  # a tenth of four runs would be none
    with pytest.raises(StoreError, match="with run ada-0001 they would be 2"):
        store.pin(runs[1], True)
    store.close()
    store = RunStore(tmp_path, most_bytes=15 * size)
    with pytest.raises(StoreError, match=r"take up to .* (MB|bytes); with run ada-0001"):
        store.pin(runs[1], True)


def test_a_run_that_trains_is_pinned_only_when_it_has_ended(tmp_path) -> None:
    store = RunStore(tmp_path)
    run = begun(store)
    with pytest.raises(StoreError, match="has not ended, and stays anyway"):
        store.pin(run, True)
    store.finish(run, "stopped", None, None, None, 1.0)
    store.pin(run, True)
    assert store.find(run).pinned
