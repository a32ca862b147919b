"""What forecasts: global networks, one a cell; a model that was fitted before; one a series."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.batch.api import batch
from forecast.errors import SettingError
from tests.batch.small_runs import OPTIONS, SMALL, forecasts
from tests.batch.test_batch_failures import Call


def test_several_cells_and_levels(source: Path, whole: Path, tmp_path: Path) -> None:
    batch(source, tmp_path / "out", cell=("gru", "SimpleRNN"), level=(50, 80), **SMALL)
    found = forecasts(tmp_path / "out")
    assert found.columns.tolist() == [
        *("unique_id", "ds", "GRU", "GRU-lo-50", "GRU-hi-50", "GRU-lo-80", "GRU-hi-80"),
        *("SimpleRNN", "SimpleRNN-lo-50", "SimpleRNN-hi-50", "SimpleRNN-lo-80", "SimpleRNN-hi-80"),
    ]
    pd.testing.assert_series_equal(found["GRU"], forecasts(whole)["GRU"])
    assert (found["GRU-lo-80"] <= found["GRU-lo-50"]).all()
    names = sorted(one.name for one in (tmp_path / "out").glob("model*"))
    assert names == ["model-gru.safetensors", "model-simple_rnn.safetensors"]


def test_a_model_that_was_fitted_before(source: Path, whole: Path, tmp_path: Path) -> None:
    model = whole / "model.safetensors"
    batch(source, tmp_path / "out", model=model, partition_rows=100, workers=1)
    pd.testing.assert_frame_equal(forecasts(tmp_path / "out"), forecasts(whole), rtol=1e-5)
    assert not list((tmp_path / "out").glob("model*"))
    batch(source, tmp_path / "one", model=model, horizon=1, workers=1)
    assert len(forecasts(tmp_path / "one")) == 12


def test_covariates_and_another_target(long: pd.DataFrame, tmp_path: Path) -> None:
    rows = long.rename(columns={"y": "sales"})
    rows["price"] = np.random.default_rng(1).normal(size=len(rows))
    rows["region"] = np.where(rows["unique_id"] < "s06", "north", "south")
    rows.to_parquet(tmp_path / "in.parquet", index=False)
    asked = SMALL | {"target": "sales", "past_covariates": ["price"], "static": ["region"]}
    batch(tmp_path / "in.parquet", tmp_path / "out", **asked)
    model = fc.Forecaster.load(tmp_path / "out" / "model.safetensors")
    assert model.learned().recipe.columns == ("price",)
    assert len(forecasts(tmp_path / "out")) == 24


def test_settings_that_do_not_go_together(
    source: Path, whole: Path, tmp_path: Path, call: Call
) -> None:
    model = whole / "model.safetensors"
    with pytest.raises(SettingError, match="`model` has settings of its own; got epochs"):
        batch(source, tmp_path / "out", model=model, epochs=2)
    said = call(
        "batch", str(source), "--out", str(tmp_path), "--model", str(model), "--hidden-units", "9"
    )
    assert said.returncode == 2
    assert "`--model` has settings of its own; got --hidden-units too" in said.stderr
    with pytest.raises(SettingError, match="must be known for the rows to forecast"):
        batch(source, tmp_path / "out", future_covariates=["y2"], **SMALL)
    with pytest.raises(SettingError, match="calibration"):
        batch(source, tmp_path / "out", level=80, calibration=0.0, **SMALL)
    assert not (tmp_path / "out").exists()


def test_one_network_a_series(source: Path, long: pd.DataFrame, tmp_path: Path) -> None:
    settings = SMALL | {"local": True, "engine": "auto", "batch_size": 8}
    batch(source, tmp_path / "out", **settings)
    found = forecasts(tmp_path / "out")
    assert found["unique_id"].nunique() == 12
    assert not list((tmp_path / "out").glob("model*"))
    names = ("horizon", "timesteps", "hidden_units", "epochs", "batch_size", "local")
    model = fc.Forecaster("gru", past_covariates=(), **{name: settings[name] for name in names})
    alone = model.fit(long).predict().sort_values(["unique_id", "ds"], ignore_index=True)
    np.testing.assert_allclose(found["GRU"], alone["GRU"], rtol=1e-4)


def test_what_a_person_reads(source: Path, tmp_path: Path, call: Call) -> None:
    said = call("batch", str(source), "--out", str(tmp_path / "out"), *OPTIONS)
    assert said.returncode == 0
    assert said.stderr == ""
    assert said.stdout.splitlines()[0] == "12 of 12 series forecast"
    again = call("batch", str(source), "--out", str(tmp_path / "out"), *OPTIONS, "--resume")
    assert again.stdout.startswith("This run was finished before: 12 of 12 series forecast\n")
