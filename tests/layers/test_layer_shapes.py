"""Layers with Keras' arguments: shapes, counts, calls and the errors people meet first."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import NotFittedError, SettingError, ShapeError

RECURRENT = [fc.SimpleRNN, fc.GRU, fc.LSTM]
X = np.random.default_rng(0).standard_normal((4, 6, 3)).astype("float32")


def test_the_summary_of_a_small_model_says_what_keras_says(capsys):
    model = fc.Sequential()
    model.add(fc.SimpleRNN(3, input_shape=(2, 10)))
    model.summary()
    shown = capsys.readouterr().out
    assert "simple_rnn (SimpleRNN)  (None, 3)" in shown
    assert "Total params: 42 (168.00 B)" in shown


@pytest.mark.parametrize("shape", [{"input_shape": (2, 10)}, {"input_dim": 10, "input_length": 2}])
def test_the_shape_can_be_said_in_two_ways(shape):
    layer = fc.SimpleRNN(3, **shape)
    model = fc.Sequential([layer])
    assert model.input_shape == (None, 2, 10)
    assert model.count_params() == 42
    assert fc.SimpleRNN(hidden_units=3).units == 3


@pytest.mark.parametrize("kind", RECURRENT)
def test_outputs_and_states(kind):
    assert kind(5)(X).shape == (4, 5)
    assert kind(5, return_sequences=True)(X).shape == (4, 6, 5)
    outputs, *states = kind(5, return_sequences=True, return_state=True)(X)
    assert outputs.shape == (4, 6, 5)
    assert [state.shape for state in states] == [(4, 5)] * (2 if kind is fc.LSTM else 1)
    np.testing.assert_array_equal(outputs[:, -1], states[0])


@pytest.mark.parametrize("kind", RECURRENT)
def test_a_call_may_start_from_a_state(kind):
    layer = kind(5, return_state=True)
    whole = layer(X)
    first = layer(X[:, :4])
    on = layer(X[:, 4:], initial_state=first[1:])
    for one, other in zip(on, whole, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    with pytest.raises(ShapeError, match=r"state\(s\); `initial_state` has 3"):
        layer(X, initial_state=[first[0]] * 3)


@pytest.mark.parametrize("kind", RECURRENT)
def test_a_stateful_layer_goes_on_where_it_stopped(kind):
    layer = kind(5, stateful=True)
    whole = kind(5)
    whole(X)
    layer(X[:, :1])
    layer.set_weights(whole.get_weights())
    layer.reset_states()
    layer(X[:, :4])
    np.testing.assert_allclose(layer(X[:, 4:]), whole(X), atol=1e-6)
    layer.reset_states()
    np.testing.assert_allclose(layer(X), whole(X), atol=1e-6)


@pytest.mark.parametrize(("kind", "gates", "biases"), [
    (fc.SimpleRNN, 1, 1), (fc.GRU, 3, 2), (fc.LSTM, 4, 1),
])  # fmt: skip
def test_counts_are_those_of_the_formula(kind, gates, biases):
    for units, features in ((1, 1), (3, 10), (17, 5)):
        layer = kind(units, input_shape=(None, features))
        model = fc.Sequential([layer])
        assert model.count_params() == gates * units * (units + features + biases)
        without = fc.Sequential([kind(units, use_bias=False, input_shape=(None, features))])
        assert without.count_params() == gates * units * (units + features)


def test_every_layer_tells_its_output_shape():
    model = fc.Sequential(
        [
            fc.Masking(input_shape=(12, 4)),
            fc.Bidirectional(fc.LSTM(5, return_sequences=True)),
            fc.Dropout(0.1),
            fc.GRU(6),
            fc.RepeatVector(7),
            fc.SimpleRNN(8, return_sequences=True),
            fc.TimeDistributed(fc.Dense(2)),
        ]
    )
    shapes = [layer.output_shape for layer in model.layers]
    assert shapes == [
        (None, 12, 4), (None, 12, 10), (None, 12, 10), (None, 6), (None, 7, 6), (None, 7, 8),
        (None, 7, 2),
    ]  # fmt: skip
    assert model.predict(np.ones((3, 12, 4))).shape == (3, 7, 2)


def test_a_model_without_a_shape_is_built_at_its_first_call():
    model = fc.Sequential([fc.GRU(3), fc.Dense(1)])
    assert not model.built
    with pytest.raises(NotFittedError, match=r"input_shape=\(24, 1\)"):
        model.summary()
    assert model.predict(X).shape == (4, 1)
    assert model.input_shape == (None, 6, 3)


def test_names_are_unique_and_as_in_keras():
    model = fc.Sequential([fc.GRU(3, return_sequences=True, input_shape=(6, 3)), fc.GRU(3)])
    model.add(fc.Dense(1, name="head"))
    assert [layer.name for layer in model.layers] == ["gru", "gru_1", "head"]
    assert model.get_layer("gru_1") is model.layers[1]
    assert model.get_layer(index=0) is model.layers[0]
    with pytest.raises(SettingError, match="`name` must be unique; 'head' is taken"):
        model.add(fc.Dense(1, name="head"))
    assert model.pop().name == "head"
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize(
    ("build", "error", "said"),
    [
        (lambda: fc.GRU(), SettingError, r"`units` must be given once.*GRU\(32\)"),
        (lambda: fc.GRU(3, hidden_units=3), SettingError, "`units` must be given once"),
        (lambda: fc.GRU(0), SettingError, "`units` must be a whole number at least 1; got 0"),
        (lambda: fc.GRU(3, "swish"), SettingError, "`activation` must be one of"),
        (lambda: fc.GRU(3, kernel_initializer="sunny")(X), SettingError, "kernel_initializer"),
        (lambda: fc.GRU(3, input_shape=(3,)), ShapeError, r"return_sequences=True"),
        (lambda: fc.GRU(3, input_shape=(2, 3), input_dim=3), SettingError, "not both"),
        (lambda: fc.GRU(3, input_length=5, input_dim=0), SettingError, "`input_shape` must be"),
        (lambda: fc.GRU(3, name="a/b"), SettingError, "must not contain a slash"),
        (lambda: fc.Bidirectional(fc.Dense(3)), SettingError, r"Bidirectional\(GRU\(32\)\)"),
        (lambda: fc.TimeDistributed(3), SettingError, r"TimeDistributed\(Dense\(1\)\)"),
        (lambda: fc.RepeatVector(3)(X), ShapeError, "RepeatVector.*expects 2 axes"),
        (lambda: fc.TimeDistributed(fc.Dense(1))(X[:, 0]), ShapeError, "return_sequences=True"),
        (lambda: fc.Sequential([3]), SettingError, r"must be a layer, such as fc.GRU\(32\)"),
        (lambda: fc.Sequential([fc.GRU(3, return_state=True)]), SettingError, "return_state=False"),
        (lambda: fc.GRU(3).weights, NotFittedError, r"input_shape=\(2, 10\)"),
    ],
)  # fmt: skip
def test_errors_say_what_to_change(build, error, said):
    with pytest.raises(error, match=said):
        build()


def test_a_layer_that_does_not_fit_names_itself_and_the_mend():
    with pytest.raises(ShapeError) as caught:
        fc.Sequential([fc.LSTM(3, input_shape=(6, 3)), fc.LSTM(2)])
    said = str(caught.value)
    assert said.startswith("Layer 'lstm' (LSTM) expects 3 axes, (batch, timesteps, features); got")
    assert "return_sequences=True" in said


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros((4, 5, 3)), r"expects x of shape \(batch, 6, 3\); got \(4, 5, 3\).*fc.GRU\("),
        (np.zeros((4, 6, 2)), r"got \(4, 6, 2\). Build 'gru' for it"),
        (
            np.zeros((6, 3)),
            r"got \(6, 3\). One sequence alone needs an axis of the batch: x\[None\]",
        ),
        ([[1, 2], [1]], "its rows have different lengths. Pad them"),
    ],
)
def test_inputs_that_do_not_fit_name_the_layer_and_the_mend(x, said):
    model = fc.Sequential([fc.GRU(3, input_shape=(6, 3)), fc.Dense(1)])
    with pytest.raises(ShapeError, match=said):
        model.predict(x)


def test_numbers_without_features_are_told_how_to_get_them():
    model = fc.Sequential([fc.GRU(3, input_shape=(6, 1))])
    with pytest.raises(ShapeError, match=r"Give every step an axis of features: x\[..., None\]"):
        model.predict(np.zeros((4, 6)))


def test_weights_come_and_go_in_keras_order():
    model = fc.Sequential([fc.GRU(3, input_shape=(6, 2)), fc.Dense(1)])
    weights = model.get_weights()
    assert [array.shape for array in weights] == [(2, 9), (3, 9), (2, 9), (3, 1), (1,)]
    other = fc.Sequential([fc.GRU(3, input_shape=(6, 2)), fc.Dense(1)], seed=1)
    before = other.get_weights()
    with pytest.raises(ShapeError, match="expects kernel"):
        other.set_weights([*weights[:3], weights[3].T, weights[4]])
    for one, kept in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, kept)  # nothing is half put in
    with pytest.raises(ShapeError, match="The model has 5 weights; got 4"):
        other.set_weights(weights[:4])
    other.set_weights(weights)
    x = X[:, :, :2]
    np.testing.assert_array_equal(model.predict(x), other.predict(x))


def test_weights_handed_out_are_copies():
    model = fc.Sequential([fc.Dense(1, input_shape=(3,))])
    model.get_weights()[0][...] = 7
    assert not (model.get_weights()[0] == 7).any()


def test_the_seed_decides_the_first_weights():
    def first(seed):
        return fc.Sequential([fc.LSTM(3, input_shape=(6, 3))], seed=seed).get_weights()[0]

    np.testing.assert_array_equal(first(1), first(1))
    assert (first(1) != first(2)).any()


def test_dropout_acts_in_training_alone_and_the_seed_decides():
    def trained(seed):
        layer = fc.GRU(3, dropout=0.9, seed=seed)
        np.testing.assert_array_equal(layer(X), layer(X))
        return layer(X), layer(X, training=True)

    (plain, one), (_, again), (other, _) = trained(1), trained(1), trained(2)
    assert (one != plain).any()
    np.testing.assert_array_equal(one, again)
    assert (other != plain).any()


def test_a_stateful_layer_of_both_directions_goes_on_too():
    layer = fc.Bidirectional(fc.GRU(3, stateful=True))
    first, second = layer(X), layer(X)
    assert (first != second).any()
    layer.reset_states()
    np.testing.assert_array_equal(layer(X), first)
