"""The folder of a store: where it is, who may read it, and the secret in it."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from forecast.errors import StoreError
from forecast.storage.home import kept_secret, made_home, wanted_home
from forecast.storage.run_store import RunStore
from tests.storage.stored import ended

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_that_of_the_environment_or_the_user_s(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FORECAST_HOME", str(tmp_path / "here"))
    store = RunStore()
    assert store.folder == tmp_path / "here"
    store.close()
    monkeypatch.setenv("FORECAST_HOME", " ")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert wanted_home().name == "recurrent-forecast"
    monkeypatch.setenv("FORECAST_HOME", "~/runs")
    assert wanted_home() == Path.home() / "runs"


@POSIX
def test_what_is_made_is_for_its_user_alone(tmp_path) -> None:
    home = tmp_path / "deep" / "home"
    store = RunStore(home)
    ended(store, whole=True)
    kept_secret(home)
    assert mode(home) == 0o700
    for path in home.iterdir():
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    store.close()


def test_a_folder_that_cannot_be_made_says_so(tmp_path) -> None:
    (tmp_path / "file").write_text("x")
    for bad in (tmp_path / "file", tmp_path / "file" / "home", "nul\0"):
        with pytest.raises(StoreError, match=r"cannot be written to .* Set FORECAST_HOME"):
            RunStore(bad)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_says_so(tmp_path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        RunStore(tmp_path)


def test_the_secret_is_made_once(tmp_path) -> None:
    home = made_home(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept_secret(home), range(16)))
    assert [len(one) for one in found] == [32]
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(StoreError, match="must have 32 bytes; it has 5"):
        kept_secret(home)


def test_relative_folders_stay_where_they_were(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = RunStore("home")
    monkeypatch.chdir("/")
    ended(store)
    assert store.folder == tmp_path / "home"
    assert len(store.runs()) == 1
    store.close()
