"""Jacobians of single steps against central differences of the published equations."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import NotFittedError, SettingError
from forecast.insight import step_jacobians as module
from forecast.insight.opened import Wish, opened
from forecast.insight.sides import sides_of
from forecast.insight.states import LayerStates
from forecast.insight.step_jacobians import (
    largest_singular_values,
    spectral_radii,
    step_jacobians,
)
from forecast.nn.blas import one_blas_thread
from forecast.nn.cell import CellOptions
from tests.nn.published_equations import STEPS

EPSILON = 1e-5
WAVE = 10 + np.sin(np.arange(90) / 3) + np.arange(90) % 4
X = np.random.default_rng(0).standard_normal((3, 6, 2))
Before = Callable[[int], int]


def sequential(*layers) -> fc.Sequential:
    """Return layers with biases that are not zero."""
    model = fc.Sequential(layers, dtype="float64", seed=3)
    generator = np.random.default_rng(1)
    model.set_weights(
        [one + 0.5 * generator.standard_normal(one.shape) for one in model.get_weights()]
    )
    return model


def by_differences(
    layer: LayerStates, weights: dict, x: np.ndarray, before: Before, options: CellOptions
) -> np.ndarray:
    """Return the Jacobian of every step; `before` tells the step whose state it goes on from."""
    steps = len(layer.states)
    parts = [layer.states] if layer.memories is None else [layer.states, layer.memories]
    every, found = np.concatenate(parts, axis=1), []
    for t in range(steps):
        last = before(t)
        state = every[last] if 0 <= last < steps else np.zeros(every.shape[1])
        columns = []
        for j in range(len(state)):
            sides = []
            for sign in (1, -1):
                nudged = state.copy()
                nudged[j] += sign * EPSILON
                told = tuple(part.tolist() for part in np.split(nudged, len(parts)))
                new = STEPS[layer.cell](weights, x[t].tolist(), told, options)
                sides.append(np.concatenate(new))
            columns.append((sides[0] - sides[1]) / (2 * EPSILON))
        found.append(np.array(columns).T)
    return np.array(found)


def check(model, data, place: int, weights: dict, x: np.ndarray, before: Before, **options) -> None:
    """Compare a layer's Jacobians with central differences, whole and in the table."""
    layer = fc.hidden_states(model, data).layers[place]
    expected = by_differences(layer, weights, x, before, CellOptions(**options))
    open_ = opened(model, data, Wish(engine="numpy", windows=1))
    side = sides_of(open_.network, open_.weights[0], open_.batch)[place]
    steps = np.arange(len(expected))
    np.testing.assert_allclose(step_jacobians(side, 0, steps), expected, atol=1e-9)
    found = fc.jacobian(model, data)
    table = found.table[found.table["layer"] == layer.name]
    assert table["lag"].tolist() == layer.lags.tolist()
    radii = [np.abs(np.linalg.eigvals(one)).max() for one in expected]
    values = [np.linalg.norm(one, 2) for one in expected]
    # A defective eigenvalue moves by the root of a difference.
    np.testing.assert_allclose(table["spectral_radius"], radii, atol=1e-6)
    np.testing.assert_allclose(table["singular_value"], values, atol=1e-8)


def named(arrays: list[np.ndarray]) -> dict:
    return dict(zip(("kernel", "recurrent_kernel", "bias"), arrays, strict=True))


CELLS = {
    "simple_rnn": lambda: (fc.SimpleRNN(3, input_shape=(6, 2)), True),
    "gru": lambda: (fc.GRU(3, input_shape=(6, 2)), True),
    "gru, reset before": lambda: (fc.GRU(3, reset_after=False, input_shape=(6, 2)), False),
    "lstm": lambda: (fc.LSTM(3, input_shape=(6, 2)), True),
}


@pytest.mark.parametrize("name", CELLS)
def test_it_is_the_derivative_of_a_step_of_each_cell(name: str) -> None:
    layer, after = CELLS[name]()
    model = sequential(layer)
    check(model, X, 0, named(model.get_weights()), X[-1], lambda t: t - 1, reset_after=after)


def test_a_layer_on_top_reads_the_states_below() -> None:
    model = sequential(fc.GRU(4, return_sequences=True, input_shape=(6, 2)), fc.LSTM(3))
    below = fc.hidden_states(model, X).layers[0].states
    check(model, X, 1, named(model.get_weights()[3:]), below, lambda t: t - 1)


