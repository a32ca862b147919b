"""States that go on from batch to batch, and steps that are padded."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import SettingError

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 5, 2)).astype("float32")
Y = X[:, -1].sum(axis=1, keepdims=True)


def model_of(*layers, metrics=None, engine="auto"):
    made = fc.Sequential(layers, engine=engine)
    made.compile("adam", "mse", metrics)
    return made


def same(one, other):
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(left, right) for left, right in pairs)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_stateful_model_carries_its_states_from_batch_to_batch(engine):
    layers = (fc.LSTM(4, stateful=True, input_shape=(None, 2)), fc.Dense(1))
    model = model_of(*layers, engine=engine)
    whole = fc.Sequential([fc.LSTM(4, return_sequences=True, input_shape=(None, 2)), fc.Dense(1)])
    whole.set_weights(model.get_weights())
    long = X[:3].reshape(1, 15, 2)
    expected = whole.predict(long)[0, 4::5]
    np.testing.assert_allclose(model.predict(X[:3], batch_size=1), expected, atol=1e-6)
    assert np.abs(model.predict(X[:3], batch_size=1) - expected).max() > 1e-4  # goes on
    model.reset_states()
    np.testing.assert_allclose(model.predict(X[:3], batch_size=1), expected, atol=1e-6)
    model.reset_states()
    loss = model.evaluate(X[:3], Y[:3], batch_size=1)
    assert loss == pytest.approx(float(((expected - Y[:3]) ** 2).mean()), rel=1e-4)


def test_a_stateful_fit_carries_states_on_and_wants_whole_batches():
    def trained(*, reset):
        model = model_of(fc.GRU(4, stateful=True, input_shape=(None, 2)), fc.Dense(1))
        for _ in range(2):
            model.fit(X, Y, batch_size=20, shuffle=False)
            if reset:
                model.reset_states()
        return model

    assert trained(reset=True).layers[0].states is None
    assert trained(reset=False).layers[0].states is not None
    assert not same(trained(reset=True), trained(reset=False))
    with pytest.raises(SettingError, match=r"must divide the number of examples .* 60; got 32"):
        trained(reset=True).fit(X, Y)


def test_padded_steps_change_neither_loss_nor_gradient():
    """A batch of padded sequences trains to the same weights, whatever stands in the padding."""
    mask = np.ones(X.shape[:2], bool)
    mask[::2, :2] = False
    every = np.cumsum(X, axis=1)[..., :1]

    def trained(fill):
        model = model_of(
            fc.GRU(4, return_sequences=True, input_shape=(None, 2)), fc.Dense(1), metrics=["mae"]
        )
        x, y = X.copy(), every.copy()
        x[~mask], y[~mask] = fill, fill
        history = model.fit(x, y, epochs=2, mask=mask)
        return model, history.history, model.evaluate(x, y, mask=mask)

    one, other = trained(0.0), trained(50.0)
    assert same(one[0], other[0])
    assert one[1] == other[1]
    assert one[2] == other[2]
    predicted = one[0].predict(X, mask=mask)
    error = (np.where(mask[..., None], predicted - every, 0) ** 2).sum() / mask.sum()
    assert one[2][0] == pytest.approx(float(error), rel=1e-4)
