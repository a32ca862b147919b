"""Dilated layers and residual links: against the paper's formula, gradients, masks, engines."""

import dataclasses

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.dilation import Dilated
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual
from forecast.nn.stack import Stack
from tests.nn.gradient_check import (
    Problem,
    assert_directional,
    awkward_mask,
    drawn_parameters,
    target_off_kinks,
)
from tests.nn.published_equations import STEPS

CELLS = ["simple_rnn", "gru", "lstm"]
BATCH, FEATURES = 5, 3


def weights_of(layer, features=FEATURES):
    network = Stack((("layer", layer),), features)
    return drawn_parameters(network, np.random.default_rng(3)).part("layer")


def drawn(timesteps, *, masked=False, dtype="float64"):
    generator = np.random.default_rng(4)
    x = generator.standard_normal((BATCH, timesteps, FEATURES)).astype(dtype)
    return x, awkward_mask(generator, BATCH, timesteps) if masked else None


def posed(layer, timesteps, *, masked):
    network, generator = Stack((("layer", layer),), FEATURES), np.random.default_rng(2)
    x, mask = drawn(timesteps, masked=masked)
    problem = Problem(network, drawn_parameters(network, generator), x, mask=mask)
    ahead = problem.forward()
    states, pull = (
        tuple(tuple(generator.standard_normal(part.shape) for part in row) for row in ahead.states)
        for _ in range(2)
    )
    target = target_off_kinks(ahead.outputs, generator)
    return dataclasses.replace(problem, states=states, target=target, pull=pull)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("timesteps", [2, 6, 7])
def test_a_state_comes_from_so_many_steps_before(cell, timesteps):
    d, options = 3, CellOptions()
    layer = Dilated(Recurrent(cell, 2, True, options), d)
    weights, (x, _) = weights_of(layer), drawn(timesteps)
    ahead = layer.forward(weights, x)
    for row in range(BATCH):
        states = [tuple([0.0] * 2 for _ in ahead.state)] * d
        for t in range(timesteps):
            states.append(STEPS[cell](weights, x[row, t].tolist(), states[-d], options))
        hidden = [state[0] for state in states]
        np.testing.assert_allclose(ahead.outputs[row], hidden[d:], rtol=1e-12)
        for number, part in enumerate(ahead.state):
            held = [state[number] for state in states[-d:]]
            np.testing.assert_allclose(part[row], held, rtol=1e-12)
    last = dataclasses.replace(layer, layer=Recurrent(cell, 2)).forward(weights, x)
    np.testing.assert_array_equal(last.outputs, ahead.outputs[:, -1])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("timesteps", [2, 6, 7])
def test_gradients_of_a_dilated_layer(cell, sequences, timesteps):
    layer = Dilated(Recurrent(cell, 3, sequences), 3)
    assert_directional(posed(layer, timesteps, masked=timesteps > 2), directions=1)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sequences", [True, False])
def test_gradients_past_a_residual_link(cell, sequences):
    inner = Recurrent(cell, FEATURES, sequences)
    assert_directional(posed(Residual(inner), 4, masked=True), directions=1)
    assert_directional(posed(Residual(Dilated(inner, 2)), 5, masked=False), directions=1)


@pytest.mark.parametrize("cell", CELLS)
def test_a_dilation_of_one_is_the_layer_itself(cell):
    layer, (x, mask) = Recurrent(cell, 4, True), drawn(5, masked=True)
    weights = weights_of(layer)
    one, other = (each.forward(weights, x, mask=mask) for each in (layer, Dilated(layer, 1)))
    np.testing.assert_array_equal(other.outputs, one.outputs)
    for ours, theirs in zip(other.state, one.state, strict=True):
        np.testing.assert_array_equal(ours[:, 0], theirs)


@pytest.mark.parametrize("cut", [1, 2, 3, 5])
def test_states_go_on_over_any_cut(cut):
    layer, (x, _) = Dilated(Recurrent("lstm", 4, True), 3), drawn(7)
    weights = weights_of(layer)
    whole, first = layer.forward(weights, x), layer.forward(weights, x[:, :cut])
    second = layer.forward(weights, x[:, cut:], state=first.state)
    joined = np.concatenate((first.outputs, second.outputs), axis=1)
    np.testing.assert_allclose(joined, whole.outputs, rtol=1e-12)
    for ours, theirs in zip(second.state, whole.state, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("side", ["front", "back"])
@pytest.mark.parametrize("linked", [True, False])
def test_padded_steps_change_nothing(side, linked):
    inner = Dilated(Recurrent("gru", FEATURES), 2)
    layer = Residual(inner) if linked else inner
    weights, (x, _) = weights_of(layer), drawn(5)
    wrong = np.full((BATCH, 3, FEATURES), np.nan)
    joined = (wrong, x) if side == "front" else (x, wrong)
    mask = np.arange(8) >= 3 if side == "front" else np.arange(8) < 5
    mask = np.repeat(mask[None], BATCH, axis=0)
    padded = layer.forward(weights, np.concatenate(joined, axis=1), mask=mask)
    np.testing.assert_allclose(padded.outputs, layer.forward(weights, x).outputs, rtol=1e-12)
    back = layer.backward(weights, padded.cache, np.ones_like(padded.outputs))
    assert np.isfinite(back.d_x).all()
    assert not back.d_x[~mask].any()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("sequences", [True, False])
def test_both_engines_agree_and_trace_every_state(cell, masked, sequences):
    x, mask = drawn(7, masked=masked, dtype="float32")
    found = []
    for engine in ("numpy", "numba"):
        inner = Recurrent(cell, FEATURES, sequences, engine=engine)
        layer = Residual(Dilated(inner, 3))
        weights = {name: one.astype("float32") for name, one in weights_of(layer).items()}
        ahead = layer.forward(weights, x, mask=mask)
        back = layer.backward(weights, ahead.cache, np.ones_like(ahead.outputs), trace=True)
        assert back.trace.shape == (BATCH, 7, FEATURES)
        found.append([ahead.outputs, *ahead.state, back.d_x, back.trace, *back.d_state])
        found[-1] += [back.gradients[name] for name in weights]
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_what_does_not_fit_is_refused():
    with pytest.raises(SettingError, match="got 4 units for 3 features"):
        Stack((("layer", Residual(Recurrent("gru", 4))),), FEATURES).shapes()
    back = Recurrent("gru", 3, go_backwards=True)
    for build in (Residual, lambda layer: Dilated(layer, 2)):
        with pytest.raises(SettingError, match="must read forwards"):
            build(back)
    layer = Dilated(Recurrent("gru", 3), 2)
    with pytest.raises(ShapeError, match=r"shape \(5, 2, 3\)"):
        layer.forward(weights_of(layer), drawn(4)[0], state=(np.zeros((BATCH, 3)),))
