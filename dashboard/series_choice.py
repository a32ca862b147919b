"""Which series a person works on: a bundled one, one of their own, or one that an address names.

The address names a bundled series as it is called, and what somebody brought as `upload:` and the
id of its stored copy; the column, or the series of a panel, stands beside it.
"""

from contextlib import suppress
from functools import cache, lru_cache
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

import forecast as fc
from dashboard.address import SCREEN, choose, news, write
from dashboard.brought import GONE, adopt, still_there, uploads
from dashboard.remembered import remembered
from dashboard.series_finder import find_one
from forecast.data.columns import Columns
from forecast.data.panel import Panel
from forecast.data.raw_table import shown_names
from forecast.data.readers import default_target
from forecast.data.series import TimeSeries, prepare
from forecast.errors import DataError, StoreError

SAMPLE = "sample:"
STORED = "upload:"
FIRST = "sample:seattle_weather"
DATA = "data"  # key of the chosen source, in the address too
TARGET = "target"  # key of its column or series, in the address too
MOST_PREPARED = 8  # series of one table that are kept ready; each is about as large as a column
MOST_WITH_OTHERS = 2  # of those with other columns, which may be as large as the table
LOST = "data-lost"  # on which screen the address named data that is gone, and why


class Chosen(NamedTuple):
    """A series that is ready to be trained on.

    Attributes:
        source: `sample:NAME`, or the name of an uploaded file.
        target: column, or id of a panel's series.
        series: prepared, alone.
        others: the other columns of numbers, which may be read beside it.
        panel: where all series of a panel are trained on together; `series` is then the longest,
            and `target` says how many they are.
    """

    source: str
    target: str
    series: TimeSeries
    others: tuple[str, ...] = ()
    panel: Panel | None = None


def sources() -> list[str]:
    """Return what can be chosen: the usual series first, then the session's files, then the rest.

    The first stands for the default, so that the choice needs no index: with one, Streamlit warns
    whenever another screen has set the choice.
    """
    return [FIRST, *uploads(), *_bundled()]


@cache
def _bundled() -> tuple[str, ...]:
    """Return the bundled series but for the first."""
    names = (f"{SAMPLE}{name}" for name in sample_facts().index)
    return tuple(name for name in names if name != FIRST)


@cache
def sample_facts() -> pd.DataFrame:
    """Return what is known of the bundled series, by name."""
    return fc.samples().set_index("name")


@cache
def _sample(name: str) -> pd.DataFrame:
    table = fc.load_sample(name, target=None)
    return table if isinstance(table, pd.DataFrame) else table.to_frame()


def data_of(source: str) -> "pd.Series[Any] | pd.DataFrame":
    """Return the rows of a source; as long as they are the same, it is the same object."""
    if source.startswith(SAMPLE):
        return _sample(source.removeprefix(SAMPLE))
    return uploads()[source].data


def table_of(source: str) -> pd.DataFrame:
    """Return all columns of a source; it is shared and must not be changed."""
    data = data_of(source)
    if isinstance(data, pd.DataFrame):
        return data
    return remembered(data, "table", None, data.to_frame)


def shown_name(source: str) -> str:
    """Return a source's name for people."""
    if source.startswith(SAMPLE):
        return source.removeprefix(SAMPLE).replace("_", " ")
    return source


def choose_source() -> str:
    """Draw the choice of data, kept in the address and over screens; return the source."""
    asked = asked_source()
    current = str(st.session_state.get(DATA))
    if asked is None and current in uploads() and not still_there(current):
        _lose(GONE)
    chosen = choose("Data", sources(), DATA, asked=asked, format_func=shown_name)
    name_source(chosen)
    tell_what_is_lost(chosen)
    return chosen


def asked_source() -> str | None:
    """Return the source that a new address asks for, None where it asks for none that is there."""
    said = news(DATA)
    if said is None:
        return None
    if not said.startswith(STORED):
        name = said.removeprefix(SAMPLE).replace(" ", "_")
        return f"{SAMPLE}{name}" if name in sample_facts().index else None
    try:
        found, reason = adopt(said.removeprefix(STORED)), GONE
    except StoreError as error:
        found, reason = None, str(error)
    if found is None:
        _lose(reason)
    return found


