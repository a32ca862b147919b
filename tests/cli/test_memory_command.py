"""`memory`: what the package measures, as lines, a table, a file or JSON."""

import json
from pathlib import Path

import pandas as pd
import pytest

import forecast as fc
from tests.cli.conftest import Call

SETTINGS = {"timesteps": 6, "hidden_units": 4, "horizon": 2, "epochs": 1}


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model.safetensors"
    fc.Forecaster("gru", **SETTINGS).fit(fc.load_sample("air_passengers")).save(path)
    return str(path)


def test_json_holds_what_the_package_measures(call: Call, model: str, tmp_path: Path) -> None:
    out = tmp_path / "influence.csv"
    done = call("memory", model, "sample:air_passengers", "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    forecaster, y = fc.Forecaster.load(model), fc.load_sample("air_passengers")
    found = fc.influence(forecaster, y)
    memory, flow = fc.effective_memory(found), fc.gradient_flow(forecaster, y)
    assert told["said"] == memory.said
    assert told["effective_memory"] == {f"{share:g}": lag for share, lag in memory.lags.items()}
    assert told["share_by_lag"] == found.share().tolist()
    assert told["gradient_flow"]["ratio"] == flow.ratio
    assert told["jacobian"]["regime"] == fc.jacobian(forecaster, y).regime
    assert "own inputs" in told["taken_on"]
    assert pd.read_csv(out)["influence"].tolist() == pytest.approx(
        found.table["influence"].tolist()
    )


def test_a_person_reads_sentences_and_a_table(call: Call, model: str) -> None:
    done = call("memory", model, "sample:air_passengers", "--windows", "3")
    assert done.returncode == 0, done.stderr
    first, *_ = done.stdout.splitlines()
    assert first.startswith("90 % of what GRU uses lies in the last ")
    assert "recurrent_1: a step back, the gradient is " in done.stdout
    assert "Means over 3 windows" in done.stdout


def test_without_data_the_kept_window_is_read(call: Call, model: str) -> None:
    done = call("memory", model)
    assert done.returncode == 0, done.stderr
    assert "Means over 1 window," in done.stdout
    told = json.loads(call("memory", model, "--json").stdout)
    assert told["gradient_flow"] is None  # nobody knows yet what came after it


def test_wrong_input_says_what_is_wrong(call: Call, model: str, tmp_path: Path) -> None:
    wrong = call("memory", model, "--method", "guess")
    assert wrong.returncode == 2
    assert "`method` must be one of 'gradient', 'integrated'; got 'guess'" in wrong.stderr
    missing = call("memory", str(tmp_path / "none.safetensors"))
    assert missing.returncode == 1
    assert missing.stderr.startswith("error: ")
    short = tmp_path / "short.csv"
    short.write_text("ds,y\n2020-01-01,1\n2020-02-01,2\n2020-03-01,3\n")
    few = call("memory", model, str(short))
    assert few.returncode == 1
    assert "6 rows; there are 3" in few.stderr
