"""What settings leave of a series, told before anything is fitted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import TooFewRowsError
from forecast.models.preflight import fewest_rows, memory_bytes, preflight, preflight_rows, seconds
from forecast.models.settings import ForecasterSettings


def series(rows: int, blanks: tuple[int, ...] = ()):
    values = np.sin(np.arange(float(rows)))
    values[list(blanks)] = np.nan
    return prepare(pd.Series(values, index=pd.date_range("2020-01-01", periods=rows)))


def test_the_formula_is_that_of_a_comparison() -> None:
    y = series(400)
    found = preflight(y, ForecasterSettings(timesteps=12, horizon=3))
    result = fc.compare(y, cells=("gru",), timesteps=12, horizon=3, hidden_units=2, epochs=1)
    parts = {name: part["rows"] for name, part in result.data["parts"].items()}
    assert found.parts == parts
    assert found.windows["test"] == result.data["test_windows"]
    assert found.windows["train"] == parts["train"] - 12 - 3 + 1
    assert found.enough
    assert found.formula() == (
        "400 rows − 80 test − 48 calibration − 48 validation = 224 training rows; "
        "224 − 12 timesteps − 3 horizon + 1 = 210 training windows."
    )


@settings(max_examples=30, deadline=None)
@given(timesteps=st.integers(1, 40), horizon=st.integers(1, 15))
def test_the_fewest_rows_are_enough_and_one_less_is_not(timesteps: int, horizon: int) -> None:
    asked = ForecasterSettings(timesteps=timesteps, horizon=horizon)
    needed = fewest_rows(asked)
    assert preflight(series(needed), asked).enough
    assert not preflight(series(needed - 1), asked).enough


@pytest.mark.parametrize(("timesteps", "horizon"), [(2, 1), (12, 3), (24, 1)])
def test_a_comparison_agrees_with_the_fewest_rows(timesteps: int, horizon: int) -> None:
    chosen = {"cells": ("gru",), "timesteps": timesteps, "horizon": horizon, "hidden_units": 2}
    needed = fewest_rows(ForecasterSettings(timesteps=timesteps, horizon=horizon))
    fc.compare(series(needed), epochs=1, season=1, **chosen)
    with pytest.raises(TooFewRowsError):
        fc.compare(series(needed - 1), epochs=1, season=1, **chosen)


@pytest.mark.parametrize("rows", [3, 4, 10])
def test_too_few_rows_are_told_with_the_number_that_is_enough(rows: int) -> None:
    found = preflight(series(rows), ForecasterSettings(timesteps=24, horizon=2))
    assert not found.enough
    assert str(found.needed) in found.formula()
    assert "few" in found.formula()


def test_windows_across_gaps_are_counted_as_left_out() -> None:
    found = preflight(series(300, (50, 51)), ForecasterSettings(timesteps=10, gaps="drop"))
    assert found.windows["train"] < found.parts["train"] - 10
    assert "left out for gaps" in found.formula()


@pytest.mark.parametrize(
    "more",
    [
        {"seasonal_adjustment": "multiplicative"},
        {"seasonal_adjustment": "additive", "season": 12},
        {"strategy": "recursive"},
        {"transform": "difference"},
        {"validation": 0.3, "calibration": 0.0},
    ],
)
def test_a_comparison_agrees_whatever_is_asked_for(more: dict[str, object]) -> None:
    chosen = {"timesteps": 10, "horizon": 3, "hidden_units": 2, **more}
    asked = ForecasterSettings(**chosen)
    needed = fewest_rows(asked, season=7)
    levels = [prepare(series(rows).observed_values() + 3) for rows in (needed, needed - 1)]
    assert [preflight(one, asked).enough for one in levels] == [True, False]
    fc.compare(levels[0], cells=("gru",), epochs=1, **chosen)
    with pytest.raises(TooFewRowsError):
        fc.compare(levels[1], cells=("gru",), epochs=1, **chosen)


@pytest.mark.parametrize("rows", [5, 30, 44, 120, 500])
def test_a_number_of_rows_is_counted_like_a_series(rows: int) -> None:
    asked = ForecasterSettings(timesteps=12, horizon=2)
    assert preflight_rows(rows, asked) == preflight(series(rows), asked)


def test_time_and_memory_grow_with_the_work() -> None:
    small = ForecasterSettings(hidden_units=8, timesteps=8, epochs=5, engine="numpy")
    large = ForecasterSettings(hidden_units=64, timesteps=48, epochs=50, engine="numpy")
    y = series(500)
    assert 0 < seconds(y, small) < seconds(y, large)
    assert 0 < memory_bytes(200, small) < memory_bytes(200, large) < 2**30
    with pytest.raises(TooFewRowsError, match="at least"):
        seconds(series(3), small)
