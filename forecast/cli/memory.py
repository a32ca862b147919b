"""`memory`: how far back a saved model looks, and where its gradient goes."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from forecast.cli import options
from forecast.cli.output import print_json, print_lines, print_table
from forecast.cli.sources import read_source
from forecast.cli.writing import check_writable, write_table
from forecast.errors import TooFewRowsError
from forecast.evaluation.plain import plain, plain_rows
from forecast.insight.effective_memory import SHARES, EffectiveMemory, effective_memory
from forecast.insight.flow import GradientFlow, gradient_flow
from forecast.insight.influence import METHODS, Influence, influence
from forecast.insight.jacobian import Jacobian, jacobian
from forecast.models.forecaster import Forecaster

MOST_STEPS = 24  # Jacobians, evenly spread over the window
SCALED = "the network's own inputs and outputs, as its scaling makes them"


def memory(
    model: Annotated[Path, typer.Argument(help="A model that `fit` wrote.", show_default=False)],
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]",
            help=f"Rows to take windows from; the last window if not given: {options.DATA_HELP}",
        ),
    ] = None,
    method: Annotated[str, typer.Option(help=f"{' or '.join(METHODS)} (gradients).")] = METHODS[0],
    windows: Annotated[int, typer.Option(min=1, help="Windows to average over, at most.")] = 128,
    time: options.Time = None,
    decimal: options.Decimal = None,
    target: options.Target = None,
    series: options.Series = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write the influence by lag: *.parquet or *.pq, else CSV."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Show how far back a saved model looks, and what becomes of its gradient."""
    forecaster = Forecaster.load(model)
    if out is not None:
        check_writable(out)
    rows = None if data is None else _rows(forecaster, data, time, decimal, target, series)
    found = influence(forecaster, rows, method=method, windows=windows)
    kept = effective_memory(found, shares=SHARES)
    flow = _flow(forecaster, rows, windows)
    states = jacobian(forecaster, rows, steps=MOST_STEPS)
    if out is not None:
        write_table(out, found.table)
    if json:
        told = {"model": str(model), "settings": asdict(forecaster.settings)}
        print_json(told | _plain(found, kept, flow, states))
        return
    print_lines(kept.said, kept.advice.said, *states.said.values())
    if flow is not None:
        print_lines(*(_said_of(flow, name) for name in flow.layers))
    print_lines("", "Rows that hold so many percent of the influence, by step ahead:")
    print_table(kept.table)
    counted = f"{found.windows} window{'s' if found.windows > 1 else ''}"
    print_lines("", f"Means over {counted}, taken on {SCALED}.")


def _rows(
    forecaster: Forecaster,
    data: str,
    time: str | None,
    decimal: str | None,
    target: str | None,
    series: str | None,
) -> Any:
    """Read the rows that windows are taken from."""
    fitted, settings = forecaster.learned(), forecaster.settings
    return read_source(
        data, time=time, target=target or settings.target, series=series, decimal=decimal,
        many=fitted.tail.long, long=fitted.tail.long,
        covariates=fitted.recipe.columns, static=settings.static,
    ).rows  # fmt: skip


def _flow(forecaster: Forecaster, rows: Any, windows: int) -> GradientFlow | None:
    """Return the gradient flow; None where no rows are known after a window."""
    try:
        return gradient_flow(forecaster, rows, windows=windows)
    except TooFewRowsError:  # of the window itself, the influence has said so before
        return None


def _said_of(flow: GradientFlow, name: str) -> str:
    """Say what becomes of the gradient in a layer."""
    norms, ratio = flow.norms[name], flow.ratio[name]
    if np.isnan(ratio):
        return f"{name}: a window of one step, through which no gradient flows."
    first, last = (norms[-1], norms[0]) if name not in flow.turned else (norms[0], norms[-1])
    return (
        f"{name}: a step back, the gradient is {ratio:.3g} times as large; over the window it "
        f"goes from {first:.3g} to {last:.3g}."
    )


def _plain(
    found: Influence, kept: EffectiveMemory, flow: GradientFlow | None, states: Jacobian
) -> dict[str, Any]:
    """Return what was found as plain values."""
    advice = kept.advice
    return {
        "cell": found.label,
        "timesteps": found.timesteps,
        "method": found.method,
        "windows": found.windows,
        "taken_on": SCALED,
        "said": kept.said,
        "advice": {"timesteps": advice.timesteps, "said": advice.said},
        "effective_memory": {f"{share:g}": lag for share, lag in kept.lags.items()},
        "effective_memory_by_step": plain_rows(kept.table),
        "share_by_lag": found.share().tolist(),
        "influence": plain_rows(found.table),
        "gradient_flow": None if flow is None else _plain_flow(flow),
        "jacobian": {
            "regime": states.regime,
            "lyapunov": {name: plain(one) for name, one in states.lyapunov.items()},
            "steps": plain_rows(states.table),
        },
    }


def _plain_flow(flow: GradientFlow) -> dict[str, Any]:
    ratio = {name: None if np.isnan(one) else one for name, one in flow.ratio.items()}
    return {"loss": flow.loss, "ratio": ratio, "steps": plain_rows(flow.table)}
