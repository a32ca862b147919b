"""Processes for `benchmarks.soak_store` that write runs as fast as they can, until they are killed.

    python -m benchmarks.soak_store_writer REFERENCE

imports everything once, and then forks a writer for every line `FOLDER NUMBER` it reads. Writer and
nursery tell what they have done in lines; what was told is there, whatever happens next.
"""

import itertools
import os
import random
import sys
import time
from pathlib import Path

import forecast as fc
from forecast.data.series import TimeSeries, prepare
from forecast.evaluation.comparison import Comparison
from forecast.storage.records import (
    CellEnded,
    CellPlan,
    CellStarted,
    EpochEnded,
    RunDraft,
    RunStarted,
)
from forecast.storage.run_store import RunStore
from forecast.training.history import Epoch

MOST_RUNS = 30  # that the store keeps, so that old ones leave all the time
REFERENCE = "reference-run"
CELLS = ("GRU", "LSTM")
MOST_EPOCHS = 25


def rows(number: int = 0) -> TimeSeries:
    """Return the series of a run; some runs share theirs."""
    y = fc.load_sample("air_passengers")
    return prepare(y.iloc[number % 3 :])


def draft(run_id: str) -> RunDraft:
    """Return a run to begin."""
    asked = {"cells": ["gru", "lstm"], "settings": {"seed": 1}, "test": 0.2}
    cells = tuple(CellPlan(label, None, MOST_EPOCHS) for label in CELLS)
    return RunDraft(run_id, "soak", "", "sample:air_passengers", "", asked, cells, time.time())


def epoch_of(cell: int, number: int) -> Epoch:
    """Return an epoch that anybody can compute again."""
    val_loss = float("nan") if number % 3 == 0 else 2.0 / number
    return Epoch(number, 1.0 / (cell + number), val_loss, 1e-3, 0.1 * number, 0.01)


def reference(folder: Path) -> Comparison:
    """Make a small comparison, and keep it in a store of its own."""
    y = rows()
    made = fc.compare(y, cells=["gru", "lstm"], timesteps=6, hidden_units=4, epochs=2)
    store = RunStore(folder)
    store.begin(draft(REFERENCE), y)
    store.finish(REFERENCE, "done", None, made, None, time.time())
    store.close()
    return made


def write(folder: Path, number: int, result: Comparison) -> None:
    """Write runs until the end of the process."""
    chance = random.Random(number)  # noqa: S311
    store = RunStore(folder, most_runs=MOST_RUNS)
    series = [rows(shift) for shift in range(3)]
    for count in itertools.count():
        run = f"run-{number:06}-{count:06}"
        # A result belongs to its own series; the others are for runs that stop without one.
        ends_well = chance.random() < 0.8
        tell(f"beginning {run}")
        store.begin(draft(run), series[0 if ends_well else chance.randrange(3)])
        tell(f"begun {run}")
        train(store, run, chance.randrange(MOST_EPOCHS + 1))
        tell(f"finishing {run}")
        store.finish(
            run, "done" if ends_well else "stopped", None, result if ends_well else None, None,
            time.time(),
        )  # fmt: skip
        tell(f"finished {run} {'done' if ends_well else 'stopped'}")
        if chance.random() < 0.2:
            kept = store.keep_upload(fc.load_sample("air_passengers"), run, "soak")
            tell(f"upload {kept} {run}")


def train(store: RunStore, run: str, epochs: int) -> None:
    """Write the epochs of a run, each in a transaction of its own."""
    store.write([RunStarted(run, time.time()), *(CellStarted(run, k, "numba") for k in (0, 1))])
    for number in range(1, epochs + 1):
        store.write([EpochEnded(run, cell, epoch_of(cell, number)) for cell in (0, 1)])
        tell(f"epoch {run} {number}")
    store.write([CellEnded(run, cell, "done", None) for cell in (0, 1)])


def tell(line: str) -> None:
    """Write a line at once, so that a kill does not lose it."""
    os.write(1, f"{line}\n".encode())


def main() -> None:
    """Fork writers, one after another."""
    store = RunStore(Path(sys.argv[1]))
    result, _ = store.result(REFERENCE)
    store.close()
    if result is None:
        raise SystemExit("the reference has no result")
    tell("ready")
    for line in sys.stdin:
        folder, number = line.rsplit(maxsplit=1)
        child = os.fork()
        if child == 0:
            try:
                write(Path(folder), int(number), result)
            except BaseException as error:  # the parent shall hear of it, whatever it is
                tell(f"fault {type(error).__name__}: {error!s}".replace("\n", " ")[:2000])
            finally:
                os._exit(1)
        tell(f"writer {child}")
        os.waitpid(child, 0)
        tell("gone")


if __name__ == "__main__":
    main()
