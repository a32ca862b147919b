"""With the same weights and batches, gradients are Keras' and training ends where Keras' ends."""

import numpy as np
import pytest

import forecast as fc
from tests.layers.keras_twins import (
    HARMLESS,
    assert_alike,
    every_engine,
    inputs,
    keras,
    padded,
    twins,
)

pytestmark = [pytest.mark.parity, HARMLESS]

HEADS = {  # loss: units and activation of the head
    "mse": (2, None),
    "mae": (2, None),
    "huber": (1, None),
    "binary_crossentropy": (2, "sigmoid"),
    "categorical_crossentropy": (3, "softmax"),
    "sparse_categorical_crossentropy": (3, "softmax"),
}
BODIES = {
    "simple_rnn": lambda k: [k.SimpleRNN(5, return_sequences=True)],
    "gru": lambda k: [k.GRU(5, return_sequences=True)],
    "gru, reset before": lambda k: [k.GRU(5, return_sequences=True, reset_after=False)],
    "lstm": lambda k: [k.LSTM(5, return_sequences=True)],
    "backwards": lambda k: [k.LSTM(5, return_sequences=True, go_backwards=True)],
    "both directions": lambda k: [
        k.Bidirectional(k.GRU(4, return_sequences=True), merge_mode="mul"),
        k.Bidirectional(k.SimpleRNN(3, return_sequences=True)),
    ],
    "stack": lambda k: [
        k.GRU(5, return_sequences=True),
        k.TimeDistributed(k.Dense(4, activation="relu")),
        k.LSTM(4, return_sequences=True, activation="sigmoid", use_bias=False),
    ],
}
OPTIMIZERS = {
    "adam": {"name": "Adam", "learning_rate": 0.01},
    "adam with other constants": {"name": "Adam", "learning_rate": 0.02, "beta_1": 0.8},
    "adam, clipped": {"name": "Adam", "learning_rate": 0.01, "global_clipnorm": 0.1},
    "rmsprop": {"name": "RMSprop", "learning_rate": 0.005},
    "sgd": {"name": "SGD", "learning_rate": 0.1, "momentum": 0.9},
    "sgd with nesterov": {"name": "SGD", "learning_rate": 0.1, "momentum": 0.8, "nesterov": True},
}


def optimizers(name):
    arguments = dict(OPTIMIZERS[name])
    kind = arguments.pop("name")
    return getattr(fc, kind)(**arguments), getattr(keras.optimizers, kind)(**arguments)


def targets(loss, shape, seed=4):
    generator = np.random.default_rng(seed)
    classes = shape[-1]
    if loss == "binary_crossentropy":
        return generator.integers(0, 2, shape).astype("float32")
    if loss == "sparse_categorical_crossentropy":
        return generator.integers(0, classes, shape[:-1])
    if loss == "categorical_crossentropy":
        return np.eye(classes, dtype="float32")[generator.integers(0, classes, shape[:-1])]
    return generator.normal(size=shape).astype("float32")


def our_gradients(model, loss, x, y):
    """Return loss and gradients: one step of plain descent at a rate of 1 moves by the gradient."""
    before = model.get_weights()
    model.compile(fc.SGD(learning_rate=1.0), loss)
    history = model.fit(x, y, batch_size=len(x), shuffle=False, verbose=0)
    moved = [old - new for old, new in zip(before, model.get_weights(), strict=True)]
    return history.history["loss"][0], moved


def their_gradients(model, loss, x, y):
    model.compile("sgd", loss)
    model.zero_grad()
    value = model.compute_loss(x, keras.ops.convert_to_tensor(y), model(x, training=True))
    value.backward()
    gradients = [weight.value.grad.numpy() for weight in model.trainable_weights]
    return float(value.detach()), gradients


def assert_same_gradients(ours, theirs, loss, x, y):
    value, gradients = our_gradients(ours, loss, x, y)
    expected, wanted = their_gradients(theirs, loss, x, y)
    assert value == pytest.approx(expected, rel=1e-5)
    for one, other in zip(gradients, wanted, strict=True):
        largest = np.abs(other).max()
        assert largest > 1e-5  # there is something to compare
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * largest)


@every_engine
@pytest.mark.parametrize("where", [None, "pre", "post"])
@pytest.mark.parametrize("loss", HEADS)
def test_gradients_of_every_loss(loss, where, engine):
    """With a mask the loss is the mean over real steps."""
    units, activation = HEADS[loss]

    def layers_of(known):
        body = [known.Masking(), known.GRU(5, return_sequences=True)]
        return [*body, known.Dense(units, activation=activation)]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    x, y = inputs(6, 7, 3), targets(loss, (6, 7, units))
    x = x if where is None else padded(x, where)[0]
    assert_same_gradients(ours, theirs, loss, x, y)


@every_engine
@pytest.mark.parametrize("where", [None, "pre", "post"])
@pytest.mark.parametrize("body", BODIES)
def test_gradients_of_every_layer(body, where, engine):
    # Keras does not turn the mask around for a layer that reads backwards; see test_keras_parity.
    masked = where is not None and body != "backwards"

    def layers_of(known):
        first = [known.Masking()] if masked else []
        return [*first, *BODIES[body](known), known.Dense(3, activation="softmax")]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    x, y = inputs(6, 7, 3), targets("categorical_crossentropy", (6, 7, 3))
    x = padded(x, where)[0] if masked else x
    assert_same_gradients(ours, theirs, "categorical_crossentropy", x, y)


