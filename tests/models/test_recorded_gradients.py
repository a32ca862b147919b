"""A forecaster that notes where its gradient goes learns the same, and keeps what it noted."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import archive
from forecast.data.panel import prepare_panel
from forecast.errors import ArchiveError, SettingError
from forecast.models.examples import WindowExamples
from forecast.models.fitting import network_of
from forecast.models.reading import Reading
from forecast.models.recipe import part_windows
from forecast.training.flow import flow_of
from forecast.training.recording import LARGEST, FlowRecorder, followed, record_frame

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 3, "horizon": 2}
KINDS: dict[str, dict[str, object]] = {
    "plain": {},
    "noise": {"input_noise": 0.2, "layers": 2, "dropout": 0.3, "cell": "lstm"},
    "segments": {"segment": 3, "decoder": "parallel", "layers": 2, "residual_links": True},
    "drawn": {"sampling": "series", "steps_per_epoch": 2, "cell": "simple_rnn"},
    "seeds": {"seeds": 2, "dilations": (2,)},
    "double": {"dtype": "float64", "refit": True},
    "plateau": {"schedule": "plateau", "loss": "quantile", "engine": "numpy"},
}


def series() -> pd.Series:
    values = np.random.default_rng(0).normal(size=90).cumsum() + 40
    return pd.Series(values, pd.date_range("2024-01-01", periods=90), name="level")


def fitted(**settings: object) -> fc.Forecaster:
    return fc.Forecaster(**{**SMALL, **settings}).fit(series())


@pytest.mark.parametrize("kind", KINDS)
def test_recording_changes_no_bit_of_the_training(kind: str, tmp_path: Path) -> None:
    model, plain = fitted(record_gradients=True, **KINDS[kind]), fitted(**KINDS[kind])
    for one, other in zip(model.learned().members, plain.learned().members, strict=True):
        assert one.parameters.flat.tobytes() == other.parameters.flat.tobytes()
        assert one.best_epoch == other.best_epoch
        assert other.flow == {}
    histories = [each.history_.drop(columns="seconds") for each in (model, plain)]
    pd.testing.assert_frame_equal(*histories, check_exact=True)

    steps = 2 if kind == "segments" else 6
    for member in model.learned().members:
        shapes = {name: norms.shape for name, norms in member.flow.items()}
        layers = int(model.settings.layers)
        assert shapes == {f"recurrent_{k + 1}": (4, steps) for k in range(layers)}
        assert all((norms > 0).any() for norms in member.flow.values())
    model.save(tmp_path / "m")
    table = fc.gradient_history(fc.Forecaster.load(tmp_path / "m"))
    pd.testing.assert_frame_equal(table, fc.gradient_history(model), check_exact=True)


def test_the_record_is_the_flow_of_each_epochs_weights() -> None:
    y = series()
    model = fc.Forecaster(record_gradients=True, engine="numpy", patience=None, **SMALL)
    model.fit(y)
    settings, learned = model.settings, model.learned()
    panel = prepare_panel(y)
    windows = part_windows(settings, panel, learned.splits.part("train"), settings.block)
    reading = Reading(settings, learned.recipe, panel)
    examples = WindowExamples(reading, windows, np.dtype("float32"))
    network = network_of(settings, learned.recipe, "numpy")
    batch = examples.batch(followed(len(examples)))
    seen = flow_of(network, learned.parameters, batch, "mse").norms["recurrent_1"]
    np.testing.assert_allclose(learned.members[0].flow["recurrent_1"][-1], seen, rtol=1e-6)

    table = fc.gradient_history(model)
    assert table.columns.tolist() == ["epoch", "layer", "lag", "norm"]
    assert table["epoch"].tolist() == sorted([0, 1, 2, 3] * 6)
    assert table["lag"].tolist() == [6, 5, 4, 3, 2, 1] * 4
    np.testing.assert_allclose(table["norm"].tail(6), seen, rtol=1e-6)


def test_nothing_is_drawn_for_the_record() -> None:
    given = {"record_gradients": True, "layers": 2}
    drawn = {"input_noise": 0.5, "dropout": 0.5, "sampling": "series"}
    first = [
        fc.gradient_history(fitted(**given, **more)).query("epoch == 0")["norm"].to_numpy()
        for more in ({}, drawn)
    ]
    np.testing.assert_array_equal(*first)


def test_both_engines_note_the_same() -> None:
    one, two = (fitted(record_gradients=True, engine=name) for name in ("numba", "numpy"))
    first = [fc.gradient_history(model).query("epoch == 0")["norm"] for model in (one, two)]
    np.testing.assert_allclose(*first, rtol=1e-4)


def test_several_networks_are_numbered_and_segments_have_the_lag_of_their_newest_row() -> None:
    table = fc.gradient_history(fitted(record_gradients=True, seeds=2, segment=3))
    assert table["seed"].drop_duplicates().tolist() == [0, 1]
    assert table.query("seed == 0 and epoch == 0")["lag"].tolist() == [4, 1]


def test_what_was_finished_before_a_stop_is_there() -> None:
    stop = threading.Event()

    def second(progress: Any) -> None:
        if progress.record.epoch == 2:
            stop.set()

    model = fc.Forecaster(record_gradients=True, **SMALL)
    model.fit(series(), on_epoch=second, cancel=stop)
    assert fc.gradient_history(model)["epoch"].max() == 2
    model.update(longer(), epochs=2)
    assert fc.gradient_history(model)["epoch"].max() == 2  # those of the fit
    assert len(model.history_) == 4


def longer() -> pd.Series:
    y = series()
    more = pd.date_range(y.index[-1], periods=6)[1:]
    return pd.Series(np.arange(5.0) + 40, more, name="level")


def test_it_is_refused_where_it_cannot_be_done() -> None:
    with pytest.raises(SettingError, match=r"`local=True` gives .* record_gradients is of a net"):
        fc.Forecaster(local=True, record_gradients=True)
    with pytest.raises(SettingError, match=r"`record_gradients` must be True or False; got 1"):
        fc.Forecaster(record_gradients=1)
    with pytest.raises(SettingError, match=r"Fit it with record_gradients=True, or .*gradient_fl"):
        fc.gradient_history(fitted())
    with pytest.raises(SettingError, match=r"callbacks=\[fc.RecordGradients\(\)\]"):
        fc.gradient_history(fc.Sequential())


def cut(arrays: dict[str, Any], part: Any) -> None:
    arrays["flow/recurrent_1"] = arrays["flow/recurrent_1"][part]


def double(arrays: dict[str, Any]) -> None:
    arrays["flow/recurrent_1"] = np.concatenate([arrays["flow/recurrent_1"]] * 2)


DAMAGES = {
    "lacking": (lambda a: a.pop("flow/recurrent_1"), "lacks 'flow/recurrent_1'"),
    "NaN": (lambda a: a["flow/recurrent_1"].__setitem__((0, 0), np.nan), "NaN or infinity"),
    "negative": (lambda a: a["flow/recurrent_1"].__setitem__((0, 0), -1), "a norm below 0"),
    "a step less": (lambda a: cut(a, np.s_[:, 1:]), "of shape"),
    "no epoch": (lambda a: cut(a, np.s_[:0]), "must be a whole number from 1 to 4"),
    "uneven": (lambda a: cut(a, np.s_[1:]), "another number of epochs"),
    "too many": (double, "must be a whole number from 1 to 4"),
    "another": (lambda a: a.update({"flow_2/recurrent_1": a["flow/recurrent_1"]}), "flow_2"),
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flow") / "m"
    fitted(record_gradients=True, layers=2).save(path)
    return path


@pytest.mark.parametrize("name", DAMAGES)
def test_a_record_that_does_not_fit_is_refused(name: str, stored: Path, tmp_path: Path) -> None:
    damage, said = DAMAGES[name]
    header, arrays = archive.read(stored, "forecaster")
    arrays = {one: array.copy() for one, array in arrays.items()}
    damage(arrays)
    archive.write(tmp_path / "m", "forecaster", header, arrays)
    with pytest.raises(ArchiveError, match=said):
        fc.Forecaster.load(tmp_path / "m")


def test_a_record_nobody_asked_for_is_refused(stored: Path, tmp_path: Path) -> None:
    header, arrays = archive.read(stored, "forecaster")
    header["settings"]["record_gradients"] = False
    archive.write(tmp_path / "m", "forecaster", header, arrays)
    with pytest.raises(ArchiveError, match="'flow/recurrent_1', which nothing here knows"):
        fc.Forecaster.load(tmp_path / "m")
    del header["settings"]["record_gradients"]  # as older versions wrote it
    plain = {name: one for name, one in arrays.items() if not name.startswith("flow")}
    archive.write(tmp_path / "m", "forecaster", header, plain)
    assert not fc.Forecaster.load(tmp_path / "m").settings.record_gradients


def test_the_examples_to_follow_are_few_and_spread() -> None:
    assert followed(5).tolist() == [0, 1, 2, 3, 4]
    assert (len(followed(900)), len(followed(2560)), len(followed(10**6))) == (8, 24, 64)
    for count in (20, 999, 10**5):
        found = followed(count)
        assert (found[0], found[-1]) == (0, count - 1)
        assert np.ptp(np.diff(found)) <= 1


def test_a_norm_beyond_float32_is_its_largest_number() -> None:
    recorder = FlowRecorder.__new__(FlowRecorder)
    recorder._noted = [{"a": np.array([np.inf, np.nan, 1e300, 2.0])}]
    assert recorder.record()["a"].tolist() == [[LARGEST, LARGEST, LARGEST, 2.0]]
    assert record_frame({}, 4).columns.tolist() == ["epoch", "layer", "lag", "norm"]
