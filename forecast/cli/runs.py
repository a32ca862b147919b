"""`runs`: what was kept of earlier trainings: list, show, compare."""

from datetime import datetime
from typing import Annotated, Any

import pandas as pd
import typer

from forecast.checks import one_of
from forecast.cli import options
from forecast.cli.kept import found_run, found_runs, opened, printable
from forecast.cli.output import print_json, print_lines, print_table
from forecast.cli.run_changes import delete, export, pin, rename, rerun
from forecast.errors import SettingError
from forecast.evaluation.plain import plain_rows
from forecast.nn.cells import cell_named
from forecast.storage.code import as_command, as_python
from forecast.storage.grids import GridBest, grids_of, said_of_grid
from forecast.storage.records import STATES, KeptRun
from forecast.storage.side_by_side import (
    SCORES,
    SHORT,
    best_of,
    cells_of,
    overview,
    scores_beside,
    settings_beside,
    settings_changed,
    short_names,
)

ID_HELP = "Id of a run, or at least 4 characters of its beginning."
Id = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP, show_default=False)]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help=ID_HELP, show_default=False)]
SORTS = ("submitted", "name", "source", "state", "mae", "skill", "seconds")
FALLING = ("submitted", "skill")  # the best, or newest, comes first
SPARE = ("target", "seconds", "cells", "mae", "source")
OF_GRIDS = "Of a grid, what stands here is of its first value; runs show ID tells the best."
SHOWN = ("model", "hidden_units", "parameters", "epochs", "mae", "rmse", "smape", "mase", "skill")

app = typer.Typer(
    help="List, show, compare, export, delete and repeat the runs that were kept.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: python -m forecast runs list --state done --sort skill")
