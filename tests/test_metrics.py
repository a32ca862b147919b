import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, stats

from forecast import metrics
from forecast.errors import SettingError, ShapeError

Y, F = np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 1.0])
# Rounded: the square of a subnormal number is zero, which is no fault of a metric.
FINITE = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


def test_values_by_hand() -> None:
    assert metrics.mae(Y, F) == pytest.approx(4 / 3)
    assert metrics.rmse(Y, F) == pytest.approx(math.sqrt(10 / 3))
    assert metrics.smape(Y, F) == pytest.approx((200 / 3 + 0 + 600 / 5) / 3)
    assert metrics.mase(Y, F, np.array([1.0, 3.0, 2.0])) == pytest.approx((4 / 3) / 1.5)
    assert metrics.mase(Y, F, np.array([1.0, 3.0, 2.0]), season=2) == pytest.approx(4 / 3)
    assert metrics.skill(3.0, 4.0) == pytest.approx(25.0)


def test_blank_training_rows_do_not_count_in_mase() -> None:
    training = np.array([1.0, np.nan, 2.0, 5.0])
    assert metrics.mase(Y, F, training) == pytest.approx((4 / 3) / 3)


def test_what_cannot_be_scaled_is_nan() -> None:
    assert math.isnan(metrics.mase(Y, F, np.ones(5)))
    assert math.isnan(metrics.mase(Y, F, np.array([1.0, 2.0]), season=4))
    assert math.isnan(metrics.skill(1.0, 0.0))


def test_smape_of_zeros_is_zero() -> None:
    assert metrics.smape(np.zeros(2), np.zeros(2)) == 0.0


@given(arrays(float, 5, elements=FINITE), arrays(float, 5, elements=FINITE))
def test_errors_are_bounded_and_symmetric(y: np.ndarray, f: np.ndarray) -> None:
    assert 0 <= metrics.smape(y, f) <= 200 + 1e-9
    assert metrics.mae(y, f) == metrics.mae(f, y)
    assert metrics.mae(y, f) <= metrics.rmse(y, f) * (1 + 1e-12)


@pytest.mark.parametrize("error", [metrics.mae, metrics.rmse, metrics.smape, metrics.width])
def test_shapes_must_agree(error: object) -> None:
    with pytest.raises(ShapeError, match=r"\(3,\) and \(2,\)"):
        error(Y, F[:2])
    with pytest.raises(ShapeError, match="at least one element"):
        error(Y[:0], F[:0])


def test_quantiles_and_intervals_by_hand() -> None:
    assert metrics.pinball(Y, F, 0.9) == pytest.approx((0.1 * 1 + 0 + 0.9 * 3) / 3)
    assert metrics.pinball(Y, F, 0.5) == pytest.approx(metrics.mae(Y, F) / 2)
    lower, upper = np.array([1.0, 0.0, 5.0]), np.array([3.0, 2.0, 6.0])
    assert metrics.coverage(Y, lower, upper) == pytest.approx(200 / 3)  # the bounds are inside
    assert metrics.width(lower, upper) == pytest.approx(5 / 3)
    quantiles = np.array([0.25, 0.75])
    forecast = np.array([[0.0, 2.0], [1.0, 3.0], [2.0, 3.0]])
    by_hand = (0.25 * 1 + 0.25 * 1 + 0.25 * 2) / 3 + (0.25 * 1 + 0.25 * 1 + 0.75 * 1) / 3
    assert metrics.crps(Y, forecast, quantiles) == pytest.approx(by_hand)


@given(st.floats(0.01, 0.99))
def test_the_true_quantile_has_the_least_pinball_loss(quantile: float) -> None:
    y = np.arange(1.0, 101.0)
    losses = [metrics.pinball(y, np.full(100, value), quantile) for value in y]
    best = metrics.pinball(y, np.full(100, np.quantile(y, quantile)), quantile)
    assert best <= min(losses) + 0.02


@pytest.mark.parametrize("y", [-1.5, 0.0, 0.3, 4.0])
def test_crps_is_the_area_between_the_distributions(y: float) -> None:
    """By definition the integral of (F(x) − 1[y ≤ x])², here of a normal forecast."""
    model = stats.norm(0.5, 1.2)
    below, _ = integrate.quad(lambda x: model.cdf(x) ** 2, -20, y)
    above, _ = integrate.quad(lambda x: model.sf(x) ** 2, y, 20)
    grid = (np.arange(2000) + 0.5) / 2000
    found = metrics.crps(np.array([y]), model.ppf(grid)[None], grid)
    assert found == pytest.approx(below + above, rel=1e-3)


def test_crps_of_a_single_value_is_its_mae() -> None:
    grid = (np.arange(9) + 1) / 10
    assert metrics.crps(Y, np.repeat(F[:, None], 9, axis=1), grid) == pytest.approx(
        metrics.mae(Y, F)
    )


@pytest.mark.parametrize("quantile", [0.0, 1.0, math.nan, 90])
def test_a_quantile_lies_between_0_and_1(quantile: float) -> None:
    with pytest.raises(SettingError, match="quantile"):
        metrics.pinball(Y, F, quantile)


def test_shapes_of_quantiles_and_intervals_must_agree() -> None:
    with pytest.raises(ShapeError, match=r"\(3,\) and \(2,\)"):
        metrics.pinball(Y, F[:2], 0.5)
    with pytest.raises(ShapeError, match=r"y and upper .* \(3,\) and \(2,\)"):
        metrics.coverage(Y, F, F[:2])
    with pytest.raises(ShapeError, match=r"\(3, 2\) for \(3,\) values and 3 quantiles"):
        metrics.crps(Y, np.ones((3, 2)), np.array([0.1, 0.5, 0.9]))
    with pytest.raises(ShapeError, match="at least one element"):
        metrics.crps(Y[:0], np.ones((0, 1)), np.array([0.5]))
