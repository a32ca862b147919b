"""Statistical forecasts through statsforecast; most of it needs the extra (`make stats`)."""

import sys

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import MissingExtraError, SettingError

KINDS = ("AutoETS", "AutoTheta")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    for kind in KINDS:
        with pytest.raises(MissingExtraError, match=r'pip install "recurrent-forecast\[stats\]"'):
            getattr(fc, kind)().fit(np.arange(30.0))


def test_a_season_out_of_range_is_refused() -> None:
    with pytest.raises(SettingError, match="`season`"):
        fc.AutoETS(season=0)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")  # of libraries that statsforecast stands on
class TestWithStatsforecast:
    @pytest.fixture(autouse=True)
    def library(self) -> None:
        pytest.importorskip("statsforecast", reason="statsforecast is an extra; run make stats")

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_forecast_is_that_of_the_library(self, kind: str) -> None:
        from statsforecast import models

        y = fc.load_sample("air_passengers")
        ours = getattr(fc, kind)().fit(y).predict(12)
        theirs = getattr(models, kind)(season_length=12).fit(y.to_numpy()).predict(12)["mean"]
        np.testing.assert_allclose(ours[kind], theirs, rtol=1e-6)

    @pytest.mark.parametrize("kind", KINDS)
    def test_later_origins_use_the_rows_up_to_them_and_none_after(self, kind: str) -> None:
        from forecast.data.series import prepare

        y = fc.load_sample("air_passengers")
        model = getattr(fc, kind)().fit(y.iloc[:100])
        other = y.copy()
        other.iloc[121:] *= 3
        origins = np.array([99, 110, 120])
        one, two = (model.forecast_from(prepare(rows), origins, 6) for rows in (y, other))
        np.testing.assert_array_equal(one, two)
        assert np.abs(one[1] - y.to_numpy()[111:117]).mean() < 40

    def test_they_stand_in_a_backtest_beside_networks(self) -> None:
        y = fc.load_sample("air_passengers")
        gru = fc.Forecaster("gru", timesteps=12, hidden_units=4, epochs=2, horizon=6)
        models = {"GRU": gru, "AutoETS": fc.AutoETS(), "AutoTheta": fc.AutoTheta()}
        result = fc.backtest(models, y, horizon=6, n_windows=6, step_size=3)
        maes = result.table.set_index("model")["mae"]
        assert maes["AutoETS"] < maes["Naive"]
        assert maes["AutoTheta"] < maes["Naive"]
        assert np.isfinite(result.table.set_index("model")["coverage-80"]["AutoETS"])

    def test_every_series_of_a_panel_has_a_model_of_its_own(self) -> None:
        t = np.arange(60.0)
        days = pd.date_range("2024-01-01", periods=60, freq="D")
        frames = [
            pd.DataFrame({"unique_id": one, "ds": days, "y": values})
            for one, values in (("up", 5 + 2 * t), ("down", 500 - 3 * t))
        ]
        ahead = fc.AutoETS(season=1).fit(pd.concat(frames)).predict(2)
        assert ahead["AutoETS"].tolist() == pytest.approx([125, 127, 320, 317], abs=0.5)
