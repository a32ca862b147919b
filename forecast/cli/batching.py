"""`batch`: forecasts for as many series as there are, restartable."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from forecast.batch.api import batch as batch_of
from forecast.batch.planning import PARTITION_ROWS, SAMPLE
from forecast.batch.running import BatchProgress, BatchResult
from forecast.cli import options
from forecast.cli.network import is_said, network_settings, takes_network
from forecast.cli.output import complain, print_json, print_lines
from forecast.errors import SettingError

INTERRUPTED = 130  # exit status
OWN_OF_MODEL = ("horizon",)  # what may be said beside --model


@takes_network
def batch(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="IN",
            help="A Parquet or CSV file with the columns unique_id, ds and y, or a folder of them.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results: new, or empty.")],
    cell: Annotated[list[str], typer.Option(help="A cell; repeat for several.")] = ["gru"],  # noqa: B006  (Typer reads it; nothing changes it)
    level: options.Levels = [],  # noqa: B006  (as above)
    model: Annotated[
        Path | None, typer.Option(help="Forecast with a model that `fit` wrote; train none.")
    ] = None,
    target: options.Target = None,
    decimal: options.Decimal = None,
    sample: Annotated[
        int, typer.Option(min=1, help="Series that a global network learns from.")
    ] = SAMPLE,
    least: Annotated[
        int,
        typer.Option(
            min=0, help="Rows a series must have; 0: horizon + 2, or a quarter of a window if more."
        ),
    ] = 0,
    partition_rows: Annotated[
        int, typer.Option(min=1, help="Rows of a partition, about; memory grows with them.")
    ] = PARTITION_ROWS,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes; 0: one a core, or all of a cluster.")
    ] = 0,
    backend: Annotated[
        str | None,
        typer.Option(
            help="loky, dask, ray, spark, or another of joblib's.", show_default="processes here"
        ),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Of a Dask scheduler, such as tcp://10.0.0.1:8786.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, after any end.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 if a series was left out.")
    ] = False,
    keep_work: Annotated[
        bool, typer.Option("--keep-work", help="Leave the rows of partitions behind.")
    ] = False,
    json: options.Json = False,
    **network: Any,
) -> None:
    """Forecast every series of a file or folder, however many: on all cores, or on a cluster."""
    settings = _settings(context, network, model, target)
    try:
        with _bars() as on_progress:
            found = batch_of(
                data, out, cell=cell, level=tuple(level), model=model, sample=sample,
                partition_rows=partition_rows, least=least or None, decimal=decimal,
                workers=workers or None, backend=backend, address=address, resume=resume,
                keep_work=keep_work, on_progress=on_progress, **settings,
            )  # fmt: skip
    except KeyboardInterrupt:
        complain("Interrupted; the same command with --resume goes on from here.")
        raise typer.Exit(INTERRUPTED) from None
    if json:
        print_json(_told(found))
    else:
        print_lines(*_lines(found))
    if found.forecast == 0:
        complain("No series could be forecast; failures.csv says why. Mend the input.")
        raise typer.Exit(1)
    if strict and found.left_out:
        complain(f"{_counted(found)}, and --strict allows none. Mend or remove them.")
        raise typer.Exit(1)


def _settings(
    context: typer.Context, network: dict[str, Any], model: Path | None, target: str | None
) -> dict[str, Any]:
    """Return the forecaster's settings; beside a model only what it does not say itself.

    Raises:
        SettingError: the model and options both say what network it is.
    """
    if model is None:
        given = network_settings(network)
        return given | ({} if target is None else {"target": target})
    said = [
        name for name in ("preset", "cell", "target", "sample", *network) if is_said(context, name)
    ]
    strange = [name for name in said if name not in OWN_OF_MODEL]
    if strange:
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in strange)
        raise SettingError(f"`--model` has settings of its own; got {listed} too. Drop one.")
    return {"horizon": network["horizon"]} if "horizon" in said else {}


@contextmanager
def _bars() -> Iterator[Callable[[BatchProgress], None] | None]:
    """Show a bar a stage on stderr if that is a terminal; hand out None if it is not."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description:<9}"), BarColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def move(told: BatchProgress) -> None:
            # Before the first task is done, a bar only shows that something goes on.
            total = told.total if told.done else None
            if told.stage not in tasks:
                tasks[told.stage] = bars.add_task(told.stage, total=total, said="")
            bars.update(tasks[told.stage], total=total, completed=told.done, said=_pace(told))

        yield move


def _pace(told: BatchProgress) -> str:
    parts = f"{told.done}/{told.total}"
    if not told.fresh or told.seconds <= 0:
        return parts
    return f"{parts}  {told.series:,} series, {told.fresh / told.seconds:,.0f}/s"


def _counted(found: BatchResult) -> str:
    left = f", {found.left_out:,} left out (failures.csv)" if found.left_out else ""
    return f"{found.forecast:,} of {found.series:,} series forecast{left}"


def _lines(found: BatchResult) -> list[str]:
    if found.resumed and not found.worked:
        return [f"This run was finished before: {_counted(found)}", f"It lies in {found.folder}"]
    rate = f"{found.worked / found.seconds:,.0f} series a second"
    return [_counted(found), f"Written to {found.folder} in {found.seconds:.1f} s, {rate}."]


def _told(found: BatchResult) -> dict[str, Any]:
    folder = {
        "out": str(found.folder),
        "forecasts": str(found.folder / "forecasts"),
        "failures": str(found.folder / "failures.csv"),
    }
    told = found._asdict() | {"series_per_second": found.worked / found.seconds}
    told.pop("folder")
    return folder | told
