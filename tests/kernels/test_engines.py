"""Which engine computes, and what is said where it is not the one that was hoped for."""

import io
import warnings

import numpy as np
import pytest

import forecast as fc
from forecast.errors import EngineError, EngineWarning, SettingError
from forecast.kernels import engine as engines
from forecast.kernels import folder, library
from forecast.kernels.engine import chosen_engine, kernels_of, ready_engine, uncompiled

NEEDED = ("network_gru",)


@pytest.fixture
def asked(monkeypatch):
    """Note which kernels are asked for, and load none; nothing is loaded or compiled yet."""
    names = []
    monkeypatch.setattr(library, "kernel", names.append)
    monkeypatch.setattr(library, "is_loaded", lambda _: False)
    monkeypatch.setattr(library, "is_ready", lambda _: False)
    monkeypatch.setattr(engines, "_said", set())
    return names


def broken(_):
    raise RuntimeError("no such target")


def test_auto_takes_the_kernels_in_single_precision_only(asked):
    assert chosen_engine("auto", "float64", NEEDED) == "numpy"
    assert chosen_engine("numpy", "float32", NEEDED) == "numpy"
    assert asked == []
    assert chosen_engine("auto", "float32", NEEDED) == "numba"
    assert chosen_engine("numba", "float32", NEEDED) == "numba"
    assert asked == [*NEEDED] * 2


def test_who_does_not_wait_asks_for_nothing_that_is_not_ready(asked, monkeypatch):
    monkeypatch.setenv(engines.WAIT_VARIABLE, "0")
    assert chosen_engine("auto", "float32", NEEDED) == "numpy"
    assert asked == []
    assert chosen_engine("numba", "float32", NEEDED) == "numba"
    assert asked == [*NEEDED]


def test_the_engine_that_is_ready_is_never_compiled_for(asked, monkeypatch):
    for engine in engines.ENGINES:
        assert ready_engine(engine, "float32", NEEDED) == "numpy"
    assert asked == []
    monkeypatch.setattr(library, "is_ready", lambda _: True)
    assert ready_engine("auto", "float32", NEEDED) == "numba"
    assert ready_engine("auto", "float64", NEEDED) == "numpy"
    assert ready_engine("numpy", "float32", NEEDED) == "numpy"


def test_whatever_goes_wrong_auto_says_it_once_and_goes_on(asked, monkeypatch):
    monkeypatch.setattr(library, "kernel", broken)
    with pytest.warns(EngineWarning, match="RuntimeError: no such target.*computing with NumPy"):
        assert chosen_engine("auto", "float32", NEEDED) == "numpy"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert chosen_engine("auto", "float32", NEEDED) == "numpy"


def test_whatever_goes_wrong_who_asked_for_it_is_told(asked, monkeypatch):
    monkeypatch.setattr(library, "kernel", broken)
    for _ in range(2):
        with pytest.raises(EngineError, match=r"no such target.*engine='numpy'") as caught:
            chosen_engine("numba", "float32", NEEDED)
        assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("ready", [True, False])
def test_only_a_person_at_a_terminal_is_told_to_wait(asked, monkeypatch, terminal, ready):
    said = io.StringIO()
    said.isatty = lambda: terminal
    monkeypatch.setattr(engines.sys, "stderr", said)
    monkeypatch.setattr(library, "is_ready", lambda _: ready)
    chosen_engine("auto", "float32", NEEDED)
    assert ("Compiling the kernels" in said.getvalue()) == (terminal and not ready)


