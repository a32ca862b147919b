from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import archive
from forecast.errors import ArchiveError, NotFittedError
from forecast.nn.optimizers import Optimizer

SETTINGS = [
    {"cell": "simple_rnn", "activation": "relu"},
    {"cell": "gru", "reset_after": False, "layers": 2, "dropout": 0.1},
    {"cell": "lstm", "dtype": "float64", "scaling": "standard"},
    {"cell": "gru", "optimizer": Optimizer("sgd", momentum=0.9), "patience": None, "validation": 0},
]
INDICES = {
    "days": pd.date_range("2024-01-01", periods=90, freq="D"),
    "hours": pd.date_range("2024-03-30", periods=90, freq="h", tz="Europe/Berlin"),
    "long ago": pd.date_range("1500-01-01", periods=90, freq="D", unit="s"),
    "numbers": pd.RangeIndex(5, 95),
}


def fitted(index: str = "days", **settings: object) -> fc.Forecaster:
    values = np.random.default_rng(0).normal(size=90).cumsum()
    values[40] = np.nan
    y = pd.Series(values, INDICES[index], name="level")
    model = fc.Forecaster(
        **{"timesteps": 5, "hidden_units": 4, "epochs": 2, "horizon": 2, **settings}
    )
    return model.fit(y)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("index", INDICES)
def test_a_loaded_model_forecasts_the_same_to_the_bit(
    settings: dict[str, object], index: str, tmp_path: Path
) -> None:
    model, path = fitted(index, **settings), tmp_path / "m.safetensors"
    model.save(path)
    again = fc.Forecaster.load(path)
    assert again.settings == model.settings
    pd.testing.assert_frame_equal(again.predict(5), model.predict(5), check_exact=True)
    pd.testing.assert_frame_equal(
        again.predict(level=50), model.predict(level=50), check_exact=True
    )
    pd.testing.assert_frame_equal(again.history_, model.history_, check_exact=True)
    assert again.fitted_ is not None
    assert model.fitted_ is not None
    assert again.fitted_.parts == model.fitted_.parts


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_every_unit_come_back(unit: str, zone: str | None, tmp_path: Path) -> None:
    index = pd.date_range("2024-03-30", periods=120, freq="h", tz=zone, unit=unit)
    if unit == "ns":
        index += pd.Timedelta(nanoseconds=789)
    y = pd.Series(np.random.default_rng(0).normal(size=120).cumsum() + 50, index)
    model = fc.Forecaster(
        timesteps=5, hidden_units=4, epochs=1, seasonal_adjustment="additive"
    ).fit(y)
    model.save(tmp_path / "m")
    again = fc.Forecaster.load(tmp_path / "m")
    wanted = model.predict(3)
    pd.testing.assert_frame_equal(again.predict(3), wanted, check_exact=True)
    assert wanted["ds"].dt.unit == unit


def test_the_weights_stand_under_keras_names(tmp_path: Path) -> None:
    fitted(cell="gru", layers=2).save(tmp_path / "m")
    arrays = archive.read(tmp_path / "m", "forecaster").arrays
    shapes = {name: array.shape for name, array in arrays.items() if name.startswith("weights/")}
    assert shapes == {
        "weights/recurrent_1/kernel": (1, 12),
        "weights/recurrent_1/recurrent_kernel": (4, 12),
        "weights/recurrent_1/bias": (2, 12),
        "weights/recurrent_2/kernel": (4, 12),
        "weights/recurrent_2/recurrent_kernel": (4, 12),
        "weights/recurrent_2/bias": (2, 12),
        "weights/head/kernel": (4, 2),
        "weights/head/bias": (2,),
    }


def test_an_unfitted_model_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        fc.Forecaster().save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["settings", "weights", "shape", "tail"])
def test_an_incomplete_model_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "m"
    fitted().save(path)
    header, arrays = archive.read(path, "forecaster")
    if damage == "settings":
        header["settings"]["cell"] = "transformer"
    if damage == "weights":
        del arrays["weights/head/bias"]
    if damage == "shape":
        arrays["weights/head/bias"] = arrays["weights/head/bias"][:1]
    if damage == "tail":
        del arrays["tail/values"]
    archive.write(path, "forecaster", header, arrays)
    with pytest.raises(ArchiveError, match="not a complete forecaster"):
        fc.Forecaster.load(path)
