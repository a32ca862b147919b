"""The verbs."""

import typer

from forecast.cli import options
from forecast.cli.backtesting import backtest
from forecast.cli.batching import batch
from forecast.cli.comparing import compare
from forecast.cli.doctor import examine
from forecast.cli.export import export
from forecast.cli.forecasting import fit, predict
from forecast.cli.memory import memory
from forecast.cli.output import print_json, print_lines, print_table
from forecast.cli.runs import app as runs
from forecast.cli.warmup import compile_kernels
from forecast.data.samples import samples as bundled_samples
from forecast.evaluation.plain import plain_rows

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
        print_json(plain_rows(table))
    else:
        print_table(table[["name", "rows", "frequency", "target", "source", "licence"]])


app.command(
    epilog="Example: python -m forecast compare sample:sp500 --timesteps 24 --cell gru --cell lstm"
)(compare)
app.command(
    epilog="Example: python -m forecast fit sample:air_passengers --cell gru --timesteps 12 "
    "--horizon 12 --model passengers.safetensors"
)(fit)
app.command(
    epilog="Example: python -m forecast predict passengers.safetensors --horizon 12 --level 80"
)(predict)
app.command(
    epilog="Example: python -m forecast memory passengers.safetensors sample:air_passengers"
)(memory)
app.command(
    epilog="Example: python -m forecast backtest sample:seattle_weather --cell gru --n-windows 30"
)(backtest)

app.command(
    epilog="Example: python -m forecast batch series.parquet --out forecasts --cell gru "
    "--horizon 12 --level 80"
)(batch)


app.command(
    "doctor", epilog="Example: python -m forecast doctor prices.csv --duplicates mean --out ok.csv"
)(examine)


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

app.add_typer(runs, name="runs")
