"""Many series as one: where each begins, and that nothing crosses."""

import numpy as np
import pandas as pd
import pytest

from forecast.data.columns import Columns
from forecast.data.panel import Panel, joined, panel_of, prepare_panel
from forecast.data.scales import scales_of
from forecast.data.scaling import Scaler
from forecast.data.series import prepare
from forecast.data.windows import rows_of
from forecast.errors import DataError, TooFewRowsError
from forecast.models.recipe import part_windows
from forecast.models.settings import ForecasterSettings


def long(lengths: dict[object, int], freq: str = "D", start: str = "2024-01-01") -> pd.DataFrame:
    """Series k holds 1000 k + 0, 1, 2, …"""
    return pd.concat(
        pd.DataFrame({
            "unique_id": [one] * rows,
            "ds": pd.date_range(start, periods=rows, freq=freq),
            "y": 1000.0 * k + np.arange(rows),
        })
        for k, (one, rows) in enumerate(lengths.items())
    )  # fmt: skip


def test_series_stand_one_after_another_in_the_order_they_first_appear() -> None:
    frame = long({"b": 5, "a": 3, "c": 1})
    panel = prepare_panel(frame)
    assert panel.ids == ("b", "a", "c")
    assert panel.offsets.tolist() == [0, 5, 8, 9]
    assert panel.lengths.tolist() == [5, 3, 1]
    assert panel.ends.tolist() == [4, 7, 8]
    assert panel.which(np.arange(9)).tolist() == [0] * 5 + [1] * 3 + [2]
    assert panel.long
    assert len(panel) == 3
    for number, one in enumerate(panel.each()):
        rows = frame[frame["unique_id"] == panel.ids[number]]
        assert one.name == panel.ids[number]
        assert one.values.tolist() == rows["y"].tolist()
        assert one.index.tolist() == rows["ds"].tolist()


def test_rows_of_series_may_be_mixed_as_long_as_each_rises() -> None:
    frame = long({"a": 20, "b": 20})
    mixed = frame.sort_values("ds", kind="stable")
    one, two = prepare_panel(frame), prepare_panel(mixed)
    np.testing.assert_array_equal(one.flat.values, two.flat.values)
    with pytest.raises(DataError, match=r"Series 'a'.*increasing"):
        prepare_panel(frame.iloc[::-1].sort_values("unique_id", kind="stable"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([7, 3], (7, 3)),
        (np.array([7, 3], np.int16), (7, 3)),
        (["7", "3"], ("7", "3")),
        (["07", "7"], ("07", "7")),
        (pd.Categorical(["x", "y"], categories=["z", "y", "x"]), ("x", "y")),
        ([1.5, 2.5], ("1.5", "2.5")),
    ],
)
def test_ids_stay_numbers_or_text(given: object, kept: tuple[object, ...]) -> None:
    frame = pd.DataFrame({
        "unique_id": np.repeat(np.arange(2), 4),
        "ds": np.tile(pd.date_range("2024-01-01", periods=4), 2),
        "y": np.arange(8.0),
    })  # fmt: skip
    frame["unique_id"] = pd.Series(given).take(np.repeat([0, 1], 4)).array
    assert prepare_panel(frame).ids == kept
    assert [type(one) for one in prepare_panel(frame).ids] == [type(one) for one in kept]


def test_the_frequency_is_that_of_the_longest_series() -> None:
    panel = prepare_panel(long({"short": 1, "two": 2, "long": 30}, "MS"))
    assert panel.flat.frequency == "MS"
    assert panel.lengths.tolist() == [1, 2, 30]


def test_gaps_are_filled_within_a_series() -> None:
    holed = long({"a": 6, "b": 6})
    holed.loc[holed["y"].isin([5.0, 1000.0]), "y"] = np.nan
    panel = prepare_panel(holed)
    # The last of a is held; the first of b, which nothing stands before, is dropped.
    assert panel.offsets.tolist() == [0, 6, 11]
    assert panel.flat.values[[4, 5, 6]].tolist() == [4.0, 4.0, 1001.0]
    assert np.flatnonzero(~panel.flat.observed).tolist() == [5]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda f: f.assign(y=f["y"].where(f["unique_id"] == "a")), "Series 'b'.*every row is bl"),
        (lambda f: f.assign(y=f["y"].mask(f["y"] == 1003, np.inf)), "Series 'b'.*infinite"),
        (lambda f: pd.concat([f, f.tail(1)]), "Series 'b'.*stand twice"),
        (lambda f: f.assign(unique_id=f["unique_id"].mask(f["y"] == 2)), "blank in row 2"),
        (lambda f: f.iloc[:0], "has no row"),
        (lambda f: f.assign(y=f["y"].astype(str) + "?"), "Series 'a'.*must hold numbers"),
        (lambda f: f.drop(columns="y").assign(u=1.0, v=2.0), "Series 'a'.*One column"),
        (
            lambda f: pd.concat([f, f.tail(1).assign(ds=pd.Timestamp("2024-02-01 12:00"))]),
            "Series 'b'.*2024-02-01 12:00",
        ),
    ],
)
def test_an_error_names_the_series(change: object, match: str) -> None:
    with pytest.raises(DataError, match=match):
        prepare_panel(change(long({"a": 20, "b": 20})))


