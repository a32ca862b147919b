"""Losses of heads with several numbers a target, beside formulas found elsewhere."""

import numpy as np
import pytest
from scipy import stats

from forecast.errors import SettingError, ShapeError
from forecast.nn.losses import (
    ALL_LOSSES,
    HEAD_LOSSES,
    loss_and_gradient,
    places_of,
    softplus,
    student_parameters,
    width_of,
)
from tests.nn.gradient_check import TOLERANCE, derivative, relative_error

QUANTILES = (0.1, 0.5, 0.9)


def drawn(name, shape=(4, 2), dtype="float64", seed=0):
    """Return prediction, targets at least 0.1 off every prediction, and which are observed."""
    generator = np.random.default_rng(seed)
    target = generator.standard_normal(shape)
    away = generator.uniform(0.1, 1.5, (*shape, width_of(name, QUANTILES)))
    numbers = target[..., None] + away * generator.choice([-1.0, 1.0], away.shape)
    if name == "student_t":
        numbers[..., 1:] = 3 * generator.standard_normal(numbers[..., 1:].shape)
    observed = generator.random(shape) < 0.6
    assert 0 < observed.sum() < observed.size
    prediction = numbers.reshape(*shape[:-1], -1)
    return prediction.astype(dtype), target.astype(dtype), observed


def test_pinball_by_hand():
    # One example, two steps. Step 1: y = 2 and quantiles 1, 2, 4; step 2: y = 0 and −1, 3, −5.
    prediction, target = np.array([[1.0, 2, 4, -1, 3, -5]]), np.array([[2.0, 0]])
    value, gradient = loss_and_gradient("quantile", prediction, target, quantiles=QUANTILES)
    # q (y − f) above the quantile, (1 − q)(f − y) below it.
    assert value == pytest.approx((0.1 * 1 + 0 + 0.1 * 2 + 0.1 * 1 + 0.5 * 3 + 0.9 * 5) / 6)
    expected = np.array([[-0.1, 0, 0.1, -0.1, 0.5, -0.9]]) / 6
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)


def test_the_median_alone_is_half_of_the_mean_absolute_error():
    prediction, target, observed = np.ones((5, 3)), np.arange(15.0).reshape(5, 3), None
    found = loss_and_gradient("quantile", prediction, target, observed, (0.5,))
    wanted = loss_and_gradient("mae", prediction, target, observed)
    assert found[0] == wanted[0] / 2
    np.testing.assert_array_equal(found[1], wanted[1] / 2)


@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.8])
def test_the_quantile_of_the_targets_has_the_least_pinball(quantile):
    target = np.random.default_rng(0).standard_normal((999, 1))
    candidates = np.quantile(target, np.linspace(0.01, 0.99, 99))
    losses = [
        loss_and_gradient("quantile", np.full((999, 1), one), target, quantiles=(quantile,))[0]
        for one in candidates
    ]
    assert np.linspace(0.01, 0.99, 99)[np.argmin(losses)] == pytest.approx(quantile, abs=0.011)


@pytest.mark.parametrize("spread", [0.1, 3.0, 30.0])
def test_student_is_the_density_that_scipy_has(spread):
    generator = np.random.default_rng(1)
    prediction, target = spread * generator.normal(size=(50, 6)), generator.normal(size=(50, 2))
    value, _ = loss_and_gradient("student_t", prediction, target)
    numbers = prediction.reshape(50, 2, 3)
    scale, freedom = (np.logaddexp(0, numbers[..., 1 + k]) + (1e-3, 2)[k] for k in range(2))
    expected = -stats.t.logpdf(target, freedom, numbers[..., 0], scale)
    assert value == pytest.approx(expected.mean(), rel=1e-12)


def test_student_of_very_many_degrees_of_freedom_is_the_normal_distribution():
    prediction, target = np.array([[0.5, 1.0, 1e9]], "float32"), np.array([[2.0]], "float32")
    value, gradient = loss_and_gradient("student_t", prediction, target)
    scale = np.log1p(np.e) + 1e-3
    assert value == pytest.approx(-stats.norm.logpdf(2.0, 0.5, scale), rel=1e-6)
    assert gradient[0, 0] == pytest.approx(-1.5 / scale**2, rel=1e-6)


@pytest.mark.parametrize("name", HEAD_LOSSES)
@pytest.mark.parametrize("partly", [True, False])
@pytest.mark.parametrize("shape", [(6,), (4, 2), (2, 3, 2)])
def test_gradient_is_the_derivative(name, partly, shape):
    prediction, target, observed = drawn(name, shape)
    observed = observed if partly else None
    _, gradient = loss_and_gradient(name, prediction, target, observed, QUANTILES)
    assert gradient.shape == prediction.shape
    numeric = np.empty_like(prediction)
    for index in np.ndindex(prediction.shape):
        direction = np.zeros_like(prediction)
        direction[index] = 1.0
        numeric[index] = derivative(
            lambda size, direction=direction: loss_and_gradient(
                name, prediction + size * direction, target, observed, QUANTILES
            )[0]
        )
    assert relative_error(numeric, gradient) < TOLERANCE


