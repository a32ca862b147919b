"""Code that makes a kept run again, to the bit: as Python and as commands.

Names come from people and go through `repr` or `shlex.quote`; nothing else of theirs is shown.
"""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from forecast.data.panel import Panel, as_panel
from forecast.data.series import TimeSeries
from forecast.nn.optimizers import Optimizer
from forecast.storage.calls import Call, Calls, asked_settings, calls_of
from forecast.storage.origin import Inputs, Origin, inputs_of, origin_of
from forecast.storage.records import KeptRun
from forecast.storage.series_csv import FILE

TEST = 0.2  # share of the test part unless another is named
PROGRAM = "python -m forecast compare"
LISTS = {  # options that are repeated
    "calendar": "calendar", "quantiles": "quantile", "static": "static", "dilations": "dilation",
    "seasonal_lags": "seasonal-lag",
}  # fmt: skip
SWITCHES = {  # for what is not the default
    "refit": "--refit", "reset_after": "--no-reset-after", "residual_links": "--residual-links",
    "seasonal_test": "--seasonal-test", "local": "--local",
    "record_gradients": "--record-gradients",
}  # fmt: skip


def as_python(run: KeptRun, series: TimeSeries | Panel) -> str:
    """Return Python that makes a run again.

    Args:
        run: with its histories, as `RunStore.find` returns it.
        series: as `RunStore.series` returns it.

    Raises:
        SettingError: a setting is none of this version's.
    """
    calls, origin, inputs = _found(run, series)
    settings = _python_settings(run, series, origin, inputs)
    lines = [f"# {one}" for one in _remarks(run, calls, origin)]
    lines += _imports(origin, calls)
    lines += ["", *origin.python, *_python_calls(calls, settings)]
    return "\n".join(lines) + "\n"


def as_command(run: KeptRun, series: TimeSeries | Panel) -> str:
    """Return commands of a POSIX shell that make a run again, one a line.

    Args:
        run: with its histories, as `RunStore.find` returns it.
        series: as `RunStore.series` returns it.

    Raises:
        SettingError: a setting is none of this version's.
    """
    calls, origin, inputs = _found(run, series)
    lines = [f"# {one}" for one in _remarks(run, calls, origin)]
    for call in calls.each:
        told = [*origin.command]
        for cell in call.cells:
            told += ["--cell", cell]
        for option, names in (("past", inputs.past), ("future", inputs.future)):
            for name in names:
                told += [f"--{option}-covariate", origin.names[name]]
        told += _command_settings(_named(origin, call.settings))
        told += _shared(run, call)
        lines.append(f"{PROGRAM} {' '.join(_quoted(told))}")
    return "\n".join(lines) + "\n"


def _found(run: KeptRun, series: TimeSeries | Panel) -> tuple[Calls, Origin, Inputs]:
    settings = asked_settings(run.asked)
    origin = origin_of(run.source, series, settings, run.asked.get("test", TEST))
    return calls_of(run, series), origin, inputs_of(settings, series)


def _remarks(run: KeptRun, calls: Calls, origin: Origin) -> list[str]:
    """Return what a reader has to know."""
    known = [
        f"{name} {run.versions[name]}"
        for name in ("forecast", "numpy", "numba")
        if name in run.versions
    ]
    said = [f"To the bit with {', '.join(known)} on the same kind of machine."] if known else []
    if origin.command[0] == FILE:
        said.append(f"{FILE} is in the download of the run.")
    return [*said, *calls.notes, *([origin.note] if origin.note else [])]


def _imports(origin: Origin, calls: Calls) -> list[str]:
    lines = ["import pandas as pd", ""] if any("pd." in one for one in origin.python) else []
    lines.append("import forecast as fc")
    if any(isinstance(call.settings.get("optimizer"), Optimizer) for call in calls.each):
        lines.append("from forecast.nn.optimizers import Optimizer")
    return lines


def _named(origin: Origin, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the frequency that the rows do not tell by themselves."""
    return {**settings, "frequency": origin.frequency} if origin.frequency else dict(settings)


def _python_settings(
    run: KeptRun, series: TimeSeries | Panel, origin: Origin, inputs: Inputs
) -> dict[str, Any]:
    """Return the arguments that all calls of a run share."""
    shared: dict[str, Any] = {}
    if inputs.all:
        shared = {"target": as_panel(series).flat.name, "past_covariates": inputs.past}
        shared |= {"future_covariates": inputs.future} if inputs.future else {}
    if origin.frequency:
        shared["frequency"] = origin.frequency
    test = run.asked.get("test", TEST)
    return shared if test == TEST else shared | {"test": test}


def _python_calls(calls: Calls, shared: Mapping[str, Any]) -> list[str]:
    if calls.vary is not None:
        values = tuple(call.value for call in calls.each)
        return [
            "results = {}",
            f"for {calls.vary} in {values!r}:",
            *_python_call("    ", f"results[{calls.vary}] = ", calls.each[0], shared, calls.vary),
            f"    print({calls.vary}, results[{calls.vary}].verdict)",
        ]
    if len(calls.each) == 1:
        return [
            *_python_call("", "result = ", calls.each[0], shared),
            "print(result.table)",
            "print(result.verdict)",
        ]
    lines = ["results = []"]
    for call in calls.each:
        lines += _python_call("", "results.append(", call, shared, closed=")")
    return [
        *lines,
        "for result in results:",
        "    print(result.table)",
        "    print(result.verdict)",
    ]


def _python_call(
    indent: str,
    made: str,
    call: Call,
    shared: Mapping[str, Any],
    vary: str | None = None,
    closed: str = "",
) -> list[str]:
    """Return the lines of one call; a varied setting is the variable of the loop around it."""
    arguments = {"cells": call.cells, **shared, **call.settings}
    if call.fair != "units":
        arguments["fair"] = call.fair
    if call.seconds is not None:
        arguments["seconds"] = call.seconds
    lines = [f"{name}={name if name == vary else repr(one)}," for name, one in arguments.items()]
    return [
        f"{indent}{made}fc.compare(",
        *(f"{indent}    {line}" for line in ("y,", *lines)),
        f"{indent}){closed}",
    ]


def _command_settings(settings: Mapping[str, Any]) -> list[str]:
    """Return settings as options; None is 0 there."""
    told: list[str] = []
    for name, one in settings.items():
        if name in SWITCHES:
            told.append(SWITCHES[name])
        elif name in LISTS:
            for item in one or ():
                told += [f"--{LISTS[name]}", str(item)]
        else:
            told += [f"--{name.replace('_', '-')}", _told(one)]
    return told


def _told(value: Any) -> str:
    """Return a value as an option takes it."""
    if isinstance(value, Optimizer):
        usual = vars(Optimizer(value.name))
        changed = [f"{k}={v}" for k, v in vars(value).items() if v != usual[k]]
        return ",".join([value.name, *changed])
    return "0" if value is None else str(value)


def _shared(run: KeptRun, call: Call) -> list[str]:
    test = run.asked.get("test", TEST)
    told = [] if test == TEST else ["--test", str(test)]
    if call.fair != "units":
        told += ["--fair", call.fair]
    return told if call.seconds is None else [*told, "--fair-seconds", str(call.seconds)]


def _quoted(words: Iterable[str]) -> list[str]:
    return [shlex.quote(word) for word in words]
