"""Activations worked out on paper, and their slopes."""

import math

import numpy as np
import pytest

from forecast.errors import SettingError
from forecast.nn.activations import ACTIVATIONS, activation, sigmoid

X = np.array([-3.0, -0.5, 0.0, 0.25, 2.0])
BY_HAND = {
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: x if x > 0 else 0.0,
    "linear": lambda x: x,
}
SLOPES_BY_HAND = {
    "tanh": lambda x: 1 / math.cosh(x) ** 2,
    "sigmoid": lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2,
    "relu": lambda x: 1.0 if x > 0 else 0.0,
    "linear": lambda x: 1.0,
}


def test_every_activation_is_worked_out_above():
    assert set(ACTIVATIONS) == set(BY_HAND)


@pytest.mark.parametrize("name", BY_HAND)
def test_values(name):
    expected = [BY_HAND[name](x) for x in X]
    np.testing.assert_allclose(activation(name).value(X), expected, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("name", BY_HAND)
def test_slopes_from_the_output(name):
    function = activation(name)
    expected = [SLOPES_BY_HAND[name](x) for x in X]
    # 1 − y² loses digits where y is near 1.
    np.testing.assert_allclose(function.slope(function.value(X)), expected, rtol=1e-13)


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(5,), (0,), (2, 3, 4)])
def test_shape_and_precision_are_kept_and_the_argument_is_not_changed(name, dtype, shape):
    x = np.linspace(-2, 2, math.prod(shape)).reshape(shape).astype(dtype)
    before, function = x.copy(), activation(name)
    y = function.value(x)
    slope = function.slope(y)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert (slope.shape, slope.dtype) == (x.shape, x.dtype)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_of_huge_numbers_neither_overflows_nor_warns(dtype):
    huge = np.finfo(dtype).max
    x = np.array([-np.inf, -huge, -1e4, 0.0, 1e4, huge, np.inf], dtype)
    np.testing.assert_array_equal(sigmoid(x), np.array([0, 0, 0, 0.5, 1, 1, 1], dtype))


@pytest.mark.parametrize("wrong", ["swish", "Tanh", "", None])
def test_an_unknown_activation_is_refused_with_the_choices(wrong):
    with pytest.raises(SettingError) as caught:
        activation(wrong)
    assert str(caught.value) == (
        f"`activation` must be one of 'tanh', 'sigmoid', 'relu', 'linear'; got {wrong!r}."
    )
