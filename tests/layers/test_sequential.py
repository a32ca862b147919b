"""Sequential: compile, fit, evaluate, predict, save, load."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import (
    DataError,
    NonFiniteLossError,
    NotFittedError,
    SettingError,
    ShapeError,
    TooFewRowsError,
)
from forecast.models.settings import ForecasterSettings
from forecast.training.examples import ArrayExamples
from forecast.training.trainer import streams, train

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 5, 2)).astype("float32")
Y = X[:, -1].sum(axis=1, keepdims=True)


def model_of(*layers, optimizer="adam", loss="mse", metrics=None, **more):
    made = fc.Sequential(layers or (fc.GRU(6, input_shape=(5, 2)), fc.Dense(1)), **more)
    made.compile(optimizer, loss, metrics)
    return made


def same(one, other):
    return all(
        np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True)
    )


def test_a_fit_is_the_trainer_s_fit_of_the_forecaster_s_network():
    model = model_of(fc.GRU(6, input_shape=(5, 1)), fc.Dense(1))
    settings = ForecasterSettings(
        "gru", timesteps=5, hidden_units=6, clip_norm=None, patience=None, epochs=4
    )
    network = settings.network(settings.chosen_engine())
    parameters = network.init(np.random.default_rng(3))
    model.set_weights(list(parameters.values()))
    x = X[:, :, :1]
    trained = train(
        network, parameters, ArrayExamples(x, Y), settings.training(), random=streams(0)
    )
    history = model.fit(x, Y, epochs=4)
    np.testing.assert_array_equal(
        np.concatenate([w.ravel() for w in model.get_weights()]), trained.parameters.flat
    )
    assert history.history["loss"] == [epoch.loss for epoch in trained.history]


def test_the_history_holds_losses_and_metrics_of_every_epoch():
    model = model_of(metrics=["mae", "rmse"])
    history = model.fit(X, Y, epochs=3, validation_split=0.25)
    assert history.epoch == [0, 1, 2]
    assert list(history.history) == ["loss", "mae", "rmse", "val_loss", "val_mae", "val_rmse"]
    assert all(len(values) == 3 for values in history.history.values())
    loss, mae, rmse = model.evaluate(X[45:], Y[45:])
    found = [history.history[name][-1] for name in ("val_loss", "val_mae", "val_rmse")]
    assert [loss, mae, rmse] == pytest.approx(found, rel=1e-5)
    assert rmse**2 == pytest.approx(loss, rel=1e-5)
    error = np.abs(model.predict(X[45:]) - Y[45:]).mean()
    assert mae == pytest.approx(float(error), rel=1e-5)
    named = model.evaluate(X[45:], Y[45:], return_dict=True)
    assert named == {"loss": loss, "mae": mae, "rmse": rmse}


def test_the_last_examples_are_held_out_before_shuffling():
    whole, cut = model_of(), model_of()
    moved = Y.copy()
    moved[45:] += 100
    whole.fit(X, moved, epochs=2, validation_split=0.25)
    cut.fit(X[:45], Y[:45], epochs=2)
    assert same(whole, cut)
    given = model_of()
    history = given.fit(X[:45], Y[:45], epochs=2, validation_data=(X[45:], moved[45:]))
    assert history.history["val_loss"][-1] > 9000


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", fc.SGD(0.05, momentum=0.9)])
def test_a_second_fit_goes_on_where_the_first_stopped(engine, optimizer):
    once, twice = (model_of(optimizer=optimizer, engine=engine) for _ in range(2))
    once.fit(X, Y, epochs=6, shuffle=False)
    twice.fit(X, Y, epochs=2, shuffle=False)
    twice.fit(X, Y, epochs=4, shuffle=False)
    for one, other in zip(once.get_weights(), twice.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)
    afresh = model_of(optimizer=optimizer, engine=engine)
    afresh.fit(X, Y, epochs=2, shuffle=False)
    afresh.compile(optimizer, "mse")
    afresh.fit(X, Y, epochs=4, shuffle=False)
    assert not same(afresh, twice)


def test_with_and_without_callbacks_the_weights_are_the_same():
    told = []
    plain, called = model_of(), model_of()
    plain.fit(X, Y, epochs=3)
    called.fit(X, Y, epochs=3, callbacks=lambda epoch, logs: told.append((epoch, sorted(logs))))
    assert same(plain, called)
    assert told == [(0, ["loss"]), (1, ["loss"]), (2, ["loss"])]


def test_a_callback_sees_the_weights_of_its_epoch_and_can_end_the_fit():
    class Watcher(fc.Callback):
        def __init__(self):
            self.losses = []

        def on_epoch_end(self, epoch, logs=None):
            self.losses.append(self.model.evaluate(X, Y))
            self.model.stop_training = epoch == 2

    watcher, model = Watcher(), model_of()
    history = model.fit(X, Y, epochs=50, callbacks=[watcher])
    assert history.epoch == [0, 1, 2]
    assert len(set(watcher.losses)) == 3
    assert watcher.losses[-1] == model.evaluate(X, Y)


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_waits_and_goes_back(restore):
    stopping = fc.EarlyStopping(patience=2, restore_best_weights=restore)
    model = model_of(optimizer=fc.Adam(0.05))
    noise = RANDOM.standard_normal((20, 1))
    history = model.fit(X, Y, epochs=300, validation_data=(X[:20], noise), callbacks=stopping)
    losses = history.history["val_loss"]
    assert len(losses) < 300
    assert stopping.best_epoch == int(np.argmin(losses)) == len(losses) - 3
    expected = min(losses) if restore else losses[-1]
    assert model.evaluate(X[:20], noise) == pytest.approx(expected, rel=1e-5)


def test_early_stopping_names_what_it_can_watch():
    with pytest.raises(SettingError, match="`monitor` must be one of loss; got 'val_loss'"):
        model_of().fit(X, Y, callbacks=fc.EarlyStopping())


def test_a_fit_that_diverges_leaves_the_weights_alone():
    model = model_of(optimizer=fc.SGD(1e30))
    before = model.get_weights()
    with pytest.raises(NonFiniteLossError):
        model.fit(X, Y * 1e30, epochs=5, verbose=0)
    for one, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, kept)


def test_an_interrupted_fit_keeps_the_last_finished_epoch():
    def interrupt(epoch, logs):
        if epoch == 1:
            raise KeyboardInterrupt

    model, two = model_of(), model_of()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=50, callbacks=interrupt)
    two.fit(X, Y, epochs=2)
    assert same(model, two)


def test_a_label_a_sequence_is_learned():
    labels = (Y > 0).astype(int)
    model = model_of(
        fc.GRU(8, input_shape=(5, 2)), fc.Dense(1, "sigmoid"),
        optimizer=fc.Adam(0.02), loss="binary_crossentropy", metrics=["accuracy"],
    )  # fmt: skip
    history = model.fit(X, labels, epochs=40)
    assert history.history["accuracy"][-1] > 0.9
    right = (model.predict(X) > 0.5) == (labels > 0.5)
    assert model.evaluate(X, labels)[1] == pytest.approx(right.mean())


@pytest.mark.parametrize("sparse", [True, False])
def test_a_label_a_step_is_learned(sparse):
    labels = (X[..., 0] > 0).astype(int)
    name = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    model = model_of(
        fc.LSTM(8, return_sequences=True, input_shape=(None, 2)), fc.Dense(2, "softmax"),
        optimizer=fc.Adam(0.03), loss=name, metrics=["acc"],
    )  # fmt: skip
    history = model.fit(X, labels if sparse else np.eye(2)[labels], epochs=30)
    assert history.history["acc"][-1] > 0.95
    np.testing.assert_allclose(model.predict(X).sum(axis=-1), 1, rtol=1e-5)


def test_metrics_of_one_s_own():
    def bias(target, prediction):
        return prediction - target

    model = model_of(metrics=[bias])
    found = model.evaluate(X, Y, return_dict=True)["bias"]
    assert found == pytest.approx(float((model.predict(X) - Y).mean()), rel=1e-5)


def test_verbose_writes_a_line_an_epoch(capsys):
    model_of().fit(X, Y, epochs=2, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2"]
    assert "loss: " in lines[0]
    model_of().fit(X, Y, epochs=2)  # no terminal here
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda m: fc.Sequential(m.layers[:0]).fit(X, Y), NotFittedError, "model.compile"),
        (lambda m: m.compile("adam"), SettingError, "`loss` must be given"),
        (lambda m: m.compile("adam", "l3"), SettingError, "`loss` must be one of"),
        (lambda m: m.compile("adagrad", "mse"), SettingError, "`optimizer` must be one of"),
        (lambda m: m.compile(3, "mse"), SettingError, "must be a name or one of fc.Adam"),
        (lambda m: m.compile("adam", "mse", ["f1"]), SettingError, "`metrics` must be one of"),
        (lambda m: m.compile("adam", "mse", ["mae", "mae"]), SettingError, "unique names"),
        (lambda m: m.fit(X, Y[:9]), ShapeError, "one row an example; got 60 and 9"),
        (lambda m: m.fit(X, np.zeros((60, 3))), ShapeError, r"give 'dense' 3 unit\(s\)"),
        (lambda m: m.fit(X, np.zeros((60, 5, 1))), ShapeError, "return_sequences=True"),
        (lambda m: m.fit(X, np.array(["a"] * 60)), DataError, "`y` must hold numbers"),
        (lambda m: m.fit(X, Y, batch_size=0), SettingError, "`batch_size` must be"),
        (lambda m: m.fit(X, Y, epochs=0), SettingError, "`epochs` must be"),
        (lambda m: m.fit(X, Y, verbose=7), SettingError, "`verbose` must be"),
        (lambda m: m.fit(X, Y, callbacks=[3]), SettingError, "on_epoch_end"),
        (lambda m: m.fit(X, Y, validation_split=1.0), SettingError, "`validation_split` must be"),
        (lambda m: m.fit(X[:1], Y[:1], validation_split=0.5), TooFewRowsError, "leaves 0 of 1"),
        (lambda m: m.fit(X, Y, mask=np.ones((60, 4))), ShapeError, r"\(60, 5\); got \(60, 4\)"),
        (lambda m: m.fit(X[:0], Y[:0]), TooFewRowsError, "no training example"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_lost(call, error, said):
    model = model_of()
    before = model.get_weights()
    with pytest.raises(error, match=said):
        call(model)
    for one, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, kept)


def test_nobody_to_predict_for_is_no_error():
    assert model_of().predict(X[:0]).shape == (0, 1)


def test_targets_of_one_output_may_leave_out_the_axis():
    one, other = model_of(), model_of()
    one.fit(X, Y[:, 0])
    other.fit(X, Y)
    assert same(one, other)
