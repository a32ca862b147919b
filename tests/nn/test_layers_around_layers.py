"""Masking, RepeatVector, Bidirectional, TimeDistributed, and layers that read backwards."""

import dataclasses

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.recurrent import Recurrent
from forecast.nn.shaping import Masking, RepeatVector
from forecast.nn.stack import Stack
from forecast.nn.wrapping import MERGES, Bidirectional, TimeDistributed
from tests.nn.gradient_check import (
    Problem,
    assert_directional,
    awkward_mask,
    drawn_parameters,
    target_off_kinks,
)

CELLS = ["simple_rnn", "gru", "lstm"]
BATCH, TIMESTEPS, FEATURES = 5, 4, 2


def both(cell, merge="concat", *, sequences=True, engine="numpy", **more):
    one = Recurrent(cell, 3, sequences, engine=engine, **more)
    return Bidirectional(one, dataclasses.replace(one, go_backwards=True), merge)


def posed(*layers, masked=False, dropout_seed=None):
    network = Stack(tuple((f"layer_{k}", layer) for k, layer in enumerate(layers)), FEATURES)
    generator = np.random.default_rng(2)
    problem = Problem(
        network,
        drawn_parameters(network, generator),
        generator.standard_normal((BATCH, TIMESTEPS, FEATURES)),
        mask=awkward_mask(generator, BATCH, TIMESTEPS) if masked else None,
        dropout_seed=dropout_seed,
    )
    target = target_off_kinks(problem.forward().outputs, generator)
    return dataclasses.replace(problem, target=target)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("sequences", [True, False])
def test_gradients_of_a_layer_that_reads_backwards(cell, masked, sequences):
    back = Recurrent(cell, 3, sequences, go_backwards=True)
    assert_directional(posed(back, masked=masked))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("sequences", [True, False])
def test_gradients_of_both_directions(cell, merge, sequences):
    assert_directional(posed(both(cell, merge, sequences=sequences), masked=True))


def test_gradients_of_an_encoder_and_a_decoder():
    layers = (
        Recurrent("gru", 3),
        RepeatVector(6),
        Recurrent("lstm", 4, return_sequences=True),
        TimeDistributed(Dense(2, "tanh")),
    )
    assert_directional(posed(*layers, masked=True))


def test_gradients_of_a_softmax_head_and_of_dropout_within_a_layer():
    layers = Recurrent("gru", 3, True, dropout=0.4), Dropout(0.3), Dense(3, "softmax")
    assert_directional(posed(*layers, dropout_seed=5))


@pytest.mark.parametrize("cell", CELLS)
def test_reading_backwards_is_reading_what_was_turned_around(cell):
    ahead = Recurrent(cell, 3, True, options=CellOptions())
    back = dataclasses.replace(ahead, go_backwards=True)
    weights = ahead.init(np.random.default_rng(0), FEATURES)
    x = np.random.default_rng(1).standard_normal((2, 5, FEATURES))
    mask = np.array([[True] * 5, [False, True, True, True, False]])
    np.testing.assert_array_equal(
        back.forward(weights, x, mask=mask).outputs,
        ahead.forward(weights, x[:, ::-1], mask=mask[:, ::-1]).outputs,
    )


@pytest.mark.parametrize("sequences", [True, False])
def test_both_directions_stand_side_by_side_in_the_order_of_the_inputs(sequences):
    layer = both("gru", sequences=sequences)
    weights = layer.init(np.random.default_rng(0), FEATURES)
    x = np.random.default_rng(1).standard_normal((2, 5, FEATURES))
    outputs = layer.forward(weights, x).outputs
    part = {name.removeprefix("backward/"): w for name, w in weights.items() if "backward" in name}
    turned = dataclasses.replace(layer.ahead).forward(part, x[:, ::-1].copy()).outputs
    expected = turned[:, ::-1] if sequences else turned
    np.testing.assert_array_equal(outputs[..., 3:], expected)


