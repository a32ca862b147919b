"""A SimpleRNN for each of the 23,000 yearly series of M4, beside loops over Keras networks.

    python -m benchmarks.local --data ../shared/data [--keras-python .venv-bench/bin/python]
    python -m benchmarks.local --data ../shared/data --series 200 --sample 10 --ways jax
    python -m benchmarks.local --data ../shared/data --cells simple_rnn --ways

`--data` is the folder of `m4/yearly_train.parquet`. The last 6 rows of each series are held out and
score the forecasts. Keras runs in an environment of its own: each way is tried on three series, and
timed on the whole sample if that takes no longer than `--patience`. Our own fit of the sample is
timed before and after each; Keras gets the very same windows and first weights. A run of everything
is kept in local.json and from there local.md is written; a part of it only with --out FOLDER.
"""

import argparse
import os
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.accuracy_scores import Scores
from benchmarks.accuracy_sets import Part, training_frame
from benchmarks.local_keras import first_series, installed, trained
from benchmarks.local_ours import (
    CELLS,
    DATA_SET,
    Timed,
    fitted,
    job_of,
    naive_scores,
    network,
    part_of,
    sample,
    scores_of,
    with_weights,
)
from benchmarks.local_tables import line, text_of
from benchmarks.local_ways import WAYS
from benchmarks.machine import machine, packages
from benchmarks.processes import ProgramError
from benchmarks.store import keep, write_whole

FOLDER, RESULTS = Path(__file__).parent, "local.json"
SAMPLE, TRIED, PATIENCE = 50, 3, 100.0
KERAS = Path(".venv-bench/bin/python")


def rounded(scores: Scores) -> dict[str, float]:
    """Return the scores that are kept."""
    return {"smape": round(scores.smape, 3), "mase": round(scores.mase, 3)}


def spent(timed: Timed, series: int) -> dict[str, Any]:
    """Return the times that are kept."""
    return {"series": series, "seconds": round(timed.seconds, 4), "cpu": round(timed.cpu, 4)}


def of_all(cells: list[str], part: Part) -> list[dict[str, Any]]:
    """Fit every series of the data; return a record a cell, after the naive one."""
    series = len(part.actual.came)
    records = [{"model": "Naive", "series": series} | rounded(naive_scores(part))]
    for cell in cells:
        model = network(cell)
        took = fitted(model, part.known)
        told = {"model": model.label} | spent(took, series) | rounded(scores_of(model, part))
        records.append(told | {"parameters": model.parameter_count, "failed": len(model.failed_)})
        print(line(records[-1]), flush=True)
    return records


def of_sample(given: argparse.Namespace, part: Part) -> list[dict[str, Any]]:
    """Fit the sample in every way of Keras', and ourselves before and after each."""
    model, series = network("simple_rnn"), len(part.actual.came)
    fitted(model, part.known)  # what has to be compiled or read, is now
    before, job, records = fitted(model, part.known), job_of(model, part.known), []
    for name in given.ways:
        way, count = WAYS[name], min(TRIED, series)
        told: dict[str, Any] = {"way": name}
        try:
            found = trained(given.keras_python, name, first_series(job, count))
            if found.seconds.mean() * series <= given.patience:
                found, count = trained(given.keras_python, name, job), series
        except ProgramError as error:
            print(f"{way.backend}, {way.name}: {error}")
            continue
        after = fitted(model, part.known)
        told |= spent(Timed(*map(float, (found.seconds.sum(), found.cpu.sum()))), count)
        if count == series:
            told |= rounded(scores_of(with_weights(model, found.weights), part))
        told |= {"ours": [spent(one, series) for one in (before, after)]}
        told |= {"versions": found.versions}
        records.append(told)
        print(line(told), flush=True)
        before = after
    return [{"model": model.label, "series": series} | rounded(scores_of(model, part)), *records]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--series", type=int, help="so many series in place of all")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="series that Keras trains")
    parser.add_argument("--cells", nargs="*", choices=list(CELLS), default=list(CELLS))
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), help="of Keras; none for none")
    parser.add_argument("--keras-python", type=Path, default=KERAS, help="of the environment")
    parser.add_argument("--patience", type=float, default=PATIENCE,
                        help="seconds that a way may take for the sample")  # fmt: skip
    parser.add_argument("--out", type=Path, help="folder for results")
    given = parser.parse_args()
    backends = installed(given.keras_python)
    if given.ways != [] and not backends:
        parser.error(f"{given.keras_python} has no Keras; make .venv-bench/bench.stamp")
    wanted = WAYS if given.ways is None else given.ways
    given.part = bool(given.series or given.ways is not None or given.cells != list(CELLS))
    given.ways = [name for name in wanted if WAYS[name].backend in backends]
    return given


def measured(given: argparse.Namespace, frame: pd.DataFrame) -> dict[str, Any]:
    """Measure the sample, then all; return the sections."""
    whole = part_of(frame if given.series is None else sample(frame, given.series))
    on = {"machine": machine(), "load": [round(os.getloadavg()[0], 1)]}
    ways = of_sample(given, part_of(sample(frame, given.sample)))
    records = of_all(given.cells, whole)
    on["load"].append(round(os.getloadavg()[0], 1))
    on["versions"] = packages(("numpy", "numba"))
    return {"all": on | {"records": records}, "sample": {"seed": 0, "records": ways}}


def main() -> None:
    """Measure, show and keep."""
    given = arguments()
    sections = measured(given, training_frame(given.data, DATA_SET))
    print(text_of(sections))
    folder = given.out or (None if given.part else FOLDER)
    if folder is None:
        print("Not kept: a part of it, without --out.")
        return
    for name, section in sections.items():
        keep(folder, name, section, RESULTS)
    write_whole(folder / "local.md", text_of(sections))


if __name__ == "__main__":
    main()
