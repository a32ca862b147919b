"""Accuracy of one global network a set, beside the tables of the forecasting competitions.

    python -m benchmarks.accuracy --data ../shared/data [--only m4_yearly ...] [--cells gru ...]
    python -m benchmarks.accuracy --data ../shared/data --score-test
    python -m benchmarks.accuracy --data ../shared/data --forecast OUT.parquet

`--data` is the folder of the sets, see `benchmarks.accuracy_sets`; they do not come with the
package. Every network is `fc.Forecaster(cell, preset=...)` with the preset of the set's frequency.
Without `--score-test` it is scored on the last rows of the training part, which it has not seen:
settings are chosen by that. With it, sets that have a test part are fitted on the whole training
part and scored on the test part, which is to be done once. `--forecast` fits on the whole training
part and writes forecasts of the rows after it, (`unique_id, ds`, and a column a cell), for sets
without a test part unless `--only` names others; `ds` counts them from 1, as in the sets' test
parts. It goes on with a file that is there.

Results are kept in accuracy.json after every network, so that one can stop and go on with `--only`
and `--cells`; from there accuracy.md is written.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import forecast as fc
from benchmarks.accuracy_scores import Scores, Values, errors, naive, naive2, owa
from benchmarks.accuracy_sets import (
    CATEGORY,
    SETS,
    DataSet,
    Part,
    held_out,
    training_frame,
    with_others,
    with_test_part,
)
from benchmarks.accuracy_tables import HELD_OUT, NETWORKS, TEST, render, section_name, shown
from benchmarks.machine import machine
from benchmarks.store import keep, load

FOLDER, RESULTS = Path(__file__).parent, "accuracy.json"


def network(cell: str, one: DataSet, frame: pd.DataFrame) -> fc.Forecaster:
    """Return the network of a set: the preset of its frequency, and what of it differs here."""
    settings = fc.preset(one.preset) | one.changed
    if CATEGORY not in frame:
        settings["static"] = ()
    return fc.Forecaster(cell, **settings | {"horizon": one.horizon})


def forecasts(cell: str, one: DataSet, frame: pd.DataFrame) -> pd.DataFrame:
    """Fit a network on a long frame and forecast the rows after it: `unique_id, ds`, its label."""
    return network(cell, one, frame).fit(frame).predict(one.horizon)


def ahead_of(told: pd.DataFrame, label: str, part: Part) -> Values:
    """Return forecasts as (series, horizon), in the order of the series of a part."""
    order = dict(zip(part.known["unique_id"].unique(), range(len(part.actual.came)), strict=True))
    rows = told.assign(place=told["unique_id"].astype(str).map(order)).dropna(subset="place")
    values = rows.sort_values(["place", "ds"])[label].to_numpy(np.float64)
    whole: Values = values.reshape(part.actual.came.shape)
    return whole


def record(model: str, scores: Scores, beside: Scores) -> dict[str, Any]:
    """Return what is kept of a model."""
    found = {key: round(value, 4) for key, value in scores._asdict().items()}
    return {"model": model, **found, "owa": round(owa(scores, beside), 4)}


def naive_records(part: Part) -> list[dict[str, Any]]:
    """Score what needs no training."""
    beside = errors(part.actual, naive2(part.actual))
    rough = errors(part.actual, naive(part.actual))
    return [record("Naive", rough, beside), record("Naive2", beside, beside)]


def network_record(cell: str, one: DataSet, rows: pd.DataFrame, part: Part) -> dict[str, Any]:
    """Fit a network on rows, forecast, and score what belongs to a part."""
    label, started = NETWORKS[cell], time.perf_counter()
    told = forecasts(cell, one, rows)
    seconds = round(time.perf_counter() - started, 1)
    beside = errors(part.actual, naive2(part.actual))
    return record(label, errors(part.actual, ahead_of(told, label, part)), beside) | {
        "seconds": seconds
    }


def merged(kept: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Return kept records with a new one in place of that of the same model."""
    return [*(one for one in kept if one["model"] != new["model"]), new]


def score(given: argparse.Namespace, name: str) -> None:
    """Measure the cells of a set; keep and show each as soon as it is there."""
    one, frame = SETS[name], training_frame(given.data, SETS[name])
    on_test = given.score_test and one.test
    part = with_test_part(frame, given.data, one) if on_test else held_out(frame, one)
    rows = with_others(part, name, given.data, hold_out=not on_test)
    title = section_name(name, TEST if on_test else HELD_OUT)
    section = load(given.out, RESULTS).get(title, {"records": []})
    records = section["records"]
    print(f"\n{title}", flush=True)
    for simple in naive_records(part):
        records = merged(records, simple)
        print(*shown(simple), sep="\t", flush=True)
    for cell in given.cells:
        found = network_record(cell, one, rows, part)
        records = merged(records, found)
        about = {"machine": machine(), "series": len(part.actual.came)}
        render(given.out, keep(given.out, title, about | {"records": records}, RESULTS), given.told)
        print(*shown(found), sep="\t", flush=True)


def write_forecasts(given: argparse.Namespace, name: str) -> None:
    """Forecast after the whole training part of a set, cell by cell, into one file."""
    one, frame = SETS[name], training_frame(given.data, SETS[name])
    for cell in given.cells:
        started = time.perf_counter()
        told = forecasts(cell, one, frame)
        whole = joined(given.forecast, as_test_part(told)[["unique_id", "ds", NETWORKS[cell]]])
        beside = given.forecast.with_name(f".{given.forecast.name}.new")
        whole.to_parquet(beside, index=False)
        beside.replace(given.forecast)
        seconds = time.perf_counter() - started
        print(f"{name}\t{NETWORKS[cell]}\t{len(told):,} rows\t{seconds:.0f} s", flush=True)


def as_test_part(told: pd.DataFrame) -> pd.DataFrame:
    """Count the rows ahead of each series from 1, as the sets' test parts do."""
    return told.assign(ds=told.groupby("unique_id", sort=False).cumcount() + 1)


def joined(path: Path, told: pd.DataFrame) -> pd.DataFrame:
    """Return the forecasts of a file, if there is one, with newer ones in place of older."""
    told = told.assign(unique_id=told["unique_id"].astype(str)).set_index(["unique_id", "ds"])
    if path.exists():
        told = told.combine_first(pd.read_parquet(path).set_index(["unique_id", "ds"]))
    columns = [label for label in ("GRU", "SimpleRNN", "LSTM") if label in told]
    return told[columns].reset_index()


def asked(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--only", nargs="+", choices=list(SETS), help="these sets; else all")
    parser.add_argument("--cells", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--score-test", action="store_true", help="score test parts, once")
    parser.add_argument("--forecast", type=Path, help="file to write forecasts to")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results")
    given = parser.parse_args(arguments)
    given.told = given.data / "published"
    untested = [name for name in SETS if not SETS[name].test]
    given.only = given.only or (untested if given.forecast else list(SETS))
    return given


def main() -> None:
    """Score the sets asked for, or write forecasts of them."""
    given = asked()
    for name in given.only:
        (write_forecasts if given.forecast else score)(given, name)


if __name__ == "__main__":
    main()
