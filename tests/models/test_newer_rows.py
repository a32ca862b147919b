"""Newer rows of many series go on from the fitted ones as those of each alone, to the bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.tseries.offsets import CustomBusinessDay

from forecast.data.columns import Columns
from forecast.data.long_frame import by_id
from forecast.data.panel import Panel, prepare_panel
from forecast.data.series import TimeSeries, prepare_after
from forecast.errors import DataError
from forecast.models.newer import newer_panel, one_after

STARTS = {
    "D": "2024-02-20",
    "h": "2024-02-20 05:30",
    "MS": "2023-11-01",
    "B": "2024-02-19",
    "XNYS": "2023-12-18",
    "step": "",
}
TRADING = CustomBusinessDay(holidays=["2023-12-25", "2024-01-01", "2024-01-15"])


def times(kind: str, first: int, rows: int, zone: str | None) -> "pd.Index":
    if kind == "step":
        return pd.RangeIndex(first, first + rows)
    freq = TRADING if kind == "XNYS" else kind
    return pd.date_range(STARTS[kind], periods=first + rows, freq=freq, tz=zone)[first:]


@st.composite
def fits_and_news(draw: st.DrawFn) -> tuple[Panel, pd.DataFrame]:
    """Draw fitted rows, and newer ones: of some series, overlapping, after gaps, with blanks."""
    kind = draw(st.sampled_from(list(STARTS)))
    zone = draw(st.sampled_from([None, "Europe/Berlin"])) if kind in ("D", "h") else None
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    before, after = [], []
    for number in range(draw(st.integers(1, 4))):
        known, start = int(random.integers(3, 8)), int(random.integers(0, 3))
        first, rows = start + int(random.integers(0, known + 6)), int(random.integers(1, 9))
        old = pd.DataFrame({"ds": times(kind, start, known, zone)})
        new = pd.DataFrame({"ds": times(kind, first, rows, zone)})
        for frame, one in ((old, f"s{number}"), (new, f"s{number + random.integers(0, 2)}")):
            for name in ("y", "x"):
                blank = random.random(len(frame)) < draw(st.sampled_from([0, 0.3]))
                frame[name] = np.where(blank, np.nan, random.normal(size=len(frame)))
            frame["unique_id"] = one
        before.append(old.fillna({"x": 0.5}).fillna({"y": 0.25}, limit=1))
        after.append(new)
    news = pd.concat(after).drop_duplicates(["unique_id", "ds"]).sort_values("ds", kind="stable")
    frequency = None if kind == "step" else kind
    columns = Columns("y", draw(st.sampled_from([(), ("x",)])))
    fitted = prepare_panel(pd.concat(before), frequency=frequency, columns=columns)
    return fitted, news


def one_by_one(
    known: Panel, data: pd.DataFrame, columns: Columns, needed: int | None
) -> dict[object, TimeSeries] | str:
    """The present way of a single series, series after series; or what is wrong."""
    places, found = {one: place for place, one in enumerate(known.ids)}, {}
    for one, rows in by_id(data).items():
        try:
            if one in places:
                found[one] = one_after(known.one(places[one]), rows, columns, needed)
            else:
                found[one] = prepare_after(known.one(0), rows, columns, stranger=True)
        except DataError as error:
            return f"Series {one!r}: {error}"
    return found


@settings(max_examples=40)
@given(fits_and_news(), st.sampled_from([None, 2, 4]))
def test_newer_rows_of_many_series_are_those_of_each(
    both: tuple[Panel, pd.DataFrame], needed: int | None
) -> None:
    known, data = both
    assume(len(data) > 0)
    columns = Columns("y", known.flat.columns)
    wanted = one_by_one(known, data, columns, needed)
    if isinstance(wanted, str):
        with pytest.raises(DataError) as error:
            newer_panel(known, data, columns, needed)
        assert str(error.value) == wanted
        return
    found = newer_panel(known, data, columns, needed)
    assert found.ids == tuple(wanted)
    assert found.flat.name == known.flat.name
    for one, other in zip(found.each(), wanted.values(), strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.observed, other.observed)
        np.testing.assert_array_equal(one.covariates, other.covariates)
        assert one.index.equals(other.index)
        assert one.frequency == other.frequency
        assert one.columns == other.columns


def frame(*ids: str, first: str = "2024-01-01", rows: int = 5) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"unique_id": one, "ds": pd.date_range(first, periods=rows), "y": 1.0 * k})
        for k, one in enumerate(ids)
    ]
    return pd.concat(parts)


def test_prepared_newer_rows_do_as_well() -> None:
    known, data = prepare_panel(frame("a", "b")), frame("b", "c", first="2024-01-03")
    found = newer_panel(known, prepare_panel(data), Columns(), None)
    wanted = newer_panel(known, data, Columns(), None)
    np.testing.assert_array_equal(found.flat.values, wanted.flat.values)
    assert found.flat.index.equals(wanted.flat.index)
    assert (found.ids, found.offsets.tolist()) == (("b", "c"), [0, 7, 12])


def test_times_of_another_unit_are_taken() -> None:
    known, data = prepare_panel(frame("a", "b")), frame("a", "z", first="2024-01-03")
    data["ds"] = data["ds"].dt.as_unit("s")
    found = newer_panel(known, data, Columns(), None)
    assert found.lengths.tolist() == [7, 5]
    assert found.flat.index.dtype == known.flat.index.dtype


def test_strangers_bring_their_static_columns_and_others_keep_theirs() -> None:
    columns = Columns("y", (), static=("kind",))
    known = prepare_panel(frame("a", "b").assign(kind="old"), columns=columns)
    data = frame("b", "c", first="2024-01-03").assign(kind="new")
    for rows in (data, prepare_panel(data, columns=columns)):
        found = newer_panel(known, rows, columns, None)
        assert found.static[0][1].tolist() == ["old", "new"]
    of_known = data[data["unique_id"] == "b"].drop(columns="kind")
    assert newer_panel(known, of_known, columns, None).static[0][1].tolist() == ["old"]
    with pytest.raises(DataError, match="no static column 'kind'"):
        newer_panel(known, data.drop(columns="kind"), columns, None)
    changing = data.assign(kind=[*["x"] * 9, "y"])
    with pytest.raises(DataError, match="Series 'c': The static column 'kind'"):
        newer_panel(known, changing, columns, None)
