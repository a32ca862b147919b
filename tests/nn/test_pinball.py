"""The loss of a point forecast that is tilted to one quantile."""

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.losses import PINBALL, loss_and_gradient, width_of
from tests.nn.gradient_check import TOLERANCE, derivative, relative_error

TILTS = (0.1, 0.48, 0.5, 0.9)


def drawn(dtype="float64"):
    generator = np.random.default_rng(0)
    target = generator.standard_normal((6, 3))
    away = generator.uniform(0.1, 1.5, target.shape) * generator.choice([-1.0, 1.0], target.shape)
    return (target + away).astype(dtype), target.astype(dtype), generator.random((6, 3)) < 0.6


def test_by_hand():
    prediction, target = np.array([[1.0, 4.0, 2.0]]), np.array([[3.0, 1.0, 2.0]])
    value, gradient = loss_and_gradient(PINBALL, prediction, target, quantiles=(0.8,))
    assert value == pytest.approx((0.8 * 2 + 0.2 * 3 + 0) / 3)
    np.testing.assert_allclose(gradient, np.array([[-0.8, 0.2, 0]]) / 3, rtol=1e-12)


def test_a_half_is_half_of_the_mean_absolute_error():
    prediction, target, observed = drawn("float32")
    found = loss_and_gradient(PINBALL, prediction, target, observed, (0.5,))
    wanted = loss_and_gradient("mae", prediction, target, observed)
    assert found[0] == wanted[0] / 2
    np.testing.assert_array_equal(found[1], wanted[1] / 2)
    assert found[1].dtype == np.float32


@pytest.mark.parametrize("tilt", TILTS)
@pytest.mark.parametrize("partly", [True, False])
def test_it_is_the_loss_of_one_quantile(tilt, partly):
    prediction, target, observed = drawn()
    observed = observed if partly else None
    hidden = target if observed is None else np.where(observed, target, np.nan)
    found = loss_and_gradient(PINBALL, prediction, hidden, observed, (tilt,))
    wanted = loss_and_gradient("quantile", prediction, hidden, observed, (tilt,))
    assert found[0] == pytest.approx(wanted[0], rel=1e-12)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-12)
    direction = np.random.default_rng(1).standard_normal(prediction.shape)
    along = derivative(
        lambda size: loss_and_gradient(
            PINBALL, prediction + size * direction, hidden, observed, (tilt,)
        )[0]
    )
    assert relative_error(along, float((direction * found[1]).sum())) < TOLERANCE


def test_a_head_has_one_number_a_target():
    prediction, target, _ = drawn()
    assert width_of(PINBALL, (0.3,)) == 1
    with pytest.raises(ShapeError):
        loss_and_gradient(PINBALL, prediction, target[:, :2], quantiles=(0.3,))
    for quantiles in ((), (0.1, 0.5)):
        with pytest.raises(SettingError, match="needs one quantile, the tilt"):
            loss_and_gradient(PINBALL, prediction, target, quantiles=quantiles)
    target[0, 0] = np.nan
    assert np.isnan(loss_and_gradient(PINBALL, prediction, target, quantiles=(0.3,))[0])
