"""A long line is drawn with fewer points, and looks the same."""

import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.charts.backtest import plot_error_by_cutoff
from forecast.charts.errors import plot_errors
from forecast.charts.fan import plot_fan
from forecast.charts.losses import plot_losses
from forecast.charts.predictions import plot_predictions
from forecast.charts.series import plot_series
from forecast.charts.thinning import MOST_MARKED, MOST_POINTS, spread, thinned
from forecast.data.series import TimeSeries
from forecast.errors import MissingExtraError

ROWS = 1_000_000


def walk(rows: int = ROWS, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows).cumsum()


def trace(made: Any, name: str) -> Any:
    return next(one for one in made.data if one.name == name)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 3_000),
    lines=st.integers(1, 5),
    gaps=st.floats(0, 1),
    most=st.integers(100, 1_000),
)
def test_extremes_and_ends_are_kept(
    seed: int, rows: int, lines: int, gaps: float, most: int
) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, lines))
    values[random.random((rows, lines)) < gaps] = np.nan
    places = thinned(values, most)
    assert (np.diff(places) > 0).all()
    assert {0, rows - 1} <= set(places.tolist())
    assert len(places) <= most if rows > most else len(places) == rows
    for line in values.T:
        if np.isfinite(line).any():
            assert np.nanmin(line[places]) == np.nanmin(line)
            assert np.nanmax(line[places]) == np.nanmax(line)


@pytest.mark.parametrize("place", [0, 1, 123_457, 500_000, ROWS - 1])
@pytest.mark.parametrize("size", [-9.0, 9.0])
def test_one_spike_in_a_million_rows_is_drawn(place: int, size: float) -> None:
    values = np.zeros(ROWS)
    values[place] = size
    assert place in thinned(values)


def test_a_short_series_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tsdownsample", None)  # which it does not need
    assert thinned(np.full(MOST_POINTS, np.nan)).tolist() == list(range(MOST_POINTS))
    assert thinned([]).tolist() == []
    assert thinned([3, 1, 2]).tolist() == [0, 1, 2]


def test_a_long_series_without_the_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tsdownsample", None)
    with pytest.raises(MissingExtraError, match=r"tsdownsample.*recurrent-forecast\[plots\]"):
        thinned(walk(10_000))


def test_values_of_other_kinds_are_taken() -> None:
    whole = np.arange(10_000)
    assert len(thinned(whole)) <= MOST_POINTS
    assert len(thinned(whole.astype(np.float32)[::-1])) <= MOST_POINTS
    assert len(thinned(pd.Series(walk(10_000), dtype="Float64"))) <= MOST_POINTS
    assert thinned(np.full(10_000, np.nan)).tolist() == [0, 9_999]
    endless = walk(10_000)
    endless[[5_000, 6_000]] = [np.inf, -np.inf]
    assert len(thinned(endless)) <= MOST_POINTS


def test_gaps_that_can_be_seen_stay_and_others_do_not_tear_the_line() -> None:
    values = walk()
    values[200_000:300_000] = np.nan
    values[700_000:703_000] = np.nan
    values[::100] = np.nan
    places = thinned(values)
    drawn = values[places]
    torn = np.flatnonzero(np.isnan(drawn[1:-1])) + 1
    assert len(torn) == 2, "a gap of one row among a million is narrower than a pixel"
    assert places[torn[0] - 1] == 199_999
    assert places[torn[0] + 1] == 300_001
    assert 703_001 in places


def test_lines_of_one_figure_share_their_places_and_keep_their_own_extremes() -> None:
    lines = np.zeros((ROWS, 8))
    for line in range(8):
        lines[1_000 * line + 7, line] = -1.0
    places = thinned(lines)
    assert len(places) <= MOST_POINTS
    assert {1_000 * line + 7 for line in range(8)} <= set(places.tolist())


def test_marks_are_spread_over_the_whole_series() -> None:
    places = np.concatenate([np.arange(50_000), [600_000, ROWS - 1]])
    kept = spread(places, ROWS)
    assert len(kept) <= MOST_MARKED
    assert {600_000, ROWS - 1} <= set(kept.tolist())
    assert spread(np.array([1, 5]), ROWS).tolist() == [1, 5]
    assert len(spread(np.arange(ROWS), ROWS)) == MOST_MARKED


