"""What people brought comes back as it was, within a quota."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import StoreError
from forecast.storage import uploads
from forecast.storage.run_store import RunStore

DAYS = pd.date_range("2024-01-01", periods=5, freq="D", name="when")
BERLIN = pd.date_range("2024-10-26", periods=60, freq="h", tz="Europe/Berlin")
WIDE = pd.DataFrame(
    {
        "y": [1.0, None, 3.0, -0.0, np.inf],
        "whole": pd.array([1, None, 3, 4, 2**62], dtype="Int64"),
        "small": np.arange(5, dtype="int8"),
        "text": ["a", "ä", None, "", "\0"],
        "group": pd.Categorical(["x", "y", "x", "x", "y"], ordered=True),
        "true": [True, False, True, True, False],
        "then": BERLIN[:5],
        "single": np.arange(5, dtype="float32"),
    },
    index=DAYS,
)
TABLES = {
    "wide": WIDE,
    "no rows": WIDE.drop(columns="group").iloc[:0],
    "a series": pd.Series([1.0, 2.0], DAYS[:2], name="y"),
    "a series without a name": pd.Series([1, 2]),
    "a series named by a number": pd.Series([1.0, 2.0], name=7),
    "zones": pd.Series(np.arange(60.0), BERLIN, name="kWh"),
    "no regular step": pd.Series([1.0, 2.0, 3.0], pd.DatetimeIndex(DAYS[[0, 1, 3]])),
    **{
        unit: pd.DataFrame(
            {"y": [1.0, 2.0], "then": BERLIN[:2].as_unit(unit)}, DAYS[:2].as_unit(unit)
        )
        for unit in ("s", "ms", "us", "ns")
    },
    "nanoseconds": pd.Series([1.0, 2.0], DAYS[:2].as_unit("ns") + pd.Timedelta(nanoseconds=789)),
    "months": pd.Series([1.0, 2.0, 3.0], pd.period_range("2024-01", periods=3, freq="M")),
    "business days": pd.Series(np.arange(9.0), pd.bdate_range("2024-01-01", periods=9)),
    "numbered": pd.DataFrame({"y": [1.0, 2.0]}, index=pd.RangeIndex(10, 14, 2)),
    "numbers as index": pd.DataFrame({"y": [1.0, 2.0]}, index=[5, 9]),
    "long": fc.load_sample("stocks_monthly").head(200),
    "odd names": pd.DataFrame({"<b>": [1], " ": [2], "ä\n": [3]}),
}


@pytest.fixture
def store(tmp_path):
    made = RunStore(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("case", TABLES)
def test_rows_come_back_exactly(store, case) -> None:
    data = TABLES[case].copy()
    data.attrs = {"calendar": "XNYS", "report": {"blanks": {"y": 0}, "when": None}}
    before = data.copy()
    kept = store.upload(store.keep_upload(data, "prices.csv", "ada", "3 rows were repaired."))
    assert (kept.name, kept.owner, kept.said) == ("prices.csv", "ada", "3 rows were repaired.")
    check = pd.testing.assert_series_equal if isinstance(data, pd.Series) else (
        pd.testing.assert_frame_equal)  # fmt: skip
    check(kept.data, before, check_freq=True)
    check(data, before)
    assert type(kept.data.index) is type(data.index)
    assert getattr(kept.data.index, "freq", None) == getattr(data.index, "freq", None)
    assert kept.data.attrs == data.attrs == before.attrs


def test_the_same_rows_have_one_id_an_owner(store) -> None:
    first = store.keep_upload(WIDE, "a.csv", "ada")
    assert store.keep_upload(WIDE.copy(), "a.csv", "ada") == first
    others = {
        store.keep_upload(WIDE, "a.csv", "bob"),
        store.keep_upload(WIDE, "b.csv", "ada"),
        store.keep_upload(WIDE.iloc[:3], "a.csv", "ada"),
    }
    assert len(others | {first}) == 4
    assert len(first) == 32


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [1, "x"]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a": [object()]}),
        pd.DataFrame({"a": [1j]}),
    ],
)
def test_what_has_no_form_is_refused(store, data) -> None:
    with pytest.raises(StoreError, match="These rows cannot be kept"):
        store.keep_upload(data, "a.csv", "ada")


def test_a_broken_file_is_named(store) -> None:
    made = store.keep_upload(WIDE, "a.csv", "ada")
    (file,) = (store.folder / "uploads").iterdir()
    file.write_bytes(file.read_bytes()[:-9] + b"\0" * 9)
    with pytest.raises(StoreError, match="checksum") as caught:
        store.upload(made)
    assert str(file) in str(caught.value)
    assert "checksum" in store.check()[0]


class Clock:
    """Time that a test moves on."""

    now = 1e9

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(uploads, "time", made)
    return made


def rows(number: int) -> "pd.Series[float]":
    """Return about 16 kB that nothing packs smaller."""
    return pd.Series(np.random.default_rng(number).normal(size=2000))


def limited(folder, monkeypatch, owner: int, total: int) -> RunStore:
    monkeypatch.setenv("FORECAST_UPLOADS_BYTES", str(owner))
    monkeypatch.setenv("FORECAST_ALL_UPLOADS_BYTES", str(total))
    return RunStore(folder)


def test_a_person_s_oldest_unused_rows_leave_first(tmp_path, monkeypatch, clock) -> None:
    store = limited(tmp_path, monkeypatch, 60_000, 1_000_000)
    first, second = (store.keep_upload(rows(number), "x", "ada") for number in (1, 2))
    bobs = store.keep_upload(rows(3), "x", "bob")
    clock.now += 1800
    assert store.upload(first) is not None  # which is a use
    clock.now += 1801
    third = store.keep_upload(rows(4), "x", "ada")
    assert store.upload(second) is None
    assert all(store.upload(one) is not None for one in (first, third, bobs))
    assert len(list((tmp_path / "uploads").iterdir())) == 3
    assert store.check() == []
    store.close()


def test_rows_in_use_never_leave(tmp_path, monkeypatch, clock) -> None:
    store = limited(tmp_path, monkeypatch, 60_000, 1_000_000)
    kept = [store.keep_upload(rows(number), "x", "ada") for number in (1, 2)]
    clock.now += 3500
    with pytest.raises(StoreError, match=r"you have brought may take up to 60,000 bytes; .* hour"):
        store.keep_upload(rows(3), "x", "ada")
    assert all(store.upload(one) is not None for one in kept)
    assert len(list((tmp_path / "uploads").iterdir())) == 2
    assert store.keep_upload(rows(3), "x", "bob")
    store.close()


def test_all_people_share_a_total(tmp_path, monkeypatch, clock) -> None:
    store = limited(tmp_path, monkeypatch, 60_000, 83_000)
    kept = []
    for number in range(4):
        clock.now += 1
        kept.append(store.keep_upload(rows(number), "x", f"person-{number}"))
    with pytest.raises(StoreError, match="all people have brought may take up to 83,000 bytes"):
        store.keep_upload(rows(9), "x", "eve")
    clock.now += 3598  # an hour after the first
    store.keep_upload(rows(9), "x", "eve")
    assert [store.upload(one) is not None for one in kept] == [False, True, True, True]
    store.close()


def test_one_upload_is_never_larger_than_the_quota(tmp_path, monkeypatch) -> None:
    store = limited(tmp_path, monkeypatch, 10_000, 80_000)
    with pytest.raises(StoreError, match="may take up to 10,000 bytes; these take"):
        store.keep_upload(rows(1), "x", "ada")
    store.close()


def test_unknown_uploads_are_none(store) -> None:
    assert store.upload("0" * 32) is None
