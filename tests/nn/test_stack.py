"""Layers one after another, Dense and Dropout."""

import copy

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.losses import loss_and_gradient
from forecast.nn.optimizers import Optimizer, clip_by_global_norm
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from tests.nn.gradient_check import ENGINES, random_states

CELLS = ["simple_rnn", "gru", "lstm"]


def network_of(cell, *, dropout=None, engine="numpy"):
    layers = tuple(Recurrent(cell, size, size == 4, engine=engine) for size in (4, 3))
    return recurrent_network(layers, Dense(2), dropout=dropout, input_dim=2)


def test_recurrent_network_names_its_layers():
    plain, dropped = network_of("gru"), network_of("gru", dropout=Dropout(0.1))
    assert [name for name, _ in plain.layers] == ["recurrent_1", "recurrent_2", "head"]
    assert [name for name, _ in dropped.layers] == [
        "recurrent_1",
        "dropout_1",
        "recurrent_2",
        "head",
    ]


def test_a_small_model_has_as_many_weights_as_in_keras():
    network = Stack((("simple_rnn", Recurrent("simple_rnn", 3)), ("dense", Dense(1))), 10)
    parameters = network.init(np.random.default_rng(0))
    assert {name: view.size for name, view in parameters.items()} == {
        "simple_rnn/kernel": 30,
        "simple_rnn/recurrent_kernel": 9,
        "simple_rnn/bias": 3,
        "dense/kernel": 3,
        "dense/bias": 1,
    }
    assert parameters.flat.shape == (46,)


@pytest.mark.parametrize("cell", CELLS)
def test_a_stack_is_its_layers_by_hand(cell):
    generator, network = np.random.default_rng(0), network_of(cell)
    parameters = network.init(generator, "float64")
    x, states = generator.standard_normal((5, 6, 2)), random_states(network, 5, generator)
    forward = network.forward(parameters, x, states=states)
    by_hand, states_by_hand = x, []
    for (name, layer), state in zip(network.layers, states, strict=True):
        by_hand, last, _ = layer.forward(parameters.part(name), by_hand, state=state or None)
        states_by_hand.append(last)
    np.testing.assert_array_equal(forward.outputs, by_hand)
    for left, right in zip(forward.states, states_by_hand, strict=True):
        np.testing.assert_array_equal(left, right)
    assert [len(state) for state in forward.states] == [1 + (cell == "lstm")] * 2 + [0]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("engine", ENGINES)
def test_two_halves_with_carried_states_equal_one_run(cell, engine):
    generator, network = np.random.default_rng(0), network_of(cell, engine=engine)
    dtype, tolerance = ENGINES[engine]
    parameters = network.init(generator, dtype)
    x = generator.standard_normal((5, 6, 2)).astype(dtype)
    head = network.forward(parameters, x[:, :2])
    tail = network.forward(parameters, x[:, 2:], states=head.states)
    whole = network.forward(parameters, x)
    # Not to the bit: BLAS may sum the input products of fewer rows in another order.
    close = {"rtol": tolerance, "atol": tolerance / 10}
    np.testing.assert_allclose(tail.outputs, whole.outputs, **close)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_float32_training_step_stays_float32(cell, loss, optimizer, engine):
    generator = np.random.default_rng(0)
    network, method = network_of(cell, dropout=Dropout(0.3), engine=engine), Optimizer(optimizer)
    parameters = network.init(generator)
    x, target = (generator.standard_normal(s).astype("float32") for s in ((5, 6, 2), (5, 2)))
    mask = generator.random((5, 6)) < 0.8
    state = method.init(parameters.flat)
    for _ in range(2):
        forward = network.forward(parameters, x, mask=mask, generator=generator)
        _, d_outputs = loss_and_gradient(loss, forward.outputs, target, target < 1)
        back = network.backward(parameters, forward.caches, d_outputs, trace=True)
        gradient, _ = clip_by_global_norm(back.gradients.flat, 0.01)
        step, state = method.update(gradient, state, 1e-3)
        parameters = parameters.with_flat(parameters.flat + step)
        arrays = [
            *(forward.outputs, d_outputs, back.gradients.flat, back.d_x, gradient, step),
            *(state.first, state.second, parameters.flat),
            *(trace for trace in back.traces if trace is not None),
            *(part for row in (*forward.states, *back.d_states) for part in row),
        ]
        assert {array.dtype for array in arrays} == {np.dtype("float32")}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_have_the_names_and_shapes_of_the_weights(cell, engine):
    generator = np.random.default_rng(0)
    network = network_of(cell, dropout=Dropout(0.5), engine=engine)
    parameters = network.init(generator)
    x = generator.standard_normal((5, 6, 2)).astype("float32")
    before = copy.deepcopy((parameters.flat, x))
    forward = network.forward(parameters, x, generator=generator)
    back = network.backward(parameters, forward.caches, np.ones_like(forward.outputs))
    assert back.gradients.shapes == parameters.shapes
    assert back.d_x.shape == x.shape
    np.testing.assert_array_equal(parameters.flat, before[0])
    np.testing.assert_array_equal(x, before[1])


