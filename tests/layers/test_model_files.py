"""Models in files: the same predictions, and training that goes on."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import ArchiveError

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 5, 2)).astype("float32")


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_save_and_load(tmp_path, engine):
    layers = [
        fc.Masking(-5.0, input_shape=(None, 2)),
        fc.Bidirectional(fc.LSTM(3, return_sequences=True), merge_mode="sum"),
        fc.Dropout(0.2),
        fc.GRU(4, reset_after=False, kernel_initializer="he_normal"),
        fc.RepeatVector(2),
        fc.TimeDistributed(fc.Dense(2, "tanh")),
    ]
    model = fc.Sequential(layers, engine=engine, name="mine")
    model.compile(fc.Adam(0.01, global_clipnorm=1.0), "mse", metrics=["mae"])
    y = RANDOM.standard_normal((60, 2, 2))
    model.fit(X, y, epochs=2, shuffle=False)
    model.save(tmp_path / "model.safetensors")
    again = fc.Sequential.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.evaluate(X, y) == model.evaluate(X, y)
    assert (again.name, again.compiled.optimizer) == ("mine", model.compiled.optimizer)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    moments = again.optimizer_state
    assert moments.step == model.optimizer_state.step == 4
    np.testing.assert_array_equal(moments.second, model.optimizer_state.second)


def test_a_broken_or_foreign_file_is_refused(tmp_path):
    forecaster = fc.Forecaster("gru", timesteps=4, hidden_units=2, epochs=1)
    forecaster.fit(np.arange(60.0)).save(tmp_path / "other.safetensors")
    with pytest.raises(ArchiveError, match="holds a forecaster, not a sequential"):
        fc.Sequential.load(tmp_path / "other.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(ArchiveError, match="broken"):
        fc.Sequential.load(tmp_path / "broken.safetensors")
