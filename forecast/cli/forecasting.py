"""`fit` and `predict`: a model for later, and its forecasts."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from forecast.cli import options
from forecast.cli.network import network_settings, takes_network
from forecast.cli.output import epoch_bars, print_json, print_lines, print_table
from forecast.cli.sources import Source, read_covariates, read_source
from forecast.cli.writing import check_writable, write_table
from forecast.evaluation.plain import plain_rows
from forecast.insight.findings import gradient_findings
from forecast.insight.recorded import is_recorded
from forecast.models.forecaster import Forecaster


@takes_network
def fit(
    data: options.Data,
    model: Annotated[Path, typer.Option(help="File to write the fitted model to.")],
    cell: Annotated[str, typer.Option(help="simple_rnn, gru or lstm.")] = "gru",
    time: options.Time = None,
    decimal: options.Decimal = None,
    target: options.Target = None,
    series: options.Series = None,
    json: options.Json = False,
    **network: Any,
) -> None:
    """Fit one forecaster to a series, or to all series of a panel, and save it."""
    given = network_settings(network)
    Forecaster(cell, **given)  # says what is wrong before anything is read
    check_writable(model)
    source = read_source(
        data, time=time, target=target, series=series, decimal=decimal, many=True,
        covariates=(*given["past_covariates"], *given["future_covariates"]),
        static=given["static"],
    )  # fmt: skip
    forecaster = Forecaster(cell, **given | source.columns)
    with epoch_bars([forecaster.label], given["epochs"] * given["seeds"]) as bar:
        told = None if bar is None else lambda progress: bar(forecaster.label, progress)
        forecaster.fit(source.rows, on_epoch=told)
    forecaster.save(model)
    said = _fit_summary(forecaster, source, model)
    if json:
        print_json(said)
        return
    print_lines(
        f"{said['cell']} on {source.name} ({source.target}): {said['epochs']} epochs in "
        f"{said['seconds']:.1f} s, ended by {said['stopped_by']}; best epoch {said['best_epoch']}.",
        f"Model written to {model}",
        *(f"- {one['finding']} {one['remedy']}" for one in said["gradient"] if one["concern"]),
    )


def predict(
    model: Annotated[Path, typer.Argument(help="A model that `fit` wrote.", show_default=False)],
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help=f"Newer rows to go on from: {options.DATA_HELP}"),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(min=1, help="Rows ahead; the fitted horizon if not given.")
    ] = None,
    level: options.Levels = [],  # noqa: B006  (Typer reads it; nothing changes it)
    future: Annotated[
        Path | None,
        typer.Option(help="File with the covariates of the rows to forecast, by their time."),
    ] = None,
    time: options.Time = None,
    decimal: options.Decimal = None,
    target: options.Target = None,
    series: options.Series = None,
    out: options.Out = None,
    json: options.Json = False,
) -> None:
    """Forecast with a saved model, after the rows it was fitted on or after newer ones."""
    forecaster = Forecaster.load(model)
    if out is not None:
        check_writable(out)
    newer = ahead = None
    if data is not None:
        newer = read_source(
            data, time=time, target=target or forecaster.settings.target, series=series,
            decimal=decimal, many=forecaster.learned().tail.long,
            long=forecaster.learned().tail.long,
            covariates=forecaster.learned().recipe.columns,
            static=forecaster.settings.static,
        ).rows  # fmt: skip
    if future is not None:
        ahead = read_covariates(future, time=time, decimal=decimal)
    frame = forecaster.predict(horizon, level=tuple(level), data=newer, future=ahead)
    if out is not None:
        write_table(out, frame)
    if json:
        settings = asdict(forecaster.settings)
        age = {str(name): value for name, value in frame.attrs.items()}
        shown = {"model": str(model), "settings": settings, "age": age}
        print_json(shown | {"forecast": plain_rows(frame)})
    else:
        print_table(frame)
        print_lines("", _age(frame))


def _age(frame: pd.DataFrame) -> str:
    """Say how old the fit is."""
    told = frame.attrs
    if told["fitted_to"] is None:
        return "None of these series was fitted; each is forecast from the rows it brings."
    rows, to = told["rows_since_fit"], str(told["fitted_to"]).removesuffix(" 00:00:00")
    if rows == 0:
        return f"Fitted on rows up to {to}; the forecast starts right after them."
    last = str(told["last_row"]).removesuffix(" 00:00:00")
    return (
        f"Fitted on rows up to {to}; the forecast starts after {last}, {rows} "
        f"row{'s' if rows > 1 else ''} later, without new training."
    )


def _fit_summary(forecaster: Forecaster, source: Source, model: Path) -> dict[str, Any]:
    fitted, last = forecaster.learned(), plain_rows(forecaster.history_.tail(1))
    return {
        "model": str(model),
        "cell": forecaster.label,
        "data": {"source": source.name, "target": source.target, "rows": len(source.rows)},
        "settings": asdict(forecaster.settings),
        "parameters": forecaster.parameter_count,
        "epochs": len(forecaster.history_),
        "best_epoch": fitted.best_epoch,
        "stopped_by": fitted.stopped_by,
        "seconds": fitted.seconds,
        "engine": fitted.engine,
        "last_epoch": last[0] if last else None,
        "gradient": plain_rows(gradient_findings(forecaster)) if is_recorded(forecaster) else [],
    }
