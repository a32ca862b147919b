"""`--frequency`, where the rows do not tell."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Call

FAST = ["--cell", "gru", "--timesteps", "6", "--hidden-units", "4", "--epochs", "1", "--json"]


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    days = pd.bdate_range("2024-05-01", periods=120).drop(pd.Timestamp("2024-07-04"))
    frame = pd.DataFrame({"day": days, "close": range(119)})
    frame.to_csv(tmp_path / "prices.csv", index=False)
    return tmp_path / "prices.csv"


@pytest.mark.parametrize(("more", "found"), [([], "B"), (["--frequency", "XNYS"], "XNYS")])
def test_the_frequency_is_found_or_named(
    call: Call, prices: Path, more: list[str], found: str
) -> None:
    pytest.importorskip("exchange_calendars")
    done = call("compare", str(prices), *FAST, *more)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["frequency"] == found


def test_what_is_no_frequency_is_refused(call: Call, prices: Path) -> None:
    done = call("compare", str(prices), *FAST, "--frequency", "NYSE")
    assert done.returncode != 0
    assert "code of an exchange such as 'XNYS'; got 'NYSE'" in " ".join(done.stderr.split())
