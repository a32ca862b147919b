import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import SettingError


def test_the_tilt_of_the_pinball_loss_moves_the_forecasts() -> None:
    drawn = np.random.default_rng(0).normal(100, 5, 200)
    index = pd.date_range("2020-01-01", periods=200, freq="D")
    settings = {"timesteps": 4, "hidden_units": 4, "epochs": 30, "scaling": "standard"}
    low, high = (
        fc.Forecaster("gru", loss="pinball", tilt=tilt, learning_rate=0.01, **settings)
        .fit(pd.Series(drawn, index))
        .predict(1)["GRU"][0]
        for tilt in (0.2, 0.8)
    )
    assert low < 99 < 101 < high


def test_the_tilt_lies_between_0_and_1() -> None:
    with pytest.raises(SettingError, match="tilt"):
        fc.Forecaster("gru", loss="pinball", tilt=1.0)