def test_a_series_of_a_million_rows_keeps_its_spike_and_marks_gaps_everywhere() -> None:
    values = walk()
    values[654_321] = 1e6
    observed = np.ones(ROWS, dtype=bool)
    observed[:9_000] = observed[990_000:] = False
    made = plot_series(TimeSeries(values, observed, pd.RangeIndex(ROWS), "step", "y"))
    line, marks = trace(made, "observed"), trace(made, "filled forward")
    assert max(line.y) == 1e6
    assert (line.x[0], line.x[-1]) == (0, ROWS - 1)
    assert len(line.x) <= MOST_POINTS
    assert len(marks.x) <= MOST_MARKED
    assert min(marks.x) < 9_000
    assert max(marks.x) > 990_000


def long_table(rows: int) -> pd.DataFrame:
    cutoff = pd.date_range("2000", periods=rows, freq="min")
    table = pd.DataFrame({"cutoff": cutoff, "ds": cutoff + pd.Timedelta("1min"), "step": 1})
    table["y"] = walk(rows)
    for seed, label in enumerate(("GRU", "LSTM", "Naive"), 1):
        table[label] = table["y"] + np.random.default_rng(seed).normal(size=rows)
        table.loc[1_000 * seed, label] += 1e4
    return table


def test_a_long_test_part_is_thinned_and_each_model_keeps_its_spike() -> None:
    table = long_table(100_000)
    made = plot_predictions(table)
    for label in ("GRU", "LSTM", "Naive"):
        assert max(trace(made, label).y) == table[label].max()
        assert len(trace(made, label).x) <= MOST_POINTS
    assert len({len(one.x) for one in made.data}) == 1, "a hover finds all of them at one time"
    assert pd.Timestamp(made.data[0].x[0]) == table["ds"].iloc[0]
    errors = plot_errors(table)
    assert all(len(one.x) <= MOST_POINTS for one in errors.data)


def test_many_cutoffs_and_many_epochs_are_thinned() -> None:
    rows = 20_000
    scores = pd.DataFrame(
        {"model": "GRU", "cutoff": pd.date_range("2000", periods=rows), "mae": 1.0}
    )
    scores.loc[777, "mae"] = 50.0
    (line,) = plot_error_by_cutoff(scores).data
    assert max(line.y) == 50
    assert len(line.x) <= MOST_POINTS
    history = pd.DataFrame(
        {"cell": "GRU", "epoch": np.arange(rows), "loss": 1.0, "val_loss": np.nan}
    )
    history.loc[777, "loss"] = 50.0
    (line,) = plot_losses(history).data
    assert max(line.y) == 50
    assert len(line.x) <= MOST_POINTS


@pytest.mark.parametrize("steps", [1, 3_000])
def test_a_fan_shows_all_of_a_long_history_and_its_end_in_detail(steps: int) -> None:
    past = pd.Series(walk(), pd.date_range("2000", periods=ROWS, freq="min"))
    past.iloc[10] = 1e6
    ds = pd.date_range(past.index[-1], periods=steps + 1, freq="min")[1:]
    ahead = pd.DataFrame({"ds": ds, "GRU": 1.0, "GRU-lo-80": 0.0, "GRU-hi-80": 2.0})
    observed = trace(plot_fan(past, ahead, name="y"), "observed")
    assert max(observed.y) == 1e6
    assert len(observed.x) <= MOST_POINTS
    seen = np.asarray(observed.x) >= past.index[-max(60, 5 * steps)].to_datetime64()
    assert seen.sum() >= min(1_900, 60)


def test_a_long_forecast_is_thinned_with_its_bands() -> None:
    past = pd.Series(walk(100))
    ahead = pd.DataFrame({"ds": np.arange(100, 50_100), "GRU": walk(50_000)})
    ahead = ahead.assign(**{"GRU-lo-80": ahead["GRU"] - 1, "GRU-hi-80": ahead["GRU"] + 1})
    made = plot_fan(past, ahead, name="y")
    line = trace(made, "GRU")
    assert len(line.x) <= MOST_POINTS
    assert (line.x[0], line.x[-1]) == (100, 50_099)
    assert max(line.y) == ahead["GRU"].max()
    assert made.layout.title.text == "GRU, 50000 steps ahead"


def test_the_time_of_a_million_rows_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    minutes = pd.date_range("2000", periods=ROWS, freq="min")
    series = TimeSeries(walk(), np.ones(ROWS, dtype=bool), minutes, "min", "y")
    plot_series(series)  # imports
    started = time.perf_counter()
    text = plot_series(series).to_json()
    spent = time.perf_counter() - started
    with capsys.disabled():
        print(f"\n{ROWS:,} rows to a figure's JSON: {1000 * spent:.0f} ms, {len(text):,} bytes")  # noqa: T201
    assert len(text) < 200_000
