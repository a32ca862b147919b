"""Forecasters with dilated layers, residual links, segments and a parallel decoder."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import SettingError
from forecast.models.cost import fit_cost
from forecast.models.preflight import memory_bytes
from forecast.models.settings import ForecasterSettings
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.fused import fused, kernels_for
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack

SMALL: dict[str, object] = {"timesteps": 8, "horizon": 5, "hidden_units": 6, "epochs": 6}
KINDS: dict[str, dict[str, object]] = {
    "dilated": {"layers": 2, "dilations": [1, 3]},
    "linked": {"layers": 3, "dilations": [2, 1, 3], "residual_links": True},
    "segments": {"segment": 4, "dropout": 0.1, "layers": 2},
    "parallel": {"segment": 2, "decoder": "parallel"},
    "all": {
        "layers": 2, "dilations": [1, 2], "residual_links": True, "segment": 2,
        "decoder": "parallel", "loss": "quantile",
    },
}  # fmt: skip
Settings = Mapping[str, object]


def walk(rows: int = 90) -> pd.Series:
    values = np.sin(np.arange(rows) / 3) + np.random.default_rng(0).normal(0, 0.1, rows)
    values[6] = np.nan
    return pd.Series(values, pd.date_range("2024-01-01", periods=rows, freq="D"), name="level")


def made(kind: str, **more: object) -> fc.Forecaster:
    return fc.Forecaster(**{**SMALL, **KINDS[kind], **more})


def test_without_these_settings_the_network_is_as_it_was() -> None:
    settings = ForecasterSettings(layers=2, dropout=0.1, hidden_units=5, horizon=3)
    stack = settings.network("numba")
    assert stack == Stack(
        (
            ("recurrent_1", Recurrent("gru", 5, return_sequences=True, engine="numba")),
            ("dropout_1", Dropout(0.1)),
            ("recurrent_2", Recurrent("gru", 5, engine="numba")),
            ("head", Dense(3)),
        ),
        1,
    )
    assert ForecasterSettings(layers=2, dilations=(1, 1)).network() == (
        ForecasterSettings(layers=2).network()
    )
    assert settings._kernels() == kernels_for(stack) == ("network_gru",)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_weights_are_called_as_before_and_the_kernels_are_known(kind: str, cell: str) -> None:
    settings = made(kind, cell=cell, reset_after=False).settings
    stack = settings.network("numba")
    assert {"recurrent_1/kernel", "head/kernel", "head/bias"} <= set(stack.shapes())
    known, whole = "gru_before" if cell == "gru" else cell, kind in {"dilated", "linked"}
    assert (fused(stack) is not None) == whole
    name = f"network_{known}" if whole else f"layer_{known}"
    assert settings._kernels() == kernels_for(stack) == (name,)
    assert stack.parameter_count == stack.init(np.random.default_rng(0)).flat.size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_fit_lowers_the_loss_and_is_saved(kind: str, cell: str, tmp_path: Path) -> None:
    learning = {"learning_rate": 0.02, "batch_size": 16, "patience": None, "scaling": "standard"}
    model = made(kind, cell=cell, **learning).fit(walk())
    losses = model.history_["loss"]
    assert losses.iloc[-1] < 0.9 * losses.iloc[0]
    path = tmp_path / "m.safetensors"
    model.save(path)
    again = fc.Forecaster.load(path)
    assert again.settings == model.settings
    assert again.parameter_count == model.parameter_count
    for horizon in (2, 5, 7):
        one, other = again.predict(horizon), model.predict(horizon)
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    ahead = again.update(walk(95)).predict(data=walk(95))
    assert np.isfinite(ahead.iloc[:, 1]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_both_engines_fit_alike(kind: str) -> None:
    one, other = (
        made(kind, engine=engine, epochs=2, scaling="standard", dropout=0.0).fit(walk())
        for engine in ("numpy", "numba")
    )
    assert (one.engine_, other.engine_) == ("numpy", "numba")
    ours, theirs = (model.learned().parameters.flat for model in (one, other))
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_short_series_of_a_panel_are_padded_in_every_kind() -> None:
    series = [walk(rows).rename("y").rename_axis("ds").reset_index() for rows in (60, 11)]
    panel = pd.concat([one.assign(unique_id=len(one)) for one in series])
    for kind in KINDS:
        ahead = made(kind, epochs=1).fit(panel).predict()
        assert len(ahead) == 2 * 5
        assert np.isfinite(ahead["GRU"]).all(), kind


@pytest.mark.parametrize("kind", KINDS)
def test_cost_and_memory_are_counted(kind: str) -> None:
    settings, series = made(kind, epochs=1).settings, prepare(walk())
    cost = fit_cost(settings, series)
    assert cost.parameters == made(kind).parameter_count
    assert cost.seconds > 0
    assert memory_bytes(cost.windows, settings) > 0


def test_a_step_of_a_segment_is_kept_once() -> None:
    plain, segments = (
        memory_bytes(10_000, ForecasterSettings(timesteps=240, batch_size=512, segment=segment))
        for segment in (1, 24)
    )
    assert segments < plain


def test_a_stream_and_onnx_refuse_them(tmp_path: Path) -> None:
    model = made("linked", epochs=1).fit(walk())
    with pytest.raises(SettingError, match=r"A stream .* dilations=\(2, 1, 3\), residual_links"):
        model.stream()
    with pytest.raises(SettingError, match=r"segment=2, decoder='parallel'\. Fit one without"):
        fc.to_onnx(made("parallel", epochs=1).fit(walk()), tmp_path / "m.onnx")


REFUSED: list[tuple[Settings, str]] = [
    ({"timesteps": 100, "segment": 24}, "got 100. Use timesteps=96 or 120"),
    ({"timesteps": 10, "segment": 24}, "got 10. Use timesteps=24"),
    ({"decoder": "parallel", "strategy": "recursive"}, "Use strategy='direct'"),
    ({"local": True, "segment": 2}, "got segment=2. Leave that out, or use local=False"),
    ({"layers": 2, "dilations": (1,)}, "dilations"),
    ({"layers": 1, "dilations": (0,)}, "dilations"),
    ({"timesteps": 24, "segment": 4, "dilations": (7,)}, "the 6 steps of a window"),
    ({"segment": 0}, "segment"),
    ({"decoder": "serial"}, "decoder"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED)
def test_what_does_not_go_together_is_refused(settings: Settings, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        ForecasterSettings(**settings)


def test_a_segment_ahead_reads_what_is_known_of_its_rows() -> None:
    stack = made("parallel", seasonal_lags=(4, 8)).settings.network()
    assert stack.beside == 5 * 2
    assert stack.shapes()["head/kernel"] == (6 + 2 * 2, 2)


def test_segments_and_one_step_at_a_time_go_together() -> None:
    model = made("segments", strategy="recursive", epochs=1).fit(walk())
    assert len(model.predict(6)) == 6