def list_runs(
    owner: Annotated[str | None, typer.Option(help="Whose runs; all if not given.")] = None,
    state: Annotated[
        str | None, typer.Option(help="queued, running, paused, done, stopped or failed.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="A part of the name of the data.")] = None,
    cell: Annotated[str | None, typer.Option(help="A cell that was trained.")] = None,
    text: Annotated[str | None, typer.Option(help="A part of name, data, id or verdict.")] = None,
    sort: Annotated[str, typer.Option(help=f"By {', '.join(SORTS)}.")] = "submitted",
    json: options.Json = False,
) -> None:
    """List the runs that were kept, the newest first."""
    if sort not in SORTS:
        raise SettingError(f"`--sort` must be one of {', '.join(SORTS)}; got {sort!r}.")
    state = None if state is None else one_of("--state", state.lower(), STATES)
    cell = None if cell is None else cell_named(cell).label
    wanted = {"state": state, "source": source, "cell": cell, "text": text}
    with opened() as store:
        runs = [run for run in store.runs(owner) if _fits(run, wanted)]
        folder = store.folder
    table = overview(runs).sort_values(sort, ascending=sort not in FALLING, kind="stable")
    if json:
        print_json(plain_rows(table))
    elif runs:
        print_table(_for_people(table), spare=SPARE)
        if any(run.asked.get("vary") for run in runs):
            print_lines("", OF_GRIDS)
    else:
        print_lines(
            f"No such run is kept in {folder}." if any(wanted.values()) or owner else
            f"No run is kept in {folder}. Keep one with: python -m forecast compare DATA --keep"
        )  # fmt: skip


def _fits(run: KeptRun, wanted: dict[str, str | None]) -> bool:
    """Say whether a run is what is looked for; capitals do not count in a part of a text."""
    if wanted["state"] not in (None, run.state):
        return False
    if wanted["cell"] is not None and wanted["cell"] not in cells_of(run):
        return False
    said = [run.id, run.name, run.source, run.target, run.verdict or "", run.error or ""]
    held = {"source": [run.source, run.target], "text": said}
    return all(
        any((wanted[name] or "").lower() in one.lower() for one in texts)
        for name, texts in held.items()
    )


def _for_people(table: pd.DataFrame) -> pd.DataFrame:
    """Return the overview with short ids and local times."""
    texts = {name: table[name].map(printable) for name in ("name", "source", "target")}
    pins = ["*" if one else "" for one in table["pinned"]]
    when = [_local(one.timestamp()) for one in table["submitted"]]
    best = table["best"].fillna("").astype("str")
    made = table.assign(**texts, id=table["id"].str[:SHORT], best=best, submitted=when)
    return made.drop(columns=["verdict", "pinned"]).assign(id=made["id"] + pins)


def _local(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"


@app.command(epilog="Example: python -m forecast runs show 3a1675d5 --python > run.py")
def show(
    run: Id,
    python: Annotated[
        bool, typer.Option("--python", help="Print Python that makes the run again, alone.")
    ] = False,
    command: Annotated[
        bool, typer.Option("--command", help="Print a command that makes the run again, alone.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show what is known of a run: settings, scores, verdict, or the code that makes it again."""
    if python + command + json > 1:
        raise SettingError("Choose one of `--python`, `--command` and `--json`; got several.")
    with opened() as store:
        found = found_run(store, run)
        if python or command:
            code = as_python if python else as_command
            print_lines(code(found, store.series(found.id)).removesuffix("\n"))
            return
        grid = grids_of(store, [found]).get(found.id)
        kept = f"kept in {store.folder}"
    if json:
        print_json(_plain(found, grid))
        return
    print_lines(*_facts(found), f"{found.bytes:,} bytes, {kept}", "")
    if found.scores:
        print_table(pd.DataFrame(found.scores)[list(SHOWN)])
        print_lines("", str(found.verdict), *([] if grid is None else said_of_grid(grid)))


def _facts(run: KeptRun) -> list[str]:
    """Return what is known of a run besides its scores, a line each."""
    name = f" {printable(run.name)!r}" if run.name else ""
    pinned = ", pinned" if run.pinned else ""
    cells = [
        f"{cell.label if cell.value is None else f'{cell.label} {cell.value}'} {cell.state}, "
        f"{len(cell.history)} epochs{'' if cell.engine is None else f', {cell.engine}'}"
        for cell in run.cells
    ]
    times = [_local(one) or "–" for one in (run.submitted, run.started, run.finished)]
    settings = "; ".join(f"{k} {printable(v)}" for k, v in settings_changed(run).items())
    lines = [
        f"Run {run.id}{name}: {run.state}{pinned}",
        f"{printable(run.source)}, {printable(run.target)}: {run.rows} rows",
        f"submitted {times[0]}, started {times[1]}, ended {times[2]}",
        settings,
        "; ".join(cells),
        ", ".join(f"{name} {version}" for name, version in run.versions.items()),
    ]
    return lines if run.error is None else [*lines, printable(run.error)]


def _plain(run: KeptRun, grid: GridBest | None) -> dict[str, Any]:
    """Return a run as plain values, with the number of its epochs for the history of a cell."""
    known = run._asdict()
    best = best_of(run)
    cells = [{**one._asdict(), "history": len(one.history)} for one in run.cells]
    made = {**known, "cells": cells, "best": best.model, "settings": settings_changed(run)}
    return made | {"grid": None if grid is None else grid._asdict()}


@app.command(epilog="Example: python -m forecast runs compare 3a1675d5 77bc04e1 --score mae")
def compare(
    runs: Ids,
    score: Annotated[str, typer.Option(help=f"One of {', '.join(SCORES)}.")] = "mae",
    json: options.Json = False,
) -> None:
    """Put the scores of runs side by side, and the settings in which they differ."""
    if score not in SCORES:
        raise SettingError(f"`--score` must be one of {', '.join(SCORES)}; got {score!r}.")
    with opened() as store:
        found = found_runs(store, runs)
        grids = grids_of(store, found)
    if len(found) < 2:
        raise SettingError(f"A comparison needs two runs or more; got {len(found)}. Name another.")
    scores, settings = scores_beside(found, score), settings_beside(found)
    if json:
        ids = [run.id for run in found]
        print_json({"runs": ids, "score": score, "scores": plain_rows(scores),
                    "settings": plain_rows(settings),
                    "grids": {run: grid._asdict() for run, grid in grids.items()}})  # fmt: skip
        return
    print_table(_printable_names(scores.rename(columns={"model": score})))
    names = short_names(found)
    for run, grid in grids.items():
        print_lines("", f"{printable(names[run])}:", *said_of_grid(grid))
    print_lines("")
    if len(settings):
        print_table(_printable_names(settings))
    else:
        print_lines("Their settings are the same.")


def _printable_names(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        printable(str(name)): one.map(printable) if one.dtype == "str" else one
        for name, one in table.items()
    }
    return pd.DataFrame(columns)


for verb, example in (
    (export, "runs export 3a1675d5 --out run.zip"),
    (delete, "runs delete 3a1675d5 --yes"),
    (rerun, 'runs rerun 3a1675d5 --name "once more"'),
    (rename, 'runs rename 3a1675d5 "a better name"'),
    (pin, "runs pin 3a1675d5"),
):
    app.command(epilog=f"Example: python -m forecast {example}")(verb)
