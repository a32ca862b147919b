"""Workers of a Dask cluster on this machine, of which one is killed."""

import random
from pathlib import Path

import pytest

from benchmarks.batch_dask import begin, cluster, through_a_kill
from benchmarks.soak_batch_checks import compare, content_of, ended
from tests.batch.small_runs import OPTIONS

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]
HERE = OPTIONS[:-2]  # without the number of workers


def test_a_cluster_leaves_the_same_bytes(source: Path, whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with cluster(tmp_path) as hands:
        process = begin(source, tmp_path / "out", hands.address, HERE)
        compare(content_of(whole), ended(process, tmp_path / "out"))


def test_a_worker_that_is_killed(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    slow = (*HERE, "--epochs", "60", "--patience", "0", "--seeds", "3", "--partition-rows", "40")
    with cluster(tmp_path) as hands:
        whole = ended(begin(source, tmp_path / "one", hands.address, slow), tmp_path / "one")
    chance = random.Random(0)
    assert "with the same bytes" in through_a_kill(source, tmp_path, slow, whole, chance)
