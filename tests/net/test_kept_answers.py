"""Answers kept on disk."""

import math
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from forecast.data.kept_answers import Needs, Terms, answer_or_copy, keep, kept, spoken
from forecast.errors import FetchError, OfflineError, ProcessError, RateLimitedError

REQUEST = {"source": "test", "start": None}
TABLE = pd.DataFrame(
    {"close": [1.0, float("nan")]},
    index=pd.DatetimeIndex(["2020-01-01", "2020-01-02"], name="date"),
)
FACTS = {"units": {"close": "USD"}, "notes": ["one"]}
TERMS = Terms(deadline=1.0, max_age=3600.0, refresh=False, stale=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))
    return tmp_path / "fetched"


def keep_from(ago: timedelta) -> None:
    keep(REQUEST, TABLE, FACTS, datetime.now(UTC) - ago)


def works() -> tuple[pd.DataFrame, dict[str, Any]]:
    return TABLE, FACTS


def fails() -> tuple[pd.DataFrame, dict[str, Any]]:
    raise OfflineError("The network is away.")


def test_a_table_comes_back_as_it_was_kept(folder: Path) -> None:
    assert kept(REQUEST) is None
    keep_from(timedelta(days=3, hours=1))
    found = kept(REQUEST)
    assert found is not None
    pd.testing.assert_frame_equal(found.table, TABLE)
    assert found.facts == FACTS
    assert found.age == pytest.approx(73 * 3600, abs=60)
    assert kept({**REQUEST, "start": "2020-01-01"}) is None
    assert [file.suffix for file in folder.iterdir()] == [".parquet"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no table at all"])
def test_a_broken_file_counts_as_absent(folder: Path, content: bytes) -> None:
    keep_from(timedelta())
    [file] = folder.iterdir()
    file.write_bytes(content)
    assert kept(REQUEST) is None
    assert answer_or_copy(REQUEST, works, TERMS).attrs["stale"] is False
    assert kept(REQUEST) is not None


def test_a_table_of_somebody_else_counts_as_absent(folder: Path) -> None:
    keep_from(timedelta())
    [file] = folder.iterdir()
    TABLE.to_parquet(file)
    assert kept(REQUEST) is None
    keep({"another": "request"}, TABLE, FACTS, datetime.now(UTC))
    other = next(one for one in folder.iterdir() if one != file)
    other.rename(file)
    assert kept(REQUEST) is None


def test_a_new_copy_saves_the_question() -> None:
    keep_from(timedelta(minutes=59))
    found = answer_or_copy(REQUEST, fails, TERMS)
    assert found.attrs["age_seconds"] == pytest.approx(3540, abs=30)
    assert (found.attrs["stale"], found.attrs["notes"]) == (False, ["one"])


def test_an_old_one_is_offered_and_taken_on_request() -> None:
    keep_from(timedelta(days=3, hours=1))
    with pytest.raises(OfflineError, match="A copy from 3 days ago") as caught:
        answer_or_copy(REQUEST, fails, TERMS)
    assert caught.value.kept == pytest.approx(73 * 3600, abs=60)
    found = answer_or_copy(REQUEST, fails, TERMS._replace(stale=True))
    assert found.attrs["stale"] is True
    assert "3 days ago, since the source failed" in found.attrs["notes"][-1]
    fresh = answer_or_copy(REQUEST, works, TERMS._replace(stale=True))
    assert fresh.attrs["age_seconds"] == 0


@pytest.mark.parametrize("terms", [TERMS, TERMS._replace(max_age=0)])
def test_a_copy_from_the_future_is_not_new(terms: Terms) -> None:
    keep_from(timedelta(hours=-1))
    with pytest.raises(OfflineError, match="A copy from an unknown time ago") as caught:
        answer_or_copy(REQUEST, fails, terms)
    assert caught.value.kept == math.inf
    found = answer_or_copy(REQUEST, fails, terms._replace(stale=True))
    assert (found.attrs["stale"], found.attrs["age_seconds"]) == (True, math.inf)
    assert answer_or_copy(REQUEST, fails, terms._replace(max_age=math.inf)).attrs["notes"]


NEEDS = Needs(("close",), {"units": dict})


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        (TABLE, {**FACTS, "notes": 5}),
        (TABLE, {**FACTS, "notes": [5]}),
        (TABLE, {"notes": []}),
        (TABLE, {**FACTS, "units": "USD"}),
        (TABLE.rename(columns={"close": "open"}), FACTS),
        (TABLE.astype("str"), FACTS),
        (TABLE.reset_index(drop=True), FACTS),
        (TABLE.iloc[::-1], FACTS),
        (TABLE.iloc[:0], FACTS),
    ],
)
def test_a_copy_that_others_changed_counts_as_absent(
    table: pd.DataFrame, facts: dict[str, Any]
) -> None:
    keep_from(timedelta())
    assert kept(REQUEST, NEEDS) is not None
    keep(REQUEST, table, facts, datetime.now(UTC))
    assert kept(REQUEST, NEEDS) is None
    assert answer_or_copy(REQUEST, works, TERMS, NEEDS).attrs["age_seconds"] == 0


def test_refresh_asks_in_spite_of_a_new_copy() -> None:
    keep_from(timedelta())
    with pytest.raises(OfflineError):
        answer_or_copy(REQUEST, fails, TERMS._replace(refresh=True))


def test_a_process_that_died_is_a_failed_fetch() -> None:
    def dies() -> tuple[pd.DataFrame, dict[str, Any]]:
        raise ProcessError("It died.")

    with pytest.raises(FetchError, match="It died"):
        answer_or_copy(REQUEST, dies, TERMS)


def test_where_nothing_can_be_written_the_answer_comes_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "fetched").write_text("a file where the folder should be")
    found = answer_or_copy(REQUEST, works, TERMS)
    assert "No copy could be kept" in found.attrs["notes"][-1]
    with pytest.raises(RateLimitedError):
        answer_or_copy(REQUEST, _limited, TERMS)


def _limited() -> tuple[pd.DataFrame, dict[str, Any]]:
    raise RateLimitedError("Too often.")


def test_a_write_that_fails_leaves_the_earlier_copy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_from(timedelta(days=1))

    def no_space(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    found = answer_or_copy(REQUEST, works, TERMS)
    assert "No space left" in found.attrs["notes"][-1]
    monkeypatch.undo()
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(folder.parent))
    copy = kept(REQUEST)
    assert copy is not None
    assert copy.age > 80_000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (59.9, "59 seconds"), (3600, "1 hour"), (9e5, "10 days")],
)
def test_ages_are_spoken(seconds: float, words: str) -> None:
    assert spoken(seconds) == words
