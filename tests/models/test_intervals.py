import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import SettingError
from forecast.models.intervals import checked_levels, half_widths


def test_the_rank_is_the_finite_sample_one() -> None:
    scores = np.arange(1.0, 20.0)[::-1, None]  # 19 scores: 1 … 19
    assert half_widths(scores, 80).tolist() == [16.0]  # ⌈20 · 0.8⌉
    assert half_widths(scores, 95).tolist() == [19.0]  # ⌈20 · 0.95⌉
    assert half_widths(scores, 79.9).tolist() == [16.0]
    assert half_widths(scores, 80.1).tolist() == [17.0]


def test_steps_are_ranked_apart_and_blanks_do_not_count() -> None:
    scores = np.array([[1.0, 40.0], [2.0, np.nan], [3.0, 20.0], [4.0, 30.0]])
    assert half_widths(scores[:, :1], 50).tolist() == [3.0]  # ⌈5 · 0.5⌉ = 3
    assert half_widths(scores[:, 1:], 50).tolist() == [30.0]  # ⌈4 · 0.5⌉ = 2 of 20, 30, 40


def test_a_level_that_n_cannot_support_is_refused_naming_n() -> None:
    with pytest.raises(SettingError, match=r"`level` 95 needs at least 19 .* there are 18"):
        half_widths(np.ones((18, 1)), 95)
    half_widths(np.ones((19, 1)), 95)


@pytest.mark.parametrize("level", [0, 100, -5, (80, 101), "80"])
def test_levels_outside_are_refused(level: object) -> None:
    with pytest.raises(SettingError, match="`level`"):
        checked_levels(level)


def test_intervals_are_nested_and_named_as_the_table_says() -> None:
    y = pd.Series(np.random.default_rng(0).normal(size=300).cumsum())
    model = fc.Forecaster("gru", timesteps=8, hidden_units=4, epochs=2, horizon=3).fit(y)
    frame = model.predict(level=(95, 80))
    assert frame.columns.tolist() == [
        "ds",
        "GRU",
        "GRU-lo-80",
        "GRU-hi-80",
        "GRU-lo-95",
        "GRU-hi-95",
    ]
    in_order = frame[["GRU-lo-95", "GRU-lo-80", "GRU", "GRU-hi-80", "GRU-hi-95"]].to_numpy()
    assert (np.diff(in_order, axis=1) > 0).all()
    with pytest.raises(SettingError, match="Fit with horizon=4"):
        model.predict(4, level=80)


def test_intervals_cover_what_they_promise_on_exchangeable_rows() -> None:
    """White noise, 3 × 400 test windows: the share inside lies near the level."""
    inside = []
    for seed in range(3):
        y = pd.Series(np.random.default_rng(seed).normal(size=1600))
        model = fc.Forecaster(
            "gru", timesteps=6, hidden_units=4, epochs=3, calibration=0.3, scaling="standard"
        ).fit(y.iloc[:1200])
        for row in range(1200, 1600):
            frame = model.predict(level=80, data=y.iloc[:row]) if row % 8 == 0 else None
            if frame is not None:
                inside.append(frame["GRU-lo-80"][0] <= y.iloc[row] <= frame["GRU-hi-80"][0])
    # 150 draws with p = 0.8: standard error 0.033, of the calibration part 0.021; three of both.
    assert abs(np.mean(inside) - 0.8) < 0.12


def test_whole_ranks_are_not_lost_to_rounding() -> None:
    scores = np.arange(1.0, 10.0)[:, None]  # 9 scores: ranks 10 · L are whole
    assert half_widths(scores, 80).tolist() == [8.0]
    assert half_widths(scores, 90).tolist() == [9.0]
    assert half_widths(scores, 70).tolist() == [7.0]


def test_levels_come_in_any_collection() -> None:
    assert checked_levels(np.array([90, 80])) == checked_levels({80, 90}) == (80.0, 90.0)
