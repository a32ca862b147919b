"""The activations of the kernels, as near to the functions as their module says."""

import numpy as np
import pytest

from forecast.nn.cell import CellOptions
from forecast.nn.recurrent import Recurrent

BLOCK = 2**14


def activated(name, x):
    """Return what a layer of one unit makes of x: one step, from zero, with a weight of one."""
    options = CellOptions(activation=name, use_bias=False)
    layer = Recurrent("simple_rnn", 1, options=options, engine="numba")
    one = np.ones((1, 1), np.float32)
    weights, inputs = {"kernel": one, "recurrent_kernel": one}, np.asarray(x, np.float32)
    return np.concatenate(
        [
            layer.forward(weights, inputs[start : start + BLOCK, None, None]).outputs[:, 0]
            for start in range(0, len(inputs), BLOCK)
        ]
    )


def sweep():
    """Return float32 numbers of every size and both signs, closest where the functions bend."""
    tiny, most = np.array([1e-30, 3e38], np.float32).view(np.uint32)
    sizes = np.linspace(tiny, most, 200_000).astype(np.uint32).view(np.float32)
    bend = np.linspace(0, 12, 200_000, dtype=np.float32)
    return np.concatenate([sizes, bend, -sizes, -bend])


def test_tanh_is_as_near_as_its_module_says():
    x = sweep()
    found, exact = activated("tanh", x), np.tanh(x.astype(np.float64))
    off = np.abs(found - exact)[exact != 0] / np.abs(exact[exact != 0])
    assert off.max() < 4e-7


def test_tanh_is_odd_and_hands_on_what_is_not_finite():
    x = sweep()
    np.testing.assert_array_equal(activated("tanh", -x), -activated("tanh", x))
    found = activated("tanh", [0.0, -1.2e-38, 1.2e-38, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(found[:3], np.float32([0.0, -1.2e-38, 1.2e-38]))
    np.testing.assert_allclose(found[3:5], [1, -1], rtol=4e-7)
    assert np.isnan(found[5])


def test_sigmoid_is_half_as_far_off_as_tanh():
    x = sweep()
    found, exact = activated("sigmoid", x), 1 / (1 + np.exp(-x.astype(np.float64).clip(-700)))
    # Half of tanh's error, and one rounding of a number of at most one.
    assert np.abs(found - exact).max() < 2e-7 + 6e-8
    ends = activated("sigmoid", [0.0, np.inf, -np.inf, np.nan])
    np.testing.assert_allclose(ends[:3], [0.5, 1, 0], atol=2e-7)
    assert np.isnan(ends[3])


@pytest.mark.parametrize("name", ["relu", "linear"])
def test_relu_and_linear_are_exact_and_hand_nan_on(name):
    x = np.concatenate([sweep(), np.float32([np.inf, -np.inf, np.nan, 0.0])])
    expected = np.maximum(x, 0) if name == "relu" else x
    np.testing.assert_array_equal(activated(name, x), expected)
