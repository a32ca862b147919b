"""How many rows hold how much, and what a planted lag looks like."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import SettingError
from forecast.insight.influence import Influence


def influence(*by_step: list[float], segment: int = 1) -> Influence:
    """Return an influence with these norms by lag, newest first, one list a step ahead."""
    by_lag = np.array(by_step, dtype=float)
    return Influence("GRU", "gradient", ("y",), by_lag[..., None], by_lag, by_lag[:, 0], 1, segment)


def test_the_newest_rows_that_hold_a_share_are_counted() -> None:
    found = fc.effective_memory(influence([50, 25, 20, 4, 1]))
    assert found.lags == {50: 1, 90: 3, 99: 4}
    assert found.said == "90 % of what GRU uses lies in the last 3 of 5 timesteps."
    assert fc.effective_memory(influence([50, 25, 20, 4, 1]), shares=[95, 100]).lags == {
        95: 3,
        100: 5,
    }


def test_each_step_ahead_has_its_own() -> None:
    table = fc.effective_memory(influence([99.5, 0.5, 0], [0, 1, 1])).table
    assert table.to_dict("list") == {"step": [1, 2], "50": [1, 2], "90": [1, 3], "99": [1, 3]}


def test_nothing_and_one_row_are_said_as_such() -> None:
    nothing = fc.effective_memory(influence([0, 0]))
    assert nothing.lags == {50: 0, 90: 0, 99: 0}
    assert nothing.said == "GRU uses nothing of its 2 timesteps."
    assert "train it longer" in nothing.advice.said
    one = fc.effective_memory(influence([1, 0, 0]))
    assert one.said == "90 % of what GRU uses lies in the last timestep of 3 timesteps."


def test_what_leaves_all_numbers_is_no_memory() -> None:
    for size in (np.nan, np.inf):
        found = fc.effective_memory(influence([1, 2, 3], [1, size, 0]))
        assert found.lags == {50: 0, 90: 0, 99: 0}
        assert found.said == "What GRU uses cannot be told: its gradient leaves all numbers."
        assert found.advice.timesteps == 3
        assert "lower `learning_rate`" in found.advice.said


def test_advice_shortens_lengthens_or_leaves_the_window() -> None:
    fading = fc.effective_memory(influence(list(0.3 ** np.arange(20.0)))).advice
    assert fading.timesteps == 4
    assert "99 %" in fading.said
    flat = fc.effective_memory(influence([1.0] * 20)).advice
    assert flat.timesteps == 40
    assert "10 %" in flat.said
    slow = fc.effective_memory(influence(list(0.8 ** np.arange(20.0)))).advice
    assert slow.timesteps == 20
    assert fc.effective_memory(influence([1.0, *[0.0] * 11], segment=4)).advice.timesteps == 4


def test_what_is_read_last_is_no_sign_of_a_short_window() -> None:
    flat = influence([1.0] * 10)
    assert fc.effective_memory(flat).advice.said.startswith("The oldest timestep still holds 10 %")
    turned = fc.effective_memory(replace(flat, turned=True)).advice
    assert turned.timesteps == 10
    assert turned.said.endswith("which reads these last: that says nothing of a longer window.")
    model = fc.Sequential([fc.Bidirectional(fc.GRU(3), input_shape=(6, 2)), fc.Dense(1)])
    x = np.random.default_rng(0).normal(size=(4, 6, 2))
    assert fc.influence(model, x).turned
    plain = fc.Sequential([fc.GRU(3, input_shape=(6, 2)), fc.Dense(1)])
    assert not fc.influence(plain, x).turned


def test_one_share_needs_no_list() -> None:
    assert fc.effective_memory(influence([50, 25, 20, 4, 1]), shares=75).lags == {75: 2}


def test_wrong_shares_are_refused() -> None:
    for shares in ((), (0,), (101,)):
        with pytest.raises(SettingError, match="`shares`"):
            fc.effective_memory(influence([1]), shares=shares)
    with pytest.raises(SettingError, match="measured already"):
        fc.effective_memory(influence([1]), np.zeros(3))


def fitted(y: np.ndarray | pd.DataFrame) -> fc.Forecaster:
    """Fit a GRU; a little noise on the inputs makes it costly to read what tells nothing."""
    model = fc.Forecaster(
        "gru", timesteps=10, hidden_units=16, scaling="none", input_noise=0.05, epochs=200,
        learning_rate=1e-2, schedule="cosine", patience=None, batch_size=64,
    )  # fmt: skip
    return model.fit(y)


def test_a_series_that_hangs_on_lag_7_puts_the_influence_there() -> None:
    y = list(np.random.default_rng(0).uniform(-0.8, 0.8, 7))
    for _ in range(3000):
        y.append(1 - 1.8 * y[-7] ** 2)  # chaotic: nothing but that lag tells the next value
    model = fitted(np.array(y))
    found = fc.influence(model, np.array(y))
    assert found.share()[6] >= 80
    assert fc.effective_memory(found).lags[90] == 7


def test_a_target_that_hangs_on_the_last_input_needs_one_or_two_rows() -> None:
    value = np.random.default_rng(0).uniform(-1, 1, 3000)
    rows = pd.DataFrame({"y": 1 - 1.8 * np.roll(value, 1) ** 2, "value": value}).iloc[1:]
    assert fc.effective_memory(fitted(rows), rows).lags[90] in (1, 2)
