"""`backtest`: how cells and simple forecasts would have done from many past cut-offs."""

from typing import Annotated, Any

import typer

from forecast.cli import options
from forecast.cli.network import network_settings, takes_network
from forecast.cli.output import doubts, epoch_bars, print_json, print_lines, print_table
from forecast.cli.sources import read_source
from forecast.cli.writing import check_writable, write_table
from forecast.errors import SettingError
from forecast.evaluation.backtest import backtest as roll
from forecast.models.forecaster import Forecaster
from forecast.nn.cells import cell_named

SPARE = (
    *("pinball", "crps", "width-95", "width-80", "ms_per_forecast", "verdict", "parameters"),
    *("rmse", "smape", "seconds", "coverage-95", "coverage-80"),
)
REFITS = {"never": False, "always": True}


@takes_network
def backtest(
    data: options.Data,
    cell: Annotated[list[str], typer.Option(help="A cell; repeat for several.")] = ["gru"],  # noqa: B006  (Typer reads it; nothing changes it)
    n_windows: Annotated[int, typer.Option(min=1, help="Past cut-offs to forecast from.")] = 5,
    step_size: Annotated[
        int, typer.Option(min=0, help="Rows from one cut-off to the next; 0: the horizon.")
    ] = 0,
    refit_every: Annotated[
        str, typer.Option(help="never, always, or a number k: before every k-th cut-off.")
    ] = "never",
    window: Annotated[
        str, typer.Option(help="expanding (all rows before) or sliding (the last of them).")
    ] = "expanding",
    train_size: Annotated[
        int,
        typer.Option(min=0, help="Rows of a sliding window; 0: those before the first cut-off."),
    ] = 0,
    level: options.Levels = [],  # noqa: B006  (Typer reads it; nothing changes it)
    time: options.Time = None,
    decimal: options.Decimal = None,
    target: options.Target = None,
    series: options.Series = None,
    out: options.Out = None,
    json: options.Json = False,
    **network: Any,
) -> None:
    """Forecast from past cut-offs with nothing but the rows before, and score what came."""
    given = network_settings(network)
    source = read_source(
        data, time=time, target=target, series=series, decimal=decimal, many=True,
        covariates=(*given["past_covariates"], *given["future_covariates"]),
        static=given["static"],
    )  # fmt: skip
    if out is not None:
        check_writable(out)
    models = {cell_named(one).label: Forecaster(one, **given | source.columns) for one in cell}
    with epoch_bars(list(models), given["epochs"] * given["seeds"]) as on_epoch:
        result = roll(
            models, source.rows, horizon=given["horizon"], n_windows=n_windows,
            step_size=step_size or None, refit=_refit(refit_every), window=window,
            train_size=train_size or None, level=tuple(level) or None,
            season=given["season"], on_epoch=on_epoch,
        )  # fmt: skip
    if out is not None:
        write_table(out, result.forecasts)
    shown = result.to_dict()
    if json:
        origin = {"source": source.name, "target": source.target}
        print_json(shown | {"data": origin | shown["data"]})
        return
    print_lines(_headline(source.name, shown["data"], shown["settings"]), "")
    print_table(result.table.dropna(axis=1, how="all"), spare=SPARE)
    print_lines("", *doubts(shown["findings"]), result.verdict)


def _refit(given: str) -> bool | int:
    """Return `refit` of a backtest.

    Raises:
        SettingError: it is neither a word nor a number.
    """
    if given in REFITS:
        return REFITS[given]
    if given.isdecimal() and int(given) > 0:
        return int(given)
    raise SettingError(f"`--refit-every` must be never, always or a number from 1; got {given!r}.")


def _headline(source: str, data: dict[str, Any], settings: dict[str, Any]) -> str:
    many = f"{data['series']} series, " if data["series"] > 1 else ""
    return (
        f"{source}: {many}{data['rows']} rows, {data['frequency']}, season {data['season']}; "
        f"{settings['n_windows']} windows of {settings['horizon']}, cut off from "
        f"{data['first_cutoff'][:16]} to {data['last_cutoff'][:16]}"
    )
