"""Levels and inputs of each transform, and the way back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.data.panel import joined, panel_of
from forecast.data.series import TimeSeries, prepare
from forecast.data.transforms import TRANSFORMS, from_levels, learn_logs, to_inputs, to_levels
from forecast.errors import DataError

VALUES = np.array([1.0, 2.0, 4.0, 2.0])


@pytest.mark.parametrize(
    ("transform", "levels", "inputs"),
    [
        ("none", [1, 2, 4, 2], [1, 2, 4, 2]),
        ("difference", [1, 2, 4, 2], [0, 1, 2, -2]),
        ("log", np.log([1, 2, 4, 2]), np.log([1, 2, 4, 2])),
        ("log_return", np.log([1, 2, 4, 2]), np.log([1, 2, 2, 0.5])),
    ],
)
def test_by_hand(transform: str, levels: list[float], inputs: list[float]) -> None:
    panel = panel_of(prepare(VALUES))
    found = to_levels(VALUES, panel, transform)
    np.testing.assert_allclose(found, levels, rtol=1e-15)
    np.testing.assert_allclose(to_inputs(found, panel, transform), inputs, rtol=1e-15)


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9))
def test_levels_come_back_as_values(transform: str, values: list[float]) -> None:
    panel = panel_of(prepare(values))
    levels = to_levels(panel.flat.values, panel, transform)
    logs = np.repeat(learn_logs(panel, panel.lengths, transform), len(values))
    np.testing.assert_allclose(from_levels(levels, logs), values, rtol=1e-12)
    inputs = to_inputs(levels, panel, transform)
    if transform in ("difference", "log_return"):
        np.testing.assert_allclose(levels[0] + inputs.cumsum(), levels, rtol=1e-9, atol=1e-6)


def test_no_change_crosses_from_one_series_to_the_next() -> None:
    panel = joined([prepare([1.0, 3.0]), prepare([100.0]), prepare([7.0, 8.0])], ("a", "b", "c"))
    levels = to_levels(panel.flat.values, panel, "difference")
    assert to_inputs(levels, panel, "difference").tolist() == [0, 2, 0, 0, 1]


@pytest.mark.parametrize("transform", ["log", "log_return"])
@pytest.mark.parametrize("low", [0.0, -3.0])
def test_a_logarithm_needs_values_above_0(transform: str, low: float) -> None:
    values = np.array([5.0, low, 2.0, low])
    panel = panel_of(prepare(pd.Series(values, name="level")))
    with pytest.raises(DataError, match=f"`transform='{transform}'`.*'level'.*; 2 are.* {low:g}"):
        to_levels(values, panel, transform)
    two = joined([prepare([1.0, 2.0]), prepare(values)], ("a", 7))
    with pytest.raises(DataError, match="all values of 7 must"):
        to_levels(two.flat.values, two, transform)


def test_rows_that_nobody_observed_may_stand_for_their_neighbour() -> None:
    """A held value less its season may be negative; nobody said that it was."""
    values = np.array([-1.0, 5.0, -2.0, 4.0, -3.0])
    observed = np.array([False, True, False, True, False])
    series = TimeSeries(values, observed, pd.RangeIndex(5), "step", "y")
    levels = to_levels(values, panel_of(series), "log")
    np.testing.assert_allclose(np.exp(levels), [5, 5, 5, 4, 4])
    pair = joined([series, series], ("a", "b"))
    np.testing.assert_allclose(
        np.exp(to_levels(np.tile(values, 2), pair, "log")), [5, 5, 5, 4, 4] * 2
    )
