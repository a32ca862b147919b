"""The options that several commands share, each described once."""

from pathlib import Path
from typing import Annotated

import typer

DATA_HELP = (
    "sample:NAME, yahoo:TICKER, weather:PLACE or weather:LATITUDE,LONGITUDE, or the path of a CSV "
    "or Parquet file."
)

Data = Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP, show_default=False)]
Time = Annotated[str | None, typer.Option(help="Time column of a file; found if not given.")]
Target = Annotated[str | None, typer.Option(help="Column to forecast; a default if not given.")]
Decimal = Annotated[str | None, typer.Option(help="Decimal sign of a file; found if not given.")]
TimeZone = Annotated[
    str | None, typer.Option(help="Of timestamps in a file, such as Europe/Berlin.")
]
Numbered = Annotated[
    bool, typer.Option("--numbered", help="The rows of a CSV are numbered by --time, not dated.")
]
Series = Annotated[str | None, typer.Option(help="Which series of a panel, by its id.")]
Timesteps = Annotated[int, typer.Option(min=1, help="Length of the input window, in rows.")]
HiddenUnits = Annotated[int, typer.Option(min=1, help="Size of the hidden state.")]
Horizon = Annotated[int, typer.Option(min=1, help="Rows ahead.")]
Layers = Annotated[int, typer.Option(min=1, help="Recurrent layers.")]
Dropout = Annotated[float, typer.Option(help="Share dropped between layers, in [0, 1).")]
Scaling = Annotated[str, typer.Option(help="window, standard, minmax or none.")]
Loss = Annotated[str, typer.Option(help="mse, mae, huber, quantile or student_t.")]
Epochs = Annotated[int, typer.Option(min=1, help="Most passes over the training windows.")]
BatchSize = Annotated[int, typer.Option(min=1, help="Windows in one update.")]
LearningRate = Annotated[float, typer.Option(help="First learning rate, above 0.")]
Optimizer = Annotated[
    str,
    typer.Option(help="adam, rmsprop or sgd; constants after it, as in sgd,momentum=0.9."),
]
Schedule = Annotated[str, typer.Option(help="constant, cosine or plateau.")]
Patience = Annotated[
    int,
    typer.Option(min=0, help="Epochs without improvement before the end; 0 runs them all."),
]
ClipNorm = Annotated[float, typer.Option(min=0, help="Limit of the gradient norm; 0: none.")]
Validation = Annotated[float, typer.Option(help="Share of the rows that chooses the epoch.")]
Calibration = Annotated[float, typer.Option(help="Share of the rows that measures intervals.")]
Seed = Annotated[int, typer.Option(min=0, help="Of every source of randomness.")]
Engine = Annotated[str, typer.Option(help="auto, numba (compiled, float32) or numpy.")]
Threads = Annotated[
    int, typer.Option(min=0, help="Threads of one fit; 0: a sensible number. No result changes.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Also write the forecasts to a file: *.parquet or *.pq, else CSV."),
]
Levels = Annotated[list[float], typer.Option(help="Interval level in percent; repeat for several.")]
