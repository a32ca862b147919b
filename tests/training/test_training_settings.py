"""Settings and examples that cannot be."""

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings


def test_arrays_must_have_equal_rows() -> None:
    with pytest.raises(ShapeError, match=r"\[3, 2\] rows"):
        ArrayExamples(np.zeros((3, 2, 1)), np.zeros((2, 1)))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"epochs": 0}, "`epochs`"),
        ({"batch_size": 0}, "`batch_size`"),
        ({"learning_rate": 0.0}, "`learning_rate`"),
        ({"loss": "mape"}, "`loss`"),
        ({"optimizer": "adamw"}, "`optimizer`"),
        ({"schedule": "step"}, "`schedule`"),
        ({"patience": 0}, "`patience`"),
        ({"clip_norm": -1.0}, "`clip_norm`"),
        ({"schedule": "plateau", "patience": 1}, "at least 2"),
    ],
)
def test_settings_outside_their_range_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        TrainingSettings(**given)
