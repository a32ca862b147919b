from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.columns import Columns
from forecast.data.planted import BY_NAME, EXAMPLE
from forecast.data.series import TimeSeries, prepare
from forecast.storage import origin
from forecast.storage.origin import origin_of
from forecast.storage.series_csv import read_back, same_series, series_csv

HARD = (-0.0, 5e-324, 1e100, -1e100, 1e22, 123456789012345678.0, 0.1 + 0.2, 1e-7)
NAMES = ("=cmd|'/c calc'!A0", "a\nb", "-x", 'q"uo;te', "`x`", "ünï °C", " pad ", "", "unique_id",
         "ds", "row", "日本", "12", "1.5", "\ufeffv", "\u202evil", "x" * 300, "$(touch x)",
         "Unnamed: 0")  # fmt: skip


def gapped(index: Any, name: str = "v") -> "pd.Series[float]":
    """Return values that are hard to write, with blanks and missing rows."""
    values = np.random.default_rng(0).normal(size=len(index))
    values[10 : 10 + len(HARD)] = HARD
    values[5:8] = np.nan
    return pd.Series(values, index=index, name=name)


def read_again(series: TimeSeries, frequency: str | None, test: float = 0.2) -> TimeSeries:
    columns = Columns(series.name if series.columns else None, series.columns)
    rows = read_back(series_csv(series), series)
    return prepare(rows, frequency=frequency, trusted=1 - test, columns=columns)


def days(count: int = 60, start: str = "2020-01-01", **more: Any) -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count, **more)


SERIES = {
    "daily": gapped(days()).drop(days()[30:33]),
    "business": gapped(pd.bdate_range("2020-01-01", periods=80)),
    "clocks change": gapped(days(200, "2020-10-20", freq="h", tz="Europe/Berlin")),
    "quarter hours": gapped(days(200, "2020-10-24", freq="15min", tz="Europe/Berlin")),
    "local days": gapped(days(200, "2020-03-01", tz="America/New_York")),
    "before there were zones": gapped(days(80, "1893-03-30", freq="h", tz="Europe/Berlin")),
    "half hours": gapped(days(80, "2023-01-01", freq="h", tz="Asia/Kolkata")),
    "parts of a second": gapped(days(80, "2023-01-01", freq="250ms", tz="America/St_Johns")),
    "utc": gapped(days(freq="h", tz="UTC")),
    "an offset": gapped(days(freq="h", tz="+05:30")),
    "month ends": gapped(days(freq="ME")),
    "nanoseconds": gapped(days(freq="MS").as_unit("ns")),
    "seconds": gapped(days(freq="s").as_unit("s")),
    "microseconds": gapped(days(freq="250us")),
    "years": gapped(days(freq="YS")),
    "numbered": gapped(range(7, 60)),
}


@pytest.mark.parametrize("kind", SERIES)
def test_a_series_comes_back_to_the_bit(kind: str) -> None:
    series = prepare(SERIES[kind])
    assert not series.observed.all()
    again = read_again(series, series.frequency)
    assert same_series(again, series)
    assert same_series(read_again(series, None), series)


def test_trading_days_come_back_with_their_exchange() -> None:
    rows = fc.load_sample("sp500")[-600:].copy()
    rows.iloc[[50, 51, 300]] = np.nan
    series = prepare(rows.drop(rows.index[100]), frequency="XNYS")
    assert series.frequency == "XNYS"
    assert len(series) == 600
    assert same_series(read_again(series, "XNYS"), series)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_comes_back(name: str) -> None:
    series = prepare(gapped(days(), name))
    content = series_csv(series)
    assert same_series(read_again(series, "D"), series)
    assert b"cmd" not in content
    assert content.isascii() or name in content.decode("utf-8-sig")


def test_covariates_come_back_with_the_row_before_the_first() -> None:
    names = ("=a", "y", "x1", "id", "date")
    table = pd.DataFrame({one: np.arange(60.0) % 7 for one in names}, index=days())
    table.insert(0, "t", gapped(days()))
    table.iloc[:7, 1] = np.nan  # so that the first row holds a filled value
    series = prepare(table, columns=Columns("t", names))
    assert not series.observed[0]
    assert same_series(read_again(series, "D"), series)
    numbered = prepare(table.reset_index(drop=True), columns=Columns("t", names))
    assert same_series(read_again(numbered, None), numbered)


def test_what_the_rows_do_not_tell_is_named() -> None:
    settings: dict[str, Any] = {"past_covariates": ()}
    rows = fc.load_sample("sp500")[-600:]  # whose holidays would give the exchange away
    series = prepare(rows, frequency="B")
    for source in ("a.csv", "sample:sp500"):
        found = origin_of(source, series, settings, 0.2)
        assert (found.frequency, found.command[0], found.note) == ("B", "data.csv", None)
    asked = {**settings, "frequency": "B"}  # stands among the settings already
    assert origin_of("a.csv", series, asked, 0.2).frequency is None


# One with a planted memory stands for all of them: they differ in the rows alone.
SAMPLES = [name for name in fc.samples()["name"] if name not in BY_NAME or name == EXAMPLE.name]


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_are_loaded_as_samples(sample: str) -> None:
    rows: Any = fc.load_sample(sample)
    if sample == "stocks_monthly":
        rows = rows[rows["unique_id"] == "IBM"].set_index("ds")["y"].rename("IBM")
    series = prepare(rows)
    beside = series.columns
    found = origin_of(f"sample:{sample}", series, {"past_covariates": beside}, 0.2)
    assert found.python[0].startswith(f"y = fc.load_sample({sample!r}")
    assert found.note is None


def test_a_changed_sample_comes_from_the_file() -> None:
    series = prepare(fc.load_sample("air_passengers")[:100])
    found = origin_of("sample:air_passengers", series, {"past_covariates": ()}, 0.2)
    assert found.command[0] == "data.csv"


def test_many_rows_are_not_read_only_to_see_that_they_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(origin, "MOST_TRIED", 50)
    monkeypatch.delattr(origin, "read_back")
    found = origin_of("a.csv", prepare(gapped(days(60))), {"past_covariates": ()}, 0.2)
    assert (found.frequency, found.note) == ("D", None)
