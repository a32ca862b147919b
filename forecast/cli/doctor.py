"""`doctor`: what is in a file, what would be mended, and whether it can be trained on."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from forecast.cli import options
from forecast.cli.output import print_json, print_lines, print_table
from forecast.cli.sources import SAMPLE, WEATHER, YAHOO
from forecast.cli.writing import check_writable, write_table
from forecast.data.lengths import series_lengths
from forecast.data.panel import is_long
from forecast.data.read_report import Examination
from forecast.data.readers import default_target, doctor
from forecast.data.repairs import AUTO, Repairs
from forecast.data.resampling import resample
from forecast.data.samples import open_sample
from forecast.data.series import prepare
from forecast.errors import DataError
from forecast.evaluation.plain import plain_rows
from forecast.models.preflight import fewest_rows, preflight, preflight_rows
from forecast.models.settings import ForecasterSettings

NOTHING = "none"
MOST_COLUMNS, NAMED = 20, 5  # columns that readiness is told of; series that are named


def examine(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A CSV or Parquet file, or sample:NAME.", show_default=False
        ),
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
        str,
        typer.Option(help="Repeated timestamps: auto, last, first, mean, sum, min, max, refuse."),
    ] = AUTO,
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
        _opened(file), time=time, target=target, decimal=decimal, unique_id=unique_id,
        layout=layout, time_zone=time_zone, repairs=chosen,
    )  # fmt: skip
    found.data.attrs.clear()  # pandas copies them deeply at every step
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


def _opened(file: str) -> Any:
    """Return a path, or a bundled file that `sample:NAME` names.

    Raises:
        DataError: there is no such sample, or the data does not come from a file.
    """
    if file.startswith((YAHOO, WEATHER)):
        raise DataError(f"{file} is no file. What is fetched was checked already; compare it.")
    return open_sample(file.removeprefix(SAMPLE)) if file.startswith(SAMPLE) else file


def _readiness(data: Any, settings: ForecasterSettings) -> list[dict[str, Any]]:
    """Return how many windows each column, or each series of a panel, leaves; or why none."""
    if is_long(data):
        return [_of_panel(data, settings)]
    if not isinstance(data, pd.DataFrame):
        return [_of_one(str(data.name), data, settings)]
    names = [str(name) for name in data.select_dtypes("number")]
    if not names:
        said = "no: no column holds numbers."
        return [{"name": None, "ready": False, "said": said}]
    try:
        names = [default_target(data)]
    except DataError:  # several, and none that is clear
        left_out = len(names) - MOST_COLUMNS
        told = [_of_one(name, data[name], settings) for name in names[:MOST_COLUMNS]]
        more = {"name": None, "ready": True, "said": f"{left_out:,} more columns of numbers."}
        return [*told, more] if left_out > 0 else told
    return [_of_one(names[0], data[names[0]], settings)]


def _of_one(name: str, data: Any, settings: ForecasterSettings) -> dict[str, Any]:
    try:
        check = preflight(prepare(data), settings)
    except DataError as error:
        return {"name": name, "ready": False, "said": f"{name}: no. {error}"}
    windows = check.windows.get("train", 0)
    told = {"name": name, "ready": check.enough, "windows": windows, "needed": check.needed}
    return {**told, "said": f"{name}: {check.formula()}"}


def _of_panel(data: pd.DataFrame, settings: ForecasterSettings) -> dict[str, Any]:
    """Say it of many series by their lengths, from the first value on; gaps count as rows."""
    try:
        target = default_target(data.drop(columns=["unique_id", "ds"]))
        rows = series_lengths(data, target)
    except DataError as error:
        return {"name": "y", "ready": False, "said": f"no. {error}"}
    checks = {length: preflight_rows(length, settings) for length in set(rows)}
    short = [str(one) for one, length in rows.items() if not checks[length].enough]
    windows = sum(checks[length].windows.get("train", 0) for length in rows)
    needed = fewest_rows(settings)
    told = {"name": target, "ready": len(short) < len(rows), "windows": windows}
    said = f"{len(rows):,} series leave {windows:,} training windows"
    if short:
        more = " …" if len(short) > NAMED else ""
        are = "1 is" if len(short) == 1 else f"{len(short):,} are"
        said += (
            f"; {are} too short for one, below {needed:,} rows: {', '.join(short[:NAMED])}{more}"
        )
    return {**told, "needed": needed, "short": short, "said": f"{said}."}