def test_precision_and_seed_of_the_first_weights():
    network = network_of("gru")
    single = network.init(np.random.default_rng(3))
    double = network.init(np.random.default_rng(3), "float64")
    assert (single.flat.dtype, double.flat.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(single.flat, double.flat.astype("float32"))


def test_states_of_too_few_layers_are_refused():
    generator, network = np.random.default_rng(0), network_of("gru")
    parameters = network.init(generator, "float64")
    states = random_states(network, 5, generator)
    with pytest.raises(ShapeError):
        network.forward(parameters, np.zeros((5, 6, 2)), states=states[:1])


@pytest.mark.parametrize("layers", [(), (("a", Dense(1)), ("a", Dense(1)))])
def test_layers_must_be_there_and_have_names_of_their_own(layers):
    with pytest.raises(SettingError, match="at least one layer and unique names; got") as caught:
        Stack(layers, 2)
    assert str([name for name, _ in layers]) in str(caught.value)


def test_input_dim_must_be_a_whole_number():
    with pytest.raises(SettingError, match=r"`input_dim` must be a whole number at least 1; got 0"):
        Stack((("dense", Dense(1)),), 0)


def test_dense_worked_out_on_paper():
    weights = {"kernel": np.array([[1.0, -2.0], [3.0, 0.5]]), "bias": np.array([0.5, -1.0])}
    x = np.array([[2.0, -1.0]])
    np.testing.assert_array_equal(Dense(2).forward(weights, x).outputs, [[-0.5, -5.5]])
    np.testing.assert_array_equal(Dense(2, "relu").forward(weights, -x).outputs, [[1.5, 3.5]])
    plain = Dense(2, use_bias=False).forward({"kernel": weights["kernel"]}, x)
    np.testing.assert_array_equal(plain.outputs, [[-1.0, -4.5]])


def test_dense_acts_on_every_step_alike():
    generator, layer = np.random.default_rng(0), Dense(3, "tanh")
    weights = layer.init(generator, 2)
    x = generator.standard_normal((4, 5, 2))
    whole = layer.forward(weights, x).outputs
    assert whole.shape == (4, 5, 3)
    for t in range(5):
        # Not to the bit: BLAS may sum a product of another shape in another order.
        step = layer.forward(weights, x[:, t]).outputs
        np.testing.assert_allclose(whole[:, t], step, rtol=1e-12, atol=1e-13)


def test_dense_refuses_another_number_of_features():
    layer = Dense(3)
    weights = layer.init(np.random.default_rng(0), 2)
    with pytest.raises(ShapeError, match=r"Dense expects the last axis of x to be 2; got shape \("):
        layer.forward(weights, np.zeros((4, 3)))


def test_dense_checks_its_settings():
    with pytest.raises(SettingError, match="`units` must be a whole number at least 1; got 0"):
        Dense(0)
    with pytest.raises(SettingError, match=r"`activation` must be one of .*; got 'swish'"):
        Dense(1, "swish")


def test_dropout_keeps_the_mean_and_drops_its_share():
    x = np.ones((200, 50, 4))
    outputs = Dropout(0.25).forward({}, x, generator=np.random.default_rng(0)).outputs
    assert set(np.unique(outputs)) == {0.0, 1 / 0.75}
    # 40,000 draws: the standard error of the share is 0.0022.
    assert np.mean(outputs == 0) == pytest.approx(0.25, abs=0.01)
    assert outputs.mean() == pytest.approx(1.0, abs=0.01)


def test_dropout_is_repeatable_and_silent_outside_training():
    x = np.random.default_rng(1).standard_normal((4, 5, 2)).astype("float32")
    layer = Dropout(0.5)
    first, again = (
        layer.forward({}, x, generator=np.random.default_rng(0)).outputs for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.float32
    assert layer.forward({}, x).outputs is x
    assert Dropout(0).forward({}, x, generator=np.random.default_rng(0)).outputs is x
    assert layer.init(np.random.default_rng(0), 2) == {}
    assert layer.output_dim(2) == 2


@pytest.mark.parametrize("rate", [1, -0.1, 1.5, float("nan"), "half", True])
def test_dropout_refuses_a_share_outside_its_range(rate):
    with pytest.raises(
        SettingError, match="`dropout` must be a finite number at least 0 and below 1"
    ):
        Dropout(rate)


def test_padded_steps_reach_no_gradient_of_a_dense_layer_below():
    layers = (("dense", Dense(4, "tanh")), ("recurrent", Recurrent("gru", 3)), ("head", Dense(1)))
    network, generator = Stack(layers, 2), np.random.default_rng(0)
    parameters = network.init(generator, "float64")
    x, mask = generator.normal(size=(5, 6, 2)), np.ones((5, 6), dtype=bool)
    mask[:, :2] = False
    results = []
    for rubbish in (0.0, np.nan):
        given = np.where(mask[:, :, None], x, rubbish)
        ahead = network.forward(parameters, given, mask=mask)
        back = network.backward(parameters, ahead.caches, np.ones_like(ahead.outputs))
        results.append((ahead.outputs, back.gradients.flat, back.d_x))
    for clean, dirty in zip(*results, strict=True):
        np.testing.assert_array_equal(clean, dirty)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_shapes_are_those_of_the_weights_that_are_drawn(cell, reset_after, use_bias):
    options = CellOptions(reset_after=reset_after, use_bias=use_bias)
    layers = (Recurrent(cell, 4, True, options), Recurrent(cell, 3, False, options))
    network = recurrent_network(layers, Dense(2), dropout=Dropout(0.1), input_dim=5)
    parameters = network.init(np.random.default_rng(0))
    assert network.shapes() == parameters.shapes
    assert network.parameter_count == parameters.flat.size
