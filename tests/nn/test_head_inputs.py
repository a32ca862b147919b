"""A head that reads numbers of each example beside the last hidden state."""

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.dense import Dense
from forecast.nn.fused import runner, stream
from forecast.nn.losses import loss_and_gradient
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from tests.nn.gradient_check import TOLERANCE, derivative, relative_error

CELLS = ("simple_rnn", "gru", "lstm")


def network(cell: str = "gru", beside: int = 3, bias: bool = True) -> Stack:
    layers = (Recurrent(cell, 4, True), Recurrent(cell, 3))
    head = Dense(2, use_bias=bias, beside=beside)
    return recurrent_network(layers, head, dropout=None, input_dim=2)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "whole"])
def test_gradients_are_derivatives(cell: str, masked: bool) -> None:
    generator, stack = np.random.default_rng(0), network(cell)
    parameters = stack.init(generator, "float64")
    x, beside = generator.standard_normal((5, 4, 2)), generator.standard_normal((5, 3))
    mask = generator.random((5, 4)) < 0.7 if masked else None
    target = generator.standard_normal((5, 2))

    def loss(flat: np.ndarray, x: np.ndarray) -> float:
        told = parameters.with_flat(flat)
        ahead = stack.forward(told, x, mask=mask, beside=beside)
        return loss_and_gradient("mse", ahead.outputs, target)[0]

    ahead = stack.forward(parameters, x, mask=mask, beside=beside)
    _, d_outputs = loss_and_gradient("mse", ahead.outputs, target)
    back = stack.backward(parameters, ahead.caches, d_outputs)
    flat, found = parameters.flat, []
    for place in range(flat.size):
        direction = np.zeros_like(flat)
        direction[place] = 1.0
        found.append(derivative(lambda size, d=direction: loss(flat + size * d, x)))
    assert relative_error(np.array(found), back.gradients.flat) < TOLERANCE
    direction = generator.standard_normal(x.shape)
    along = derivative(lambda size: loss(flat, x + size * direction))
    assert relative_error(along, float((direction * back.d_x).sum())) < TOLERANCE


def test_shapes_and_names_of_the_head() -> None:
    stack = network()
    shapes = stack.shapes()
    assert shapes["head/kernel"] == (3 + 3, 2)
    assert shapes["head/bias"] == (2,)
    assert stack.init(np.random.default_rng(0)).shapes == shapes
    assert stack.beside == 3
    assert network(beside=0).beside == 0
    kernel = stack.init(np.random.default_rng(0))["head/kernel"]
    assert np.abs(kernel).max() <= np.sqrt(6 / (6 + 2))


def test_the_head_adds_what_stands_beside() -> None:
    generator, stack = np.random.default_rng(0), network()
    parameters = stack.init(generator, "float64")
    x, beside = generator.standard_normal((5, 4, 2)), generator.standard_normal((5, 3))
    without = stack.forward(parameters, x, beside=np.zeros((5, 3))).outputs
    expected = without + beside @ parameters["head/kernel"][3:]
    found = stack.forward(parameters, x, beside=beside).outputs
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("width", "given"), [(3, None), (3, (5, 2)), (3, (4, 3)), (3, (5,)), (0, (5, 0)), (0, (5, 1))]
)
def test_what_does_not_fit_is_refused(engine: str, width: int, given: tuple | None) -> None:
    layer = Recurrent("gru", 4, engine=engine)
    stack = recurrent_network((layer,), Dense(2, beside=width), dropout=None, input_dim=2)
    parameters, x = stack.init(np.random.default_rng(0)), np.zeros((5, 4, 2), np.float32)
    beside = None if given is None else np.zeros(given, np.float32)
    for run in (runner(stack, parameters), stream(stack, parameters)):
        with pytest.raises(ShapeError, match="`beside` must have the shape"):
            run(x, beside=beside)


def test_a_width_below_nothing_is_refused() -> None:
    with pytest.raises(SettingError, match="`beside` must be a whole number at least 0; got -1"):
        Dense(1, beside=-1)
