import random
import tempfile

from benchmarks import fuzz_data
from benchmarks.fuzz_corpus import generated, mutated, parquets, tables


def test_broken_files_end_in_our_errors_and_in_bounded_memory():
    found = fuzz_data.watch(seconds=60, trials=200, seed=0)
    assert "failed" not in found, found["failed"]
    assert found["trials"] == 200
    assert found["megabytes"] < fuzz_data.MEGABYTES


def test_a_failure_keeps_its_input(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(fuzz_data, "ROOT", tmp_path)  # where there is no such program
    found = fuzz_data.watch(seconds=1, trials=1, seed=0)
    assert "kept as" in found["failed"]
    assert "status 1" in found["failed"]


def test_the_same_seed_makes_the_same_files():
    for make in (generated, lambda chance: mutated(chance, tables(), is_text=True)):
        assert make(random.Random(7)) == make(random.Random(7))
    assert len(tables()) + len(parquets()) > 40
