"""The verbs."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from forecast.cli import options
from forecast.cli.export import export
from forecast.cli.output import epoch_bars, print_json, print_lines, print_table, records
from forecast.cli.sources import Source, read_source
from forecast.cli.warmup import compile_kernels
from forecast.data.samples import samples as bundled_samples
from forecast.errors import DataError
from forecast.evaluation.compare import compare as compare_cells
from forecast.files import write_whole
from forecast.models.forecaster import Forecaster
from forecast.nn.cells import cell_named

app = typer.Typer(
    name="forecast",
    help="Train SimpleRNN, GRU and LSTM on time series, and compare them with a naive forecast.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(epilog="Example: python -m forecast samples --json")
def samples(json: options.Json = False) -> None:
    """List the bundled series."""
    table = bundled_samples()
    if json:
        print_json(records(table))
    else:
        print_table(table[["name", "rows", "frequency", "target", "source", "licence"]])


@app.command(
    epilog="Example: python -m forecast compare sample:sp500 --timesteps 24 --cell gru --cell lstm"
)
def compare(
    data: options.Data,
    cell: Annotated[list[str], typer.Option(help="A cell; repeat for several.")] = [  # noqa: B006  (Typer reads it; nothing changes it)
        "simple_rnn",
        "gru",
        "lstm",
    ],
    timesteps: options.Timesteps = 24,
    hidden_units: options.HiddenUnits = 64,
    horizon: options.Horizon = 1,
    layers: options.Layers = 1,
    dropout: options.Dropout = 0.0,
    scaling: options.Scaling = "window",
    loss: options.Loss = "mse",
    epochs: options.Epochs = 100,
    batch_size: options.BatchSize = 32,
    learning_rate: options.LearningRate = 1e-3,
    optimizer: options.Optimizer = "adam",
    schedule: options.Schedule = "constant",
    patience: options.Patience = 10,
    clip_norm: options.ClipNorm = 1.0,
    validation: options.Validation = 0.15,
    calibration: options.Calibration = 0.15,
    test: Annotated[float, typer.Option(help="Share of the rows in the test part.")] = 0.2,
    seed: options.Seed = 0,
    engine: options.Engine = "auto",
    threads: options.Threads = 0,
    time: options.Time = None,
    decimal: options.Decimal = None,
    target: options.Target = None,
    series: options.Series = None,
    out: options.Out = None,
    json: options.Json = False,
) -> None:
    """Compare cells with each other and with naive forecasts on the last rows of a series."""
    given = _network_settings(locals())
    source = read_source(data, time=time, target=target, series=series, decimal=decimal)
    if out is not None:
        _check_writable(out)
    labels = [cell_named(one).label for one in cell]
    with epoch_bars(labels, epochs) as on_epoch:
        result = compare_cells(source.series, cells=cell, test=test, on_epoch=on_epoch, **given)
    shown = result.to_dict()
    if out is not None:
        _write_csv(out, result.predictions)
    if json:
        origin = {"source": source.name, "target": source.target}
        print_json(shown | {"data": origin | shown["data"]})
        return
    print_lines(_headline(source, shown["data"]), "")
    print_table(result.table, spare=SPARE)
    print_lines("", result.verdict)


@app.command(
    epilog="Example: python -m forecast fit sample:air_passengers --cell gru --timesteps 12 "
    "--horizon 12 --model passengers.safetensors"
)
def fit(
    data: options.Data,
    model: Annotated[Path, typer.Option(help="File to write the fitted model to.")],
    cell: Annotated[str, typer.Option(help="simple_rnn, gru or lstm.")] = "gru",
    timesteps: options.Timesteps = 24,
    hidden_units: options.HiddenUnits = 64,
    horizon: options.Horizon = 1,
    layers: options.Layers = 1,
    dropout: options.Dropout = 0.0,
    scaling: options.Scaling = "window",
    loss: options.Loss = "mse",
    epochs: options.Epochs = 100,
    batch_size: options.BatchSize = 32,
    learning_rate: options.LearningRate = 1e-3,
    optimizer: options.Optimizer = "adam",
    schedule: options.Schedule = "constant",
    patience: options.Patience = 10,
    clip_norm: options.ClipNorm = 1.0,
    validation: options.Validation = 0.15,
    calibration: options.Calibration = 0.15,
    seed: options.Seed = 0,
    engine: options.Engine = "auto",
    threads: options.Threads = 0,
    time: options.Time = None,
    decimal: options.Decimal = None,
    target: options.Target = None,
    series: options.Series = None,
    json: options.Json = False,
) -> None:
    """Fit one forecaster to a series and save it."""
    forecaster = Forecaster(cell, **_network_settings(locals()))
    _check_writable(model)
    source = read_source(data, time=time, target=target, series=series, decimal=decimal)
    with epoch_bars([forecaster.label], epochs) as bar:
        told = None if bar is None else lambda progress: bar(forecaster.label, progress)
        forecaster.fit(source.series, on_epoch=told)
    forecaster.save(model)
    said = _fit_summary(forecaster, source, model)
    if json:
        print_json(said)
        return
    print_lines(
        f"{said['cell']} on {source.name} ({source.target}): {said['epochs']} epochs in "
        f"{said['seconds']:.1f} s, ended by {said['stopped_by']}; best epoch {said['best_epoch']}.",
        f"Model written to {model}",
    )


@app.command(
    epilog="Example: python -m forecast predict passengers.safetensors --horizon 12 --level 80"
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
    level: Annotated[
        list[float], typer.Option(help="Interval level in percent; repeat for several.")
    ] = [],  # noqa: B006  (Typer reads it; nothing changes it)
    time: options.Time = None,
    decimal: options.Decimal = None,
    target: options.Target = None,
    series: options.Series = None,
    out: options.Out = None,
    json: options.Json = False,
) -> None:
    """Forecast with a saved model, after the rows it was fitted on or after newer ones."""
    forecaster = Forecaster.load(model)
    newer = None
    if data is not None:
        newer = read_source(data, time=time, target=target, series=series, decimal=decimal).series
    frame = forecaster.predict(horizon, level=tuple(level), data=newer)
    if out is not None:
        _write_csv(out, frame)
    if json:
        settings = asdict(forecaster.settings)
        print_json({"model": str(model), "settings": settings, "forecast": records(frame)})
    else:
        print_table(frame)


# Columns that a narrow terminal does without, first to go first.
@app.command(epilog="Example: python -m forecast warmup")
def warmup(json: options.Json = False) -> None:
    """Compile the fast engine for this machine, so that no later run has to wait for it."""
    said = compile_kernels()
    if json:
        print_json(said)
        return
    compiled = [name for name, seconds in said["kernels"].items() if seconds > 0]
    done = f"Compiled {len(compiled)} kernels in {said['seconds']:.1f} s."
    print_lines(
        done if compiled else "All kernels were compiled before.", f"They lie in {said['folder']}"
    )


app.command(
    epilog="Example: python -m forecast export passengers.safetensors --onnx passengers.onnx"
)(export)

SPARE = ("verdict", "epochs", "parameters", "rmse", "smape", "seconds")

_NETWORK = (
    "timesteps",
    "hidden_units",
    "horizon",
    "layers",
    "dropout",
    "scaling",
    "loss",
    "epochs",
    "batch_size",
    "learning_rate",
    "optimizer",
    "schedule",
    "validation",
    "calibration",
    "seed",
    "engine",
)
_NONE_FOR_ZERO = ("patience", "clip_norm", "threads")


def _network_settings(arguments: dict[str, Any]) -> dict[str, Any]:
    """Pick the forecaster's settings out of a command's arguments; 0 stands for None in three."""
    chosen = {name: arguments[name] for name in _NETWORK}
    return chosen | {name: arguments[name] or None for name in _NONE_FOR_ZERO}


def _headline(source: Source, data: dict[str, Any]) -> str:
    parts = {name: part["rows"] for name, part in data["parts"].items()}
    split = ", ".join(f"{rows} {name}" for name, rows in parts.items())
    name = source.name if source.target == source.name else f"{source.name}, {source.target}"
    return (
        f"{name}: {data['rows']} rows, {data['frequency']}, {data['first'][:10]} to "
        f"{data['last'][:10]}, season {data['season']}, {data['filled']} filled ({split})"
    )


def _fit_summary(forecaster: Forecaster, source: Source, model: Path) -> dict[str, Any]:
    fitted, last = forecaster.learned(), records(forecaster.history_.tail(1))
    return {
        "model": str(model),
        "cell": forecaster.label,
        "data": {"source": source.name, "target": source.target, "rows": len(source.series)},
        "settings": asdict(forecaster.settings),
        "parameters": forecaster.parameter_count,
        "epochs": len(forecaster.history_),
        "best_epoch": fitted.best_epoch,
        "stopped_by": fitted.stopped_by,
        "seconds": fitted.seconds,
        "engine": fitted.engine,
        "last_epoch": last[0] if last else None,
    }


def _check_writable(path: Path) -> None:
    """Find out before the work whether its result can be written.

    Raises:
        DataError: there is no such folder, it may not be written to, or `path` is a folder.
    """
    if not path.parent.is_dir():
        raise DataError(f"There is no folder {str(path.parent)!r} to write to. Make it first.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise DataError(f"Cannot write {str(path)!r}. Name a file in a folder you may write to.")


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    try:
        write_whole(path, frame.to_csv(index=False).encode())
    except OSError as error:
        raise DataError(f"Cannot write {str(path)!r}: {error.strerror or error}.") from error
