"""Models that go to Keras and come back are the same; what has no equal is refused by name."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import NotFittedError, SettingError
from tests.layers.keras_twins import (
    HARMLESS,
    assert_alike,
    drawn,
    every_engine,
    inputs,
    keras,
    output_of,
)

pytestmark = [pytest.mark.parity, HARMLESS]

MODELS = {
    "every cell": lambda k: [
        k.Masking(mask_value=-1.0),
        k.SimpleRNN(3, activation="relu", return_sequences=True, use_bias=False),
        k.GRU(4, reset_after=False, return_sequences=True, recurrent_activation="tanh"),
        k.LSTM(5, unit_forget_bias=False, dropout=0.2, go_backwards=True, name="last"),
        k.Dropout(0.3),
        k.Dense(3, activation="softmax", use_bias=False),
    ],
    "every wrapper": lambda k: [
        k.Bidirectional(k.LSTM(3, kernel_initializer="he_normal"), merge_mode="ave"),
        k.RepeatVector(4),
        k.Bidirectional(k.GRU(2, return_sequences=True, bias_initializer="ones")),
        k.TimeDistributed(k.Dense(2, "tanh", kernel_initializer="lecun_uniform")),
    ],
    "initializers": lambda k: [
        k.GRU(3, recurrent_initializer="identity", return_sequences=True),
        k.SimpleRNN(3, kernel_initializer="random_normal", recurrent_initializer="glorot_normal"),
        k.Dense(1, kernel_initializer="random_uniform", bias_initializer="zeros"),
    ],
}


def ours_of(name, **settings):
    model = fc.Sequential(MODELS[name](fc), name="mine", **settings)
    model.build((None, 6, 3))
    model.set_weights(drawn([weight.shape for weight in model.get_weights()]))
    return model


def theirs_of(*layers, **more):
    return keras.Sequential([keras.Input((6, 3), **more), *layers])


def assert_same_model(one, other):
    assert [(type(a), a.config()) for a in one.layers] == [
        (type(b), b.config()) for b in other.layers
    ]
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype
    facts = ("name", "dtype", "input_shape", "output_shape")
    assert [getattr(one, fact) for fact in facts] == [getattr(other, fact) for fact in facts]


@every_engine
@pytest.mark.parametrize("name", MODELS)
def test_models_go_and_come_back(name, engine):
    ours = ours_of(name, engine=engine)
    theirs, x = fc.to_keras(ours), inputs(5, 6, 3)
    assert_alike(output_of(theirs, x), ours.predict(x))
    back = fc.from_keras(theirs, engine=engine)
    assert_same_model(back, ours)
    np.testing.assert_array_equal(back.predict(x), ours.predict(x))
    assert back.compiled is None


@pytest.mark.parametrize("name", MODELS)
def test_models_of_keras_come_and_go(name):
    theirs, x = theirs_of(*MODELS[name](keras.layers)), inputs(5, 6, 3)
    back = fc.to_keras(fc.from_keras(theirs))
    np.testing.assert_array_equal(output_of(back, x), output_of(theirs, x))
    assert [layer.name for layer in back.layers] == [layer.name for layer in theirs.layers]


def test_double_precision_and_open_length_stay():
    ours = fc.Sequential([fc.GRU(3, input_shape=(None, 2)), fc.Dense(1)], dtype="float64")
    theirs = fc.to_keras(ours)
    assert {layer.dtype for layer in theirs.layers} == {"float64"}
    assert theirs.input_shape == (None, None, 2)
    assert_same_model(fc.from_keras(theirs), ours)


def test_a_stateful_model_needs_the_size_of_its_batches():
    ours = fc.Sequential([fc.GRU(3, stateful=True, input_shape=(4, 2)), fc.Dense(1)])
    with pytest.raises(SettingError, match="`batch_size` must be given for a stateful model"):
        fc.to_keras(ours)
    theirs, x = fc.to_keras(ours, batch_size=5), inputs(5, 4, 2)
    for _ in range(2):
        assert_alike(output_of(theirs, x), ours.predict(x, batch_size=5))
    assert_same_model(fc.from_keras(theirs), ours)


@pytest.mark.parametrize(
    ("optimizer", "loss", "metrics"),
    [
        (fc.Adam(0.02, beta_1=0.8, beta_2=0.99, epsilon=1e-5), "mse", ["mae", "rmse"]),
        (fc.RMSprop(global_clipnorm=0.5, rho=0.8), "huber", None),
        (fc.SGD(0.1, momentum=0.9, nesterov=True), "mae", ["mse"]),
        ("adam", "categorical_crossentropy", ["accuracy"]),
        ("adam", "sparse_categorical_crossentropy", ["accuracy"]),
        ("rmsprop", "binary_crossentropy", ["acc", "mae"]),
    ],
)
def test_how_to_train_goes_along(optimizer, loss, metrics):
    ours = ours_of("every cell")
    ours.compile(optimizer, loss, metrics)
    back = fc.from_keras(fc.to_keras(ours))
    names = [metric.name for metric in ours.compiled.metrics]
    assert back.compiled.optimizer == ours.compiled.optimizer
    assert back.compiled.loss == loss
    assert [metric.name for metric in back.compiled.metrics] == names


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (keras.losses.MeanSquaredError(), "mse"),
        (keras.losses.mean_absolute_error, "mae"),
        ("mean_squared_error", "mse"),
        (keras.losses.BinaryCrossentropy(), "binary_crossentropy"),
        (keras.losses.Huber(delta=2.0), None),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), None),
        (keras.losses.MeanSquaredError(reduction="sum"), None),
        ("poisson", None),
    ],
)
def test_losses_with_an_equal_are_taken(loss, name):
    theirs = theirs_of(keras.layers.GRU(2))
    theirs.compile("adam", loss, metrics=["mae", keras.metrics.Poisson()])
    found = fc.from_keras(theirs).compiled
    assert (found and found.loss) == name
    assert found is None or [metric.name for metric in found.metrics] == ["mae"]


@pytest.mark.parametrize(
    "optimizer",
    [
        keras.optimizers.Adam(amsgrad=True),
        keras.optimizers.Adam(weight_decay=0.1),
        keras.optimizers.AdamW(),
        keras.optimizers.RMSprop(momentum=0.5),
        keras.optimizers.SGD(clipnorm=1.0),
        keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
    ],
)
def test_optimizers_without_an_equal_are_left_out(optimizer):
    theirs = theirs_of(keras.layers.GRU(2))
    theirs.compile(optimizer, "mse")
    ours = fc.from_keras(theirs)
    with pytest.raises(NotFittedError, match="does not know how to train"):
        ours.fit(inputs(4, 6, 3), inputs(4, 2))


def frozen():
    layer = keras.layers.GRU(2)
    layer.trainable = False
    return layer


K = keras.layers
REFUSED = {
    "kind": (lambda: K.Conv1D(2, 3), "Supported are SimpleRNN, GRU, LSTM, Dense"),
    "inner kind": (lambda: K.TimeDistributed(K.LayerNormalization()), "has no equal here"),
    "activation": (lambda: K.LSTM(2, activation="gelu"), "one of 'tanh'.*got 'gelu'"),
    "own function": (lambda: K.GRU(2, activation=lambda x: x), "one of Keras' functions"),
    "head": (lambda: K.Dense(2, activation="leaky_relu"), "'softmax'; got 'leaky_relu'"),
    "initializer": (
        lambda: K.Dense(2, kernel_initializer=keras.initializers.Constant(1.0)),
        "`kernel_initializer` must be one of glorot_uniform, .*got Constant",
    ),
    "its constant": (
        lambda: K.GRU(2, recurrent_initializer=keras.initializers.Orthogonal(2.0)),
        "`recurrent_initializer` must be one of .*got Orthogonal.*2.0",
    ),
    "recurrent dropout": (lambda: K.GRU(2, recurrent_dropout=0.1), "`recurrent_dropout`.*0.1"),
    "regularizer": (lambda: K.LSTM(2, kernel_regularizer="l2"), "`kernel_regularizer`"),
    "constraint": (lambda: K.Dense(2, bias_constraint="non_neg"), "`bias_constraint`"),
    "zeros": (lambda: K.GRU(2, zero_output_for_mask=True), "`zero_output_for_mask`"),
    "noise": (lambda: K.Dropout(0.5, noise_shape=(None, 1, 3)), "`noise_shape`"),
    "frozen": (frozen, "it is frozen"),
    "other side": (
        lambda: K.Bidirectional(K.GRU(2), backward_layer=K.GRU(3, go_backwards=True)),
        "`backward_layer` must be like the forward one",
    ),
    "precision": (lambda: K.GRU(2, dtype="float16"), "must compute in float32 or float64"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_equal_is_refused_with_the_name_of_its_layer(name):
    make, message = REFUSED[name]
    layer = make()
    inner = layer.layer.name if name == "inner kind" else layer.name
    with pytest.raises(SettingError, match=f"(?s)Layer '{inner}'.*{message}"):
        fc.from_keras(theirs_of(layer))


def test_only_built_models_of_the_right_kind():
    entry = keras.Input((6, 3))
    functional = keras.Model(entry, keras.layers.GRU(2)(entry))
    with pytest.raises(SettingError, match=r"`model` must be a keras.Sequential; got <Functional"):
        fc.from_keras(functional)
    with pytest.raises(NotFittedError, match="The Keras model has no weights yet"):
        fc.from_keras(keras.Sequential([keras.layers.GRU(2)]))
    with pytest.raises(SettingError, match=r"`model` must be a fc\.Sequential"):
        fc.to_keras(functional)
    with pytest.raises(NotFittedError, match="The model has no weights yet"):
        fc.to_keras(fc.Sequential([fc.GRU(2)]))
