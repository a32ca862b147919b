"""Losses worked out on paper, observed targets, and their gradients."""

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.losses import HUBER_DELTA, LOSSES, loss_and_gradient
from tests.nn.gradient_check import TOLERANCE, derivative, relative_error, target_off_kinks

PREDICTION = np.array([[1.0, 2.0], [-3.0, 0.5]])
TARGET = np.array([[0.5, 2.0], [1.0, -2.5]])
# errors: 0.5, 0, −4, 3
BY_HAND = {
    "mse": ((0.25 + 0 + 16 + 9) / 4, [[0.25, 0.0], [-2.0, 1.5]]),
    "mae": ((0.5 + 0 + 4 + 3) / 4, [[0.25, 0.0], [-0.25, 0.25]]),
    "huber": ((0.125 + 0 + 3.5 + 2.5) / 4, [[0.125, 0.0], [-0.25, 0.25]]),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_values_and_gradients_by_hand(name):
    value, gradient = loss_and_gradient(name, PREDICTION, TARGET)
    assert value == BY_HAND[name][0]
    np.testing.assert_array_equal(gradient, BY_HAND[name][1])


def test_every_loss_is_worked_out_above():
    assert set(LOSSES) == set(BY_HAND)
    assert HUBER_DELTA == 1.0


@pytest.mark.parametrize(
    ("error", "value", "slope"),
    [(0.0, 0.0, 0.0), (1.0, 0.5, 1.0), (-1.0, 0.5, -1.0), (1.5, 1.0, 1.0), (-0.5, 0.125, -0.5)],
)
def test_huber_on_both_sides_of_delta(error, value, slope):
    found, gradient = loss_and_gradient("huber", np.array([error]), np.zeros(1))
    assert found == value
    assert gradient[0] == slope


# The third target, of error −4, is not observed.
OBSERVED = np.array([[True, True], [False, True]])
PARTLY_BY_HAND = {
    "mse": ((0.25 + 0 + 9) / 3, [[1 / 3, 0.0], [0.0, 2.0]]),
    "mae": ((0.5 + 0 + 3) / 3, [[1 / 3, 0.0], [0.0, 1 / 3]]),
    "huber": ((0.125 + 0 + 2.5) / 3, [[0.5 / 3, 0.0], [0.0, 1 / 3]]),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("missing", [1.0, np.nan, np.inf, -np.inf, 1e30])
def test_unobserved_targets_are_not_read(name, missing):
    target = np.where(OBSERVED, TARGET, missing)
    value, gradient = loss_and_gradient(name, PREDICTION, target, OBSERVED)
    assert value == pytest.approx(PARTLY_BY_HAND[name][0], rel=1e-15)
    np.testing.assert_allclose(gradient, PARTLY_BY_HAND[name][1], rtol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_nothing_observed_is_no_loss_and_no_gradient(name):
    target, observed = np.full((2, 2), np.nan), np.zeros((2, 2), bool)
    value, gradient = loss_and_gradient(name, PREDICTION, target, observed)
    assert value == 0.0
    np.testing.assert_array_equal(gradient, np.zeros((2, 2)))


@pytest.mark.parametrize("name", LOSSES)
def test_all_observed_equals_no_mask_to_the_bit(name):
    plain = loss_and_gradient(name, PREDICTION, TARGET)
    masked = loss_and_gradient(name, PREDICTION, TARGET, np.ones((2, 2), bool))
    assert plain[0] == masked[0]
    assert plain[1].tobytes() == masked[1].tobytes()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("partly", [True, False])
@pytest.mark.parametrize("shape", [(6,), (3, 4), (2, 3, 2)])
def test_gradient_is_the_derivative(name, partly, shape):
    generator = np.random.default_rng(0)
    prediction = generator.standard_normal(shape)
    target = target_off_kinks(prediction, generator)
    error = np.abs(prediction - target)
    assert min(error.min(), np.abs(error - HUBER_DELTA).min()) > 0.1
    observed = generator.random(shape) < 0.6 if partly else None
    _, gradient = loss_and_gradient(name, prediction, target, observed)
    numeric = np.empty(shape)
    for index in np.ndindex(shape):
        direction = np.zeros(shape)
        direction[index] = 1.0
        numeric[index] = derivative(
            lambda size, direction=direction: loss_and_gradient(
                name, prediction + size * direction, target, observed
            )[0]
        )
    assert relative_error(numeric, gradient) < TOLERANCE


@pytest.mark.parametrize(("name", "large"), [("mse", 2.0**12), ("mae", 2.0**24)])
def test_the_loss_is_summed_in_float64_and_the_gradient_stays_float32(name, large):
    # In float32, 2²⁴ + 1 is 2²⁴.
    prediction = np.array([large, 1.0], "float32")
    value, gradient = loss_and_gradient(name, prediction, np.zeros(2, "float32"))
    assert value == (2**24 + 1) / 2
    assert isinstance(value, float)
    assert gradient.dtype == np.float32


@pytest.mark.parametrize("name", LOSSES)
def test_float32_is_kept_with_unobserved_targets(name):
    prediction, target = PREDICTION.astype("float32"), TARGET.astype("float32")
    assert loss_and_gradient(name, prediction, target, OBSERVED)[1].dtype == np.float32


@pytest.mark.parametrize("name", LOSSES)
def test_arguments_are_not_changed(name):
    arguments = PREDICTION.copy(), TARGET.copy(), OBSERVED.copy()
    loss_and_gradient(name, *arguments)
    for left, right in zip(arguments, (PREDICTION, TARGET, OBSERVED), strict=True):
        np.testing.assert_array_equal(left, right)


def test_shapes_must_agree():
    # (4, 1) against (4,) would broadcast to (4, 4) and train on nonsense.
    with pytest.raises(ShapeError) as caught:
        loss_and_gradient("mse", np.zeros((4, 1)), np.zeros(4))
    assert "targets of shape (4, 1) for predictions of shape (4, 1); got (4,)" in str(caught.value)
    with pytest.raises(ShapeError, match=r"got \(4, 1\) and `observed` \(4,\)"):
        loss_and_gradient("mse", np.zeros((4, 1)), np.zeros((4, 1)), np.ones(4, bool))


def test_an_unknown_loss_is_refused():
    with pytest.raises(
        SettingError, match=r"`loss` must be one of 'mse', 'mae', 'huber', .*; got 'l1'"
    ):
        loss_and_gradient("l1", PREDICTION, TARGET)
