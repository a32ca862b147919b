from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.batch.api import batch
from tests.batch.small_runs import ROWS, SERIES, SMALL
from tests.cli.conftest import call

__all__ = ["call"]


@pytest.fixture(scope="session")
def long() -> pd.DataFrame:
    """Series `s00`, `s01`, … of 40 days each."""
    chance = np.random.default_rng(0)
    values = 50 + np.cumsum(chance.normal(size=(SERIES, ROWS)), axis=1)
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:02}" for number in range(SERIES)], ROWS),
            "ds": np.tile(pd.date_range("2024-01-01", periods=ROWS), SERIES),
            "y": values.ravel().round(3),
        }
    )


@pytest.fixture(scope="session")
def source(long: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet file of them, of four row groups."""
    path = tmp_path_factory.mktemp("input") / "series.parquet"
    long.to_parquet(path, index=False, row_group_size=130)
    return path


@pytest.fixture(scope="session")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nobody disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    batch(source, out, **SMALL)
    return out
