"""Which series a person works on: a bundled one, or one of their own files."""

from functools import cache, lru_cache
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

import forecast as fc
from forecast.data.columns import Columns
from forecast.data.raw_table import shown_names
from forecast.data.readers import default_target
from forecast.data.series import TimeSeries, prepare
from forecast.errors import DataError

SAMPLE = "sample:"
FIRST = "sample:seattle_weather"
DATA = "data"  # key of the chosen source, in the address too
UPLOADS = "uploads"


class Chosen(NamedTuple):
    """A series that is ready to be trained on.

    Attributes:
        source: `sample:NAME`, or the name of an uploaded file.
        target: column, or id of a panel's series.
        series: prepared, alone.
        others: the other columns of numbers, which may be read beside it.
    """

    source: str
    target: str
    series: TimeSeries
    others: tuple[str, ...] = ()


class Brought(NamedTuple):
    """Data that a person brought into this session.

    Attributes:
        data: a Series, a DataFrame by time, or a long frame.
        said: where it comes from, in plain words; it may quote data.
        origin: the data that this was made from, where it was, and how.
    """

    data: "pd.Series[Any] | pd.DataFrame"
    said: str = ""
    origin: Any = None


def uploads() -> dict[str, Brought]:
    """Return what was brought into this session, by name."""
    kept: dict[str, Brought] = st.session_state.setdefault(UPLOADS, {})
    return kept


def bring(name: str, data: "pd.Series[Any] | pd.DataFrame", said: str = "") -> None:
    """Keep data for this session, in the place of any of that name."""
    calendar = data.attrs.get("calendar")
    data.attrs.clear()  # pandas copies them deeply at every step
    if calendar is not None:
        data.attrs["calendar"] = calendar
    uploads()[name] = Brought(data, said)


def forget(name: str) -> None:
    """Forget data of this session, and what was made from it."""
    for kept in [one for one in uploads() if one == name or one.startswith(f"{name}, ")]:
        del uploads()[kept]


def sources() -> list[str]:
    """Return what can be chosen: the usual series first, then the session's files, then the rest.

    The first stands for the default, so that the choice needs no index: with one, Streamlit warns
    whenever another screen has set the choice.
    """
    bundled = [f"{SAMPLE}{name}" for name in sample_facts().index]
    return [FIRST, *uploads(), *(name for name in bundled if name != FIRST)]


@cache
def sample_facts() -> pd.DataFrame:
    """Return what is known of the bundled series, by name."""
    return fc.samples().set_index("name")


@cache
def _sample(name: str) -> pd.DataFrame:
    table = fc.load_sample(name, target=None)
    return table if isinstance(table, pd.DataFrame) else table.to_frame()


def table_of(source: str) -> pd.DataFrame:
    """Return all columns of a source; it is shared and must not be changed."""
    if source.startswith(SAMPLE):
        return _sample(source.removeprefix(SAMPLE))
    data = uploads()[source].data
    return data if isinstance(data, pd.DataFrame) else data.to_frame()


def shown_name(source: str) -> str:
    """Return a source's name for people."""
    if source.startswith(SAMPLE):
        return source.removeprefix(SAMPLE).replace("_", " ")
    return source


def choose_source() -> str:
    """Draw the choice of data, kept in the address and over screens; return the source."""
    known = sources()
    chosen = st.selectbox(
        "Data",
        known,
        format_func=shown_name,
        key=DATA,
        bind="query-params",
        persist_state="session",
    )
    return str(chosen) if chosen in known else FIRST


def choose_series(source: str) -> Chosen:
    """Draw the choice of column or of a panel's series where there is one; return the series.

    Raises:
        DataError: the source holds no column of numbers, or it cannot be prepared.
    """
    table = table_of(source)
    label, options, first = _options(source, table)
    target = options[0]
    if len(options) > 1:
        target = st.selectbox(
            label,
            options,
            index=options.index(first),
            key=f"target-{source}",
            persist_state="session",
        )
    return Chosen(source, target, prepared(source, target), _others(table, target))


def series_names(source: str) -> list[str]:
    """Return the columns of numbers of a source, or the ids of a panel's series."""
    return _options(source, table_of(source))[1]


def _options(source: str, table: pd.DataFrame) -> tuple[str, list[str], str]:
    """Return what is chosen from: the word for it, the names, and which comes first."""
    if "unique_id" in table:
        ids = [str(one) for one in table["unique_id"].unique()]
        return "Series", ids, ids[0]
    numeric = [str(name) for name in table.select_dtypes("number")]
    if not numeric:
        raise DataError(
            f"{source} holds no column of numbers; its columns are {list(map(str, table))}. "
            "Upload a file with one."
        )
    if source.startswith(SAMPLE):
        return "Column", numeric, str(sample_facts()["target"][source.removeprefix(SAMPLE)])
    try:
        return "Column", numeric, default_target(table)
    except DataError:  # several columns, and no name that tells which
        return "Column", numeric, numeric[0]


def _others(table: pd.DataFrame, target: str) -> tuple[str, ...]:
    """Return the columns of numbers beside the target, but for names that mean something else."""
    rows, column = rows_of(table, target)
    names = [str(name) for name in rows.select_dtypes("number")]
    return tuple(name for name in names if name not in (column, target, "ds", "unique_id"))


def rows_of(table: pd.DataFrame, target: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of one series by time, and which column holds its values.

    Args:
        table: by time, or a long frame of a panel.
        target: column, or id of a panel's series.

    Raises:
        DataError: the panel has no such series, or several columns and none that is clear.
    """
    if "unique_id" not in table:
        return table, target
    ids = table["unique_id"].astype(str)
    rows: Any = table[ids == target].drop(columns="unique_id").set_index("ds")
    if not len(rows):
        raise DataError(
            f"There is no series {target!r}; the series are {', '.join(ids.unique()[:5])}."
        )
    return rows, values_of(table)


def values_of(table: pd.DataFrame) -> str:
    """Return the column of a long frame that holds the values.

    Raises:
        DataError: there are several, and none that is clear.
    """
    if "y" in table:
        return "y"
    others = table.drop(columns=["unique_id", "ds"])
    try:
        return default_target(others)
    except DataError as error:
        names = shown_names([str(name) for name in others.select_dtypes("number")]) or "none"
        raise DataError(
            f"It must be clear which column holds the values; the columns of numbers are {names}. "
            "Choose one under “Columns to read”."
        ) from error


def prepared(source: str, target: str, covariates: tuple[str, ...] = ()) -> TimeSeries:
    """Return one series of a source, ready for training.

    Args:
        source: `sample:NAME`, or the name of an uploaded file.
        target: column, or id of a panel's series.
        covariates: other columns that go with it.

    Raises:
        DataError: it cannot be prepared; the message says why and how to mend it.
    """
    if source.startswith(SAMPLE):
        return _prepared_sample(source, target, covariates)
    return _prepare(source, target, covariates)


@lru_cache(maxsize=128)
def _prepared_sample(source: str, target: str, covariates: tuple[str, ...]) -> TimeSeries:
    return _prepare(source, target, covariates)


def _prepare(source: str, target: str, covariates: tuple[str, ...]) -> TimeSeries:
    rows, column = rows_of(table_of(source), target)
    if not covariates:
        return prepare(rows[column].rename(target))
    frame = rows[[column, *covariates]].rename(columns={column: target})
    return prepare(frame, columns=Columns(target, covariates))
