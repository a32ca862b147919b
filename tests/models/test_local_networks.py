"""One small network for each series."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import DataError, SettingError

SMALL = {"timesteps": 3, "hidden_units": 6, "epochs": 30, "horizon": 2, "batch_size": 1,
         "calibration": 0.2, "learning_rate": 1e-2, "local": True}  # fmt: skip


def panel() -> pd.DataFrame:
    """Series that go on in ways of their own: up by 1, down by 2, up and down."""
    steps = {"up": [1.0], "down": [-2.0], "zigzag": [3.0, -3.0]}
    frames = [
        pd.DataFrame({"unique_id": one, "ds": np.arange(30), "y": 50 + np.resize(by, 30).cumsum()})
        for one, by in steps.items()
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_each_series_is_forecast_in_its_own_way(cell: str) -> None:
    y = panel()
    model = fc.Forecaster(cell, **SMALL).fit(y)
    found = model.predict().iloc[:, 2].to_numpy().reshape(3, 2)
    last = y.groupby("unique_id", sort=False)["y"].last().to_numpy()[:, None]
    np.testing.assert_allclose(found - last, [[1, 2], [-2, -4], [3, 0]], atol=0.9)
    one = fc.Forecaster(cell, **{**SMALL, "local": False}).parameter_count
    assert model.parameter_count == 3 * one
    assert model.history_["loss"].iloc[-1] < model.history_["loss"].iloc[0]
    assert model.failed_ == {}


def test_a_series_has_the_same_network_in_whichever_panel_it_stands() -> None:
    y = panel()
    whole = fc.Forecaster(**SMALL).fit(y).predict().set_index("unique_id")
    alone = fc.Forecaster(**SMALL).fit(y[y["unique_id"] == "zigzag"]).predict()
    np.testing.assert_array_equal(alone["GRU"], whole.loc["zigzag", "GRU"])


def test_a_local_forecaster_does_what_others_do(tmp_path: Path) -> None:
    y = panel()
    model = fc.Forecaster(seeds=2, refit=True, **SMALL).fit(y)
    model.save(tmp_path / "m.safetensors")
    loaded = fc.Forecaster.load(tmp_path / "m.safetensors")
    for horizon, level in ((2, (80,)), (5, ())):
        pd.testing.assert_frame_equal(
            model.predict(horizon, level=level), loaded.predict(horizon, level=level)
        )
    scores = fc.backtest({"GRU": model, "Naive": fc.Naive()}, y, horizon=2, n_windows=2)
    assert set(scores.forecasts.columns) >= {"unique_id", "cutoff", "GRU", "Naive"}
    newer = y[y["unique_id"] == "up"].tail(2).assign(ds=[30, 31], y=[81.0, 82.0])
    assert len(model.predict(data=newer)) == 2


def test_a_series_too_short_to_train_on_repeats_its_last_value() -> None:
    y = panel()
    y = y[(y["unique_id"] != "down") | (y["ds"] < 2)]
    model = fc.Forecaster(**SMALL).fit(y)
    assert list(model.failed_) == ["down"]
    assert "no training example" in model.failed_["down"]
    assert model.predict().set_index("unique_id").loc["down", "GRU"].tolist() == [46.0, 46.0]


def test_what_one_network_for_each_series_cannot_do_is_refused() -> None:
    y = panel()
    model = fc.Forecaster(**SMALL).fit(y)
    with pytest.raises(DataError, match=r"'new' was not among the 3 fitted .* network of its own"):
        model.predict(data=y[y["unique_id"] == "up"].assign(unique_id="new"))
    with pytest.raises(SettingError, match="`update` goes on with one network"):
        model.update(y)
    for wrong in ({"sampling": "series"}, {"average_epochs": 2}, {"static": ["kind"]}):
        with pytest.raises(SettingError, match="gives each series a network of its own"):
            fc.Forecaster(patience=None, **SMALL, **wrong)
    with pytest.raises(SettingError, match="local=True"):
        fc.Forecaster(segment=3, **SMALL)
