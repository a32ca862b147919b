"""`backtest`, and the options of networks that commands share."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from tests.cli.conftest import Call

FAST = ["--timesteps", "6", "--hidden-units", "4", "--epochs", "2"]
Run = Callable[..., str]


@pytest.fixture
def run(call: Call) -> Run:
    """Run a command; return what it wrote, to stderr where it has to fail."""

    def write(*arguments: str, status: int = 0) -> str:
        done = call(*arguments)
        assert done.returncode == status, done.stderr
        return done.stderr if status else done.stdout

    return write


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write a file whose sales are three times its promotions."""
    random = np.random.default_rng(0)
    promotion = random.normal(size=160)
    frame = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=160, freq="D"),
            "sales": 50 + 3 * promotion + 0.01 * random.normal(size=160),
            "promotion": promotion,
            "weather": random.normal(size=160),
        }
    )
    frame.to_csv(tmp_path / "shop.csv", index=False)
    return tmp_path / "shop.csv"


def test_backtest_prints_what_the_package_finds(run: Run) -> None:
    given = ["--n-windows", "6", "--horizon", "2", "--step-size", "1", "--level", "50"]
    told = json.loads(run("backtest", "sample:air_passengers", *given, *FAST, "--json"))
    y = fc.load_sample("air_passengers")
    model = fc.Forecaster("gru", timesteps=6, hidden_units=4, epochs=2, horizon=2)
    here = fc.backtest(model, y, horizon=2, n_windows=6, step_size=1, level=50)
    assert [one["mae"] for one in told["models"]] == here.table["mae"].tolist()
    assert told["verdict"] == here.verdict
    assert told["settings"]["level"] == [50.0]
    assert [one["check"] for one in told["findings"]] == here.findings["check"].tolist()
    assert len(told["by_step"]) == 2 * 5
    assert len(told["by_cutoff"]) == 6 * 5


def test_backtest_as_a_table_says_windows_and_verdict(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "forecasts.csv"
    shown = run("backtest", "sample:air_passengers", "--cell", "lstm", "--refit-every", "2",
                "--n-windows", "5", "--out", str(out), *FAST)  # fmt: skip
    lines = shown.splitlines()
    assert lines[0].startswith(
        "sample:air_passengers: 144 rows, MS, season 12; 5 windows of 1, cut"
    )
    assert lines[2].split()[0] == "model"
    assert lines[3].split()[0] == "LSTM"
    assert "repeating the last value" in lines[-1]
    frame = pd.read_csv(out)
    assert frame.columns.tolist()[:6] == ["unique_id", "cutoff", "ds", "step", "y", "LSTM"]
    assert len(frame) == 5


def test_backtest_takes_all_series_of_a_panel_or_one(run: Run) -> None:
    panel = json.loads(run("backtest", "sample:stocks_monthly", *FAST, "--json"))
    assert panel["data"]["series"] == 5
    one = json.loads(run("backtest", "sample:stocks_monthly", "--series", "IBM", *FAST, "--json"))
    assert (one["data"]["series"], one["data"]["target"]) == (1, "IBM")


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (["--refit-every", "often"], 2, "never, always or a number"),
        (["--n-windows", "500"], 1, "Use fewer windows"),
        (["--window", "rolling"], 2, "`window` must be one of"),
        (["--train-size", "50"], 2, "window='sliding'"),
        (["--level", "99.9"], 2, "needs at least"),
        (["--level", "150"], 2, "`level`"),
    ],
)
def test_what_cannot_be_backtested_is_refused(
    run: Run, given: list[str], status: int, said: str
) -> None:
    error = run("backtest", "sample:air_passengers", *FAST, *given, status=status)
    assert said in " ".join(error.split())
    assert "Traceback" not in error