@every_engine
@pytest.mark.parametrize("cell", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("loss", HEADS)
def test_gradients_from_the_last_state(loss, cell, engine):
    units, activation = HEADS[loss]

    def layers_of(known):
        return [getattr(known, cell)(6), known.Dense(units, activation=activation)]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    assert_same_gradients(ours, theirs, loss, inputs(6, 7, 3), targets(loss, (6, units)))


def test_gradients_through_a_decoder():
    def layers_of(known):
        return [
            known.Masking(),
            known.Bidirectional(known.LSTM(4)),
            known.RepeatVector(3),
            known.SimpleRNN(5, return_sequences=True),
            known.TimeDistributed(known.Dense(1)),
        ]

    ours, theirs = twins(layers_of, (7, 3))
    x, y = padded(inputs(6, 7, 3), "post")[0], targets("mse", (6, 3, 1))
    assert_same_gradients(ours, theirs, "mse", x, y)


def fit_both(ours, theirs, x, y, batch_size=8, epochs=5):
    """Fit in the order of the examples and compare weights and losses."""
    more = {"batch_size": batch_size, "epochs": epochs, "shuffle": False, "verbose": 0}
    found, expected = ours.fit(x, y, **more), theirs.fit(x, y, **more)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_alike(one, other, 1e-4)
    assert found.history["loss"] == pytest.approx(expected.history["loss"], rel=1e-4)


@every_engine
@pytest.mark.parametrize("cell", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fits_end_where_keras_ends(optimizer, cell, engine):
    """The second fit goes on with the moments of the first; the last batch is a short one."""
    ours, theirs = twins(lambda k: [getattr(k, cell)(6), k.Dense(1)], (7, 3), engine=engine)
    first, second = optimizers(optimizer)
    ours.compile(first, "mse")
    theirs.compile(second, "mse")
    x, y = inputs(28, 7, 3), targets("mse", (28, 1))
    before = ours.get_weights()[0]
    fit_both(ours, theirs, x, y)
    fit_both(ours, theirs, x, y, epochs=2)
    assert np.abs(ours.get_weights()[0] - before).max() > 0.01  # far beyond the tolerance


@every_engine
def test_fits_of_classes_at_every_step(engine):
    def layers_of(known):
        return [
            known.Masking(),
            known.Bidirectional(known.LSTM(4, return_sequences=True)),
            known.GRU(5, return_sequences=True),
            known.Dense(3, activation="softmax"),
        ]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    for model in (ours, theirs):
        model.compile("adam", "sparse_categorical_crossentropy")
    x, y = (
        padded(inputs(24, 7, 3), "post")[0],
        targets("sparse_categorical_crossentropy", (24, 7, 3)),
    )
    fit_both(ours, theirs, x, y)


@every_engine
def test_stateful_fits_carry_the_states(engine):
    """States go on over the batches, over epochs, and into the next fit."""

    def layers_of(known):
        one = known.GRU(5, return_sequences=True, stateful=True)
        return [one, known.LSTM(4, stateful=True), known.Dense(1)]

    ours, theirs = twins(layers_of, (6, 3), engine=engine, batch_size=8)
    for layer in theirs.layers[:2]:  # 3.15's short cut changes states that PyTorch still needs
        layer.use_cudnn = False
    for model in (ours, theirs):
        model.compile("adam", "mse")
    x, y = inputs(24, 6, 3), targets("mse", (24, 1))
    fit_both(ours, theirs, x, y)
    fit_both(ours, theirs, x, y, epochs=2)
    assert_alike(ours.predict(x, batch_size=8), theirs.predict(x, batch_size=8, verbose=0), 1e-4)


@every_engine
def test_what_evaluate_says(engine):
    def layers_of(known):
        body = [known.Masking(), known.GRU(5, return_sequences=True)]
        return [*body, known.Dense(3, activation="softmax")]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    for model in (ours, theirs):
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    x, y = padded(inputs(24, 7, 3), "pre")[0], targets("categorical_crossentropy", (24, 7, 3))
    assert ours.evaluate(x, y) == pytest.approx(
        theirs.evaluate(x, y, batch_size=24, verbose=0), rel=1e-5
    )


@pytest.mark.parametrize("restore", [False, True])
@every_engine
def test_early_stopping_ends_where_keras_ends(engine, restore):
    def layers_of(known):
        return [known.GRU(8), known.Dense(1, activation="sigmoid")]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    x, noise = inputs(64, 7, 3), inputs(64, 1, seed=9)
    y = (x[:, -1, :1] + 0.3 * noise > 0).astype(
        "float32"
    )  # learned at first, then learned by heart
    told = {"patience": 3, "min_delta": 1e-3, "restore_best_weights": restore}
    runs = []
    for model, known in ((ours, fc), (theirs, keras.optimizers)):
        model.compile(known.Adam(learning_rate=0.03), "binary_crossentropy", metrics=["accuracy"])
        stop = (fc if model is ours else keras.callbacks).EarlyStopping(monitor="val_loss", **told)
        history = model.fit(
            x, y, batch_size=8, epochs=40, validation_split=0.25, callbacks=[stop],
            shuffle=False, verbose=0,
        ).history  # fmt: skip
        runs.append((stop.stopped_epoch, stop.best_epoch, history))
    assert runs[0][:2] == runs[1][:2]
    assert 3 < runs[0][0] < 39
    for name in ("loss", "val_loss", "val_accuracy"):
        assert runs[0][2][name] == pytest.approx(runs[1][2][name], rel=1e-3)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_alike(one, other, 1e-3)
