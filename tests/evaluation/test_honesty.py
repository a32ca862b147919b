"""What a verdict must say: on real series, of a copier, of models that have seen the future."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import as_panel, panel_of
from forecast.data.series import prepare
from forecast.errors import SettingError
from forecast.evaluation.asking import probe

CELLS = ("simple_rnn", "gru", "lstm")
NETWORK = {"timesteps": 24, "hidden_units": 32}


class Copier(fc.Naive):
    """A planted copier: it calls itself a network, and repeats the last value."""

    label = "Copier"
    parameter_count = 1


class Clairvoyant(fc.Mean):
    """A planted clairvoyant: the scale of its forecasts is that of all rows it can lay hands on."""

    label = "Clairvoyant"
    parameter_count = 1

    def forecast_from(self, data: Any, origins: Any, horizon: int) -> Any:
        values = as_panel(data).flat.values
        mean, spread = values.mean(), values.std()  # of rows after the cut-off too
        scaled = (values[origins] - mean) / spread
        return np.repeat((0.9 * scaled * spread + mean)[:, None], horizon, axis=1)


def walk(rows: int = 400) -> pd.Series:
    values = np.random.default_rng(3).normal(size=rows).cumsum() + 100
    return pd.Series(values, pd.date_range("2023-01-01", periods=rows, freq="D"), name="price")


def concerned(result: fc.Backtest | fc.Comparison, check: str) -> list[str]:
    found = result.findings[result.findings["check"] == check]
    return found.loc[found["concern"], "model"].tolist()


@pytest.fixture(scope="module")
def prices() -> fc.Comparison:
    return fc.compare(fc.load_sample("sp500"), cells=CELLS, **NETWORK)


def test_cells_on_prices_do_not_beat_the_naive_forecast(prices: fc.Comparison) -> None:
    assert "SimpleRNN, GRU and LSTM do not beat repeating the last value." in prices.verdict
    assert concerned(prices, "skill") == ["SimpleRNN", "GRU", "LSTM"]


def test_cells_on_prices_are_called_shadows(prices: fc.Comparison) -> None:
    assert "SimpleRNN, GRU and LSTM have learned to repeat the last value" in prices.verdict
    shadows = prices.findings[prices.findings["check"] == "naive shadow"]
    assert shadows["finding"].str.contains("one step late \\(lag 1\\)").all()
    assert (shadows["number"] > 99).all()
    assert concerned(prices, "leakage") == []


def test_cells_on_hourly_temperature_beat_it() -> None:
    result = fc.compare(fc.load_sample("nyc_jfk_weather"), cells=CELLS, **NETWORK)
    outcomes = result.table.set_index("model")["verdict"]
    assert all(outcomes[label].startswith("beats") for label in ("SimpleRNN", "GRU", "LSTM"))
    assert concerned(result, "naive shadow") == []
    assert "repeat the last value:" not in result.verdict


def test_cells_on_air_passengers_beat_it() -> None:
    """With 98 training rows an epoch is three updates: patience 10 would end before learning."""
    y = fc.load_sample("air_passengers")
    result = fc.compare(y, cells=CELLS, epochs=300, patience=60, **NETWORK)
    outcomes = result.table.set_index("model")["verdict"]
    assert all(outcomes[label].startswith("beats") for label in ("SimpleRNN", "GRU", "LSTM"))
    assert concerned(result, "naive shadow") == []


def test_a_planted_copier_is_caught() -> None:
    result = fc.backtest(Copier(), walk(), n_windows=100)
    assert concerned(result, "naive shadow") == ["Copier"]
    shadow = result.findings[result.findings["check"] == "naive shadow"].iloc[0]
    assert shadow["number"] == pytest.approx(100)
    assert "Copier has learned to repeat the last value" in result.verdict


def test_a_planted_clairvoyant_is_caught() -> None:
    result = fc.backtest(Clairvoyant(), walk(), n_windows=60)
    assert concerned(result, "leakage") == ["Clairvoyant"]
    assert "Do not trust this: Clairvoyant has seen rows it was tested on." in result.verdict
    leak = result.findings[result.findings["check"] == "leakage"].iloc[0]
    assert leak["number"] == 31  # every forecast up to the cut-off in the middle
    assert "they have seen the future" in leak["finding"]


@pytest.mark.parametrize("scaling", ["window", "standard", "minmax", "none"])
def test_no_scaling_of_ours_sees_the_future(scaling: str) -> None:
    model = fc.Forecaster("gru", timesteps=8, hidden_units=4, epochs=1, scaling=scaling)
    result = fc.backtest(model, walk(), n_windows=40, refit=15)
    assert concerned(result, "leakage") == []
    assert "changed no forecast made there" in " ".join(result.findings["finding"])


@pytest.mark.parametrize(
    "given",
    [
        {"transform": "log_return"},
        {"seasonal_adjustment": "multiplicative"},
        {"calendar": ["weekday"], "strategy": "recursive", "horizon": 3},
        {"past_covariates": ["other"]},
        {"future_covariates": ["other"]},
    ],
)
def test_nothing_else_of_ours_does_either(given: dict[str, Any]) -> None:
    frame = walk().to_frame("y").assign(other=np.cos(np.arange(400.0)))
    if not {"past_covariates", "future_covariates"} & set(given):
        given = {**given, "past_covariates": []}
    network = {"timesteps": 8, "hidden_units": 4, "epochs": 1}
    model = fc.Forecaster("gru", **network, **given)
    result = fc.backtest(model, frame, horizon=given.get("horizon", 1), n_windows=20)
    assert concerned(result, "leakage") == []


def test_a_model_fitted_on_the_rows_it_is_tested_on_is_refused() -> None:
    y = walk()
    model = fc.Forecaster("gru", timesteps=8, hidden_units=4, epochs=1).fit(y)
    with pytest.raises(SettingError, match="it has seen what it would be tested on"):
        fc.backtest(model, y, n_windows=20, fitted=True)


def test_a_probe_counts_the_forecasts_that_changed() -> None:
    panel = panel_of(prepare(walk()))
    origins = np.arange(300, 340)[None]
    honest, planted = fc.Naive().fit(walk()), Clairvoyant().fit(walk())
    assert probe(honest, panel, origins, 2) == (21, 0)
    assert probe(planted, panel, origins, 2) == (21, 21)


def test_seeds_are_told_apart() -> None:
    y = walk()
    one, many = (
        fc.compare(y, cells=["gru"], timesteps=8, hidden_units=4, epochs=3, seeds=seeds)
        for seeds in (1, 3)
    )
    assert "seeds" not in set(one.findings["check"])
    assert np.isnan(one.table["skill_std"][0])
    model = many.models["GRU"]
    assert isinstance(model, fc.Forecaster)
    rows = prepare(y)
    origins = np.arange(319, 399)
    naive = np.abs(rows.values[origins + 1] - rows.values[origins]).mean()
    skills = [
        100 * (1 - np.abs(rows.values[origins + 1] - ahead[:, 0]).mean() / naive)
        for ahead in model.members_from(rows, origins, 1)
    ]
    assert many.table["skill_mean"][0] == pytest.approx(np.mean(skills))
    assert many.table["skill_std"][0] == pytest.approx(np.std(skills, ddof=1))
    assert "Trained from 3 random starts" in " ".join(many.findings["finding"])


def test_the_best_simple_forecast_is_named_where_it_wins() -> None:
    t = np.arange(300)
    y = pd.Series(10 * np.sin(2 * np.pi * t / 7), pd.date_range("2024-01-01", periods=300))
    model = fc.Forecaster("gru", timesteps=3, hidden_units=2, epochs=1)
    result = fc.backtest(model, y + 0.01 * np.random.default_rng(0).normal(size=300), n_windows=50)
    assert result.verdict.endswith("The simple forecast SeasonalNaive errs least of all.")
    best = result.findings[result.findings["check"] == "best baseline"]
    assert best["finding"].str.contains("SeasonalNaive").all()
    assert best["concern"].all()
