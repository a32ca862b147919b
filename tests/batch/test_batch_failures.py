"""A series that cannot be used is left out, with its reason; the others go on."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.batch.api import batch
from forecast.batch.hashing import hashes_of
from tests.batch.small_runs import OPTIONS, SMALL, failures, forecasts

Call = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def broken(long: pd.DataFrame, tmp_path: Path) -> Path:
    """A file whose first three series are empty, all NaN, and too short."""
    empty = pd.DataFrame({"unique_id": ["s00"], "ds": [pd.NaT], "y": [np.nan]})
    blank = long[long["unique_id"] == "s01"].assign(y=np.nan)
    short = long[long["unique_id"] == "s02"].head(3)
    rest = long[long["unique_id"] > "s02"]
    path = tmp_path / "broken.parquet"
    pd.concat([empty, blank, short, rest]).to_parquet(path, index=False)
    return path


def test_three_broken_series(broken: Path, tmp_path: Path, call: Call) -> None:
    out = tmp_path / "out"
    ended = call("batch", str(broken), "--out", str(out), *OPTIONS)
    assert ended.returncode == 0
    assert ended.stdout.startswith("9 of 12 series forecast, 3 left out (failures.csv)\n")
    said = failures(out)
    assert said["s00"] == "It has no row with a timestamp and a value."
    assert "every row is blank" in said["s01"]
    assert "at least 4 are needed" in said["s02"]
    assert forecasts(out)["unique_id"].nunique() == 9


def test_strict(broken: Path, tmp_path: Path, call: Call) -> None:
    out = tmp_path / "out"
    ended = call("batch", str(broken), "--out", str(out), *OPTIONS, "--strict", "--json")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: 9 of 12 series forecast, 3 left out (failures.csv)")
    told = json.loads(ended.stdout)
    assert (told["series"], told["forecast"], told["left_out"]) == (12, 9, 3)
    assert len(failures(out)) == 3


def test_cells_that_cannot_be_read_spoil_their_series_alone(
    long: pd.DataFrame, whole: Path, tmp_path: Path
) -> None:
    lines = long.to_csv(index=False).splitlines()
    lines[1 + 40 * 3] += "x"  # s03
    lines[2 + 40 * 4] = "s04,the 2nd,1.5"
    lines[3 + 40 * 5] += ",9"
    lines[4 + 40 * 6] = "s06,2024-01-04,inf"
    lines[5 + 40 * 7] = lines[4 + 40 * 7]
    lines[6 + 40 * 8] = ",2024-01-06,1"
    (tmp_path / "in.csv").write_text("\n".join(lines))
    found = batch(tmp_path / "in.csv", tmp_path / "out", **SMALL | {"sample": 12})
    said = failures(tmp_path / "out")
    assert said["s03"].startswith("`y` must hold numbers; got ")
    assert said["s04"].startswith("`ds` must hold timestamps; got 'the 2nd'")
    assert said["s05"].startswith("Every line must have 3 cells; ")
    assert said["s06"].startswith("`y` must hold finite numbers; got 'inf'")
    assert "must be unique" in said["s07"]
    assert said[""].startswith("Its rows name no series")
    assert (found.series, found.left_out) == (13, 6)


def test_one_series_that_a_transform_refuses(long: pd.DataFrame, tmp_path: Path) -> None:
    below = long.assign(y=long["y"].where(long["unique_id"] != "s04", -1.0))
    below.to_parquet(tmp_path / "in.parquet", index=False)
    settings = SMALL | {"transform": "log", "sample": 3, "seed": _seed_without(below, "s04")}
    found = batch(tmp_path / "in.parquet", tmp_path / "out", **settings)
    assert (found.series, found.left_out) == (12, 1)
    assert "log" in failures(tmp_path / "out")["s04"]


def _seed_without(rows: pd.DataFrame, name: str) -> int:
    """Return a seed whose sample of 3 does not hold a series."""
    ids = rows["unique_id"].unique().tolist()
    for seed in range(100):
        if ids.index(name) not in hashes_of(ids, f"sample {seed}").argsort()[:3]:
            return seed
    raise AssertionError


def test_nothing_but_broken_series(long: pd.DataFrame, tmp_path: Path, call: Call) -> None:
    long.assign(y=np.nan).to_parquet(tmp_path / "in.parquet", index=False)
    ended = call("batch", str(tmp_path / "in.parquet"), "--out", str(tmp_path / "out"), *OPTIONS)
    assert ended.returncode == 1
    assert "No series of the input can be used" in ended.stderr
