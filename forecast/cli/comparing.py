"""`compare`: cells beside each other and beside naive forecasts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from forecast.cli import options
from forecast.cli.kept import opened
from forecast.cli.network import network_settings, takes_network
from forecast.cli.output import doubts, epoch_bars, print_json, print_lines, print_table
from forecast.cli.sources import Source, read_source
from forecast.cli.writing import check_writable, write_table
from forecast.errors import SettingError
from forecast.evaluation.compare import CELLS
from forecast.evaluation.compare import compare as compare_cells
from forecast.evaluation.comparison import Comparison
from forecast.evaluation.fitting import OnEpoch
from forecast.evaluation.plan import plan_comparison
from forecast.nn.cells import cell_named
from forecast.storage.keeping import Wanted, asked_of, keep_comparison

# Columns that a narrow terminal does without, first to go first.
SPARE = (
    *("pinball", "crps", "skill_mean", "hidden_units", "width-95", "width-80", "ms_per_forecast"),
    *("verdict", "epochs", "parameters", "rmse", "smape", "seconds", "coverage-95", "coverage-80"),
    "skill_std",
)


@takes_network
def compare(
    data: options.Data,
    cell: Annotated[list[str], typer.Option(help="A cell; repeat for several.")] = list(CELLS),  # noqa: B006  (Typer reads it; nothing changes it)
    test: Annotated[float, typer.Option(help="Share of the rows in the test part.")] = 0.2,
    fair: Annotated[
        str, typer.Option(help="What is equal between the cells: units, parameters or time.")
    ] = "units",
    fair_seconds: Annotated[
        float, typer.Option(min=0, help="Training time of each cell, with --fair time.")
    ] = 0.0,
    time: options.Time = None,
    decimal: options.Decimal = None,
    time_zone: options.TimeZone = None,
    numbered: options.Numbered = False,
    target: options.Target = None,
    series: options.Series = None,
    out: options.Out = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the run: see python -m forecast runs.")
    ] = False,
    name: Annotated[str, typer.Option(help="Of the run that is kept.")] = "",
    json: options.Json = False,
    **network: Any,
) -> None:
    """Compare cells with each other and with naive forecasts on the last rows of a series.

    Of several series without --series each cell is one network for all of them.
    """
    if name and not keep:
        raise SettingError(f"`--name` names a run that is kept; got {name!r} alone. Add --keep.")
    given = network_settings(network)
    source = read_source(
        data, time=time, target=target, series=series, decimal=decimal, time_zone=time_zone,
        numbered=numbered, many=True,
        covariates=(*given["past_covariates"], *given["future_covariates"]),
        static=given["static"],
    )  # fmt: skip
    if out is not None:
        check_writable(out)
    labels = [cell_named(one).label for one in cell]
    equal: dict[str, Any] = {"test": test, "fair": fair, "seconds": fair_seconds or None}
    settings, run = given | source.columns, None
    with epoch_bars(labels, given["epochs"] * given["seeds"]) as on_epoch:
        if keep:
            run, result = _kept(source, name, cell, settings, equal, on_epoch)
        else:
            result = compare_cells(source.rows, cells=cell, on_epoch=on_epoch, **equal, **settings)
    shown = result.to_dict()
    if out is not None:
        write_table(out, result.predictions)
    if json:
        origin = {"source": source.name, "target": source.target}
        kept = {} if run is None else {"run": run}
        print_json(kept | shown | {"data": origin | shown["data"]})
        return
    print_lines(_headline(source, shown["data"]), "")
    print_table(result.table.dropna(axis=1, how="all"), spare=SPARE)
    print_lines("", *doubts(shown["findings"]), result.verdict)
    if run is not None:
        print_lines(f"Kept as run {run}")


def _kept(
    source: Source,
    name: str,
    cells: list[str],
    settings: dict[str, Any],
    equal: dict[str, Any],
    on_epoch: OnEpoch | None,
) -> tuple[str, Comparison]:
    """Compare as `compare` does, and keep the run; return its id too."""
    plan = plan_comparison(source.rows, cells=cells, **equal, **settings)
    asked = asked_of(
        cells, settings, test=equal["test"], fair=equal["fair"], fair_seconds=equal["seconds"]
    )
    called = Path(source.name).name if Path(source.name).exists() else source.name
    wanted = Wanted(called, source.target, asked, name=name)
    with opened() as store:
        kept = keep_comparison(store, plan.part.rows, wanted, on_epoch=on_epoch)
    return kept.id, kept.result


def _headline(source: Source, data: dict[str, Any]) -> str:
    parts = {name: part["rows"] for name, part in data["parts"].items()}
    split = ", ".join(f"{rows} {name}" for name, rows in parts.items())
    name = source.name if source.target == source.name else f"{source.name}, {source.target}"
    if "series" in data:
        name = f"{name}: {data['series']} series, {data['scored']} scored"
    return (
        f"{name}: {data['rows']} rows, {data['frequency']}, {data['first'][:10]} to "
        f"{data['last'][:10]}, season {data['season']}, {data['filled']} filled ({split})"
    )
