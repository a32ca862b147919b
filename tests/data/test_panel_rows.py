"""What is done to the rows of a panel at once is what is done to each series alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data.ahead import rows_after
from forecast.data.panel import Panel, joined, panel_of
from forecast.data.series import STEP, TimeSeries
from forecast.data.spans import Ranges, edges, means_of, spans_of
from forecast.data.splits import Parts, Splits, chronological, splits_by_length, whole_each
from forecast.data.windows import windows_in, windows_of_each

FREQUENCIES = [STEP, "h", "D", "2D", "W-SUN", "MS", "ME", "B"]


def series(draw: st.DrawFn, frequency: str, rows: int, columns: tuple[str, ...]) -> TimeSeries:
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    start = draw(st.integers(0, 3))
    if frequency == STEP:
        index: pd.Index = pd.RangeIndex(start, start + rows)
    else:
        index = pd.date_range("2024-02-25", periods=start + rows, freq=frequency)[start:]
    beside = random.normal(size=(rows, len(columns))) if columns else np.empty((0, 0))
    seen = random.random(rows) > draw(st.sampled_from([0.0, 0.5]))
    return TimeSeries(random.normal(size=rows), seen, index, frequency, "y", beside, columns)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    frequency = draw(st.sampled_from(FREQUENCIES))
    columns = draw(st.sampled_from([(), ("a", "b")]))
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    made = [series(draw, frequency, rows, columns) for rows in lengths]
    return replace(
        joined(made, range(len(made))), static=(("kind", np.array(list("pqrs")[: len(made)])),)
    )


def longer(one: TimeSeries, steps: int) -> TimeSeries:
    held = np.repeat(one.covariates[-1:], steps, axis=0)
    return replace(
        one,
        values=np.concatenate((one.values, np.repeat(one.values[-1:], steps))),
        observed=np.concatenate((one.observed, np.zeros(steps, dtype=bool))),
        index=one.index.append(one.after(steps)),
        covariates=np.concatenate((one.covariates, held)) if one.columns else one.covariates,
    )


def check_same(found: Panel, wanted: list[TimeSeries]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found.each(), wanted, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        np.testing.assert_array_equal(one.observed, other.observed)
        np.testing.assert_array_equal(one.covariates, other.covariates)
        assert one.index.equals(other.index)
        assert one.index.dtype == other.index.dtype


@settings(max_examples=40)
@given(panels(), st.data())
def test_rows_of_each_series_are_cut_and_added_as_of_one(panel: Panel, data: st.DataObject) -> None:
    steps = data.draw(st.integers(1, 4))
    each = panel.each()
    check_same(panel.longer(steps), [longer(one, steps) for one in each])
    check_same(panel.last(steps), [one.rows(max(0, len(one) - steps), len(one)) for one in each])
    parts = [range(len(one) // 3, len(one) // 3 + 1 + len(one) // 2) for one in each]
    check_same(
        panel.cut(parts), [one.rows(p.start, p.stop) for one, p in zip(each, parts, strict=True)]
    )
    numbers = data.draw(st.permutations(range(len(panel))))[: max(1, len(panel) - 1)]
    some = panel.take(np.array(numbers))
    check_same(some, [each[number] for number in numbers])
    assert some.ids == tuple(numbers)
    assert some.static[0][1].tolist() == ["pqrs"[number] for number in numbers]
    if panel.flat.columns:
        known = np.random.default_rng(0).normal(size=(len(panel), steps, 2))
        rows = panel.longer(steps, known).last(steps).flat.covariates
        np.testing.assert_array_equal(rows, known.reshape(-1, 2))
    for rows in (np.arange(len(panel.flat)), np.array([0]), np.array([], dtype=np.intp)):
        wanted = np.searchsorted(panel.offsets, rows, side="right") - 1
        np.testing.assert_array_equal(panel.which(rows), wanted)


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("frequency", ["D", "h", "MS", "B"])
def test_rows_ahead_go_on_from_different_ends(frequency: str, zone: str | None) -> None:
    index = pd.date_range("2024-03-25 00:30", periods=9, freq=frequency, tz=zone)
    ends = np.array([8, 2, 8, 5])
    found = rows_after(index, ends, frequency, 3)
    made = [TimeSeries(np.zeros(1), np.ones(1, bool), index[[end]], frequency, "") for end in ends]
    wanted = made[0].after(3).append([one.after(3) for one in made[1:]])
    assert found.equals(wanted)
    assert found.dtype == wanted.dtype


@settings(max_examples=40)
@given(panels(), st.data())
def test_windows_of_many_series_are_those_of_each(panel: Panel, data: st.DataObject) -> None:
    draw = data.draw
    timesteps, horizon = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    gaps, first = draw(st.sampled_from(["fill", "drop"])), draw(st.integers(0, 1))
    least = draw(st.integers(1, timesteps))
    parts = [range(draw(st.integers(0, rows)), rows) for rows in panel.lengths.tolist()]
    wanted = [
        windows_in(
            panel.flat,
            range(begin + part.start, begin + part.stop),
            timesteps=timesteps,
            horizon=horizon,
            gaps=gaps,
            begin=begin + first,
            least=least,
        ).origins
        for begin, part in zip(panel.offsets[:-1].tolist(), parts, strict=True)
    ]
    starts, stops = edges(parts)
    begins = panel.offsets[:-1] + first
    found = windows_of_each(
        panel.flat,
        np.maximum(panel.offsets[:-1] + starts - 1, begins + least - 1),
        panel.offsets[:-1] + stops - horizon,
        begins,
        timesteps=timesteps,
        horizon=horizon,
        gaps=gaps,
    )
    np.testing.assert_array_equal(found.origins, np.concatenate(wanted))


def test_splits_of_many_series_are_a_sequence_of_parts() -> None:
    def split(rows: int) -> Parts:
        return chronological(rows, validation=0.2, calibration=0.1)

    lengths = np.array([10, 25, 10, 40])
    found = splits_by_length(lengths, split)
    assert list(found) == [split(rows) for rows in lengths.tolist()]
    assert found == [split(rows) for rows in lengths.tolist()]
    assert found != [split(rows) for rows in (10, 25, 10, 41)]
    assert found != "parts"
    assert len(found[1:3]) == 2
    assert found[1:3] == Splits(found.stops[1:3])
    assert found[-1].train == range(28)
    for name in Parts._fields:
        assert list(found.part(name)) == [getattr(one, name) for one in found]
    assert whole_each(lengths)[1] == Parts(range(25), *3 * (range(25, 25),))


def test_ranges_are_a_sequence_of_them() -> None:
    listed = [range(2, 5), range(0), range(7, 8)]
    ranges = Ranges(*edges(listed))
    assert list(ranges) == [range(2, 5), range(0), range(7, 8)]
    assert list(ranges[1:]) == list(ranges)[1:]
    assert spans_of(*edges(ranges)).tolist() == [2, 3, 4, 7]


def test_means_of_spans_are_those_of_each_to_the_bit() -> None:
    random = np.random.default_rng(1)
    values, lengths = random.normal(size=2000), random.integers(0, 300, size=60)
    starts = random.integers(0, 1700, size=60)
    found = means_of(values, starts, lengths)
    for mean, start, length in zip(found, starts, lengths, strict=True):
        assert mean == (values[start : start + length].mean() if length else 0)


def test_a_panel_of_one_stays_one() -> None:
    one = TimeSeries(np.arange(5.0), np.ones(5, bool), pd.RangeIndex(5), STEP, "y")
    panel = panel_of(one)
    assert panel.longer(2).flat.index.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert panel.last(2).offsets.tolist() == [0, 2]
    assert not panel.last(2).long
