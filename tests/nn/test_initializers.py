"""First values of weights: their spread, their shapes, and who may be chosen."""

import numpy as np
import pytest

from forecast.errors import SettingError
from forecast.nn.dense import Dense
from forecast.nn.initializers import INITIALIZERS
from forecast.nn.recurrent import Recurrent

ROWS, COLUMNS = 300, 200
VARIANCES = {  # of weights (rows, columns)
    "glorot_uniform": 2 / (ROWS + COLUMNS),
    "glorot_normal": 2 / (ROWS + COLUMNS),
    "he_uniform": 2 / ROWS,
    "he_normal": 2 / ROWS,
    "lecun_uniform": 1 / ROWS,
    "lecun_normal": 1 / ROWS,
    "random_uniform": 0.05**2 / 3,
    "random_normal": 0.05**2,
    "zeros": 0.0,
    "ones": 0.0,
}


@pytest.mark.parametrize("name", VARIANCES)
def test_the_spread_is_what_the_formula_says(name):
    drawn = INITIALIZERS[name](np.random.default_rng(0), (ROWS, COLUMNS))
    assert drawn.shape == (ROWS, COLUMNS)
    # The variance of 60,000 draws is within 3 % with all but certainty.
    assert drawn.var() == pytest.approx(VARIANCES[name], rel=0.03)
    assert drawn.mean() == pytest.approx(1.0 if name == "ones" else 0.0, abs=0.002)


def test_normal_draws_are_cut_off_at_two_standard_deviations():
    drawn = INITIALIZERS["lecun_normal"](np.random.default_rng(0), (ROWS, COLUMNS))
    assert np.abs(drawn).max() <= 2 * np.sqrt(1 / ROWS) / 0.87962566103423978


@pytest.mark.parametrize("name", ["orthogonal", "identity"])
@pytest.mark.parametrize("shape", [(4, 4), (4, 12), (12, 4)])
def test_rows_or_columns_stand_at_right_angles(name, shape):
    drawn = INITIALIZERS[name](np.random.default_rng(0), shape)
    small = drawn @ drawn.T if shape[0] <= shape[1] else drawn.T @ drawn
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-12)


def test_a_layer_draws_what_was_chosen_and_nothing_else_anew():
    plain = Recurrent("gru", 3).init(np.random.default_rng(0), 2)
    layer = Recurrent("gru", 3, initializers=(("bias", "ones"),))
    chosen = layer.init(np.random.default_rng(0), 2)
    assert (chosen["bias"] == 1).all()
    np.testing.assert_array_equal(chosen["kernel"], plain["kernel"])
    dense = Dense(2, initializers=(("kernel", "zeros"),)).init(np.random.default_rng(0), 3)
    assert not dense["kernel"].any()
    with pytest.raises(SettingError, match=r"`kernel_initializer` must be one of .*; got 'sunny'"):
        Dense(2, initializers=(("kernel", "sunny"),)).init(np.random.default_rng(0), 3)


@pytest.mark.parametrize(("start", "forget", "others"), [("zeros", True, 0), ("ones", False, 1)])
def test_the_forget_bias_of_lstm(start, forget, others):
    layer = Recurrent(
        "lstm", 2, initializers=(("bias", start),) if start != "zeros" else (),
        unit_forget_bias=forget,
    )  # fmt: skip
    bias = layer.init(np.random.default_rng(0), 3)["bias"]
    assert (bias[2:4] == 1).all()
    assert (np.delete(bias, [2, 3]) == others).all()
    without = Recurrent("lstm", 2, unit_forget_bias=False).init(np.random.default_rng(0), 3)
    assert not without["bias"].any()
