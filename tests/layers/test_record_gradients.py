"""A callback that notes where the gradient goes, and leaves the training alone."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import SettingError
from forecast.training.examples import Batch
from forecast.training.flow import flow_of

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 5, 2)).astype("float32")
Y = X[:, -1].sum(axis=1, keepdims=True)


def trained(*layers: object, callbacks: object = None, **given: object) -> fc.Sequential:
    model = fc.Sequential(layers or (fc.GRU(6, input_shape=(5, 2)), fc.Dense(1)), seed=3)
    model.compile("adam", loss="mse")
    model.fit(X, Y, epochs=3, callbacks=callbacks, **given)
    return model


def test_a_record_holds_every_epoch_and_moves_no_weight() -> None:
    def layers() -> list[object]:
        return [
            fc.Bidirectional(fc.LSTM(3, return_sequences=True), input_shape=(5, 2)),
            fc.Dropout(0.5),
            fc.SimpleRNN(4, dropout=0.2),
            fc.Dense(1),
        ]

    recorded = fc.RecordGradients()
    assert recorded.history.empty
    told, alone = trained(*layers(), callbacks=[recorded]), trained(*layers())
    for one, other in zip(told.get_weights(), alone.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()
    names = [layer.name for layer in told.layers]
    history = recorded.history
    assert history["layer"].drop_duplicates().tolist() == [
        f"{names[0]}/forward", f"{names[0]}/backward", names[2]
    ]  # fmt: skip
    assert history.groupby("epoch").size().to_dict() == dict.fromkeys(range(4), 15)
    assert (history["norm"] > 0).all()


def test_the_last_epoch_is_the_flow_of_the_final_weights() -> None:
    recorded = fc.RecordGradients()
    model = trained(callbacks=recorded, validation_split=0.25)
    some = np.linspace(0, 29, 8).round().astype(int)  # of those that are trained on
    flow = flow_of(model.stack(), model.parameters(), Batch(X[some], Y[some]), "mse")
    last = recorded.history.query("epoch == 3")
    assert last["lag"].tolist() == [5, 4, 3, 2, 1]
    np.testing.assert_allclose(last["norm"], next(iter(flow.norms.values())), rtol=1e-5)
    model.fit(X, Y, epochs=1, callbacks=[recorded])
    assert recorded.history["epoch"].tolist() == [0] * 5 + [1] * 5  # a second fit starts afresh


def test_without_a_recurrent_layer_there_is_nothing_to_record() -> None:
    model = fc.Sequential([fc.Dense(1, input_shape=(2,))])
    model.compile("adam", loss="mse")
    with pytest.raises(SettingError, match=r"no recurrent layer.*Add one, such as fc.GRU"):
        model.fit(X[:, 0], Y, callbacks=[fc.RecordGradients()])


def test_steps_that_a_model_makes_itself_have_lags_of_their_own() -> None:
    recorded = fc.RecordGradients()
    trained(
        fc.GRU(3, input_shape=(5, 2)), fc.RepeatVector(7), fc.GRU(2), fc.Dense(1),
        callbacks=[recorded],
    )  # fmt: skip
    lags = recorded.history.query("epoch == 0").groupby("layer", sort=False)["lag"].max()
    assert lags.tolist() == [5, 7]
