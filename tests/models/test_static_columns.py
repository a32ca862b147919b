"""Static columns: each forecaster reads those it names, wherever its rows come from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.columns import Columns
from forecast.data.panel import prepare_panel
from forecast.errors import DataError

SMALL = {"timesteps": 4, "hidden_units": 3, "epochs": 1, "horizon": 2}


def shops() -> pd.DataFrame:
    rows = 30
    frames = [
        pd.DataFrame(
            {
                "unique_id": one,
                "ds": pd.date_range("2024-01-01", periods=rows),
                "y": np.random.default_rng(k).normal(size=rows) + 20,
                "region": "north" if k % 2 else "south",
            }
        )
        for k, one in enumerate("abc")
    ]
    return pd.concat(frames, ignore_index=True)


def test_a_backtest_hands_each_forecaster_the_static_columns_it_names() -> None:
    models = {"kinds": fc.Forecaster(static=["region"], **SMALL), "plain": fc.Forecaster(**SMALL)}
    found = fc.backtest(models, shops(), horizon=2, n_windows=2, level=50)
    assert {"kinds", "plain"} <= set(found.table["model"])


def test_static_columns_of_prepared_rows_that_nobody_named_are_not_learned(tmp_path: Path) -> None:
    made = prepare_panel(shops(), columns=Columns(static=("region",)))
    model = fc.Forecaster(**SMALL).fit(made)
    assert model.learned().recipe.categories == ()
    model.save(tmp_path / "m.safetensors")
    again = fc.Forecaster.load(tmp_path / "m.safetensors").predict()
    assert again["GRU"].tolist() == model.predict()["GRU"].tolist()


def test_fitted_series_need_not_bring_their_static_columns_again() -> None:
    model, plain = fc.Forecaster(static=["region"], **SMALL).fit(shops()), prepare_panel(shops())
    assert model.predict(data=plain)["GRU"].tolist() == model.predict()["GRU"].tolist()
    with pytest.raises(DataError, match="no static column 'region'"):
        model.forecast_from(plain, plain.ends, 2)
