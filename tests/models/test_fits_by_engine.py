"""The two engines at a whole fit: the same words, nearly the same numbers."""

from pathlib import Path

import numpy as np
import pytest

import forecast as fc
from forecast.errors import NotFittedError, SettingError

SMALL = {"timesteps": 12, "hidden_units": 8, "epochs": 10}


def maes(sample: str, cell: str, engine: str, seeds: tuple[int, ...]) -> list[float]:
    y = fc.load_sample(sample).iloc[-600:]
    found = []
    for seed in seeds:
        result = fc.compare(y, cells=[cell], seed=seed, engine=engine, **SMALL)
        assert result.settings["engine"] == engine
        found.append(float(result.table.set_index("model")["mae"].iloc[0]))
    return found


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("sample", ["air_passengers", "sp500", "seattle_weather"])
def test_a_fit_ends_within_the_spread_of_three_seeds(sample: str, cell: str) -> None:
    seeds = maes(sample, cell, "numpy", (0, 1, 2))
    compiled = maes(sample, cell, "numba", (0,))[0]
    assert min(seeds) <= compiled * (1 + 1e-4)  # the same seed again, but for float32's rounding
    assert compiled <= max(seeds) * (1 + 1e-4)


def test_auto_takes_the_kernels_in_float32_and_numpy_in_float64() -> None:
    y = np.random.default_rng(0).normal(size=100).cumsum()
    for dtype, engine in (("float32", "numba"), ("float64", "numpy")):
        assert fc.Forecaster("gru", dtype=dtype, **SMALL).fit(y).engine_ == engine
    with pytest.raises(NotFittedError):
        _ = fc.Forecaster("gru").engine_


def test_kernels_do_not_compute_in_float64() -> None:
    with pytest.raises(SettingError, match="`engine='numba'` computes in float32; got dtype"):
        fc.Forecaster("gru", engine="numba", dtype="float64")


def test_a_saved_model_goes_on_with_its_engine(tmp_path: Path) -> None:
    y = np.random.default_rng(0).normal(size=100).cumsum()
    for engine in ("numba", "numpy"):
        model = fc.Forecaster("lstm", engine=engine, **SMALL).fit(y)
        model.save(tmp_path / "model.safetensors")
        again = fc.Forecaster.load(tmp_path / "model.safetensors")
        assert again.engine_ == engine
        assert again.predict().equals(model.predict())


def test_threads_are_a_whole_number_or_none() -> None:
    with pytest.raises(SettingError, match="`threads` must be a whole number"):
        fc.Forecaster("gru", threads=0)
