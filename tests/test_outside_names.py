"""Names from outside are looked up among known ones; none of them ever becomes a path."""

from pathlib import Path

import pytest

import forecast as fc
from forecast.cli.sources import read_source
from forecast.data import kept_answers
from forecast.errors import DataError

NAMES = (
    "../sp500", "..\\sp500", "samples/sp500", "/etc/passwd", "sp500\0", "sp500_daily.csv",
    "%2e%2e/sp500", "%252e%252e%252fsp500", "....//sp500", "~/sp500", "", ".", "..", "C:\\sp500",
    "\\\\host\\share", "file:///etc/passwd", "x" * 10_000, "sp500\n", "ｓｐ500",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name)[:30])
def test_a_sample_is_one_of_those_that_are_listed(name: str) -> None:
    with pytest.raises(DataError, match="sample"):
        fc.load_sample(name)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name)[:30])
def test_the_command_line_refuses_other_samples_and_series(name: str) -> None:
    with pytest.raises(DataError, match="sample"):
        read_source(f"sample:{name}")
    with pytest.raises(DataError, match="series"):
        read_source("sample:stocks_monthly", series=name)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name)[:30])
def test_kept_answers_lie_under_names_of_our_own(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    request = {"source": name, "ticker": name}
    file = kept_answers._file(request)
    assert file.parent == tmp_path / "fetched"
    assert file.stem.isalnum()
    assert len(file.name) < 50