def test_covariates_of_a_panel_are_its_other_numbers() -> None:
    frame = long({"a": 10, "b": 12})
    frame["x"], frame["note"] = -frame["y"], "?"
    panel = prepare_panel(frame, columns=Columns(None, None))
    assert panel.flat.columns == ("x",)
    np.testing.assert_array_equal(panel.flat.covariates[:, 0], -panel.flat.values)
    only = prepare_panel(panel, columns=Columns(None, ()))
    assert only.flat.columns == ()
    with pytest.raises(DataError, match="no column 'z'"):
        prepare_panel(panel, columns=Columns(None, ("z",)))


def test_a_series_is_a_panel_of_one() -> None:
    series = prepare(pd.Series(np.arange(9.0), name="level"))
    panel = panel_of(series)
    assert (panel.ids, panel.long, panel.offsets.tolist()) == (("level",), False, [0, 9])
    assert panel.one(0).values.tolist() == series.values.tolist()
    again = joined([series], ("level",), long=False)
    assert again.offsets.tolist() == [0, 9]


def windows(panel: Panel, **given: object) -> list[list[int]]:
    """The rows that each training window may read and forecast."""
    settings = ForecasterSettings(timesteps=4, horizon=2, **given)
    found = part_windows(settings, panel, [range(n) for n in panel.lengths], 2)
    return [list(range(max(o - 3, 0), o + 3)) for o in found.origins.tolist()]


@pytest.mark.parametrize("transform", ["none", "difference"])
def test_windows_lie_in_one_series_each(transform: str) -> None:
    panel = prepare_panel(long({"a": 12, "b": 15, "c": 9}))
    first = int(transform == "difference")
    found = windows(panel, transform=transform)
    assert [len(one) for one in found] == [6] * (7 + 10 + 4 - 3 * first)
    for rows in found:
        assert len(set(panel.which(np.array(rows)).tolist())) == 1
        start = int(panel.offsets[panel.which(np.array(rows[:1]))[0]])
        assert rows[0] >= start + first


def test_a_series_without_a_whole_window_has_padded_ones_up_to_the_end_of_its_part() -> None:
    panel = prepare_panel(long({"a": 12, "b": 5, "c": 2, "d": 6}))
    settings = ForecasterSettings(timesteps=4, horizon=2)
    everything = part_windows(settings, panel, [range(n) for n in panel.lengths], 2)
    by_series = [
        everything.origins[panel.which(everything.origins) == k].tolist() for k in range(4)
    ]
    # b: 5 rows < 4 + 2, from its first row on; c: no two rows ahead; d: one whole window.
    assert by_series == [[3, 4, 5, 6, 7, 8, 9], [12, 13, 14], [], [22]]
    # In a part that ends sooner, a has no whole window either.
    early = part_windows(settings, panel, [range(5), range(5), range(2), range(6)], 2)
    assert early.origins[early.origins < 12].tolist() == [0, 1, 2]


def test_rows_before_a_series_are_its_first() -> None:
    rows = np.arange(10.0)
    found = rows_of(rows, np.array([5, 6, 9]), 3, np.array([5, 5, 5]))
    assert found.tolist() == [[5, 5, 5], [5, 5, 6], [7, 8, 9]]


def test_each_window_is_scaled_by_its_series() -> None:
    scales = scales_of([Scaler("standard", 1.0, 2.0), Scaler("standard", 30.0, 4.0)])
    shift, spread = scales.shift_and_spread(np.zeros((3, 2)), np.array([1, 0, 1]))
    assert shift.tolist() == [[30.0], [1.0], [30.0]]
    assert spread.tolist() == [[4.0], [2.0], [4.0]]


def test_changes_are_scaled_and_not_shifted() -> None:
    inputs = np.array([[1.0, 3.0, 5.0, 9.0]])
    for changes, expected in ((False, 9.0), (True, 0.0)):
        scales = scales_of([Scaler("window", 0.0, 0.5)])
        shift, spread = scales.shift_and_spread(inputs, np.array([0]), changes=changes)
        assert (shift.item(), spread.item()) == (expected, inputs.std())


def test_padded_steps_do_not_count_in_the_spread() -> None:
    scales = scales_of([Scaler("window", 0.0, 0.5)])
    inputs = np.array([[9.0, 9.0, 1.0, 3.0], [5.0, 5.0, 5.0, 5.0]])
    real = np.array([[False, False, True, True], [False, False, False, True]])
    shift, spread = scales.shift_and_spread(inputs, np.array([0, 0]), real)
    assert shift.tolist() == [[3.0], [5.0]]
    assert spread.tolist() == [[1.0], [0.5]]  # the second does not move: the least spread


def test_a_cut_keeps_rows_counted_from_the_first_of_each_series() -> None:
    panel = prepare_panel(long({"a": 6, "b": 4}))
    cut = panel.cut([range(1, 4), range(2)])
    assert cut.offsets.tolist() == [0, 3, 5]
    assert cut.flat.values.tolist() == [1.0, 2.0, 3.0, 1000.0, 1001.0]


def test_a_single_series_still_needs_a_whole_window() -> None:
    import forecast as fc

    with pytest.raises(TooFewRowsError, match="Use `timesteps` of"):
        fc.Forecaster(timesteps=24, epochs=1).fit(np.arange(30.0))
