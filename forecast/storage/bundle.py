"""A kept run as one zip, for a reader without this program, and many runs as one table.

The same run gives the same bytes: members come in a fixed order with a fixed time.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from forecast.data.export import csv_bytes
from forecast.data.panel import Panel, as_panel
from forecast.data.series import TimeSeries
from forecast.errors import ForecastError, MissingExtraError, StoreError
from forecast.evaluation.comparison import Comparison
from forecast.models.forecaster import Forecaster
from forecast.models.settings import ForecasterSettings
from forecast.storage.code import as_command, as_python
from forecast.storage.grids import grid_best, said_of_grid
from forecast.storage.panel_rows import panel_csv
from forecast.storage.records import KeptRun
from forecast.storage.run_store import RunStore
from forecast.storage.series_csv import FILE, series_csv

if TYPE_CHECKING:
    import plotly.graph_objects as go

A_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
READABLE = 0o644 << 16  # of a member, for who unpacks it
PLOTLY = "charts/plotly.min.js"
ABOUT = {
    FILE: "the rows that were trained on; filled values are blank",
    "settings.json": "what was asked for, every setting, versions, seed, fingerprint of the rows",
    "scores.csv": "one row a model: errors on the test part, skill against the naive forecast",
    "grid.csv": "the scores of the networks and of Naive for every value of the grid",
    "predictions.csv": "one row a test window and step: what was observed, and each forecast",
    "series.csv": "one row a series of a panel: rows, test windows, MASE of each model",
    "history.csv": "one row a cell and epoch",
    "findings.csv": "what was checked about each network",
    "charts/": "open them in a browser; they need no network",
    "models/": 'the trained networks: fc.Forecaster.load("models/gru.safetensors")',
    "run.py": "Python that makes this run again: python run.py",
    "command.txt": "the same as commands of a POSIX shell",
}
FIRST = ("run", "name", "state", "pinned", "source", "target", "rows", "submitted", "finished")
ASKED = ("timesteps", "horizon")  # settings that a table of runs shows

USUAL = ForecasterSettings()


class _Parts(NamedTuple):
    """A run with everything that the store holds of it."""

    run: KeptRun
    series: TimeSeries | Panel
    history: pd.DataFrame
    result: Comparison | None
    grid: pd.DataFrame | None


def bundle(store: RunStore, run_id: str) -> bytes:
    """Return a run as a zip; of a run that has not ended, what there is.

    Args:
        store: that holds the run.
        run_id: of the run.

    Raises:
        StoreError: there is no such run, or a file of it is broken.
    """
    run = store.find(run_id)
    if run is None:
        raise StoreError(f"There is no run {run_id!r:.80}. See those there are under Runs.")
    result, grid = store.result(run.id)
    parts = _Parts(run, store.series(run.id), store.history(run.id), result, grid)
    members = dict(_members(parts))
    members["README.txt"] = _readme(parts, members).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zipped:
        for name, content in sorted(members.items()):
            info = zipfile.ZipInfo(name, A_TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, READABLE
            info.create_system = 3  # else the machine that writes it would show
            zipped.writestr(info, content)
    return stream.getvalue()


def _members(parts: _Parts) -> Iterator[tuple[str, bytes]]:
    run, series = parts.run, parts.series
    yield FILE, panel_csv(series) if isinstance(series, Panel) else series_csv(series)
    yield "settings.json", _settings(parts)
    yield "history.csv", csv_bytes(parts.history, index=False)
    try:
        code, command = as_python(run, series), as_command(run, series)
    except ForecastError:  # settings of another version
        pass
    else:
        yield "run.py", code.encode()
        yield "command.txt", command.encode()
    if parts.grid is not None:
        yield "grid.csv", csv_bytes(parts.grid, index=False)
    if parts.result is not None:
        yield "scores.csv", csv_bytes(parts.result.table, index=False)
        yield "predictions.csv", csv_bytes(parts.result.predictions, index=False)
        yield "findings.csv", csv_bytes(parts.result.findings, index=False)
        if parts.result.series is not None:
            yield "series.csv", csv_bytes(parts.result.series, index=False)
        yield from _models(parts.result)
    try:
        yield from _charts(parts)
    except MissingExtraError:
        return


def _models(result: Comparison) -> Iterator[tuple[str, bytes]]:
    with TemporaryDirectory() as folder:
        for label, model in result.models.items():
            if isinstance(model, Forecaster):
                path = Path(folder) / "model.safetensors"
                model.save(path)
                yield f"models/{label.lower()}.safetensors", path.read_bytes()


def _settings(parts: _Parts) -> bytes:
    """Return the facts of a run as JSON; whose it is stays with the server."""
    run, result = parts.run, parts.result
    said = {
        **{name: getattr(run, name) for name in ("id", "name", "state", "source", "target")},
        **{name: getattr(run, name) for name in ("seed", "versions", "fingerprint", "rows")},
        **{name: _moment(getattr(run, name)) for name in ("submitted", "started", "finished")},
        **{name: getattr(run, name) for name in ("error", "verdict", "asked")},
        "cells": [
            {**cell._asdict(), "history": None, "finished_epochs": len(cell.history)}
            for cell in run.cells
        ],
        "frequency": as_panel(parts.series).flat.frequency,
        "settings": None if result is None else dict(result.settings),
        "data": None if result is None else dict(result.data),
    }
    for cell in said["cells"]:
        del cell["history"]  # it has a file of its own
    return (json.dumps(said, indent=2, ensure_ascii=False, default=str) + "\n").encode()


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _charts(parts: _Parts) -> Iterator[tuple[str, bytes]]:
    """Yield charts that find Plotly beside them.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    from forecast.charts.errors import plot_errors
    from forecast.charts.figures import graph_objects
    from forecast.charts.grid import plot_grid
    from forecast.charts.losses import plot_losses

    graph_objects()
    from plotly.offline import get_plotlyjs

    result, made = parts.result, {"losses": plot_losses(_by_cell(parts.history))}
    if result is not None:
        made["predictions"] = result.plot_predictions()
        if result.series is None:
            made["errors"] = plot_errors(result.predictions, name=str(result.data["name"]))
        else:
            made["series"] = result.plot_series()
    if parts.grid is not None:
        made["grid"] = plot_grid(parts.grid, vary=str(parts.run.asked["vary"]))
    yield PLOTLY, get_plotlyjs().encode()
    for name, chart in made.items():
        yield f"charts/{name}.html", _page(chart, name)


