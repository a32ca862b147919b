"""What a command reads: `sample:NAME`, `yahoo:TICKER`, `weather:PLACE`, or the path of a file."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

from forecast.data.readers import default_target, read_table
from forecast.data.samples import load_sample
from forecast.data.weather import fetch_weather
from forecast.data.yahoo import fetch_yahoo
from forecast.errors import DataError, SettingError

SAMPLE, YAHOO, WEATHER = "sample:", "yahoo:", "weather:"
NUMBER = r"\s*([+-]?\d{1,3}(?:\.\d*)?)\s*"
COORDINATES = re.compile(f"{NUMBER},{NUMBER}", re.ASCII)
WEATHER_COLUMNS = ("temperature_2m_max", "temperature_2m_min", "precipitation_sum")


class Source(NamedTuple):
    """Rows and where they came from.

    Attributes:
        name: what the caller typed.
        target: name of the column, or of the series of a panel; of a whole panel its column.
        rows: a series, a table of target and covariates, or a long frame `unique_id, ds, …`.
        columns: the forecaster's settings that say which column is what.
    """

    name: str
    target: str
    rows: "pd.Series[float] | pd.DataFrame"
    columns: dict[str, Any]


def read_source(
    name: str,
    *,
    time: str | None = None,
    target: str | None = None,
    series: str | None = None,
    decimal: str | None = None,
    time_zone: str | None = None,
    numbered: bool = False,
    covariates: Sequence[str] = (),
    static: Sequence[str] = (),
    many: bool = False,
    long: bool = False,
) -> Source:
    """Read one series, or a whole panel.

    Args:
        name: `sample:NAME`, `yahoo:TICKER` (daily closing prices), `weather:PLACE` (the highest
            temperature of each day, ten years; a name, or `LATITUDE,LONGITUDE`), or a path.
        time: the time column of a file; None finds it.
        target: the column to forecast; None takes the default one.
        series: which series of a panel, by its id.
        decimal: decimal sign of a file; None finds it.
        time_zone: of timestamps of a file that do not say theirs; others are converted to it.
        numbered: whether the rows of a CSV are numbered by the column `time`, not dated.
        covariates: names of columns beside the target.
        static: names of columns of a whole panel that are one value a series.
        many: whether all series of a panel are taken where `series` names none.
        long: whether one series of a panel keeps its id, for a model of the whole panel.

    Raises:
        DataError: the source cannot be read, or does not say which column or series is meant.
        SettingError: `series` was given for data that is no panel.
    """
    how: dict[str, Any] = {"time": time, "decimal": decimal, "time_zone": time_zone}
    if numbered:
        table: Any = _numbered(name, time)
    else:
        every = bool(covariates or static)
        target, table = _table(name, target, how | {"beside": tuple(static)}, every=every)
    if isinstance(table, pd.DataFrame) and "unique_id" in table:
        if long and series is not None:
            table, series = _only(name, table, series), None
        if long:  # series of the model need not bring theirs again
            static = [one for one in static if one in table]
        return _from_panel(name, table, target, series, covariates, static, many)
    if series is not None:
        raise SettingError(f"`--series` chooses a series of a panel, and {name} is none. Drop it.")
    if isinstance(table, pd.Series):
        return Source(name, str(table.name), table, {})
    chosen = _column(table, target, covariates)
    if not covariates:
        return Source(name, chosen, table[chosen], {})
    return Source(name, chosen, table[[chosen, *covariates]], {"target": chosen})


def read_covariates(
    path: Path, *, time: str | None = None, decimal: str | None = None
) -> pd.DataFrame:
    """Read the covariates of the rows to forecast, by their time.

    Raises:
        DataError: the file cannot be read.
    """
    table = read_table(str(path), time=time, decimal=decimal)
    return table.to_frame() if isinstance(table, pd.Series) else table


def _numbered(path: str, rows: str | None) -> pd.DataFrame:
    """Return the table of a CSV whose rows are numbered.

    Raises:
        DataError: it is no such file.
    """
    try:
        table = pd.read_csv(path, index_col=rows or 0)
    except (OSError, ValueError) as error:  # pandas' own errors are of the second kind
        raise DataError(f"{path} cannot be read as numbered rows: {error}") from error
    table.columns = pd.Index([str(one) for one in table.columns])
    return table


def _table(
    name: str, target: str | None, how: dict[str, Any], *, every: bool
) -> "tuple[str | None, pd.Series[float] | pd.DataFrame]":
    """Return the target, where it is known, and the table with it, or with every column."""
    if name.startswith((YAHOO, WEATHER)):
        return _fetched(name, target, every=every)
    if not name.startswith(SAMPLE):
        wanted = None if every else target
        return target, _with_its_name(read_table(name, target=wanted, **how))
    sample = name.removeprefix(SAMPLE)
    usual = load_sample(sample)
    if isinstance(usual, pd.DataFrame) and (target is None or target in usual):
        return target, usual  # a panel
    if not every:
        return target, usual if target is None else load_sample(sample, target=target)
    if target is None:
        target = str(usual.name)
    return target, load_sample(sample, target=None)


def _with_its_name(
    table: "pd.Series[float] | pd.DataFrame",
) -> "pd.Series[float] | pd.DataFrame":
    """Return a table; the only column of a panel, read as `y`, is called as in its file again."""
    names = table.attrs["report"]["columns"]
    if isinstance(table, pd.Series) or "unique_id" not in table or len(names) > 1:
        return table
    return table.rename(columns={"y": names[0]})


def _fetched(
    name: str, target: str | None, *, every: bool
) -> "tuple[str | None, pd.Series[float] | pd.DataFrame]":
    """Return what the network gives; the same as `_table`."""
    kind, _, wanted = name.partition(":")
    if f"{kind}:" == YAHOO:
        usual, found = "close", fetch_yahoo(wanted, target=None)
    else:
        usual = WEATHER_COLUMNS[0]
        others = target is not None and target not in WEATHER_COLUMNS
        columns = [str(target)] if others else WEATHER_COLUMNS
        found = fetch_weather(*_place(wanted), variables=columns)
    table, chosen = cast("pd.DataFrame", found), target or usual
    if every or chosen not in table:
        return chosen, table
    return chosen, table[chosen].astype("float64")


def _place(text: str) -> tuple[str] | tuple[float, float]:
    """Return the name of a place, or the latitude and longitude that a text holds instead."""
    numbers = COORDINATES.fullmatch(text)
    return (float(numbers[1]), float(numbers[2])) if numbers else (text,)


def _column(table: pd.DataFrame, target: str | None, covariates: Sequence[str]) -> str:
    """Return the column to forecast, once all columns are there.

    Raises:
        DataError: one is missing, or it is not clear which is meant.
    """
    wanted = [*covariates] if target is None else [target, *covariates]
    missing = [one for one in wanted if one not in table]
    if missing:
        listed = ", ".join(map(repr, map(str, table.columns)))
        raise DataError(f"There is no column {missing[0]!r}; the columns are {listed}.")
    return target or default_target(table.drop(columns=list(covariates)))


def _only(name: str, table: pd.DataFrame, series: str) -> pd.DataFrame:
    """Return the rows of one series of a long frame."""
    ids = table["unique_id"].astype(str)
    if series not in set(ids):
        listed = ", ".join(ids.unique()[:10])
        raise DataError(f"{name} holds no series {series!r}. Choose one with --series: {listed}.")
    return table[ids == series]


def _from_panel(
    name: str,
    table: pd.DataFrame,
    target: str | None,
    series: str | None,
    covariates: Sequence[str],
    static: Sequence[str],
    many: bool,
) -> Source:
    ids = [str(one) for one in table["unique_id"].unique()]
    if (series is None and not many) or (series is not None and series not in ids):
        given = "none was chosen" if series is None else f"{series!r} is none of them"
        raise DataError(
            f"{name} holds {len(ids)} series and {given}. Choose one with --series: "
            f"{', '.join(ids[:10])}{' …' if len(ids) > 10 else ''}."
        )
    beside = [*covariates, *(static if series is None else ())]
    column = _column(table.drop(columns=["unique_id", "ds"]), target, beside)
    columns = {"target": column}
    if series is None:
        return Source(name, column, table[["unique_id", "ds", column, *beside]], columns)
    rows = table[table["unique_id"].astype(str) == series].set_index("ds")
    if covariates:
        return Source(name, series, rows[[column, *covariates]], columns)
    return Source(name, series, rows[column].rename(series), {})
