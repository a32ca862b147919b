"""`runs`: what was kept, looked at and changed from the command line."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from forecast.cli.kept import printable
from forecast.data.samples import load_sample
from forecast.data.series import prepare
from forecast.storage.keeping import Kept, Wanted, asked_of, keep_comparison
from forecast.storage.run_store import RunStore
from tests.cli.conftest import Call

FAST = ["--timesteps", "6", "--hidden-units", "4", "--epochs", "2"]
AIR = ["compare", "sample:air_passengers", *FAST, "--keep", "--json"]
HARM = "\x1b[2J![x](http://x)\nname"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_HOME", str(tmp_path / "home"))


def keep(call: Call, *more: str) -> str:
    done = call(*AIR, *more)
    assert (done.returncode, done.stderr) == (0, "")
    return str(json.loads(done.stdout)["run"])


def told(call: Call, *words: str) -> Any:
    done = call("runs", *words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def failed(call: Call, status: int, *words: str) -> str:
    done = call("runs", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_nothing_kept_says_how_to_keep(call: Call) -> None:
    done = call("runs", "list")
    assert done.returncode == 0
    assert "compare DATA --keep" in done.stdout
    assert told(call, "list") == []


def test_runs_are_listed_filtered_and_sorted(call: Call) -> None:
    first = keep(call, "--cell", "gru", "--name", HARM)
    second = keep(call, "--cell", "lstm", "--seed", "3")
    assert [one["id"] for one in told(call, "list")] == [second, first]
    assert [one["id"] for one in told(call, "list", "--cell", "GRU")] == [first]
    assert [one["id"] for one in told(call, "list", "--text", "NAME")] == [first]
    assert told(call, "list", "--state", "failed") == []
    assert told(call, "list", "--source", "seattle") == []
    assert len(told(call, "list", "--owner", "local", "--source", "air")) == 2
    skills = [one["skill"] for one in told(call, "list", "--sort", "skill")]
    assert skills == sorted(skills, reverse=True)
    shown = call("runs", "list").stdout
    assert first[:8] in shown
    assert "\x1b" not in shown
    assert "`--sort` must be one of" in failed(call, 2, "list", "--sort", "colour")


def test_states_and_cells_are_matched_whole_and_wrong_ones_refused(call: Call) -> None:
    run = keep(call, "--cell", "simple_rnn")
    for found in ("--state done", "--state Done", "--cell SimpleRNN", "--cell simple-rnn"):
        assert [one["id"] for one in told(call, "list", *found.split())] == [run]
    assert told(call, "list", "--cell", "gru") == []
    for wrong in ("bogus", "don", "d", ""):
        said = failed(call, 2, "list", "--state", wrong)
        assert "`--state` must be one of 'queued', 'running', 'paused', 'done'" in said
    for wrong in ("tranformer", "rnn", "lst", ""):
        said = failed(call, 2, "list", "--cell", wrong, "--json")
        assert f"`cell` must be one of 'simple_rnn', 'gru', 'lstm'; got {wrong!r}." in said


def test_a_run_is_shown_by_the_beginning_of_its_id(call: Call) -> None:
    run = keep(call, "--cell", "gru", "--name", HARM, "--learning-rate", "0.002")
    done = call("runs", "show", run[:6])
    assert f"Run {run} '\ufffd[2J![x](http://x)\ufffdname': done" in done.stdout
    assert "cells GRU; timesteps 6; hidden_units 4; horizon 1; epochs 2" in done.stdout
    assert "learning_rate 0.002" in done.stdout
    known = told(call, "show", run)
    assert known["scores"][0]["model"] == "GRU"
    assert known["cells"][0]["history"] == 2
    assert call("runs", "show", run, "--python").stdout.startswith("# To the bit with forecast")
    command = call("runs", "show", run, "--command").stdout.splitlines()[-1]
    again = call(*command.split()[3:], "--json")
    models = json.loads(again.stdout)["models"]
    assert [one["mae"] for one in models] == [one["mae"] for one in known["scores"]]
    assert "Choose one of" in failed(call, 2, "show", run, "--python", "--command")


def test_an_id_must_name_one_run(call: Call) -> None:
    assert "at least 4 characters" in failed(call, 2, "show", "abc")
    assert "no run whose id begins with 'abcd'" in failed(call, 1, "show", "abcd")
    assert "no run whose id" in failed(call, 1, "show", "../../etc/passwd")
    for number in range(2):
        _begin(f"twins-{number:08}")
    assert "begins 2: twins-" in failed(call, 1, "show", "twins")


def _begin(run: str) -> None:
    from forecast.storage.records import CellPlan, RunDraft

    store = RunStore()
    cells = (CellPlan("GRU", None, 3),)
    draft = RunDraft(run, "me", "", "own.csv", "y", asked_of(("gru",), {}), cells, 1.7e9)
    store.begin(draft, prepare([*range(90)]))
    store.close()


def test_runs_are_compared(call: Call) -> None:
    runs = [keep(call, "--cell", "gru", "--seed", seed) for seed in ("1", "2")]
    both = told(call, "compare", *runs, "--score", "rmse")
    assert both["runs"] == runs
    assert [one["setting"] for one in both["settings"]] == ["seed"]
    assert both["settings"][0][runs[0][:8]] == "1"
    assert both["scores"][0][runs[1][:8]] == told(call, "show", runs[1])["scores"][0]["rmse"]
    same = call("runs", "compare", runs[0], keep(call, "--cell", "gru", "--seed", "1"))
    assert "Their settings are the same." in same.stdout
    assert "two runs or more; got 1" in failed(call, 2, "compare", runs[0], runs[0][:9])
    assert "`--score` must be" in failed(call, 2, "compare", *runs, "--score", "luck")


def _keep_grid() -> Kept:
    settings = {"timesteps": 6, "hidden_units": 4, "epochs": 2}
    asked = asked_of(("gru",), settings) | {"vary": "hidden_units", "values": [2, 5]}
    store = RunStore()
    rows = prepare(load_sample("air_passengers"))
    kept = keep_comparison(store, rows, Wanted("sample:air_passengers", "Passengers", asked))
    store.close()
    return kept


def test_of_a_grid_it_is_said_what_is_shown_and_which_value_is_best(call: Call) -> None:
    alone = keep(call, "--cell", "gru")
    assert " grid" not in call("runs", "list").stdout + call("runs", "show", alone).stdout
    grid = _keep_grid()
    assert grid.grid is not None
    networks = grid.grid[grid.grid["parameters"] > 0]
    best = networks.loc[networks["mae"].idxmin()]
    said = f"Of the whole grid GRU with hidden_units {best['value']} errs least: mae "
    for words in (("show", grid.id), ("compare", grid.id, alone)):
        shown = call("runs", *words).stdout
        assert said in shown
        assert "what is said of scores is of hidden_units 2, its first." in shown
    assert "Of a grid, what stands here is of its first value" in call("runs", "list").stdout
    known = told(call, "show", grid.id)["grid"]
    assert (known["vary"], known["values"], known["shown"]) == ("hidden_units", [2, 5], 2)
    assert known["best"]["mae"] == best["mae"]
    assert told(call, "compare", alone, grid.id)["grids"] == {grid.id: known}
    assert told(call, "show", alone)["grid"] is None


def test_a_run_and_all_runs_are_exported(call: Call, tmp_path: Path) -> None:
    run = keep(call, "--cell", "gru")
    said = told(call, "export", run, "--out", str(tmp_path / "run.zip"))
    assert said["bytes"] == (tmp_path / "run.zip").stat().st_size
    with zipfile.ZipFile(tmp_path / "run.zip") as zipped:
        assert "models/gru.safetensors" in zipped.namelist()
    assert call("runs", "export", "--all", "--out", str(tmp_path / "all.csv")).returncode == 0
    assert set(pd.read_csv(tmp_path / "all.csv")["run"]) == {run}
    lost = str(tmp_path / "none" / "x.zip")
    assert "no folder" in failed(call, 1, "export", run, "--out", lost)
    assert "got neither" in failed(call, 2, "export", "--out", str(tmp_path / "x.zip"))
    assert "got both" in failed(call, 2, "export", run, "--all", "--out", str(tmp_path / "x.zip"))
    assert call("runs", "export", "--all", "--out", str(tmp_path / "all.parquet")).returncode == 0
    assert set(pd.read_parquet(tmp_path / "all.parquet")["run"]) == {run}


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x", "x.zip.txt", ".zip"])
def test_a_run_is_written_as_a_zip_only(name: str, call: Call, tmp_path: Path) -> None:
    said = failed(call, 2, "export", "abcdefgh", "--out", str(tmp_path / name))
    assert f"`--out` of a run must end in .zip; got {name!r}." in said
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["all.zip", "all", "all.json", "all.csv.zip"])
def test_all_runs_are_written_as_a_table_only(name: str, call: Call, tmp_path: Path) -> None:
    said = failed(call, 2, "export", "--all", "--out", str(tmp_path / name))
    assert f"`--out` of all runs must end in .csv, .parquet or .pq; got {name!r}." in said
    assert not (tmp_path / name).exists()


def test_deleting_asks_and_spares_what_is_pinned(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, other = keep(call, "--cell", "gru"), keep(call, "--cell", "gru")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert "needs `--yes`" in failed(call, 2, "delete", run)
    assert call("runs", "pin", run).returncode == 0
    assert "--force" in failed(call, 1, "delete", other, run, "--yes")
    assert len(told(call, "list")) == 2  # none of them is gone
    assert told(call, "delete", run, "--yes", "--force") == {"deleted": [run]}
    assert told(call, "pin", other, "--off") == {"run": other, "pinned": False}
    assert call("runs", "delete", other[:4], "--yes").stdout.startswith(f"Deleted Run {other}")
    assert told(call, "list") == []


@pytest.mark.parametrize(("answer", "status", "left"), [("n", 1, 1), ("", 130, 1), ("y", 0, 0)])
def test_on_a_terminal_deleting_takes_an_answer(
    answer: str, status: int, left: int, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confirm(_question: str) -> bool:
        if not answer:
            raise typer.Abort
        return answer == "y"

    run = keep(call, "--cell", "gru")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(typer, "confirm", confirm)
    assert call("runs", "delete", run).returncode == status
    assert len(told(call, "list")) == left


def test_a_run_is_renamed_and_repeated(call: Call) -> None:
    run = keep(call, "--cell", "gru", "--cell", "lstm", "--name", "first", "--fair", "parameters")
    again = told(call, "rerun", run)
    first, second = told(call, "show", run), told(call, "show", again["run"])
    assert [one["mae"] for one in first["scores"]] == [one["mae"] for one in second["scores"]]
    assert (second["name"], second["asked"]) == ("first", first["asked"])
    assert told(call, "rename", run, "better")["name"] == "better"
    assert told(call, "show", run)["name"] == "better"
    assert f"Kept as run {told(call, 'list')[0]['id']}"[:10] in call("runs", "rerun", run).stdout


def test_an_own_file_is_kept_by_its_name_and_its_training_by_its_state(
    call: Call, tmp_path: Path
) -> None:
    days = pd.date_range("2022-01-01", periods=120)
    table = pd.DataFrame({"ds": days, "v": range(120), "w": range(120)})
    table.to_csv(tmp_path / "own.csv", index=False)
    words = ["compare", str(tmp_path / "own.csv"), "--target", "v", "--past-covariate", "w", *FAST]
    assert call(*words, "--keep", "--name", "x").returncode == 0
    (run,) = told(call, "list")
    assert (run["source"], run["target"], run["name"]) == ("own.csv", "v", "x")
    lost = call(*words, "--keep", "--learning-rate", "1e30", "--scaling", "none", "--clip-norm",
                "0", "--optimizer", "sgd")  # fmt: skip
    assert lost.returncode == 1
    assert told(call, "list")[0]["state"] == "failed"
    assert "--keep" in call(*words, "--name", "x").stderr


def test_a_store_that_cannot_be_used_is_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("FORECAST_HOME", str(tmp_path / "file"))
    assert "file" in failed(call, 1, "list")


@pytest.mark.parametrize("text", ["\x1b[31m", "a\nb", "\u202eb", "\x9b0m"])
def test_what_would_move_the_cursor_is_not_printed(text: str) -> None:
    assert printable(text).isprintable()
    assert printable("ünï 日本 °C") == "ünï 日本 °C"
