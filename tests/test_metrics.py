import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast import metrics
from forecast.errors import ShapeError

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


@pytest.mark.parametrize("error", [metrics.mae, metrics.rmse, metrics.smape])
def test_shapes_must_agree(error: object) -> None:
    with pytest.raises(ShapeError, match=r"\(3,\) and \(2,\)"):
        error(Y, F[:2])
    with pytest.raises(ShapeError, match="at least one element"):
        error(Y[:0], F[:0])