def test_both_directions_must_be_alike():
    one = Recurrent("gru", 3)
    with pytest.raises(SettingError, match="go_backwards=True for the backward layer alone"):
        Bidirectional(one, one)
    with pytest.raises(SettingError, match="`merge_mode` must be one of"):
        both("gru", "max")


def test_masking_finds_steps_of_one_value_and_nothing_that_stands_there_counts():
    layer, x = Masking(-1.0), np.array([[[1.0, -1], [-1, -1], [0, 0]]])
    np.testing.assert_array_equal(layer.output_mask(x, None), [[True, False, True]])
    before = np.array([[False, True, True]])
    np.testing.assert_array_equal(layer.output_mask(x, before), [[False, False, True]])
    np.testing.assert_array_equal(layer.forward({}, x).outputs, [[[1, -1], [0, 0], [0, 0]]])
    passed = layer.backward({}, layer.forward({}, x).cache, np.ones_like(x)).d_x
    np.testing.assert_array_equal(passed[0, :, 0], [1, 0, 1])
    with pytest.raises(ShapeError, match="Masking expects x of shape"):
        layer.forward({}, x[0])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_padded_steps_change_neither_state_nor_gradient(cell, engine):
    """Sequences of different lengths in one batch are what each is by itself."""
    dtype, tolerance = ("float64", 1e-12) if engine == "numpy" else ("float32", 1e-5)
    network = Stack(
        (
            ("masking", Masking(9.0)),
            ("both", both(cell, engine=engine)),
            ("recurrent", Recurrent(cell, 4, engine=engine)),
            ("head", Dense(1)),
        ),
        FEATURES,
    )
    generator = np.random.default_rng(0)
    parameters = network.init(generator, dtype)
    lengths, longest = (2, 5, 3), 5
    x = np.full((3, longest, FEATURES), 9.0, dtype)
    for row, length in enumerate(lengths):
        x[row, longest - length :] = generator.standard_normal((length, FEATURES))
    ahead = network.forward(parameters, x)
    pull = generator.standard_normal((3, 1)).astype(dtype)
    together = network.backward(parameters, ahead.caches, pull).gradients.flat
    alone = np.zeros_like(together)
    for row, length in enumerate(lengths):
        one = network.forward(parameters, x[row : row + 1, longest - length :])
        np.testing.assert_allclose(ahead.outputs[row], one.outputs[0], atol=tolerance)
        alone += network.backward(parameters, one.caches, pull[row : row + 1]).gradients.flat
    np.testing.assert_allclose(together, alone, atol=10 * tolerance)


def test_a_repeated_vector_has_no_mask_and_wants_a_vector():
    layer = RepeatVector(3)
    x = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(layer.forward({}, x).outputs, [[[1, 2]] * 3])
    assert layer.output_mask(x, np.ones((1, 3), bool)) is None
    with pytest.raises(ShapeError, match="return_sequences=False"):
        layer.forward({}, x[None])


def test_a_layer_on_every_step_is_a_dense_layer_over_the_last_axis():
    dense = Dense(3)
    weights = dense.init(np.random.default_rng(0), FEATURES)
    x = np.random.default_rng(1).standard_normal((2, 5, FEATURES))
    every = TimeDistributed(dense).forward(weights, x).outputs
    np.testing.assert_allclose(every, dense.forward(weights, x).outputs, atol=1e-15)
    with pytest.raises(ShapeError, match="return_sequences=True"):
        TimeDistributed(dense).forward(weights, x[:, 0])


def test_dropout_within_a_layer_drops_whole_features():
    layer = Recurrent("simple_rnn", 8, dropout=0.5)
    weights = layer.init(np.random.default_rng(0), 4)
    x = np.ones((50, 6, 4))
    cache = layer.forward(weights, x, generator=np.random.default_rng(2)).cache
    assert cache.factor.shape == (50, 1, 4)
    assert set(np.unique(cache.factor)) == {0.0, 2.0}
    assert layer.forward(weights, x).cache.factor is None
