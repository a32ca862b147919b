import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.series import TimeSeries, prepare
from forecast.errors import NonFiniteLossError, SettingError, StoreError
from forecast.evaluation.comparison import Comparison
from forecast.storage import bundle as bundling
from forecast.storage.bundle import bundle, runs_table
from forecast.storage.code import as_python
from forecast.storage.grids import grids_of
from forecast.storage.keeping import Kept, Wanted, asked_of, keep_comparison, wanted_again
from forecast.storage.records import CellPlan, RunDraft
from forecast.storage.run_store import RunStore
from tests.storage.kept_runs import SMALL

HARM = "=cmd|' /C calc'!A0</script><script>alert(1)</script>"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    one = RunStore(tmp_path / "home")
    yield one
    one.close()


def series() -> TimeSeries:
    values = np.random.default_rng(0).normal(size=120).cumsum()
    return prepare(pd.Series(values, index=pd.date_range("2022-01-01", periods=120), name=HARM))


def keep(store: RunStore, **more: Any) -> Kept:
    settings = {**SMALL, "past_covariates": (), **more.pop("settings", {})}
    asked = {**asked_of(("gru", "lstm"), settings), **more}
    return keep_comparison(store, series(), Wanted("own.csv", HARM, asked, owner="somebody"))


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def same(one: Comparison, other: Comparison) -> None:
    pd.testing.assert_frame_equal(one.predictions, other.predictions, check_exact=True)


