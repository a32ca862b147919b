"""Runs small enough for tests, and what they leave."""

from pathlib import Path
from typing import Any

import pandas as pd

SERIES, ROWS = 12, 40
SMALL: dict[str, Any] = {
    "horizon": 2, "timesteps": 6, "hidden_units": 3, "epochs": 1, "engine": "numpy",
    "partition_rows": 150, "sample": 6, "workers": 1,
}  # fmt: skip
OPTIONS = (
    "--horizon", "2", "--timesteps", "6", "--hidden-units", "3", "--epochs", "1", "--engine",
    "numpy", "--partition-rows", "150", "--sample", "6", "--workers", "1",
)  # fmt: skip


def content_of(out: Path) -> dict[str, bytes]:
    """Return the bytes of all files that a run leaves."""
    files = [file for file in sorted(out.rglob("*")) if file.is_file()]
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in files}


def forecasts(out: Path) -> pd.DataFrame:
    frame = pd.read_parquet(out / "forecasts")
    return frame.sort_values(["unique_id", "ds"], ignore_index=True)


def failures(out: Path) -> dict[str, str]:
    table = pd.read_csv(out / "failures.csv", dtype=str, keep_default_na=False)
    return dict(zip(table["unique_id"], table["reason"], strict=True))