def test_the_backward_side_goes_on_from_the_step_behind() -> None:
    model = sequential(fc.Bidirectional(fc.GRU(3), input_shape=(6, 2)))
    check(model, X, 0, named(model.get_weights()[:3]), X[-1], lambda t: t - 1)
    check(model, X, 1, named(model.get_weights()[3:]), X[-1], lambda t: t + 1)


def test_a_dilated_layer_goes_on_from_several_steps_before() -> None:
    settings = {"timesteps": 7, "hidden_units": 3, "dilations": (3,), "epochs": 1}
    model = fc.Forecaster("lstm", dtype="float64", **settings).fit(WAVE)
    weights = opened(model, WAVE, Wish(windows=1)).weights[0].part("recurrent_1")
    x = fc.hidden_states(model, WAVE).inputs
    check(model, WAVE, 0, weights, x, lambda t: t - 3)
    (layer,) = fc.jacobian(model, WAVE).layers
    assert (layer.steps, layer.stride) == (3, 3)


def test_the_chosen_window_and_steps_are_looked_at() -> None:
    model = sequential(fc.GRU(3, input_shape=(6, 2)))
    whole = fc.jacobian(model, X, window=0).table.set_index("lag")
    some = fc.jacobian(model, X, window=-3, steps=3).table.set_index("lag")
    assert some.index.tolist() == [6, 4, 1]
    pd.testing.assert_frame_equal(some, whole.loc[[6, 4, 1]])
    assert not np.allclose(whole["singular_value"], fc.jacobian(model, X).table["singular_value"])
    one = fc.jacobian(model, X, steps=1).table
    assert one["lag"].tolist() == [1]


def test_padded_steps_are_left_out() -> None:
    model = sequential(fc.GRU(3, input_shape=(6, 2)))
    mask = np.ones((3, 6), bool)
    mask[2, :2] = False
    padded = fc.jacobian(model, X, mask=mask).table
    assert padded["lag"].tolist() == [4, 3, 2, 1]
    shorter = sequential(fc.GRU(3, input_shape=(4, 2)))
    shorter.set_weights(model.get_weights())
    pd.testing.assert_frame_equal(padded, fc.jacobian(shorter, X[:, 2:]).table)


def test_many_steps_are_taken_in_parts(monkeypatch) -> None:
    model = sequential(fc.LSTM(3, input_shape=(6, 2)))
    at_once = fc.jacobian(model, X).table
    monkeypatch.setattr(module, "AT_ONCE", 1.0)
    pd.testing.assert_frame_equal(fc.jacobian(model, X).table, at_once)


def test_the_search_for_the_largest_finds_that_of_all(monkeypatch) -> None:
    generator = np.random.default_rng(0)
    drawn = np.stack(
        [
            generator.standard_normal((140, 140)),
            0.9 * np.linalg.qr(generator.standard_normal((140, 140)))[0],
            np.triu(generator.standard_normal((140, 140)), 1),
            np.zeros((140, 140)),
            np.full((140, 140), np.nan),
        ]
    )
    with one_blas_thread():
        sought = spectral_radii(drawn), largest_singular_values(drawn)
        monkeypatch.setattr(module, "DENSE", 1000)
        of_all = spectral_radii(drawn), largest_singular_values(drawn)
    np.testing.assert_allclose(sought, of_all, atol=1e-9)
    assert np.isnan(sought[0]).tolist() == [False] * 4 + [True]


def test_what_is_not_there_is_refused() -> None:
    model = sequential(fc.GRU(3, input_shape=(6, 2)))
    with pytest.raises(SettingError, match="`window` must be a whole number from -3 to 2; got -4"):
        fc.jacobian(model, X, window=-4)
    with pytest.raises(SettingError, match="`member` must be a whole number from 0 to 0; got -1"):
        fc.jacobian(model, X, member=-1)
    with pytest.raises(SettingError, match="`steps` must be a whole number at least 0; got -1"):
        fc.jacobian(model, X, steps=-1)
    none = fc.jacobian(model, X, steps=0)  # for the exponents alone
    assert none.table.empty
    assert none.lyapunov == fc.jacobian(model, X, steps=1).lyapunov
    with pytest.raises(SettingError, match="`length` must be a whole number at least 1; got 0"):
        fc.jacobian(model, X, length=0)
    with pytest.raises(SettingError, match="no recurrent layer"):
        fc.jacobian(sequential(fc.Dense(2, input_shape=(6, 2))), X)
    with pytest.raises(NotFittedError, match="fit"):
        fc.jacobian(fc.Forecaster("gru"), WAVE)
