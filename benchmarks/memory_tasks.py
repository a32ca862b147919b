"""How far back each cell learns to look: success by lag on the samples with a planted memory.

    python -m benchmarks.memory_tasks [--seeds 5] [--lags 10 25 50 100 200] [--cells gru lstm]
                                      [--no-adding] [--out FOLDER]

Every cell is trained on every sample with every seed, from its usual start and with the same
settings (`forecast.data.planted.SETTINGS`), as `fc.compare` does: the last 20 % of the rows are
the test part. A training succeeds if it leaves less than a tenth of the variance of the test
part's answers. Results are kept in memory_tasks.json, and from there memory_tasks.md is written.
"""

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

import forecast as fc
from benchmarks.machine import machine
from benchmarks.memory_tasks_tables import HEADER, line, render
from benchmarks.store import keep
from forecast.data.planted import BY_NAME, LAGS, Planted, unsolved
from forecast.evaluation.compare import CELLS
from forecast.nn.cells import cell_named

FOLDER, RESULTS, NAME = Path(__file__).parent, "memory_tasks.json", "planted memory"
HELD, TEST = 90, 0.2  # percent of the influence; share of the rows, as in `fc.compare`


class Trained(NamedTuple):
    """One training.

    Attributes:
        left: share of the variance of the test part's answers that is left.
        memory: newest rows of the window that hold 90 % of the influence on the forecast.
        epochs: until patience ended.
        seconds: of training.
    """

    left: float
    memory: int
    epochs: int
    seconds: float


def train(planted: Planted, cell: str, seed: int, **changed: Any) -> Trained:
    """Train one cell on a planted sample, and score it on the test part.

    Args:
        planted: which sample.
        cell: which cell.
        seed: of its weights and the order of its examples.
        **changed: settings other than the sample's own.
    """
    rows = cast("pd.DataFrame", fc.load_sample(planted.name))
    found = fc.compare(rows, cells=[cell], seed=seed, **planted.settings | changed)
    label = cell_named(cell).label
    told, row = found.predictions, found.table.iloc[0]
    return Trained(
        unsolved(told["y"].to_numpy(), told[label].to_numpy()),
        held(cast("fc.Forecaster", found.models[label]), rows),
        int(row["epochs"]),
        float(row["seconds"]),
    )


def held(model: fc.Forecaster, rows: pd.DataFrame) -> int:
    """Return in how many rows of its window 90 % of what a model uses lie, over the test part."""
    return fc.effective_memory(model, rows.iloc[-round(TEST * len(rows)) :]).lags[HELD]


def record(planted: Planted, cell: str, seeds: list[int], found: list[Trained]) -> dict[str, Any]:
    """Return what is kept of the trainings of one cell on one sample."""
    return {
        "task": planted.task, "lag": planted.lag, "cell": cell_named(cell).label,
        "seeds": seeds,
        "left": [float(f"{one.left:.3g}") for one in found],
        "memory": [one.memory for one in found],
        "epochs": [one.epochs for one in found],
        "seconds": [round(one.seconds, 2) for one in found],
    }  # fmt: skip


def measure(tasks: list[Planted], cells: list[str], seeds: list[int]) -> Iterator[dict[str, Any]]:
    """Train everything, as many side by side as there are cores; yield a record a sample and cell.

    The kernels do not hold the interpreter's lock, so threads are enough.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        asked = [
            (task, cell, [pool.submit(train, task, cell, seed) for seed in seeds])
            for task in tasks
            for cell in cells
        ]
        for task, cell, futures in asked:
            yield record(task, cell, seeds, [one.result() for one in futures])


def main() -> None:
    """Train every cell on every sample, keep the results, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each cell on a sample")
    parser.add_argument("--lags", type=int, nargs="+", choices=LAGS, default=list(LAGS))
    parser.add_argument("--cells", nargs="+", default=list(CELLS))
    parser.add_argument("--adding", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results")
    given = parser.parse_args()
    tasks = [BY_NAME[f"copy_first_{lag}"] for lag in given.lags]
    tasks += [BY_NAME["adding_problem"]] * given.adding
    begin, records = time.perf_counter(), []
    print(HEADER, flush=True)
    for one in measure(tasks, given.cells, list(range(given.seeds))):
        records.append(one)
        print(line(one), flush=True)
    seconds = round(time.perf_counter() - begin, 1)
    section = {"machine": machine(), "seconds": seconds, "records": records}
    sections = keep(given.out, NAME, section, RESULTS)
    print(render(given.out, sections[NAME]))


if __name__ == "__main__":
    main()