@pytest.mark.parametrize("name", HEAD_LOSSES)
@pytest.mark.parametrize("missing", [1.0, np.nan, np.inf, -np.inf, 1e30])
def test_unobserved_targets_are_not_read(name, missing):
    prediction, target, observed = drawn(name)
    hidden = np.where(observed, target, missing)
    value, gradient = loss_and_gradient(name, prediction, hidden, observed, QUANTILES)
    numbers = prediction.reshape(*target.shape, -1)
    plain = loss_and_gradient(name, numbers[observed], target[observed][:, None], None, QUANTILES)
    assert value == pytest.approx(plain[0], rel=1e-14)
    slopes = gradient.reshape(numbers.shape)
    np.testing.assert_allclose(slopes[observed], plain[1], rtol=1e-14)
    assert not slopes[~observed].any()


@pytest.mark.parametrize("name", HEAD_LOSSES)
def test_nothing_observed_is_no_loss_and_no_gradient(name):
    prediction, target, observed = drawn(name)
    nothing = np.zeros_like(observed)
    value, gradient = loss_and_gradient(
        name, prediction, np.full_like(target, np.nan), nothing, QUANTILES
    )
    assert value == 0.0
    assert not gradient.any()


@pytest.mark.parametrize("name", HEAD_LOSSES)
@pytest.mark.parametrize("place", ["target", "prediction"])
def test_a_nan_that_is_read_is_seen(name, place):
    prediction, target, _ = drawn(name)
    (target if place == "target" else prediction)[0, -1] = np.nan
    value, gradient = loss_and_gradient(name, prediction, target, None, QUANTILES)
    assert np.isnan(value)
    assert np.isnan(gradient).any()


@pytest.mark.parametrize("name", HEAD_LOSSES)
def test_float32_is_kept_and_arguments_are_not_changed(name):
    arguments = drawn(name, dtype="float32")
    before = [one.copy() for one in arguments]
    value, gradient = loss_and_gradient(name, *arguments, QUANTILES)
    assert isinstance(value, float)
    assert gradient.dtype == np.float32
    for left, right in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(left, right)
    exact = loss_and_gradient(name, arguments[0].astype(float), *arguments[1:], QUANTILES)
    np.testing.assert_allclose(gradient, exact[1], rtol=1e-4, atol=1e-6)


def test_softplus_keeps_its_digits_and_does_not_overflow():
    found = softplus(np.array([-800.0, -40.0, 0.0, 40.0, 1e300]))
    np.testing.assert_allclose(found, [0, np.exp(-40), np.log(2), 40, 1e300], rtol=1e-15)
    assert softplus(np.zeros(2, "float32")).dtype == np.float32


def test_student_parameters_are_step_major():
    outputs = np.array([[1.0, -900.0, -900.0, 2.0, 5.0, 7.0]])
    location, scale, freedom = student_parameters(outputs)
    np.testing.assert_array_equal(location, [[1, 2]])
    np.testing.assert_allclose(scale, [[1e-3, np.log1p(np.exp(5)) + 1e-3]], rtol=1e-12)
    np.testing.assert_allclose(freedom, [[2, np.log1p(np.exp(7)) + 2]], rtol=1e-12)
    with pytest.raises(ShapeError, match="multiple of 3"):
        student_parameters(np.zeros((1, 7)))


def test_widths_and_places():
    assert [width_of(name, QUANTILES) for name in ("mse", *HEAD_LOSSES)] == [1, 3, 3]
    assert width_of("quantile", (0.2, 0.3, 0.5, 0.6)) == 4
    assert places_of("quantile", np.zeros((5, 2, 9)), QUANTILES) == (5, 2, 3)
    assert places_of("student_t", np.zeros((5, 9))) == (5, 3)
    assert not set(HEAD_LOSSES) & set(ALL_LOSSES)  # a compiled model of layers has no such head


def test_shapes_and_quantiles_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"quantile must have 3 outputs a target; got 7"):
        loss_and_gradient("quantile", np.zeros((2, 7)), np.zeros((2, 2)), quantiles=QUANTILES)
    with pytest.raises(ShapeError, match=r"targets of shape \(2, 3\) .* got \(2, 9\)"):
        loss_and_gradient("student_t", np.zeros((2, 9)), np.zeros((2, 9)))
    with pytest.raises(ShapeError, match=r"got \(2, 3\) and `observed` \(2, 9\)"):
        loss_and_gradient("student_t", np.zeros((2, 9)), np.zeros((2, 3)), np.ones((2, 9), bool))
    with pytest.raises(SettingError, match="at least one of `quantiles`"):
        loss_and_gradient("quantile", np.zeros((2, 3)), np.zeros((2, 3)))
