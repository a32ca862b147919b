"""The options of a network, which several commands share."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Annotated, Any, TypeVar

import typer

from forecast.cli import options
from forecast.errors import SettingError
from forecast.models.presets import preset
from forecast.models.settings import ForecasterSettings
from forecast.nn.optimizers import Optimizer

CONTEXT = "context"  # Typer's own; Click's is another one where Typer brings its own Click
KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY

Command = TypeVar("Command", bound=Callable[..., Any])

_KINDS: dict[str, Any] = {
    "timesteps": options.Timesteps,
    "hidden_units": options.HiddenUnits,
    "horizon": options.Horizon,
    "layers": options.Layers,
    "dilation": Annotated[
        list[int], typer.Option(help="Steps back that a layer's state comes from; one a layer.")
    ],
    "residual_links": Annotated[
        bool, typer.Option("--residual-links", help="Upper layers add their input to their output.")
    ],
    "segment": Annotated[
        int, typer.Option(min=1, help="Rows of the window in one step of the network.")
    ],
    "decoder": Annotated[
        str, typer.Option(help="dense, or parallel (each segment ahead by itself).")
    ],
    "activation": Annotated[str, typer.Option(help="tanh, relu, linear or sigmoid.")],
    "reset_after": Annotated[
        bool,
        typer.Option(
            "--reset-after/--no-reset-after", help="GRU: where the reset gate acts, as in Keras."
        ),
    ],
    "dropout": options.Dropout,
    "strategy": Annotated[str, typer.Option(help="direct (all rows ahead at once) or recursive.")],
    "past_covariate": Annotated[
        list[str], typer.Option(help="A column known up to now; repeat for several.")
    ],
    "future_covariate": Annotated[
        list[str], typer.Option(help="A column also known ahead; repeat for several.")
    ],
    "static": Annotated[
        list[str], typer.Option(help="A column that is one value a series; repeat for several.")
    ],
    "calendar": Annotated[
        list[str],
        typer.Option(help="hour, weekday, monthday, yearday or month; repeat for several."),
    ],
    "transform": Annotated[
        str, typer.Option(help="none, difference, log, log_return, log_where_positive.")
    ],
    "seasonal_adjustment": Annotated[str, typer.Option(help="none, additive or multiplicative.")],
    "seasonal_test": Annotated[
        bool, typer.Option("--seasonal-test", help="Take a season out only where one shows.")
    ],
    "seasonal_lag": Annotated[
        list[int], typer.Option(help="Rows back that are read beside each row; repeat, rising.")
    ],
    "residual": Annotated[
        str, typer.Option(help="What is added to outputs: none, naive or seasonal_naive.")
    ],
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
    "gaps": Annotated[
        str, typer.Option(help="fill (read filled values) or drop (leave their windows out).")
    ],
    "input_noise": Annotated[
        float, typer.Option(min=0, help="Spread of noise on scaled inputs in training.")
    ],
    "local": Annotated[bool, typer.Option("--local", help="One small network for each series.")],
    "sampling": Annotated[
        str, typer.Option(help="windows (each once an epoch) or series (all count the same).")
    ],
    "recent": Annotated[
        int, typer.Option(min=0, help="Last training rows whose windows are used; 0: all.")
    ],
    "shortest": Annotated[
        int, typer.Option(min=0, help="Rows of a panel's window at least, padded; 0: whole ones.")
    ],
    "loss": options.Loss,
    "tilt": Annotated[float, typer.Option(help="Quantile that the loss pinball forecasts.")],
    "quantile": Annotated[
        list[float], typer.Option(help="That the loss quantile learns; repeat, with 0.5.")
    ],
    "epochs": options.Epochs,
    "steps_per_epoch": Annotated[
        int, typer.Option(min=0, help="Batches in an epoch; 0: all windows.")
    ],
    "batch_size": options.BatchSize,
    "learning_rate": options.LearningRate,
    "optimizer": options.Optimizer,
    "schedule": options.Schedule,
    "patience": options.Patience,
    "clip_norm": options.ClipNorm,
    "average_epochs": Annotated[
        int, typer.Option(min=1, help="Last epochs whose weights are averaged.")
    ],
    "validation": options.Validation,
    "calibration": options.Calibration,
    "refit": Annotated[
        bool, typer.Option("--refit", help="Train once more on all rows after calibration.")
    ],
    "record_gradients": Annotated[
        bool, typer.Option("--record-gradients", help="Note each epoch's gradient by lag.")
    ],
    "seed": options.Seed,
    "seeds": Annotated[
        int, typer.Option(min=1, help="Networks to train; their median is the forecast.")
    ],
    "engine": options.Engine,
    "threads": options.Threads,
    "dtype": Annotated[str, typer.Option(help="float32 or float64.")],
}
_PRESET = Annotated[
    str,
    typer.Option(
        help="Recipe of settings that are not named: yearly, quarterly, monthly, weekly, daily or "
        "hourly.",
        show_default="none",
    ),
]
_LISTS = {
    "past_covariate": "past_covariates",
    "future_covariate": "future_covariates",
    "quantile": "quantiles",
    "dilation": "dilations",
    "seasonal_lag": "seasonal_lags",
}
_PLAIN_LISTS = ("calendar", "static")
_NONE_FOR_ZERO = (
    "patience", "clip_norm", "threads", "season", "frequency", "recent", "steps_per_epoch",
    "shortest",
    "dilations",
)  # fmt: skip


def takes_network(command: Command) -> Command:
    """Give a command the options of a network in place of its `**network`."""
    signature = inspect.signature(command)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    more = [
        inspect.Parameter(name, KEYWORD_ONLY, default=_default(name), annotation=kind)
        for name, kind in {"preset": _PRESET, **_KINDS}.items()
    ]

    asks = any(p.name == CONTEXT for p in own)
    if not asks:
        own.append(inspect.Parameter(CONTEXT, KEYWORD_ONLY, annotation=typer.Context))

    @wraps(command)
    def shown(**given: Any) -> Any:
        context = given[CONTEXT] if asks else given.pop(CONTEXT)
        return command(**_with_preset(given, context))

    keyword = [p.replace(kind=KEYWORD_ONLY) for p in own]
    # Typer reads the signature and the annotations; both list the options one by one.
    shown.__signature__ = signature.replace(parameters=[*keyword, *more])  # type: ignore[attr-defined]
    shown.__annotations__ = {p.name: p.annotation for p in (*keyword, *more)}
    return shown  # type: ignore[return-value]


def _with_preset(given: dict[str, Any], context: typer.Context) -> dict[str, Any]:
    """Return options with those of a preset where the command line names none.

    Raises:
        SettingError: there is no such preset.
    """
    name = given.pop("preset")
    if not name:
        return given
    chosen = preset(name)
    for option in _KINDS:
        setting = _LISTS.get(option, option)
        if setting in chosen and not is_said(context, option):
            given[option] = _as_option(option, chosen[setting])
    return given


def is_said(context: typer.Context, option: str) -> bool:
    """Say whether an option stands on the command line."""
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"


def _default(name: str) -> Any:
    if name == "preset":
        return ""
    return _as_option(name, getattr(ForecasterSettings(), _LISTS.get(name, name)))


def _as_option(name: str, usual: Any) -> Any:
    """Return a setting as its option has it: 0 or nothing for None, a list for a tuple."""
    if name in _LISTS or name in _PLAIN_LISTS:
        return list(usual or ())
    if name == "frequency":
        return ""
    return 0 if usual is None else usual


def network_settings(network: dict[str, Any]) -> dict[str, Any]:
    """Return the forecaster's settings from the options; 0 stands for None in some.

    A column that nobody named is no covariate here.
    """
    settings = {_LISTS.get(name, name): value for name, value in network.items()}
    settings["optimizer"] = _optimizer(settings["optimizer"])
    return settings | {name: settings[name] or None for name in _NONE_FOR_ZERO}


def _optimizer(text: str) -> str | Optimizer:
    """Return the optimizer that an option names, with its constants where it gives any.

    Raises:
        SettingError: it is none, or has no such constant.
    """
    name, *given = text.split(",")
    if not given:
        return name
    constants: dict[str, Any] = {}
    for one in given:
        key, _, value = one.partition("=")
        constants[key.strip()] = _constant(key.strip(), value.strip())
    return Optimizer(name, **constants)


def _constant(name: str, text: str) -> float | bool:
    kinds = {one.name: one.default for one in fields(Optimizer) if one.name != "name"}
    is_switch = isinstance(kinds.get(name), bool)
    if is_switch and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        if name in kinds and not is_switch:
            return float(text)
    except ValueError:
        pass
    raise SettingError(
        f"`--optimizer` takes {', '.join(kinds)} after its name; got {f'{name}={text}'!r}. Write "
        "it as in sgd,momentum=0.9,nesterov=true."
    )
