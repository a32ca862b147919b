"""Verdicts where windows lie apart, series end apart, or models are not ours."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import DataError, SettingError

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 1}


class Copier(fc.Naive):
    """A planted copier."""

    label = "Copier"
    parameter_count = 1


class Clairvoyant(fc.Naive):
    """A model without weights that reads the rows it is to forecast."""

    label = "Clairvoyant"

    def _ahead(self, panel: Any, origins: Any, begins: Any, horizon: int) -> Any:
        rows = np.minimum(origins[:, None] + np.arange(1, horizon + 1), len(panel.flat) - 1)
        return panel.flat.values[rows]


def walk(rows: int = 500, seed: int = 3, start: str = "2023-01-01") -> pd.Series:
    values = np.random.default_rng(seed).normal(size=rows).cumsum() + 100
    return pd.Series(values, pd.date_range(start, periods=rows, freq="D"), name="price")


def long(**series: pd.Series) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"unique_id": one, "ds": y.index, "y": y.to_numpy()})
        for one, y in series.items()
    ]
    return pd.concat(frames, ignore_index=True)


def found(result: fc.Backtest, check: str, model: str) -> Any:
    rows = result.findings
    return rows[(rows["check"] == check) & (rows["model"] == model)].iloc[0]


@pytest.mark.parametrize("given", [{"horizon": 1, "step_size": 2}, {"horizon": 6}, {"horizon": 12}])
def test_a_copier_is_caught_also_where_windows_lie_apart(given: dict[str, int]) -> None:
    result = fc.backtest(Copier(), walk(1200), n_windows=60, **given)
    shadow = found(result, "naive shadow", "Copier")
    assert shadow["concern"]
    assert "one step late (lag 1)" in shadow["finding"]
    assert "Copier has learned to repeat the last value" in result.verdict


def test_a_model_of_ones_own_without_weights_is_diagnosed_too() -> None:
    gru = fc.Forecaster("gru", **SMALL)
    result = fc.backtest([gru, Clairvoyant()], walk(), n_windows=40)
    assert found(result, "leakage", "Clairvoyant")["concern"]
    assert "Do not trust this: Clairvoyant has seen rows it was tested on." in result.verdict
    assert "Clairvoyant" not in found(result, "best baseline", "GRU")["finding"]


def test_a_few_windows_of_many_series_say_nothing() -> None:
    """Series that share a walk rise and fall together: they are one piece of evidence, not ten."""
    shared = walk(150)
    noise = np.random.default_rng(0)
    many = {f"s{k}": shared + 0.01 * noise.normal(size=150) for k in range(10)}
    result = fc.backtest(fc.Drift(), long(**many), horizon=6, n_windows=3)
    assert result.tests["Drift"].windows == 3
    assert np.isnan(result.tests["Drift"].statistic)


def test_windows_without_an_observed_row_are_no_evidence() -> None:
    y = walk(100)
    y.iloc[-8:] = np.nan
    result = fc.backtest(fc.Forecaster("gru", **SMALL), y, n_windows=10)
    assert result.tests["GRU"].windows == 2
    assert "too few test windows" in result.verdict


def test_series_that_end_apart_are_said_to_leak() -> None:
    early, late = walk(300), walk(500, seed=4)
    model = fc.Forecaster("gru", **SMALL)
    apart = fc.backtest(model, long(early=early, late=late), n_windows=5)
    leak = found(apart, "leakage", "GRU")
    assert leak["concern"]
    assert "learned from later rows of other series" in leak["finding"]
    together = fc.backtest(model, long(early=walk(500), late=late), n_windows=5)
    assert not found(together, "leakage", "GRU")["concern"]


def test_one_series_of_a_fitted_panel_is_not_forecast_where_it_was_learned() -> None:
    early, late = walk(150), walk(300, seed=4)
    model = fc.Forecaster("gru", **SMALL).fit(long(early=early, late=late))
    with pytest.raises(SettingError, match="has seen what it would be tested on"):
        fc.backtest({"GRU": model}, late.rename("late"), n_windows=20, fitted=True)


def test_levels_of_series_are_no_shadow() -> None:
    """Noise at five levels: the level of a series is not what its last value explains."""
    random = np.random.default_rng(1)
    days = pd.date_range("2024-01-01", periods=300)
    many = {f"s{k}": pd.Series(1000.0 * k + random.normal(size=300), days) for k in range(5)}

    class Average(fc.Mean):
        """A mean that is not one of ours."""

        label = "Average"

    result = fc.backtest(Average(), long(**many), n_windows=60)
    assert found(result, "naive shadow", "Average")["number"] < 50


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"season": 0}, SettingError, "`season`"),
        ({"fitted": True, "refit": True}, SettingError, "fits nothing"),
    ],
)
def test_arguments_that_do_not_go_together(
    given: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        fc.backtest(fc.Naive(), walk(), **given)


def test_kinds_of_index_that_do_not_go_together() -> None:
    model = fc.Forecaster("gru", **SMALL).fit(walk(200))
    aware = walk(300).tz_localize("UTC")
    with pytest.raises(DataError, match="the same kind of index"):
        fc.backtest(model, aware, n_windows=3, fitted=True)


def test_fair_parameters_count_the_covariates_of_the_data() -> None:
    y = walk(120).to_frame("y")
    for k in range(12):
        y[f"x{k}"] = np.sin(np.arange(120) / (k + 2))
    table = fc.compare(
        y, cells=["gru", "simple_rnn"], hidden_units=8, fair="parameters", timesteps=6, epochs=1
    ).table
    counts = table["parameters"][:2]
    assert abs(counts[1] / counts[0] - 1) < 0.07


def test_rare_events_do_not_depend_on_the_unit() -> None:
    """Most windows are flat: what a change is worth must still come from the series."""
    random = np.random.default_rng(0)
    y = np.where(random.random(400) < 0.02, random.exponential(size=400), 0.0)
    ahead = [
        fc.Forecaster("gru", seed=1, **SMALL).fit(unit * y).predict()["GRU"][0] / unit
        for unit in (1.0, 1e4, 1e-4)
    ]
    np.testing.assert_allclose(ahead, ahead[0], rtol=1e-3, atol=1e-6)


def test_a_network_is_not_asked_where_its_covariates_end() -> None:
    """Fitted three rows ahead, it reads three rows of the covariate, also for one row ahead."""
    y = walk(200).to_frame("y").assign(known=np.sin(np.arange(200.0)))
    model = fc.Forecaster("gru", horizon=3, future_covariates=["known"], **SMALL)
    with pytest.raises(DataError, match="known for all 3 rows that are read"):
        fc.backtest(model, y, horizon=1, n_windows=5)
    assert len(fc.backtest(model, y, horizon=3, n_windows=5).forecasts) == 15
