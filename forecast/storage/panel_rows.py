"""The many series of a run as one CSV, and how code gets at them again."""

from typing import Any

import numpy as np
import pandas as pd

from forecast.data.columns import Columns
from forecast.data.export import csv_bytes
from forecast.data.panel import Panel, prepare_panel
from forecast.data.readers import read_csv
from forecast.data.samples import load_sample, samples
from forecast.data.series import STEP
from forecast.errors import ForecastError
from forecast.storage.series_csv import FILE, SAMPLE, file_columns, times_of, unit_of, zone_of

LOST = "Not every row of these series can be read back from a file as it was."


def panel_csv(panel: Panel) -> bytes:
    """Return series one below another as a CSV: unique_id, time, target, covariates, static.

    Filled values are blank.
    """
    flat, names = panel.flat, file_columns(panel.flat)
    values = np.where(flat.observed, flat.values, np.nan)
    if not flat.columns:
        values[panel.offsets[:-1]] = flat.values[panel.offsets[:-1]]
    rows: dict[str, Any] = {
        "unique_id": np.repeat(np.array(panel.ids, dtype=object), panel.lengths),
        "ds": times_of(flat.index),
        names.target: values,
    }
    rows |= {name: flat.covariates[:, at] for at, name in enumerate(names.covariates)}
    static = {name: kinds for name, kinds in panel.static if name not in rows}
    rows |= {name: np.repeat(kinds, panel.lengths) for name, kinds in static.items()}
    return csv_bytes(pd.DataFrame(rows), index=False)


def panel_python(source: str, panel: Panel, covariates: tuple[str, ...]) -> tuple[str, ...]:
    """Return lines that make `y`, a long frame.

    Args:
        source: of the run.
        panel: of the run.
        covariates: that it reads.
    """
    if is_sample(source, panel):
        return (f"y = fc.load_sample({source.removeprefix(SAMPLE)!r})",)
    names = file_columns(panel.flat)
    if panel.flat.frequency == STEP:
        lines = [f"y = pd.read_csv({FILE!r})"]
    else:
        only = "" if covariates else f", target={names.target!r}"
        zone = zone_of(panel.flat)
        there = "" if zone is None else f", time_zone={zone!r}"
        lines = [
            f"y = fc.read_csv({FILE!r}, time='ds', unique_id='unique_id'{only}, decimal='.'{there})"
        ]
    unit = unit_of(panel.flat)
    if unit not in (None, "us"):
        lines.append(f'y["ds"] = y["ds"].dt.as_unit({unit!r})')
    renamed = dict(
        zip((names.target, *names.covariates), (panel.flat.name, *panel.flat.columns), strict=True)
    )
    changed = {one: name for one, name in renamed.items() if one != name}
    if covariates and changed:
        lines.append(f"y = y.rename(columns={changed!r})")
    return (*lines, *_static_python([name for name, _ in panel.static]))


def _static_python(names: list[str]) -> list[str]:
    """Return lines that put static columns, which are text, beside `y`."""
    if not names:
        return []
    return [
        f"kinds = pd.read_csv({FILE!r}, dtype=str, keep_default_na=False)",
        'kinds = kinds.drop_duplicates("unique_id").set_index("unique_id", drop=False)',
        *(f'y[{name!r}] = y["unique_id"].astype(str).map(kinds[{name!r}])' for name in names),
    ]


def panel_command(source: str, panel: Panel) -> tuple[str, ...]:
    """Return what a command is told of the data: the source, then options and their values."""
    if is_sample(source, panel):
        return (source,)
    zone, target = zone_of(panel.flat), file_columns(panel.flat).target
    told = (FILE, "--time", "ds", "--target", target, "--decimal", ".")
    return (*told, *(() if zone is None else ("--time-zone", zone)))


def is_sample(source: str, panel: Panel) -> bool:
    """Say whether series are those of a bundled sample."""
    name = source.removeprefix(SAMPLE)
    if name == source or panel.static or name not in set(samples()["name"]):
        return False
    return makes_the_same(load_sample(name), panel, None)


def read_panel_back(content: bytes, panel: Panel) -> pd.DataFrame:
    """Return the rows of a file that `panel_csv` wrote, as the code of a run reads them.

    Raises:
        ReadError: the file cannot be read.
    """
    names = file_columns(panel.flat)
    read: Any = read_csv(
        content,
        time="ds",
        unique_id="unique_id",
        target=None if panel.flat.columns else names.target,
        decimal=".",
        time_zone=zone_of(panel.flat),
    )
    table = pd.DataFrame(read)
    table["ds"] = table["ds"].dt.as_unit(unit_of(panel.flat) or "us")
    own = (panel.flat.name, *panel.flat.columns)
    target = names.target if panel.flat.columns else "y"
    return table.rename(columns=dict(zip((target, *names.covariates), own, strict=True)))


def makes_the_same(rows: Any, panel: Panel, frequency: str | None) -> bool:
    """Say whether a long frame makes the same series, to the bit; names do not count."""
    target = panel.flat.name if panel.flat.columns else None
    try:
        made = prepare_panel(rows, frequency=frequency, columns=Columns(target, panel.flat.columns))
    except ForecastError:
        return False
    one, other = made.flat, panel.flat
    arrays = ("values", "observed", "covariates")
    return (
        made.ids == panel.ids
        and bool(np.array_equal(made.offsets, panel.offsets))
        and one.frequency == other.frequency
        and one.index.equals(other.index)
        and one.index.dtype == other.index.dtype
        and all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays)
    )
