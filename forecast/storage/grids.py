"""What to know of a run that trained each of several values: which is shown, and which is best."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from forecast.evaluation.plain import plain_rows
from forecast.storage.records import KeptRun
from forecast.storage.run_store import RunStore


class GridBest(NamedTuple):
    """A grid in short.

    Attributes:
        vary: the setting that has several values.
        values: of which there are scores.
        shown: the value that scores, verdict, predictions and models of the run are of: the first.
        best: the row of the grid with the network that errs least, as plain values.
    """

    vary: str
    values: Sequence[int]
    shown: int
    best: Mapping[str, Any]


def grid_best(run: KeptRun, grid: pd.DataFrame | None) -> GridBest | None:
    """Return a grid in short; None where a run is no grid, or came to nothing."""
    if grid is None or run.asked.get("vary") is None:
        return None
    networks = grid[grid["parameters"] > 0]
    if networks.empty:
        return None
    (best,) = plain_rows(networks.sort_values("mae", kind="stable").head(1))
    values = [int(value) for value in dict.fromkeys(grid["value"])]
    return GridBest(str(run.asked["vary"]), values, values[0], best)


def grids_of(store: RunStore, runs: Sequence[KeptRun]) -> dict[str, GridBest]:
    """Return the grids among runs in short, by id.

    Raises:
        StoreError: a file is broken.
    """
    asked = [run for run in runs if run.asked.get("vary") is not None]
    found = {run.id: grid_best(run, store.grid(run.id)) for run in asked}
    return {run_id: one for run_id, one in found.items() if one is not None}


def said_of_grid(grid: GridBest) -> list[str]:
    """Return two sentences: of which value the scores are, and which network errs least of all."""
    best, listed = grid.best, ", ".join(map(str, grid.values))
    scores = [f"{name} {best[name]:.4g}" for name in ("mae", "skill") if best.get(name) is not None]
    return [
        f"A grid over {grid.vary} {listed}: what is said of scores is of {grid.vary} {grid.shown}, "
        "its first.",
        f"Of the whole grid {best['model']} with {grid.vary} {best['value']} errs least: "
        f"{', '.join(scores)}.",
    ]
