"""The command line, run as a person or a script would run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from tests.cli.conftest import Call

FAST = ["--timesteps", "6", "--hidden-units", "4", "--epochs", "2"]


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root, "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "forecast", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )


TIMES = ("seconds", "ms_per_forecast")  # no two runs take the same


def without_seconds(value: object) -> object:
    if isinstance(value, dict):
        return {k: without_seconds(v) for k, v in value.items() if k not in TIMES}
    if isinstance(value, list):
        return [without_seconds(v) for v in value]
    return value


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    days = pd.bdate_range("2022-01-03", periods=200)
    values = np.random.default_rng(0).normal(size=200).cumsum() + 100
    table = pd.DataFrame({"date": days, "close": values, "volume": np.arange(200)})
    table.to_csv(tmp_path / "prices.csv", index=False)
    return tmp_path / "prices.csv"


def test_compare_prints_one_json_object_twice_the_same() -> None:
    command = [
        *["compare", "sample:sp500", "--timesteps", "24", "--hidden-units", "32", "--epochs", "2"]
    ]
    first, second = (run(*command, "--seed", "0", "--json") for _ in range(2))
    assert (first.returncode, first.stderr) == (0, "")
    one, two = json.loads(first.stdout), json.loads(second.stdout)
    assert without_seconds(one) == without_seconds(two)
    assert {"data", "settings", "models"} <= set(one)
    assert [model["model"] for model in one["models"]] == [
        "SimpleRNN",
        "GRU",
        "LSTM",
        "Naive",
        "SeasonalNaive",
        "Drift",
        "Mean",
    ]
    for model in one["models"]:
        assert list(model)[:11] == [
            *["model", "hidden_units", "parameters", "seconds", "ms_per_forecast", "epochs"],
            *["mae", "rmse", "smape", "mase", "skill"],
        ]
        assert list(model)[-1] == "verdict"
        sure = {name: v for name, v in model.items() if name not in ("skill_mean", "skill_std")}
        assert np.isfinite([v for v in sure.values() if not isinstance(v, str)]).all()
    assert one["data"]["source"] == "sample:sp500"
    assert one["settings"]["hidden_units"] == 32


def test_compare_in_a_pipe_prints_a_whole_table_and_no_bar(prices: Path) -> None:
    done = run("compare", str(prices), "--cell", "gru", "--cell", "lstm", *FAST)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{prices}, close: 200 rows, B, 2022-01-03 to")
    assert [line.split()[0] for line in lines[2:9]] == [
        "model",
        "GRU",
        "LSTM",
        "Naive",
        "SeasonalNaive",
        "Drift",
        "Mean",
    ]
    assert "the naive forecast itself" in done.stdout


def test_compare_writes_the_predictions(call: Call, prices: Path) -> None:
    out = prices.parent / "out.csv"
    done = call("compare", str(prices), "--cell", "gru", "--horizon", "2", "--out", str(out), *FAST)
    assert done.returncode == 0
    frame = pd.read_csv(out, parse_dates=["cutoff", "ds"])
    assert frame.columns.tolist()[:5] == ["cutoff", "ds", "step", "y", "GRU"]
    assert len(frame) == 2 * 39


def test_fit_then_predict_equals_the_package(call: Call, prices: Path) -> None:
    model = prices.parent / "m.safetensors"
    fitted = call("fit", str(prices), "--cell", "lstm", "--horizon", "3", "--model", str(model),
                 "--seed", "4", "--json", *FAST)  # fmt: skip
    assert (fitted.returncode, fitted.stderr) == (0, "")
    said = json.loads(fitted.stdout)
    assert (said["cell"], said["parameters"], said["epochs"]) == ("LSTM", 96 + 15, 2)
    done = call("predict", str(model), "--level", "80", "--level", "50", "--json")
    y = fc.read_csv(prices, target="close")
    here = fc.Forecaster("lstm", timesteps=6, hidden_units=4, epochs=2, horizon=3, seed=4).fit(y)
    expected = here.predict(level=(50, 80))
    frame = pd.DataFrame(json.loads(done.stdout)["forecast"]).assign(ds=expected["ds"])
    pd.testing.assert_frame_equal(frame, expected)


def test_predict_after_newer_rows(call: Call, prices: Path) -> None:
    rows, older = prices.read_text().splitlines(), prices.parent / "older.csv"
    older.write_text("\n".join(rows[:180]))
    model = prices.parent / "m.safetensors"
    call("fit", str(older), "--model", str(model), *FAST)
    after, out = call("predict", str(model), str(prices), "--json"), prices.parent / "f.csv"
    assert json.loads(after.stdout)["forecast"][0]["ds"] == "2022-10-10T00:00:00"
    assert call("predict", str(model), "--horizon", "4", "--out", str(out)).returncode == 0
    assert pd.read_csv(out)["ds"].tolist()[0] == "2022-09-09"
    columns = out.with_suffix(".PQ")
    assert call("predict", str(model), "--horizon", "4", "--out", str(columns)).returncode == 0
    written = pd.read_parquet(columns)
    assert written["ds"].tolist()[0] == pd.Timestamp("2022-09-09")
    assert written["GRU"].tolist() == pd.read_csv(out)["GRU"].tolist()


def test_one_series_of_a_panel(call: Call) -> None:
    done = call(
        "compare", "sample:stocks_monthly", "--series", "IBM", "--cell", "gru", "--json", *FAST
    )
    assert json.loads(done.stdout)["data"]["target"] == "IBM"
    unknown = call("compare", "sample:stocks_monthly", "--series", "IBN", *FAST)
    assert unknown.returncode == 1
    assert "Choose one with --series: AAPL, AMZN, GOOG, IBM, MSFT" in unknown.stderr


def test_all_series_of_a_panel(call: Call) -> None:
    done = call("compare", "sample:stocks_monthly", "--cell", "gru", "--json", *FAST)
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert (said["data"]["series"], len(said["series"])) == (5, 5)


def test_the_decimal_sign_can_be_said(call: Call, tmp_path: Path) -> None:
    days = pd.date_range("2021-01-01", periods=100, freq="D").strftime("%Y-%m-%d")
    lines = [f"{day};{k % 9},{100 + k}" for k, day in enumerate(days)]
    (tmp_path / "n.csv").write_text("\n".join(["day;v", *lines]))
    tiny = ["--cell", "gru", "--json", *FAST]
    maes = [
        json.loads(call("compare", str(tmp_path / "n.csv"), *tiny, *more).stdout)["models"][1][
            "mae"
        ]
        for more in ((), ("--decimal", ","), ("--decimal", "."))
    ]
    assert maes[0] == maes[1]
    assert maes[2] == pytest.approx(1000 * maes[1])


def test_samples_as_table_and_json(call: Call) -> None:
    table, plain = call("samples"), call("samples", "--json")
    names = [row["name"] for row in json.loads(plain.stdout)]
    assert len(names) == len(fc.samples())
    assert [line.split()[0] for line in table.stdout.splitlines()[1:]] == names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "nowhere.csv"], "nowhere.csv"),
        (["compare", "sample:sp5000"], "sp500"),
        (["compare", "sample:sp500", "--target", "closing"], "closing"),
        (["compare", "sample:air_passengers", "--timesteps", "500"], "Use a smaller `timesteps`"),
        (["compare", "sample:air_passengers", "--horizon", "60"], "leave no row"),
        (["compare", "sample:sp500", "--out", "/nonexistent/x.csv"], "Make it first"),
        (["fit", "sample:sp500", "--model", "/"], "Cannot write"),
        (["fit", "sample:air_passengers", "--model", "no/such/m"], "Make it first"),
        (["predict", "nothing.safetensors"], "There is no file"),
    ],
)
def test_a_failure_is_one_line_on_stderr_and_status_1(
    call: Call, arguments: list[str], said: str
) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare"],
        ["nothing"],
        ["compare", "sample:sp500", "--timesteps", "0"],
        ["compare", "sample:sp500", "--timesteps", "many"],
        ["compare", "sample:sp500", "--cell", "transformer"],
        ["compare", "sample:sp500", "--loss", "mape"],
        ["compare", "sample:sp500", "--dropout", "2"],
        ["compare", "sample:sp500", "--series", "a"],
        ["fit", "sample:sp500"],
    ],
)
def test_wrong_usage_is_status_2(call: Call, arguments: list[str]) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr


@pytest.mark.parametrize("verb", ["samples", "compare", "fit", "predict"])
def test_help_has_an_example(call: Call, verb: str) -> None:
    done = call(verb, "--help")
    assert done.returncode == 0
    assert f"Example: python -m forecast {verb}" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("option", "value", "name", "expected"),
    [
        ("--schedule", "cosine", "schedule", "cosine"),
        ("--clip-norm", "0", "clip_norm", None),
        ("--patience", "0", "patience", None),
        ("--dropout", "0.25", "dropout", 0.25),
        ("--layers", "2", "layers", 2),
        ("--optimizer", "sgd", "optimizer", "sgd"),
        ("--scaling", "minmax", "scaling", "minmax"),
        ("--validation", "0.2", "validation", 0.2),
    ],
)
def test_options_reach_the_settings(
    call: Call, option: str, value: str, name: str, expected: object
) -> None:
    done = call("compare", "sample:air_passengers", "--cell", "gru", "--json", option, value, *FAST)
    assert json.loads(done.stdout)["settings"][name] == expected


def test_warmup_says_where_the_kernels_lie(call: Call) -> None:
    call("warmup")
    said = call("warmup")
    assert said.returncode == 0
    assert "All kernels were compiled before." in said.stdout
    told = json.loads(call("warmup", "--json").stdout)
    assert sorted(path.stem for path in Path(told["folder"]).glob("*.kernel")) == sorted(
        told["kernels"]
    )
    assert set(told["kernels"].values()) == {0.0}


def test_engines_agree_and_threads_change_nothing(call: Call, prices: Path) -> None:
    def history(*more: str) -> list[dict[str, float]]:
        result = call("compare", str(prices), "--cell", "gru", *FAST, "--json", *more)
        told = json.loads(result.stdout)
        assert told["settings"]["engine"] == ("numpy" if "numpy" in more else "numba")
        return [row["mae"] for row in told["models"]]

    compiled = history("--threads", "1")
    assert history("--threads", "2") == compiled
    assert history("--engine", "numpy") == pytest.approx(compiled, rel=1e-5)  # float32 twice


def test_a_wrong_engine_is_wrong_usage(call: Call) -> None:
    result = call("compare", "sample:sp500", "--engine", "cuda")
    assert result.returncode == 2
    assert "`engine` must be" in result.stderr


def test_series_that_were_not_fitted_are_forecast(call: Call, tmp_path: Path) -> None:
    long = fc.load_sample("stocks_monthly")
    for name, ids in (("fitted", ["AAPL", "AMZN"]), ("new", ["IBM"])):
        long[long["unique_id"].isin(ids)].to_csv(tmp_path / f"{name}.csv", index=False)
    model = str(tmp_path / "m.safetensors")
    options = ["--preset", "monthly", "--seeds", "1", "--epochs", "1", "--steps-per-epoch", "2"]
    done = call("fit", str(tmp_path / "fitted.csv"), *options, "--horizon", "2", "--model", model)
    assert (done.returncode, done.stderr) == (0, "")
    told = call("predict", model, str(tmp_path / "new.csv"))
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.count("IBM") == 2
    assert "None of these series was fitted" in told.stdout
