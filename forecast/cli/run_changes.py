"""`runs`: export, delete, repeat, rename and pin what was kept."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from forecast.cli import options
from forecast.cli.kept import found_run, found_runs, opened, printable
from forecast.cli.output import doubts, epoch_bars, print_json, print_lines, print_table
from forecast.cli.writing import check_writable, write_table
from forecast.data.readers import PARQUET_SUFFIXES
from forecast.errors import DataError, SettingError, StoreError
from forecast.files import write_whole
from forecast.storage.bundle import bundle, runs_table
from forecast.storage.keeping import keep_comparison, wanted_again
from forecast.storage.records import ENDS, KeptRun

TABLES = (".csv", *PARQUET_SUFFIXES)
ID_HELP = "Id of a run, or at least 4 characters of its beginning."
Id = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP, show_default=False)]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help=ID_HELP, show_default=False)]


def export(
    out: Annotated[
        Path, typer.Option(help="File to write: *.zip of a run; *.csv or *.parquet of all.")
    ],
    run: Annotated[
        str | None, typer.Argument(metavar="[ID]", help=ID_HELP, show_default=False)
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All runs as one table, a row a run and model.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Write a run as a zip with data, models, charts and code, or all runs as one table."""
    if everything == (run is not None):
        got = "both" if everything else "neither"
        raise SettingError(f"Name a run or give `--all`; got {got}.")
    _check_ending(out, everything=everything)
    check_writable(out)
    with opened() as store:
        if run is None:
            table = runs_table(store.runs())
            write_table(out, table)
            said: dict[str, Any] = {"rows": len(table)}
        else:
            found = found_run(store, run)
            _write(out, bundle(store, found.id))
            said = {"run": found.id}
    said |= {"out": str(out), "bytes": out.stat().st_size}
    if json:
        print_json(said)
    else:
        print_lines(f"Written to {out}, {said['bytes']:,} bytes.")


def _check_ending(out: Path, *, everything: bool) -> None:
    """See that a file is named as what it will hold.

    Raises:
        SettingError: it is not.
    """
    whose, endings = ("all runs", TABLES) if everything else ("a run", (".zip",))
    if out.suffix.lower() not in endings:
        *most, last = endings
        listed = f"{', '.join(most)} or {last}" if most else last
        raise SettingError(f"`--out` of {whose} must end in {listed}; got {out.name!r}.")


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        raise DataError(
            f"Cannot write {str(path)!r}: {error.strerror}. Name a file in a folder you may write "
            "to."
        ) from error


def delete(
    runs: Ids,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also runs that are pinned.")] = False,
    json: options.Json = False,
) -> None:
    """Delete runs with their models; it cannot be undone."""
    with opened() as store:
        found = found_runs(store, runs)
        _check_deletable(found, force=force)
        if not yes:
            _ask(found)
        for run in found:
            store.delete(run.id)
    if json:
        print_json({"deleted": [run.id for run in found]})
    else:
        print_lines(*(f"Deleted {_called(run)}." for run in found))


def _check_deletable(runs: list[KeptRun], *, force: bool) -> None:
    """See that all runs may go, before the first goes.

    Raises:
        StoreError: one is pinned, or still trains.
    """
    pinned = [run for run in runs if run.pinned]
    if pinned and not force:
        raise StoreError(
            f"A pinned run is kept until it is unpinned; got {_called(pinned[0])}. Use --force, or "
            f"python -m forecast runs pin {pinned[0].id} --off"
        )
    busy = [run for run in runs if run.state not in ENDS]
    if busy:
        raise StoreError(f"{_called(busy[0])} is {busy[0].state}. Stop it first.")


def _ask(runs: list[KeptRun]) -> None:
    """Ask on a terminal.

    Raises:
        SettingError: there is no terminal to ask on.
        typer.Exit: the answer is no.
        KeyboardInterrupt: there was no answer.
    """
    if not sys.stdin.isatty():
        raise SettingError("Deleting needs `--yes` where nobody can be asked; got none. Add it.")
    print_lines(*(_called(run) for run in runs))
    try:
        agreed = typer.confirm(f"Delete {'it' if len(runs) == 1 else f'these {len(runs)} runs'}?")
    except typer.Abort as error:  # Ctrl-C, or the end of what is typed
        raise KeyboardInterrupt from error
    if not agreed:
        raise typer.Exit(1)


def _called(run: KeptRun) -> str:
    name = f" {printable(run.name)!r}" if run.name else ""
    return f"Run {run.id}{name} on {printable(run.source)}"


def rerun(
    run: Id,
    name: Annotated[
        str | None, typer.Option(help="Of the new run; that of the first if not given.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Train a run again on the same rows with the same engines, and keep it as a new run."""
    with opened() as store:
        found = found_run(store, run)
        wanted = wanted_again(found)
        wanted = wanted._replace(name=wanted.name if name is None else name)
        labels = [
            cell.label if cell.value is None else f"{cell.label} {cell.value}"
            for cell in found.cells
        ]
        epochs = max(cell.epochs for cell in found.cells)
        with epoch_bars(labels, epochs) as on_epoch:
            kept = keep_comparison(store, store.series(found.id), wanted, on_epoch=on_epoch)
    shown = kept.result.to_dict()
    if json:
        print_json({"run": kept.id, "again": found.id} | shown)
        return
    table = kept.result.table if kept.grid is None else kept.grid
    print_table(table.dropna(axis=1, how="all").drop(columns="verdict"))
    print_lines("", *doubts(shown["findings"]), kept.result.verdict, f"Kept as run {kept.id}")


def rename(
    run: Id,
    name: Annotated[str, typer.Argument(help="The new name; '' takes it away.")],
    json: options.Json = False,
) -> None:
    """Give a run another name."""
    with opened() as store:
        found = found_run(store, run)
        store.rename(found.id, name)
    if json:
        print_json({"run": found.id, "name": name})
    else:
        print_lines(f"Run {found.id} is called {printable(name)!r} now.")


def pin(
    run: Id,
    off: Annotated[bool, typer.Option("--off", help="Let it leave again.")] = False,
    json: options.Json = False,
) -> None:
    """Keep a run when old ones leave to make room."""
    with opened() as store:
        found = found_run(store, run)
        store.pin(found.id, not off)
    if json:
        print_json({"run": found.id, "pinned": not off})
    else:
        print_lines(f"Run {found.id} {'may leave again' if off else 'stays'}.")
