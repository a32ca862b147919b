"""The options of a network, which several commands share."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, TypeVar

import typer

from forecast.cli import options
from forecast.models.settings import ForecasterSettings

Command = TypeVar("Command", bound=Callable[..., Any])

_KINDS: dict[str, Any] = {
    "timesteps": options.Timesteps,
    "hidden_units": options.HiddenUnits,
    "horizon": options.Horizon,
    "layers": options.Layers,
    "dropout": options.Dropout,
    "strategy": Annotated[str, typer.Option(help="direct (all rows ahead at once) or recursive.")],
    "past_covariate": Annotated[
        list[str], typer.Option(help="A column known up to now; repeat for several.")
    ],
    "future_covariate": Annotated[
        list[str], typer.Option(help="A column also known ahead; repeat for several.")
    ],
    "calendar": Annotated[
        list[str],
        typer.Option(help="hour, weekday, monthday, yearday or month; repeat for several."),
    ],
    "transform": Annotated[str, typer.Option(help="none, difference, log or log_return.")],
    "seasonal_adjustment": Annotated[str, typer.Option(help="none, additive or multiplicative.")],
    "season": Annotated[
        int, typer.Option(min=0, help="Rows in a season; 0: that of the frequency.")
    ],
    "frequency": Annotated[
        str,
        typer.Option(
            help="Of the rows: a pandas alias, or an exchange such as XNYS.",
            show_default="found in the rows",
        ),
    ],
    "scaling": options.Scaling,
    "loss": options.Loss,
    "epochs": options.Epochs,
    "batch_size": options.BatchSize,
    "learning_rate": options.LearningRate,
    "optimizer": options.Optimizer,
    "schedule": options.Schedule,
    "patience": options.Patience,
    "clip_norm": options.ClipNorm,
    "validation": options.Validation,
    "calibration": options.Calibration,
    "refit": Annotated[
        bool, typer.Option("--refit", help="Train once more on all rows after calibration.")
    ],
    "seed": options.Seed,
    "seeds": Annotated[
        int, typer.Option(min=1, help="Networks to train; their median is the forecast.")
    ],
    "engine": options.Engine,
    "threads": options.Threads,
}
_LISTS = {"past_covariate": "past_covariates", "future_covariate": "future_covariates"}
_NONE_FOR_ZERO = ("patience", "clip_norm", "threads", "season", "frequency")


def takes_network(command: Command) -> Command:
    """Give a command the options of a network in place of its `**network`."""
    signature = inspect.signature(command)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    more = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=_default(name), annotation=kind
        )
        for name, kind in _KINDS.items()
    ]

    @wraps(command)
    def shown(**given: Any) -> Any:
        return command(**given)

    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    # Typer reads the signature and the annotations; both list the options one by one.
    shown.__signature__ = signature.replace(parameters=[*keyword, *more])  # type: ignore[attr-defined]
    shown.__annotations__ = {p.name: p.annotation for p in (*keyword, *more)}
    return shown  # type: ignore[return-value]


def _default(name: str) -> Any:
    if name in _LISTS or name == "calendar":
        return []
    if name == "frequency":
        return ""
    usual = getattr(ForecasterSettings(), name)
    return 0 if usual is None else usual


def network_settings(network: dict[str, Any]) -> dict[str, Any]:
    """Return the forecaster's settings from the options; 0 stands for None in some.

    A column that nobody named is no covariate here.
    """
    settings = {_LISTS.get(name, name): value for name, value in network.items()}
    return settings | {name: settings[name] or None for name in _NONE_FOR_ZERO}