def test_a_run_is_whole_in_its_zip_and_the_same_bytes_twice(
    store: RunStore, tmp_path: Path
) -> None:
    kept = keep(store)
    content = bundle(store, kept.id)
    assert bundle(store, kept.id) == content
    found = members(content)
    assert sorted(found) == [
        *("README.txt", "charts/errors.html", "charts/losses.html", "charts/plotly.min.js"),
        *("charts/predictions.html", "command.txt", "data.csv", "findings.csv", "history.csv"),
        *("models/gru.safetensors", "models/lstm.safetensors", "predictions.csv", "run.py"),
        *("scores.csv", "settings.json"),
    ]
    for name, inside in found.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(inside)
    model = fc.Forecaster.load(tmp_path / "models" / "gru.safetensors")
    pd.testing.assert_frame_equal(model.predict(), kept.result.models["GRU"].predict())
    ran = subprocess.run([sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True,
                         check=False, env={"PYTHONPATH": str(ROOT)})  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert kept.result.verdict in ran.stdout


def test_what_people_call_things_starts_nothing(store: RunStore) -> None:
    kept = keep(store)
    store.rename(kept.id, HARM)
    found = members(bundle(store, kept.id))
    assert json.loads(found["settings.json"])["name"] == HARM
    for name, content in found.items():
        if name.endswith(".csv"):
            cells = content.decode("utf-8-sig").replace("\n", ",").split(",")
            assert not [one for one in cells if one.lstrip('"').startswith(("=", "@"))], name
        if name.endswith(".html"):
            assert b"<script>alert" not in content
            assert b"https://" not in content.replace(b"http://www.w3.org", b"")
    assert b"somebody" not in b"".join(found.values())  # whose it is, nobody else learns


def test_a_run_that_has_not_ended_gives_what_there_is(store: RunStore) -> None:
    asked = asked_of(("gru",), {**SMALL, "past_covariates": ()})
    cells = (CellPlan("GRU", None, 3),)
    store.begin(RunDraft("abcdefgh", "me", "", "own.csv", HARM, asked, cells, 1.7e9), series())
    found = members(bundle(store, "abcdefgh"))
    assert {"data.csv", "settings.json", "history.csv", "run.py"} <= set(found)
    assert "scores.csv" not in found
    assert "trains it whole" in found["run.py"].decode()


def test_without_plotly_there_are_no_charts(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(store)
    for name in [one for one in sys.modules if one.split(".")[0] == "plotly"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly", None)
    found = members(bundle(store, kept.id))
    assert not [name for name in found if name.startswith("charts")]
    assert "charts/" not in found["README.txt"].decode()


def test_settings_of_another_version_leave_the_code_out(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> str:
        raise SettingError("no such setting")

    kept = keep(store)
    monkeypatch.setattr(bundling, "as_python", refuse)
    found = members(bundle(store, kept.id))
    assert not {"run.py", "command.txt"} & set(found)
    assert "There is no code" in found["README.txt"].decode()


def test_an_unknown_run_is_refused(store: RunStore) -> None:
    with pytest.raises(StoreError, match="There is no run 'nothing'"):
        bundle(store, "nothing")


def test_a_grid_is_kept_with_all_its_values(store: RunStore) -> None:
    kept = keep(store, vary="timesteps", values=[4, 6])
    assert kept.grid is not None
    assert set(kept.grid["value"]) == {4, 6}
    run = store.find(kept.id)
    assert run is not None
    assert [(cell.label, cell.value, cell.state, len(cell.history)) for cell in run.cells] == [
        *(("GRU", 4, "done", 3), ("LSTM", 4, "done", 3)),
        *(("GRU", 6, "done", 3), ("LSTM", 6, "done", 3)),
    ]
    found = members(bundle(store, kept.id))
    assert {"grid.csv", "charts/grid.html"} <= set(found)
    assert set(pd.read_csv(io.BytesIO(found["grid.csv"]))["value"]) == {4, 6}
    pd.testing.assert_frame_equal(store.grid(kept.id), kept.grid)
    networks = kept.grid[kept.grid["parameters"] > 0]
    best = networks.loc[networks["mae"].idxmin()]
    readme = found["README.txt"].decode()
    assert "findings and models here are of timesteps 4 alone" in readme
    assert f"Of the whole grid {best['model']} with timesteps {best['value']} errs least" in readme
    assert kept.result.settings["timesteps"] == 4
    assert "for timesteps in (4, 6):" in as_python(run, store.series(kept.id))


def test_of_what_is_no_grid_nothing_is_said_of_one(store: RunStore) -> None:
    kept = keep(store)
    assert store.grid(kept.id) is None
    assert "grid" not in members(bundle(store, kept.id))["README.txt"].decode()
    asked = asked_of(("gru",), SMALL) | {"vary": "timesteps", "values": [4, 6]}
    cells = (CellPlan("GRU", 4, 3), CellPlan("GRU", 6, 3))
    store.begin(RunDraft("abcdefgh", "me", "", "own.csv", HARM, asked, cells, 1.7e9), series())
    run = store.find("abcdefgh")
    assert run is not None
    assert grids_of(store, [run]) == {}


def test_a_run_is_trained_again_with_its_engine(store: RunStore) -> None:
    kept = keep(store, settings={"engine": "numpy"})
    run = store.find(kept.id)
    assert run is not None
    auto = run._replace(asked={**run.asked, "settings": {**SMALL, "past_covariates": []}})
    again = keep_comparison(store, store.series(kept.id), wanted_again(auto))
    found = store.find(again.id)
    assert found is not None
    assert {cell.engine for cell in found.cells} == {"numpy"}
    same(again.result, kept.result)


def test_what_fails_is_kept_as_failed(store: RunStore) -> None:
    settings = {**SMALL, "scaling": "none", "optimizer": "sgd", "learning_rate": 1e30}
    with pytest.raises(NonFiniteLossError):
        keep(store, settings={**settings, "clip_norm": None})
    (run,) = store.runs()
    assert (run.state, run.scores) == ("failed", [])
    assert "learning_rate" in str(run.error)


def test_an_interrupted_run_keeps_its_epochs(store: RunStore) -> None:
    def interrupt(_label: str, progress: Any) -> None:
        if progress.record.epoch == 2:
            raise KeyboardInterrupt

    asked = asked_of(("gru",), {**SMALL, "past_covariates": ()})
    with pytest.raises(KeyboardInterrupt):
        keep_comparison(store, series(), Wanted("own.csv", HARM, asked), on_epoch=interrupt)
    (run,) = store.runs()
    assert (run.state, len(store.history(run.id))) == ("stopped", 2)


def test_all_runs_are_one_table(store: RunStore) -> None:
    assert list(runs_table([]))[:3] == ["run", "name", "state"]
    kept, other = keep(store), keep(store)
    table = runs_table(store.runs())
    assert len(table) == 2 * len(kept.result.table)
    assert set(table["run"]) == {kept.id, other.id}
    assert table.loc[table["run"] == kept.id, "mae"].tolist() == kept.result.table["mae"].tolist()
    assert table["epochs"].tolist()[:2] == [3, 3]
