"""The exported model, run by ONNX Runtime, against the forecaster itself."""

import errno
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.scaling import SCALINGS
from forecast.data.series import prepare
from forecast.errors import ArchiveError, MissingExtraError, NotFittedError
from tests.storage.onnx_models import fitted, run, series

onnx = pytest.importorskip("onnx", reason="onnx is an extra; run make test")
pytest.importorskip("onnxruntime", reason="a tool of developers; run make test")

CELLS = {
    "simple_rnn": {"cell": "simple_rnn"},
    "gru": {"cell": "gru"},
    "gru before": {"cell": "gru", "reset_after": False},
    "lstm": {"cell": "lstm"},
}


def assert_alike(model: fc.Forecaster, path: Path, level: float = 5000.0) -> None:
    """Compare what the network adds to the shift of the scaling, which hides mistakes."""
    y, settings = prepare(series(level)), model.settings
    windows = np.lib.stride_tricks.sliding_window_view(y.values, settings.timesteps)
    expected = model.forecast_from(y, np.arange(settings.timesteps - 1, len(y)), settings.horizon)
    got = run(path, windows)
    assert got.dtype == np.float64
    assert got.shape == expected.shape
    shift, _ = model.learned().scaler.shift_and_spread(windows)
    added = np.abs(expected - shift).max()
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * added)
    np.testing.assert_allclose(run(path, windows[:1]), got[:1], rtol=1e-6)  # any batch will do


@pytest.mark.parametrize("horizon", [1, 5])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_it_forecasts_what_the_forecaster_does(
    cell: str, activation: str, layers: int, horizon: int, tmp_path: Path
) -> None:
    model = fitted(**CELLS[cell], activation=activation, layers=layers, horizon=horizon)
    fc.to_onnx(model, tmp_path / "m.onnx")
    assert_alike(model, tmp_path / "m.onnx")


@pytest.mark.parametrize("level", [5000.0, 1.0])
@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_it_scales_by_itself(cell: str, scaling: str, level: float, tmp_path: Path) -> None:
    model = fitted(level, **CELLS[cell], scaling=scaling, horizon=2)
    fc.to_onnx(model, tmp_path / "m.onnx")
    assert_alike(model, tmp_path / "m.onnx", level)


def test_a_flat_window_has_the_least_spread(tmp_path: Path) -> None:
    model = fitted(horizon=2)
    fc.to_onnx(model, tmp_path / "m.onnx")
    flat = pd.Series(5000.0, pd.date_range("2024-05-01", periods=6, freq="D"))
    expected = model.forecast_from(prepare(flat), np.array([5]), 2)
    added = run(tmp_path / "m.onnx", flat.to_numpy()[None]) - 5000
    assert np.abs(added).min() > 0
    np.testing.assert_allclose(added, expected - 5000, rtol=1e-4)


@pytest.mark.parametrize("scaling", ["window", "standard"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_gap_in_a_window_gives_no_forecast(cell: str, scaling: str, tmp_path: Path) -> None:
    model = fitted(**CELLS[cell], scaling=scaling, activation="relu", horizon=2)
    fc.to_onnx(model, tmp_path / "m.onnx")
    windows = series().to_numpy()[-18:].reshape(3, 6).copy()
    windows[0, 2], windows[1, 5] = np.nan, np.inf
    got = run(tmp_path / "m.onnx", windows)
    np.testing.assert_array_equal(np.isnan(got), [[True, True], [True, True], [False, False]])


@pytest.mark.parametrize(
    "settings",
    [
        {"timesteps": 1, "hidden_units": 1},
        {"dtype": "float64", "cell": "lstm"},
        {"layers": 3, "dropout": 0.3},
        {"hidden_units": 33, "timesteps": 20},
        {"engine": "auto"},
    ],
)
def test_other_settings(settings: dict[str, object], tmp_path: Path) -> None:
    model = fitted(**settings)
    fc.to_onnx(model, tmp_path / "m.onnx")
    assert_alike(model, tmp_path / "m.onnx")


def test_it_agrees_with_predict(tmp_path: Path) -> None:
    y = fc.load_sample("air_passengers")
    model = fc.Forecaster("lstm", timesteps=12, horizon=5, hidden_units=4, epochs=1).fit(y)
    fc.to_onnx(model, str(tmp_path / "m.onnx"))
    got = run(tmp_path / "m.onnx", y.to_numpy(dtype=float)[None, -12:])
    np.testing.assert_allclose(got[0], model.predict()["LSTM"], rtol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_the_model_says_what_it_is(cell: str, tmp_path: Path) -> None:
    fc.to_onnx(fitted(**CELLS[cell], horizon=2, layers=2), tmp_path / "m.onnx")
    model = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(model, full_check=True)
    name = str(CELLS[cell]["cell"])
    operators = [node.op_type for node in model.graph.node]
    label = {"simple_rnn": "RNN"}.get(name, name.upper())
    assert [one for one in operators if one in ("RNN", "GRU", "LSTM")] == [label, label]
    assert {one.key: one.value for one in model.metadata_props} == {
        "cell": name,
        "layers": "2",
        "hidden_units": "3",
        "timesteps": "6",
        "horizon": "2",
        "scaling": "window",
        "package": "recurrent-forecast",
        "version": fc.__version__,
    }
    held = {one.name for one in model.graph.initializer}
    assert held >= set(fitted(**CELLS[cell], horizon=2, layers=2).learned().parameters)
    assert held <= {name for node in model.graph.node for name in node.input}


def test_an_unfitted_forecaster_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError, match=r"Call fit\(y\) first"):
        fc.to_onnx(fc.Forecaster(), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    said = r"^Exporting to ONNX needs the package `onnx`.*\"recurrent-forecast\[onnx\]\"$"
    with pytest.raises(MissingExtraError, match=said):
        fc.to_onnx(fitted(), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["no/m.onnx", "folder", "nul\0.onnx", "long" * 100])
def test_nothing_is_left_where_it_cannot_be_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ArchiveError, match="Choose a folder that exists"):
        fc.to_onnx(fitted(), tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("forecast.files.os.fsync", full)
    (tmp_path / "m.onnx").write_bytes(b"before")
    with pytest.raises(ArchiveError, match="No space left on device"):
        fc.to_onnx(fitted(), tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_model_that_fails_the_check_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.storage.onnx_graph.OPERATORS", {"gru": "NoSuchOperator"})
    (tmp_path / "m.onnx").write_bytes(b"before")
    with pytest.raises(onnx.checker.ValidationError):
        fc.to_onnx(fitted(), tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1
