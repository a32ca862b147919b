"""`--record-gradients`: what the gradient says against a network stands under the result."""

import json
from pathlib import Path

import forecast as fc
from tests.cli.conftest import Call

FAST = ["--timesteps", "6", "--hidden-units", "4", "--epochs", "1", "--clip-norm", "0.000001"]
SOURCE = ["sample:air_passengers", *FAST, "--record-gradients"]


def test_fit_prints_concerns_and_keeps_the_record(call: Call, tmp_path: Path) -> None:
    model = tmp_path / "m"
    done = call("fit", *SOURCE, "--cell", "simple_rnn", "--model", str(model))
    assert (done.returncode, done.stderr) == (0, "")
    last = done.stdout.splitlines()[-1]
    assert last.startswith("- 100 % of the updates of SimpleRNN were clipped")
    assert "Raise `clip_norm`" in last
    assert len(fc.gradient_history(fc.Forecaster.load(model))) == 2 * 6
    said = json.loads(call("fit", *SOURCE, "--model", str(model), "--json").stdout)["gradient"]
    assert [one["check"] for one in said] == ["vanishing", "exploding", "exploding", "clipped"]
    plain = call("fit", "sample:air_passengers", *FAST, "--model", str(model), "--json")
    assert json.loads(plain.stdout)["gradient"] == []


def test_compare_prints_concerns(call: Call) -> None:
    done = call("compare", *SOURCE, "--cell", "gru")
    assert done.returncode == 0
    assert "100 % of the updates of GRU were clipped" in done.stdout