def _lose(reason: str) -> None:
    """Take the first source in the place of one that is gone, and note why, for this screen."""
    st.session_state[DATA] = FIRST
    st.session_state[LOST] = st.session_state.get(SCREEN), reason.rstrip(".")


def name_source(source: str) -> None:
    """Let the address name a source: the first by nothing, one without a stored copy not at all."""
    if source.startswith(SAMPLE):
        write(DATA, None if source == FIRST else source.removeprefix(SAMPLE))
    else:
        stored = uploads()[source].stored
        write(DATA, None if stored is None else f"{STORED}{stored}")


def tell_what_is_lost(source: str) -> None:
    """Say that the data of the address is gone, or that an address will not bring a source back."""
    screen, reason = st.session_state.get(LOST, (None, ""))
    if screen is not None and (source != FIRST or screen != st.session_state.get(SCREEN)):
        del st.session_state[LOST]
    elif screen is not None:
        st.text(f"{reason}; {shown_name(FIRST)} is shown in its place.")
    elif source in uploads() and uploads()[source].refused:
        st.text(f"This address will not last: {uploads()[source].refused}")


def choose_series(source: str) -> Chosen:
    """Draw the choice of column or of a panel's series where there is one; return the series.

    Raises:
        DataError: the source holds no column of numbers, or it cannot be prepared.
    """
    label, options = _choice(source)
    target, asked = options[0], news(TARGET)
    if len(options) > 1:
        target = find_one(label, options, TARGET, asked=asked, of=source)
    write(TARGET, None if target == options[0] else target)
    return Chosen(source, target, prepared(source, target), other_columns(source, target))


def series_names(source: str) -> tuple[str, ...]:
    """Return the columns of numbers of a source, or the ids of a panel's series."""
    return _choice(source)[1]


def _choice(source: str) -> tuple[str, tuple[str, ...]]:
    return remembered(data_of(source), "choice", source, lambda: _options(source, table_of(source)))


def _options(source: str, table: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    """Return what is chosen from: the word for it, and the names, the usual one first."""
    if "unique_id" in table:
        return "Series", tuple(str(one) for one in table["unique_id"].unique())
    numeric = [str(name) for name in table.select_dtypes("number")]
    if not numeric:
        raise DataError(
            f"{source} holds no column of numbers; its columns are {list(map(str, table))}. "
            "Upload a file with one."
        )
    usual = numeric[0]
    if source.startswith(SAMPLE):
        usual = str(sample_facts()["target"][source.removeprefix(SAMPLE)])
    else:
        with suppress(DataError):  # several columns, and no name that tells which
            usual = default_target(table)
    return "Column", (usual, *(name for name in numeric if name != usual))


def other_columns(source: str, target: str) -> tuple[str, ...]:
    """Return the columns of numbers that may be read beside a column, or a series of a panel."""
    return remembered(data_of(source), "others", target, lambda: _beside(table_of(source), target))


def _beside(table: pd.DataFrame, target: str) -> tuple[str, ...]:
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
    return remembered(
        data_of(source),
        "prepared with others" if covariates else "prepared",
        (target, covariates),
        lambda: _prepare(source, target, covariates),
        most=MOST_WITH_OTHERS if covariates else MOST_PREPARED,
    )


@lru_cache(maxsize=128)
def _prepared_sample(source: str, target: str, covariates: tuple[str, ...]) -> TimeSeries:
    return _prepare(source, target, covariates)


def _prepare(source: str, target: str, covariates: tuple[str, ...]) -> TimeSeries:
    rows, column = rows_of(table_of(source), target)
    if not covariates:
        return prepare(rows[column].rename(target))
    frame = rows[[column, *covariates]].rename(columns={column: target})
    return prepare(frame, columns=Columns(target, covariates))
