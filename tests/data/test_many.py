"""Many series made ready together come out as each does alone, to the bit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.tseries.offsets import CustomBusinessDay

from forecast.data import many
from forecast.data.columns import Columns
from forecast.data.long_frame import by_id, prepare_one
from forecast.data.many import prepare_each
from forecast.data.panel import Panel, joined, prepare_panel
from forecast.errors import DataError

GRIDS = {
    "D": ("2024-02-20 06:00", "D"),
    "2D": ("2024-02-20", "2D"),
    "h": ("2024-02-20", "h"),
    "15min": ("2024-02-20", "15min"),
    "W-WED": ("2024-02-21", "W-WED"),
    "MS": ("2019-10-01", "MS"),
    "ME": ("2019-10-31 09:30", "ME"),
    "QE-DEC": ("2011-03-31", "QE-DEC"),
    "YS-JAN": ("1990-01-01", "YS-JAN"),
    "2MS": ("2001-01-01", "2MS"),
    "B": ("2024-01-01", "B"),
    "XNYS": ("2023-12-18", CustomBusinessDay(holidays=["2023-12-25", "2024-01-01", "2024-01-15"])),
}
BUSINESS = ("B", "XNYS")


def one_by_one(frame: pd.DataFrame, columns: Columns, frequency: str | None = None) -> Panel:
    """The present way of a single series, series after series."""
    frames = by_id(frame)
    if frequency is None:
        longest = max(frames, key=lambda one: len(frames[one]))
        frequency = prepare_one(longest, frames[longest], columns).frequency
    if frequency in BUSINESS:
        for one, rows in frames.items():
            many._check_daily(one, prepare_one(one, rows, columns, frequency=frequency))
    made = [prepare_one(one, rows, columns, frequency=frequency) for one, rows in frames.items()]
    return joined([replace(one, name="y") for one in made], tuple(frames))


def check_same(found: Panel, wanted: Panel) -> None:
    for name in ("values", "observed", "covariates"):
        np.testing.assert_array_equal(getattr(found.flat, name), getattr(wanted.flat, name))
        assert getattr(found.flat, name).dtype == getattr(wanted.flat, name).dtype
        assert getattr(found.flat, name).shape == getattr(wanted.flat, name).shape
    assert found.flat.index.equals(wanted.flat.index)
    assert found.flat.index.dtype == wanted.flat.index.dtype
    np.testing.assert_array_equal(found.offsets, wanted.offsets)
    assert found.offsets.dtype == wanted.offsets.dtype
    assert found.ids == wanted.ids
    assert [type(one) for one in found.ids] == [type(one) for one in wanted.ids]
    assert (found.flat.frequency, found.flat.columns) == (
        wanted.flat.frequency,
        wanted.flat.columns,
    )


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Draw a long frame: gaps, blanks, late starts, some series off the grid.

    Of business days its `attrs` name the frequency, which so few rows would not say.
    """
    kind = draw(st.sampled_from([*GRIDS, "step", "int32"]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    zone = draw(st.sampled_from([None, None, "UTC", "Europe/Berlin"]))
    parts = []
    for number in range(draw(st.integers(1, 5))):
        rows, start = int(random.integers(1, 14)), int(random.integers(0, 9))
        rows += 14 * (number == 0)
        if kind in GRIDS:
            first, freq = GRIDS[kind]
            ds = pd.date_range(first, periods=start + rows, freq=freq, tz=zone)[start:]
            if number and random.random() < 0.15:
                ds = ds + pd.Timedelta(minutes=7)
        else:
            ds = np.arange(start, start + rows, dtype="i8" if kind == "step" else "i4")
        part = pd.DataFrame({"ds": ds})
        for name in ("y", "x"):
            some = random.random(rows) > draw(st.sampled_from([0, 0, 0.4]))
            part[name] = np.where(some, random.normal(size=rows), np.nan)
        if random.random() < 0.3:
            part = part[random.random(rows) > 0.3]
        parts.append(part.assign(unique_id=f"s{number}"))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.sort_values("ds", kind="stable") if random.random() < 0.3 else frame
    if kind in BUSINESS:
        frame.attrs["frequency"] = kind
    return frame


def said_by_one(frame: pd.DataFrame, columns: Columns, frequency: str | None) -> Panel | str:
    """Return what comes of the present way: the series, or what is wrong."""
    try:
        return one_by_one(frame, columns, frequency)
    except DataError as error:
        return str(error)


@settings(max_examples=40)
@given(frames(), st.sampled_from([Columns(), Columns("y", ("x",)), Columns(None, None)]))
def test_many_series_come_out_as_each_alone(frame: pd.DataFrame, columns: Columns) -> None:
    assume(len(frame) > 0)
    frequency = frame.attrs.get("frequency")
    wanted = said_by_one(frame, columns, frequency)
    if isinstance(wanted, Panel):
        check_same(prepare_panel(frame, columns=columns, frequency=frequency), wanted)
    else:
        with pytest.raises(DataError) as error:
            prepare_panel(frame, columns=columns, frequency=frequency)
        assert frequency is not None or str(error.value) == wanted  # which one comes first differs


@settings(max_examples=40)
@given(frames())
def test_those_that_can_be_used_come_out_as_alone_and_the_others_say_why(
    frame: pd.DataFrame,
) -> None:
    assume(len(frame) > 0 and not frame.attrs)
    panel, reasons = prepare_each(frame, least=2)
    ids = list(by_id(frame))
    kept = [] if panel is None else list(panel.ids)
    assert sorted([*kept, *reasons]) == sorted(ids)
    assert kept == [one for one in ids if one in kept]
    if panel is None:
        return
    assert panel.lengths.min() >= 2
    frequency = panel.flat.frequency
    check_same(panel, one_by_one(frame[frame["unique_id"].isin(kept)], Columns(), frequency))
    for one, reason in reasons.items():
        rows = frame[frame["unique_id"] == one].drop(columns="unique_id")
        if reason.startswith("It has"):
            assert f"It has {len(prepare_one(one, rows, Columns(), frequency=frequency))}" in reason
        else:
            with pytest.raises(DataError) as error:
                prepare_one(one, rows, Columns(), frequency=frequency)
            assert str(error.value) == f"Series {one!r}: {reason}"
