"""Who does the work changes no byte."""

import sys
from collections.abc import Iterator
from pathlib import Path

import joblib
import pytest
from joblib._parallel_backends import ThreadingBackend

import forecast as fc
from forecast.batch.api import batch
from forecast.errors import BatchError, MissingExtraError, SettingError
from tests.batch.small_runs import SMALL, content_of

SEVERAL = SMALL | {"workers": 2}


class Threads(ThreadingBackend):
    pass


@pytest.fixture
def registered() -> Iterator[str]:
    joblib.register_parallel_backend("threads_of_mine", Threads)
    yield "threads_of_mine"
    del joblib.parallel.BACKENDS["threads_of_mine"]


def test_two_processes(source: Path, whole: Path, tmp_path: Path) -> None:
    batch(source, tmp_path / "out", **SEVERAL)
    assert content_of(tmp_path / "out") == content_of(whole)


def test_any_registered_backend(registered: str, source: Path, whole: Path, tmp_path: Path) -> None:
    batch(source, tmp_path / "named", backend=registered, **SEVERAL)
    with joblib.parallel_config(registered, n_jobs=2):
        batch(source, tmp_path / "active", **SMALL | {"workers": None})
    assert content_of(tmp_path / "named") == content_of(whole)
    assert content_of(tmp_path / "active") == content_of(whole)


def test_backends_that_are_not_there(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with pytest.raises(SettingError, match="must be one that joblib knows"):
        batch(source, out, backend="slurm", **SMALL)
    with pytest.raises(SettingError, match="is that of a Dask scheduler; got backend='loky'"):
        batch(source, out, resume=True, backend="loky", address="tcp://127.0.0.1:1", **SMALL)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingError, match=r"needs the module `ray\.util\.joblib`"):
        batch(source, out, resume=True, backend="ray", **SMALL)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"recurrent-forecast\[dask\]"):
        batch(source, out, resume=True, backend="dask", **SMALL)


@pytest.mark.soak
def test_a_scheduler_that_does_not_answer(source: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    import dask

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "200ms"}),
        pytest.raises(BatchError, match="No Dask scheduler answers at"),
    ):
        batch(source, tmp_path / "out", address="tcp://127.0.0.1:9", **SMALL)
    assert distributed is not None


def test_the_package_can_be_called_in_place_of_its_function(source: Path, whole: Path) -> None:

    found = sys.modules["forecast.batch"](source, whole, resume=True, **SMALL)  # type: ignore[operator]
    assert found.forecast == 12
    assert callable(fc.batch)