def _by_cell(history: pd.DataFrame) -> pd.DataFrame:
    """Return a history whose cells are named with the value of the grid, where there is one."""
    if "value" not in history:
        return history
    names = [
        f"{cell} {value}" for cell, value in zip(history["cell"], history["value"], strict=True)
    ]
    return history.assign(cell=names)


def _page(chart: "go.Figure", name: str) -> bytes:
    page: str = chart.to_html(include_plotlyjs="directory", div_id=name)  # a fixed id: same bytes
    return page.replace("<html>", '<html lang="en">').encode()


def _readme(parts: _Parts, members: dict[str, Any]) -> str:
    run = parts.run
    there = [*members, *(f"{name.split('/')[0]}/" for name in members if "/" in name)]
    lines = [f"{name:<16}{said}" for name, said in ABOUT.items() if name in there]
    missing = [] if "run.py" in there else ["There is no code: this version cannot make it again."]
    shown = json.dumps(run.name, ensure_ascii=False) if run.name else "without a name"
    return "\n".join(
        [
            f"Run {run.id}, {shown}, {run.state}.",
            *([run.verdict] if run.verdict else []),
            *_of_grid(parts),
            "",
            *lines,
            *missing,
            "",
            "In the CSV files a text that a spreadsheet could run as a formula has an apostrophe",
            "in front. The same run always gives the same bytes of this archive.",
            "",
        ]
    )


def _of_grid(parts: _Parts) -> list[str]:
    """Say which files are of the first value of a grid alone."""
    grid = grid_best(parts.run, parts.grid)
    if grid is None:
        return []
    return [
        "",
        *said_of_grid(grid),
        f"Verdict, scores, predictions, findings and models here are of {grid.vary} {grid.shown} "
        "alone.",
        "The whole grid is in grid.csv, and every epoch of it in history.csv.",
    ]


def runs_table(runs: Sequence[KeptRun]) -> pd.DataFrame:
    """Return one row a run and model, for all runs as one CSV; a run without scores has one row.

    Args:
        runs: as `RunStore.runs` returns them.
    """
    rows = [
        {**_facts(run), **{("model_seconds" if k == "seconds" else k): v for k, v in one.items()}}
        for run in runs
        for one in (run.scores or [{"model": None}])
    ]
    return pd.DataFrame(rows, columns=None if rows else [*FIRST, "seconds", "seed", "model"])


def _facts(run: KeptRun) -> dict[str, Any]:
    settings = run.asked.get("settings", {})
    times = {
        name: None if one is None else pd.Timestamp(one, unit="s").round("s")
        for name, one in (("submitted", run.submitted), ("finished", run.finished))
    }
    known = {"run": run.id, **run._asdict(), **times}
    return {
        **{name: known[name] for name in FIRST},
        "seconds": seconds_taken(run),
        "seed": run.seed,
        **{name: settings.get(name, getattr(USUAL, name)) for name in ASKED},
    }


def seconds_taken(run: KeptRun) -> float | None:
    """Return how long a run took, from its start to its end; None before that."""
    return None if None in (run.started, run.finished) else run.finished - run.started  # type: ignore[operator]
