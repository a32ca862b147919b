"""The code that a run shows makes the run again: this executes it."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.columns import Columns
from forecast.data.series import TimeSeries, prepare
from forecast.evaluation.comparison import Comparison
from forecast.models.forecaster import Forecaster
from forecast.storage.code import as_command, as_python
from forecast.storage.records import KeptRun
from forecast.storage.series_csv import series_csv
from tests.storage.kept_runs import SMALL, asked, cells_of, kept_run

ROOT = Path(__file__).parents[2]
NASTY = "a'b\"`$(x)`\n=-℃"
TIMED = ["seconds", "ms_per_forecast"]
"""Seconds: no two runs take the same."""
TELL = """
import json
scope = {}
exec(open("run.py", encoding="utf-8").read(), scope)
results = scope.get("results", [scope.get("result")])
weights = []
for number, one in enumerate(results.values() if isinstance(results, dict) else results):
    one.table.to_parquet(f"table{number}.parquet")
    one.predictions.to_parquet(f"predictions{number}.parquet")
    weights.append({label: [each.parameters.flat.tobytes().hex() for each in model.fitted_.members]
                    for label, model in one.models.items() if hasattr(model, "fitted_")
                    and hasattr(model.fitted_, "members")})
json.dump(weights, open("weights.json", "w"))
"""
"""Runs code, and writes what came of it."""


class Told(NamedTuple):
    """What came of one comparison, with the weights of each network by label."""

    table: pd.DataFrame
    predictions: pd.DataFrame
    weights: dict[str, list[str]]


def run(words: list[str], folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr


def executed(code: str, folder: Path) -> list[Told]:
    """Run Python code in a process of its own."""
    (folder / "run.py").write_text(code, encoding="utf-8")
    (folder / "tell.py").write_text(TELL, encoding="utf-8")
    run([sys.executable, "tell.py"], folder)
    weights = json.loads((folder / "weights.json").read_text())
    return [
        Told(
            pd.read_parquet(folder / f"table{number}.parquet"),
            pd.read_parquet(folder / f"predictions{number}.parquet"),
            one,
        )
        for number, one in enumerate(weights)
    ]


def commanded(lines: str, folder: Path) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Run a command by a shell; return the rows of its table, and its predictions."""
    (line,) = [one for one in lines.split("\npython")[-1:] if one]
    ours = line.rstrip("\n").removeprefix("python")
    shell = f"{shlex.quote(sys.executable)}{ours} --out told.parquet --json >told.json"
    run(["sh", "-c", shell], folder)
    models = json.loads((folder / "told.json").read_text())["models"]
    return models, pd.read_parquet(folder / "told.parquet")


def weights_of(result: Comparison) -> dict[str, list[str]]:
    networks = {k: m for k, m in result.models.items() if isinstance(m, Forecaster)}
    return {
        label: [one.parameters.flat.tobytes().hex() for one in network.learned().members]
        for label, network in networks.items()
    }


def made_again(kept: KeptRun, series: TimeSeries, result: Comparison, folder: Path) -> None:
    """Execute both codes of a run, and hold what comes of them against its result."""
    (folder / "data.csv").write_bytes(series_csv(series))
    code, command = as_python(kept, series), as_command(kept, series)
    ((table, predictions, weights),) = executed(code, folder)
    pd.testing.assert_frame_equal(
        table.drop(columns=TIMED), result.table.drop(columns=TIMED), check_exact=True
    )
    pd.testing.assert_frame_equal(predictions, result.predictions, check_exact=True)
    assert weights == weights_of(result)
    models, again = commanded(command, folder)
    pd.testing.assert_frame_equal(again, result.predictions, check_exact=True)
    assert [one["mae"] for one in models] == result.table["mae"].tolist()


def test_a_run_on_a_sample_is_made_again(tmp_path: Path) -> None:
    settings = {**SMALL, "scaling": "standard", "seed": 7, "patience": None, "loss": "quantile"}
    settings |= {"quantiles": (0.1, 0.5, 0.9), "activation": "relu"}
    series = prepare(fc.load_sample("air_passengers"))
    result = fc.compare(series, cells=("gru", "lstm"), **settings)
    wanted = asked(("gru", "lstm"), settings)
    kept = kept_run("sample:air_passengers", series, wanted, cells_of(result), result)
    assert "data.csv" not in as_python(kept, series)
    made_again(kept, series, result, tmp_path)


def test_a_run_on_an_own_file_with_gaps_is_made_again(tmp_path: Path) -> None:
    index = pd.date_range("2023-03-20", periods=300, freq="h", tz="Europe/Berlin")
    values = np.random.default_rng(0).normal(size=300).cumsum()
    values[[40, 41, 99]] = np.nan
    own = pd.Series(values, index=index, name=NASTY).drop(index[[120, 121]])
    series = prepare(own)
    settings = {**SMALL, "engine": "numpy", "learning_rate": 0.0123}
    result = fc.compare(series, cells=("gru",), test=0.3, **settings)
    kept = kept_run(
        "=-x.csv", series, asked(("gru",), settings, test=0.3), cells_of(result), result
    )
    made_again(kept, series, result, tmp_path)


def test_a_run_with_covariates_is_made_again(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    table = pd.DataFrame(
        {name: draw.normal(size=160).cumsum() for name in ("sales", "-p", NASTY, "plan")},
        index=pd.date_range("2022-01-01", periods=160),
    )
    table.loc[table.index[:4], "-p"] = np.nan  # the first rows hold what was before
    table.loc[table.index[2:6], "sales"] = np.nan
    names = ("-p", NASTY, "plan")
    series = prepare(table, columns=Columns("sales", names))
    assert not series.observed[0]
    settings = {**SMALL, "target": "sales", "past_covariates": names[:2]}
    settings |= {"future_covariates": names[2:], "calendar": ("weekday", "month")}
    settings |= {"optimizer": {"name": "sgd", "momentum": 0.5, "nesterov": True}}
    optimizer = fc.SGD(momentum=0.5, nesterov=True).constants()
    result = fc.compare(series, cells=("simple_rnn",), **{**settings, "optimizer": optimizer})
    kept = kept_run("a.csv", series, asked(("simple_rnn",), settings), cells_of(result), result)
    made_again(kept, series, result, tmp_path)


@pytest.mark.parametrize("fair", ["units", "parameters"])
def test_a_grid_is_made_again_in_a_loop(fair: str, tmp_path: Path) -> None:
    series = prepare(fc.load_sample("air_passengers"))
    wanted = asked(("gru", "lstm"), SMALL, vary="timesteps", values=[4, 6], fair=fair)
    results = [fc.compare(series, cells=("gru", "lstm"), fair=fair, **{**SMALL, "timesteps": one})
               for one in (4, 6)]  # fmt: skip
    cells = tuple(
        cell._replace(value=value)
        for value, result in zip((4, 6), results, strict=True)
        for cell in cells_of(result)
    )
    kept = kept_run("sample:air_passengers", series, wanted, cells, results[0])
    code = as_python(kept, series)
    assert "for timesteps in (4, 6):" in code
    assert as_command(kept, series).count("python -m forecast compare") == 2
    if fair == "units":
        return
    for (table, _, weights), result in zip(executed(code, tmp_path), results, strict=True):
        assert table["mae"].tolist() == result.table["mae"].tolist()
        assert weights == weights_of(result)
