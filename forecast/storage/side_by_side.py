"""Kept runs beside each other: an overview, their scores, and in what their settings differ."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from forecast.models.settings import ForecasterSettings
from forecast.nn.cells import cell_named
from forecast.storage.bundle import seconds_taken
from forecast.storage.records import KeptRun

SHORT = 8  # characters of an id that tell most runs apart
USUAL = vars(ForecasterSettings())
LEFT_OUT = ("cell", "threads", "target")  # no settings of a run
SCORES = ("mae", "rmse", "smape", "mase", "skill", "pinball", "crps")
OVERVIEW = (
    *("id", "pinned", "state", "name", "source", "target", "cells", "best", "mae", "skill"),
    *("verdict", "submitted", "seconds"),
)


class Best(NamedTuple):
    """The model of a run that errs least; blank before the end."""

    model: str | None
    mae: float | None
    skill: float | None


def overview(runs: Sequence[KeptRun]) -> pd.DataFrame:
    """Return one row a run.

    Args:
        runs: as `RunStore.runs` returns them.

    Returns:
        Columns id, pinned, state, name, source, target, cells, best (the model that errs least),
        its mae and skill, verdict (or why it failed), submitted (in UTC), seconds.
    """
    rows = []
    for run in runs:
        best = best_of(run)
        rows.append(
            {
                "id": run.id,
                "pinned": run.pinned,
                "state": run.state,
                "name": run.name,
                "source": run.source,
                "target": run.target,
                "cells": ", ".join(cells_of(run)),
                "best": best.model,
                "mae": best.mae,
                "skill": best.skill,
                "verdict": run.verdict or run.error,
                "submitted": pd.Timestamp(run.submitted, unit="s", tz="UTC").floor("s"),
                "seconds": seconds_taken(run),
            }
        )
    made = pd.DataFrame(rows, columns=list(OVERVIEW))
    numbers = dict.fromkeys(("mae", "skill", "seconds"), "float64")
    return made.astype(numbers)


def cells_of(run: KeptRun) -> list[str]:
    """Return how the cells of a run are shown, each once."""
    return [cell_named(cell).label for cell in run.asked["cells"]]


def best_of(run: KeptRun) -> Best:
    """Return the model of a run that errs least; a simple forecast may be it."""
    scored = [one for one in run.scores if one.get("mae") is not None]
    if not scored:
        return Best(None, None, None)
    least = min(scored, key=lambda one: float(one["mae"]))
    return Best(least["model"], least["mae"], least.get("skill"))


def short_names(runs: Sequence[KeptRun]) -> dict[str, str]:
    """Return what runs are called beside each other, by id: their names, or beginnings of ids."""
    names = Counter(run.name for run in runs)
    found: dict[str, str] = {}
    for run in runs:
        short = run.id[:SHORT]
        alone = run.name and names[run.name] == 1
        name = run.name if alone else f"{run.name} {short}".strip()
        clashes = name in (*found.values(), "model", "setting")
        found[run.id] = f"{name} {run.id}" if clashes else name
    return found


def scores_beside(runs: Sequence[KeptRun], score: str = "mae") -> pd.DataFrame:
    """Return one row a model, and a score of it in each run, under the runs' short names.

    Args:
        runs: some of which may have no scores.
        score: a column of `Comparison.table`, such as one of `SCORES`.
    """
    names = short_names(runs)
    order = dict.fromkeys(one["model"] for run in runs for one in run.scores)
    made = pd.DataFrame({"model": list(order)}, dtype="str")
    for run in runs:
        known = {one["model"]: one.get(score) for one in run.scores}
        made[names[run.id]] = pd.Series([known.get(one) for one in order], dtype="float64")
    return made


def settings_beside(runs: Sequence[KeptRun]) -> pd.DataFrame:
    """Return one row for each setting in which runs differ, with its value in each, as text."""
    names, known = short_names(runs), {run.id: _facts(run) for run in runs}
    order = dict.fromkeys(name for facts in known.values() for name in facts)
    differing = [
        name for name in order if len({facts.get(name, "–") for facts in known.values()}) > 1
    ]
    made = pd.DataFrame({"setting": differing}, dtype="str")
    for run in runs:
        shown = [known[run.id].get(name, "–") for name in differing]
        made[names[run.id]] = pd.Series(shown, dtype="str")
    return made


def settings_changed(run: KeptRun) -> dict[str, str]:
    """Return what of a run is not the default, as text."""
    usual = _told(_asked({"cells": run.asked["cells"], "settings": {}}))
    asked = _told(_asked(run.asked))
    always = ("cells", "timesteps", "hidden_units", "horizon", "seed")
    return {name: said for name, said in asked.items() if name in always or said != usual.get(name)}


def losses_beside(runs: Sequence[KeptRun]) -> pd.DataFrame:
    """Return the epochs of runs for `forecast.charts.run_losses`.

    Args:
        runs: with their histories.

    Returns:
        Columns run (its short name), cell (with the value of a grid), network (its number from 0,
        where a cell has several), epoch, loss and val_loss.
    """
    names, rows = short_names(runs), []
    for run in runs:
        seeds = int(run.asked["settings"].get("seeds", 1))
        for cell in run.cells:
            shown = cell.label if cell.value is None else f"{cell.label} {cell.value}"
            epochs = max(1, cell.epochs // seeds)  # of each network; they are counted on
            for one in cell.history:
                network, epoch = divmod(one.epoch - 1, epochs)
                told = (names[run.id], shown, network, epoch + 1, one.loss, one.val_loss)
                rows.append(told)
    return pd.DataFrame(rows, columns=["run", "cell", "network", "epoch", "loss", "val_loss"])


def _facts(run: KeptRun) -> dict[str, str]:
    engines = dict.fromkeys(cell.engine for cell in run.cells if cell.engine)
    data = {"source": run.source, "target": run.target, "rows": run.rows}
    told = {**data, "data": run.fingerprint[:SHORT], **_asked(run.asked)}
    if engines:
        told["engine"] = ", ".join(engines)
    return _told({**told, **{f"version of {k}": v for k, v in run.versions.items()}})


def _asked(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that was asked for, with the defaults of what was not."""
    more: dict[str, Any] = {
        "test": 0.2,
        "vary": None,
        "values": [],
        "fair": "units",
        "fair_seconds": None,
    }
    settings = {**USUAL, **asked["settings"]}
    if settings["past_covariates"] is None:
        settings["past_covariates"] = ()
    told = {"cells": [cell_named(cell).label for cell in asked["cells"]]}
    told |= {name: one for name, one in settings.items() if name not in LEFT_OUT}
    return told | {name: asked.get(name, one) for name, one in more.items()}


def _told(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(one) for name, one in values.items()}


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