def test_a_forecaster_needs_the_kernel_of_its_cell(asked):
    assert kernels_of("lstm") == ("network_lstm",)
    assert kernels_of("gru") == ("network_gru",)
    assert kernels_of("gru", reset_after=False) == ("network_gru_before",)
    known = [kernels_of(cell)[0] for cell in ("simple_rnn", "gru", "lstm")]
    assert set(known) <= set(library.KERNELS)
    assert uncompiled() == library.KERNELS


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_a_forecaster_says_the_same_in_both_engines(cell, reset_after):
    values = np.sin(np.arange(150) / 3) + 0.1 * np.random.default_rng(0).normal(size=150)
    told = {"timesteps": 12, "hidden_units": 9, "layers": 2, "horizon": 2, "epochs": 4}
    models = [
        fc.Forecaster(cell, engine=engine, reset_after=reset_after, **told).fit(values)
        for engine in ("auto", "numba", "numpy")
    ]
    assert [model.engine_ for model in models] == ["numba", "numba", "numpy"]
    frames = [model.predict(6).iloc[:, 1].to_numpy() for model in models]
    np.testing.assert_array_equal(frames[0], frames[1])
    # Four epochs of Adam make what rounding left a little larger.
    np.testing.assert_allclose(frames[0], frames[2], atol=1e-4)


def test_double_precision_is_numpy_s():
    told = {"timesteps": 6, "hidden_units": 4, "epochs": 1, "dtype": "float64"}
    assert fc.Forecaster("gru", **told).fit(np.sin(np.arange(60.0))).engine_ == "numpy"
    with pytest.raises(SettingError, match="`engine='numba'` computes in float32; got"):
        fc.Forecaster("gru", engine="numba", **told)


@pytest.fixture
def fresh_folder():
    """Forget the folder of this process, before and after."""
    folder.cache_folder.cache_clear()
    yield
    folder.cache_folder.cache_clear()


@pytest.mark.usefixtures("fresh_folder")
def test_the_folder_is_the_one_that_was_asked_for_or_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path / "asked"))
    assert folder.cache_folder() == tmp_path / "asked"
    assert (tmp_path / "asked").is_dir()
    assert list((tmp_path / "asked").iterdir()) == []
    monkeypatch.delenv(folder.VARIABLE)
    monkeypatch.setattr(folder.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folder.wanted_folder() == tmp_path / "recurrent-forecast"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(folder.Path, "home", lambda: tmp_path)
    assert folder.wanted_folder() == tmp_path / ".cache" / "recurrent-forecast"
    monkeypatch.setattr(folder.sys, "platform", "darwin")
    assert folder.wanted_folder() == tmp_path / "Library" / "Caches" / "recurrent-forecast"
    monkeypatch.setattr(folder.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert folder.wanted_folder() == tmp_path / "local" / "recurrent-forecast"


@pytest.mark.usefixtures("fresh_folder")
def test_a_folder_below_a_file_is_replaced(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(folder.tempfile, "tempdir", str(tmp_path))
    with pytest.warns(EngineWarning, match="cannot be written to"):
        found = folder.cache_folder()
    assert found.parent == tmp_path
    assert folder.cache_folder() == found


@pytest.mark.usefixtures("fresh_folder")
def test_a_folder_that_is_there_but_read_only_is_replaced(monkeypatch, tmp_path):
    """Tried by writing, as permissions do not tell: root may write anywhere but on such a disk."""
    (tmp_path / "read").mkdir()
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path / "read"))
    monkeypatch.setattr(folder.tempfile, "tempdir", str(tmp_path))

    def refused(**_):
        raise PermissionError(13, "Read-only file system")

    monkeypatch.setattr(folder.tempfile, "TemporaryFile", refused)
    with pytest.warns(EngineWarning, match="Read-only file system"):
        found = folder.cache_folder()
    assert found != tmp_path / "read"
    assert found.parent == tmp_path


@pytest.mark.parametrize("error", [ImportError, OSError])
def test_without_a_sound_llvmlite_nothing_is_ready(error, monkeypatch):
    def broken(name):
        raise error("no library")

    monkeypatch.setattr(library, "_file", broken)
    monkeypatch.setattr(library._loaded, "kernels", {})
    assert not library.is_ready("network_gru")
