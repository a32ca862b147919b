"""What the batch benchmarks make and measure."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.batch_input import write_series
from benchmarks.batch_processes import Watch, family_of, held_by
from benchmarks.soak_batch_checks import LossError, check_complete, compare, content_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


def test_synthetic_series(tmp_path: Path) -> None:
    write_series(tmp_path / "5.parquet", 5, 30)
    found = pd.read_parquet(tmp_path / "5.parquet")
    assert found.groupby("unique_id").size().tolist() == [30] * 5
    assert (found["y"] > 0).all()


@linux
def test_a_family_and_its_memory() -> None:
    code = "import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        try:
            family = family_of(os.getpid())
            assert family[0] == os.getpid()
            assert child.pid in family
            with Watch(os.getpid()) as watch:
                held = held_by(family)
            assert held.resident >= held.proportional > 10
            assert watch.most.resident >= 0
        finally:
            child.kill()


def test_what_differs_is_found(tmp_path: Path) -> None:
    for name, text in (("one", "a"), ("two", "b")):
        (tmp_path / name / "forecasts").mkdir(parents=True)
        (tmp_path / name / "forecasts" / "x").write_text(text)
        (tmp_path / name / ".lock").touch()
    one, two = (content_of(tmp_path / name) for name in ("one", "two"))
    assert list(one) == ["forecasts/x"]
    compare(one, dict(one))
    with pytest.raises(LossError, match="1 files differ, the first forecasts/x"):
        compare(one, two)


def test_a_missing_or_doubled_series_is_found(tmp_path: Path) -> None:
    (tmp_path / "forecasts").mkdir()
    rows = pd.DataFrame({"unique_id": ["a", "a", "b", "b"], "ds": [1, 2, 1, 2], "GRU": 0.0})
    rows.to_parquet(tmp_path / "forecasts" / "part-00000.parquet")
    check_complete(tmp_path, 2)
    with pytest.raises(LossError, match="2 of 3 series"):
        check_complete(tmp_path, 3)
    rows.to_parquet(tmp_path / "forecasts" / "part-00001.parquet")
    with pytest.raises(LossError, match="some more than once"):
        check_complete(tmp_path, 2)
