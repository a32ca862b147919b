"""The quantiles of a training, and which losses it takes."""

import numpy as np
import pytest

from forecast.errors import SettingError
from forecast.nn.losses import ALL_LOSSES, HEAD_LOSSES
from forecast.training.settings import TrainingSettings


@pytest.mark.parametrize("loss", [*ALL_LOSSES, *HEAD_LOSSES])
def test_every_loss_can_be_trained(loss: str) -> None:
    assert TrainingSettings(loss=loss).loss == loss


def test_quantiles_are_kept_as_a_tuple_of_floats() -> None:
    assert TrainingSettings().quantiles == (0.025, 0.1, 0.5, 0.9, 0.975)
    for given in ([0.1, 0.5], np.array([0.1, 0.5])):
        told = TrainingSettings(loss="quantile", quantiles=given)  # type: ignore[arg-type]
        assert told.quantiles == (0.1, 0.5)
        assert {type(one) for one in told.quantiles} == {float}
        assert hash(told) == hash(TrainingSettings(loss="quantile", quantiles=(0.1, 0.5)))


@pytest.mark.parametrize(
    "given",
    [
        (),
        (0.1, 0.9),
        (0.0, 0.5),
        (0.5, 1.0),
        (0.5, 1.5),
        (0.9, 0.5, 0.1),
        (0.1, 0.5, 0.5),
        (0.5, float("nan")),
        ("0.5",),
        (True, 0.5),
        0.5,
        "0.5",
        None,
    ],
)
def test_quantiles_that_cannot_be_are_refused(given: object) -> None:
    with pytest.raises(SettingError) as caught:
        TrainingSettings(loss="quantile", quantiles=given)  # type: ignore[arg-type]
    said = str(caught.value)
    assert "`quantiles` must be numbers above 0 and below 1, each above the one before" in said
    assert f"with 0.5, the point forecast, among them; got {given!r}." in said
