"""`compare`: cells beside each other and beside naive forecasts."""

from typing import Annotated, Any

import typer

from forecast.cli import options
from forecast.cli.network import network_settings, takes_network
from forecast.cli.output import doubts, epoch_bars, print_json, print_lines, print_table
from forecast.cli.sources import Source, read_source
from forecast.cli.writing import check_writable, write_table
from forecast.evaluation.compare import CELLS
from forecast.evaluation.compare import compare as compare_cells
from forecast.nn.cells import cell_named

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
    json: options.Json = False,
    **network: Any,
) -> None:
    """Compare cells with each other and with naive forecasts on the last rows of a series."""
    given = network_settings(network)
    source = read_source(
        data, time=time, target=target, series=series, decimal=decimal, time_zone=time_zone,
        numbered=numbered,
        covariates=(*given["past_covariates"], *given["future_covariates"]),
    )  # fmt: skip
    if out is not None:
        check_writable(out)
    labels = [cell_named(one).label for one in cell]
    with epoch_bars(labels, given["epochs"] * given["seeds"]) as on_epoch:
        result = compare_cells(
            source.rows, cells=cell, test=test, fair=fair, seconds=fair_seconds or None,
            on_epoch=on_epoch, **given | source.columns,
        )  # fmt: skip
    shown = result.to_dict()
    if out is not None:
        write_table(out, result.predictions)
    if json:
        origin = {"source": source.name, "target": source.target}
        print_json(shown | {"data": origin | shown["data"]})
        return
    print_lines(_headline(source, shown["data"]), "")
    print_table(result.table.dropna(axis=1, how="all"), spare=SPARE)
    print_lines("", *doubts(shown["findings"]), result.verdict)


def _headline(source: Source, data: dict[str, Any]) -> str:
    parts = {name: part["rows"] for name, part in data["parts"].items()}
    split = ", ".join(f"{rows} {name}" for name, rows in parts.items())
    name = source.name if source.target == source.name else f"{source.name}, {source.target}"
    return (
        f"{name}: {data['rows']} rows, {data['frequency']}, {data['first'][:10]} to "
        f"{data['last'][:10]}, season {data['season']}, {data['filled']} filled ({split})"
    )
