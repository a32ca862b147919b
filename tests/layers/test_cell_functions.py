"""One step by hand, with columns as vectors, beside the layers."""

import math

import numpy as np
import pytest

import forecast as fc
from forecast.errors import ShapeError

RANDOM = np.random.default_rng(0)


def columns(gates, units=3, input_dim=2):
    """Return x, h, weight_x, weight_h and bias."""
    rows = gates * units
    shapes = ((input_dim, 1), (units, 1), (rows, input_dim), (rows, units), (rows, 1))
    return [RANDOM.standard_normal(shape) for shape in shapes]


def test_the_classical_loop_over_three_numbers_is_a_simple_rnn():
    """Two hidden units, three scalars one after another, every product written out."""
    inputs = [0.5, -1.0, 2.0]
    weight_x, weight_h = [[0.3], [-0.7]], [[0.1, 0.4], [-0.2, 0.5]]
    bias, state, by_hand = [[0.05], [-0.1]], [[0.0], [0.0]], (0.0, 0.0)
    for value in inputs:
        state = fc.rnn_cell([[value]], state, weight_x, weight_h, bias)
        first, second = by_hand
        by_hand = (
            math.tanh(0.3 * value + 0.1 * first + 0.4 * second + 0.05),
            math.tanh(-0.7 * value - 0.2 * first + 0.5 * second - 0.1),
        )
        assert state[:, 0].tolist() == pytest.approx(by_hand, rel=1e-14)
    model = fc.Sequential([fc.SimpleRNN(2, input_shape=(3, 1))], dtype="float64")
    model.set_weights([np.transpose(weight_x), np.transpose(weight_h), np.ravel(bias)])
    predicted = model.predict(np.reshape(inputs, (1, 3, 1)))
    np.testing.assert_allclose(predicted[0], state[:, 0], rtol=1e-13)


@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_is_the_layer_s_step(reset_after):
    x, h, weight_x, weight_h, bias = columns(3)
    recurrent = RANDOM.standard_normal((9, 1)) if reset_after else None
    new = fc.gru_cell(x, h, weight_x, weight_h, bias, recurrent, reset_after=reset_after)
    layer = fc.GRU(3, reset_after=reset_after)
    layer.build((None, 1, 2), np.random.default_rng(0), "float64")
    both = np.stack([bias[:, 0], recurrent[:, 0]]) if reset_after else bias[:, 0]
    layer.set_weights([weight_x.T, weight_h.T, both])
    np.testing.assert_allclose(layer(x.T[None], initial_state=h.T)[0], new[:, 0], rtol=1e-13)


def test_lstm_is_the_layer_s_step():
    x, h, weight_x, weight_h, bias = columns(4)
    c = RANDOM.standard_normal((3, 1))
    new, memory = fc.lstm_cell(x, h, c, weight_x, weight_h, bias)
    layer = fc.LSTM(3, return_state=True)
    layer.build((None, 1, 2), np.random.default_rng(0), "float64")
    layer.set_weights([weight_x.T, weight_h.T, bias[:, 0]])
    _, h_next, c_next = layer(x.T[None], initial_state=[h.T, c.T])
    np.testing.assert_allclose(h_next[0], new[:, 0], rtol=1e-13)
    np.testing.assert_allclose(c_next[0], memory[:, 0], rtol=1e-13)


def test_other_activations():
    x, h, weight_x, weight_h, bias = columns(1)
    total = weight_x @ x + weight_h @ h + bias
    found = fc.rnn_cell(x, h, weight_x, weight_h, bias, activation="relu")
    np.testing.assert_array_equal(found, np.maximum(total, 0))


@pytest.mark.parametrize(
    ("place", "shape", "said"),
    [
        (0, (2,), r"`input` must be a column of shape \(2, 1\); got \(2,\)"),
        (1, (1, 3), r"`hidden_state` must be a column of shape \(3, 1\).*reshape\(-1, 1\)"),
        (2, (2, 3), r"`weight_x` must have shape \(3, input_dim\)"),
        (3, (3, 2), r"`weight_h` must have shape \(units, units\); got \(3, 2\)"),
        (4, (3,), r"`bias` must be a column"),
    ],
)
def test_arrays_that_do_not_fit_are_named(place, shape, said):
    given = columns(1)
    given[place] = np.zeros(shape)
    with pytest.raises(ShapeError, match=said):
        fc.rnn_cell(*given)


def test_a_second_bias_belongs_to_reset_after():
    given = columns(3)
    with pytest.raises(ShapeError, match="reset_after=True only"):
        fc.gru_cell(*given, np.zeros((9, 1)), reset_after=False)