def test_a_covariate_known_ahead_goes_all_the_way(run: Run, shop: Path) -> None:
    network = ["--epochs", "60", "--timesteps", "4", "--learning-rate", "0.01",
               "--hidden-units", "16", "--scaling", "standard", "--target", "sales"]  # fmt: skip
    more = [*network, "--future-covariate", "promotion"]
    twenty = ["backtest", str(shop), "--n-windows", "20", "--json"]
    with_it, without = (json.loads(run(*twenty, *given)) for given in (more, network))
    maes = [told["models"][0]["mae"] for told in (with_it, without)]
    assert maes[0] < 0.3 * maes[1]
    model, ahead = shop.with_name("m.safetensors"), shop.with_name("ahead.csv")
    run("fit", str(shop), *more, "--horizon", "2", "--model", str(model))
    error = run("predict", str(model), status=1)
    assert "'promotion' must be known for the 2 rows to forecast, 2024-06-09" in error
    ahead.write_text("day,promotion\n2024-06-09,1.0\n2024-06-10,-1.0\n2024-06-11,0.0\n")
    told = json.loads(run("predict", str(model), "--future", str(ahead), "--json"))
    first, second = (row["GRU"] for row in told["forecast"])
    assert first > second + 3
    assert told["age"]["rows_since_fit"] == 0


def test_a_fit_of_a_panel_forecasts_every_series(run: Run, tmp_path: Path) -> None:
    model = str(tmp_path / "m.safetensors")
    run(
        "fit",
        "sample:stocks_monthly",
        "--seeds",
        "2",
        "--transform",
        "log",
        *FAST,
        "--model",
        model,
    )
    told = json.loads(run("predict", model, "--horizon", "2", "--json"))
    assert [row["unique_id"] for row in told["forecast"]][::2] == [
        *["AAPL", "AMZN", "GOOG", "IBM", "MSFT"]
    ]
    assert told["settings"]["seeds"] == 2


def test_predict_says_how_old_the_fit_is(run: Run, tmp_path: Path) -> None:
    y = fc.load_sample("air_passengers")
    y.iloc[:100].to_frame("y").to_csv(tmp_path / "older.csv")
    y.to_frame("y").to_csv(tmp_path / "all.csv")
    model = str(tmp_path / "m.safetensors")
    run("fit", str(tmp_path / "older.csv"), *FAST, "--model", model)
    assert "starts right after them" in run("predict", model)
    later = run("predict", model, str(tmp_path / "all.csv"))
    assert "up to 1957-04-01; the forecast starts after 1960-12-01, 44 rows later" in later


def test_compare_holds_parameters_or_time_equal(run: Run) -> None:
    given = ["compare", "sample:air_passengers", "--cell", "simple_rnn", "--cell", "lstm", "--json"]
    told = json.loads(
        run(*given, "--fair", "parameters", "--hidden-units", "16", *FAST[:2], "--epochs", "2")
    )
    counts = [one["parameters"] for one in told["models"][:2]]
    assert abs(counts[1] - counts[0]) < 0.2 * counts[0]
    timed = json.loads(run(*given, "--fair", "time", "--fair-seconds", "0.4", *FAST[:4]))
    assert timed["settings"]["fair_seconds"] == 0.4
    assert all(one["seconds"] > 0.3 and one["epochs"] > 20 for one in timed["models"][:2])
    assert "needs `seconds`" in run(*given, "--fair", "time", status=2)


def test_every_setting_of_a_forecaster_is_an_option(run: Run) -> None:
    shown = run("fit", "--help")
    for name in ("strategy", "transform", "seasonal-adjustment", "calendar", "seeds", "refit"):
        assert f"--{name}" in shown


def test_a_panel_model_takes_newer_rows_of_all_or_of_one(run: Run, tmp_path: Path) -> None:
    model = str(tmp_path / "m.safetensors")
    run("fit", "sample:stocks_monthly", *FAST, "--model", model)
    every = json.loads(run("predict", model, "sample:stocks_monthly", "--json"))
    assert len(every["forecast"]) == 5
    stocks = fc.load_sample("stocks_monthly")
    stocks.to_csv(tmp_path / "stocks.csv", index=False)
    for source in ("sample:stocks_monthly", str(tmp_path / "stocks.csv")):
        one = json.loads(run("predict", model, source, "--series", "IBM", "--json"))
        assert [row["unique_id"] for row in one["forecast"]] == ["IBM"]
    none = run("predict", model, "sample:stocks_monthly", "--series", "X", status=1)
    assert "holds no series 'X'" in none
