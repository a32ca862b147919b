"""`doctor`: what is in a file, what would be mended, and whether it can be trained on."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from forecast.cli import options
from forecast.cli.output import print_json, print_lines, print_table
from forecast.cli.writing import check_writable, write_table
from forecast.data.panel import Panel, is_long, prepare_panel
from forecast.data.read_report import Examination
from forecast.data.readers import default_target, doctor
from forecast.data.repairs import AUTO, Repairs
from forecast.data.resampling import resample
from forecast.errors import DataError
from forecast.evaluation.plain import plain_rows
from forecast.models.preflight import preflight
from forecast.models.settings import ForecasterSettings

NOTHING = "none"


def examine(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A CSV or Parquet file.", show_default=False)
    ],
    time: options.Time = None,
    target: options.Target = None,
    decimal: options.Decimal = None,
    unique_id: Annotated[
        str | None, typer.Option(help="Column that names the series; found if not given.")
    ] = None,
    layout: Annotated[
        str, typer.Option(help="auto; long: each column of numbers is a series; wide: no panel.")
    ] = "auto",
    time_zone: Annotated[
        str | None, typer.Option(help="Of timestamps without one, such as Europe/Berlin.")
    ] = None,
    order: Annotated[str, typer.Option(help="Rows out of order: sort or refuse.")] = "sort",
    duplicates: Annotated[
        str, typer.Option(help="Repeated timestamps: last, first, mean, sum, min, max or refuse.")
    ] = "last",
    blanks: Annotated[
        str, typer.Option(help="Blank cells: leave, forward, drop or refuse.")
    ] = "leave",
    gaps: Annotated[
        str, typer.Option(help="Missing timestamps: leave, insert, forward or refuse.")
    ] = "leave",
    calendar: Annotated[
        str, typer.Option(help="Exchange whose trading days there should be: auto, XNYS …, none.")
    ] = AUTO,
    every: Annotated[
        str | None, typer.Option(help="Resample to this frequency: h, D, W, MS …")
    ] = None,
    how: Annotated[
        str, typer.Option(help="With --every: mean, last, first, sum, min, max or median.")
    ] = "mean",
    timesteps: options.Timesteps = 24,
    horizon: options.Horizon = 1,
    out: Annotated[
        Path | None, typer.Option(help="Write the mended table to this .csv or .parquet file.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Examine a file: what was found, what is mended, and how many windows it leaves.

    A repair that is set to refuse ends with an error that names the line.
    """
    if out is not None:
        check_writable(out)
    chosen = Repairs(order, duplicates, blanks, gaps, None if calendar == NOTHING else calendar)
    found = doctor(
        file, time=time, target=target, decimal=decimal, unique_id=unique_id, layout=layout,
        time_zone=time_zone, repairs=chosen,
    )  # fmt: skip
    data = found.data if every is None else resample(found.data, every, how=how)
    ready = _readiness(data, ForecasterSettings(timesteps=timesteps, horizon=horizon))
    if out is not None:
        write_table(out, data)
    if json:
        tables = {"before": plain_rows(found.before), "after": plain_rows(found.after)}
        print_json({"file": file, **found.report.to_dict(), **tables, "preflight": ready})
        return
    _print(found, ready)


def _print(found: Examination, ready: list[dict[str, Any]]) -> None:
    facts = list(found.report.facts())
    width = max(len(name) for name, _ in facts)
    print_lines("Found", *(f"  {name:<{width}}  {value}" for name, value in facts))
    repairs = [f"  {one.name} ({one.method}): {one.said}" for one in found.report.repairs]
    print_lines("", "Repairs", *(repairs or ["  Nothing had to be mended."]))
    remarks = found.report.remarks()
    if remarks:
        print_lines("", "Remarks", *(f"  {note}" for note in remarks))
    if repairs:
        print_lines("", "Before")
        print_table(found.before)
        print_lines("", "After")
        print_table(found.after)
    print_lines("", "Ready to train?", *(f"  {one['said']}" for one in ready))


def _readiness(data: Any, settings: ForecasterSettings) -> list[dict[str, Any]]:
    """Return how many windows each column, or each series of a panel, leaves; or why none."""
    if isinstance(data, pd.DataFrame) and not is_long(data):
        numbers = data.select_dtypes("number")
        try:
            names = [default_target(data)]
        except DataError:
            names = [str(name) for name in numbers]
        return [_of_one(name, numbers[name], settings) for name in names]
    name = "y" if isinstance(data, pd.DataFrame) else str(data.name)
    return [_of_one(name, data, settings)]


def _of_one(name: str, data: Any, settings: ForecasterSettings) -> dict[str, Any]:
    try:
        if is_long(data):
            target = default_target(data.drop(columns=["unique_id", "ds"]))
            data = data[["unique_id", "ds", target]].rename(columns={target: "y"})
        panel = prepare_panel(data)
    except DataError as error:
        return {"name": name, "ready": False, "said": f"{name}: no. {error}"}
    return _of_panel(name, panel, settings)


def _of_panel(name: str, panel: Panel, settings: ForecasterSettings) -> dict[str, Any]:
    checks = [preflight(series, settings) for series in panel.each()]
    short = [str(one) for one, check in zip(panel.ids, checks, strict=True) if not check.enough]
    windows = sum(check.windows.get("train", 0) for check in checks)
    told = {"name": name, "ready": len(short) < len(checks), "windows": windows}
    if len(checks) == 1:
        return {**told, "needed": checks[0].needed, "said": f"{name}: {checks[0].formula()}"}
    said = f"{len(checks):,} series leave {windows:,} training windows"
    if short:
        more = " …" if len(short) > 5 else ""
        are = "1 is" if len(short) == 1 else f"{len(short):,} are"
        said += (
            f"; {are} too short for one, below {checks[0].needed:,} rows: "
            f"{', '.join(short[:5])}{more}"
        )
    return {**told, "needed": checks[0].needed, "short": short, "said": f"{said}."}
