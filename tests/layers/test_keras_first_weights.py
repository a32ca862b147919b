"""First weights are drawn as Keras draws them."""

import numpy as np
import pytest

import forecast as fc
from forecast.nn.initializers import INITIALIZERS
from tests.layers.keras_twins import HARMLESS, inputs, keras

pytestmark = [pytest.mark.parity, HARMLESS]


@pytest.mark.parametrize("shape", [(240, 160), (160, 240), (2, 40_000), (40_000,)])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_first_weights_are_drawn_alike(name, shape):
    if name in ("orthogonal", "identity") and (len(shape) == 1 or max(shape) > 1000):
        pytest.skip("for square enough matrices only")
    keras.utils.set_random_seed(3)
    ours = INITIALIZERS[name](np.random.default_rng(3), shape)
    theirs = keras.ops.convert_to_numpy(keras.initializers.get(name)(shape))
    spread = theirs.std()
    assert ours.shape == theirs.shape
    # Of 38 400 draws the mean is off by σ / √38400 = 0.5 %, the spread by less; six times that.
    assert abs(ours.mean() - theirs.mean()) <= 0.03 * spread + 1e-7
    assert ours.std() == pytest.approx(spread, rel=0.03)
    if "uniform" in name or name in ("he_normal", "glorot_normal", "lecun_normal"):  # cut off
        # Not the largest: Keras gives up on a draw outside after four tries.
        ends = [np.quantile(np.abs(one), 0.999) for one in (ours, theirs)]
        assert ends[0] == pytest.approx(ends[1], rel=0.01)
    if name == "orthogonal":
        for drawing in (ours, theirs):
            tall = drawing if shape[0] >= shape[1] else drawing.T
            np.testing.assert_allclose(tall.T @ tall, np.eye(min(shape)), atol=1e-5)


@pytest.mark.parametrize("start", ["zeros", "ones"])
@pytest.mark.parametrize("forget", [False, True])
def test_first_biases_of_an_lstm(forget, start):
    ours, theirs = (
        known.LSTM(4, unit_forget_bias=forget, bias_initializer=start)
        for known in (fc, keras.layers)
    )
    ours(inputs(1, 2, 3)), theirs.build((1, 2, 3))
    np.testing.assert_array_equal(ours.get_weights()[2], theirs.get_weights()[2])
