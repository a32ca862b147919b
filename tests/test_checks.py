import numpy as np
import pytest

from forecast.checks import one_of, real_number, whole_number
from forecast.errors import SettingError


def test_whole_numbers_of_any_kind_pass() -> None:
    assert whole_number("timesteps", np.int64(3)) == 3
    assert type(whole_number("timesteps", np.int64(3))) is int


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", True, None, np.nan])
def test_what_is_no_whole_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(SettingError, match=r"`timesteps` must be a whole number at least 1; got"):
        whole_number("timesteps", value)


def test_a_whole_number_above_the_limit_is_refused() -> None:
    with pytest.raises(SettingError, match=r"from 1 to 4; got 5"):
        whole_number("step", 5, most=4)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "0.1", None, True, 1.0, -0.1, 10**400]
)
def test_real_numbers_outside_are_refused(value: object) -> None:
    with pytest.raises(SettingError, match=r"`dropout` must be a finite number at least 0 and"):
        real_number("dropout", value, least=0, below=1)


def test_a_real_number_inside_passes() -> None:
    assert real_number("dropout", np.float32(0.5), least=0, below=1) == 0.5


def test_choices_are_listed() -> None:
    assert one_of("loss", "mse", ("mse", "mae")) == "mse"
    with pytest.raises(SettingError, match=r"`loss` must be one of 'mse', 'mae'; got 'mape'"):
        one_of("loss", "mape", ("mse", "mae"))
