"""Losses of probabilities: worked out by hand, and against central differences."""

import numpy as np
import pytest

from forecast.errors import DataError, ShapeError
from forecast.nn.activations import head_activation
from forecast.nn.losses import CLASSIFICATION, loss_and_gradient, places_of
from tests.nn.gradient_check import TOLERANCE, derivative, relative_error

SHARES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])


def problem(name, shape=(3, 4, 5)):
    """Return predictions, targets and which places count."""
    generator = np.random.default_rng(0)
    prediction = generator.uniform(0.1, 0.9, shape)
    kind = CLASSIFICATION[name]
    if kind.numbered:
        target = generator.integers(0, shape[-1], shape[:-1])
    elif kind.by_class:
        target = np.eye(shape[-1])[generator.integers(0, shape[-1], shape[:-1])]
    else:
        target = generator.integers(0, 2, shape).astype(float)
    return prediction, target, generator.random(places_of(name, prediction)) < 0.6


def test_values_by_hand():
    one_hot, numbers = np.eye(3)[[0, 2]], np.array([0, 2])
    by_hand = -(np.log(0.7) + np.log(0.6)) / 2
    assert loss_and_gradient("categorical_crossentropy", SHARES, one_hot)[0] == pytest.approx(
        by_hand
    )
    sparse = loss_and_gradient("sparse_categorical_crossentropy", SHARES, numbers)
    assert sparse[0] == pytest.approx(by_hand)
    binary = loss_and_gradient(
        "binary_crossentropy", np.array([[0.8], [0.4]]), np.array([[1], [0]])
    )
    assert binary[0] == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)


@pytest.mark.parametrize("name", CLASSIFICATION)
@pytest.mark.parametrize("partly", [True, False])
def test_gradient_is_the_derivative(name, partly):
    prediction, target, observed = problem(name)
    seen = observed if partly else None
    _, gradient = loss_and_gradient(name, prediction, target, seen)
    numeric = np.empty(prediction.shape)
    for index in np.ndindex(prediction.shape):
        direction = np.zeros(prediction.shape)
        direction[index] = 0.1
        numeric[index] = 10 * derivative(
            lambda size, direction=direction: loss_and_gradient(
                name, prediction + size * direction, target, seen
            )[0]
        )
    assert relative_error(numeric, gradient) < TOLERANCE


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_what_is_not_observed_is_not_read(name):
    prediction, target, observed = problem(name)
    expected = loss_and_gradient(name, prediction, target, observed)
    moved = target.astype(float)
    moved[~observed] = np.nan
    found = loss_and_gradient(name, prediction, moved, observed)
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])
    assert not expected[1][~observed].any()
    nobody = loss_and_gradient(name, prediction, target, np.zeros_like(observed))
    assert nobody[0] == 0
    assert not nobody[1].any()


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_certainty_that_is_wrong_costs_much_but_stays_finite(name):
    kind = CLASSIFICATION[name]
    prediction = np.array([[0.0, 1.0]] if kind.by_class else [[0.0]], "float32")
    target = np.array([0] if kind.numbered else [[1.0, 0.0]] if kind.by_class else [[1.0]])
    value, gradient = loss_and_gradient(name, prediction, target)
    assert value == pytest.approx(-np.log(1e-7), rel=1e-3)
    assert np.isfinite(gradient).all()
    assert gradient.dtype == np.float32


def test_a_target_that_is_no_class_is_refused():
    for wrong in ([0, 3], [-1, 0], [0.5, 1]):
        with pytest.raises(DataError, match="must be classes from 0 to 2; got values from"):
            loss_and_gradient("sparse_categorical_crossentropy", SHARES, np.array(wrong))


def test_shapes_say_what_is_wanted():
    with pytest.raises(ShapeError, match=r"expects targets of shape \(2,\) .* got \(2, 3\)"):
        loss_and_gradient("sparse_categorical_crossentropy", SHARES, np.eye(3)[[0, 1]])
    with pytest.raises(ShapeError, match=r"expects targets of shape \(2, 3\) .* got \(2,\)"):
        loss_and_gradient("categorical_crossentropy", SHARES, np.array([0, 1]))


def test_softmax_sums_to_one_and_bears_large_numbers():
    softmax = head_activation("softmax")
    shares = softmax.value(np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(shares, [[1, 0, 0], [1 / 3] * 3])


def test_the_slope_of_softmax_is_its_derivative():
    softmax, generator = head_activation("softmax"), np.random.default_rng(3)
    x, pull, direction = generator.standard_normal((3, 4, 5))
    analytic = np.sum(softmax.back(softmax.value(x), pull) * direction)
    numeric = derivative(lambda size: float(np.sum(softmax.value(x + size * direction) * pull)))
    assert numeric == pytest.approx(analytic, rel=TOLERANCE)
