"""Which series a person works on: a bundled one, or one of their own files."""

from functools import cache
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

import forecast as fc
from forecast.data.read_report import Reading
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
        series: prepared.
    """

    source: str
    target: str
    series: TimeSeries


def uploads() -> dict[str, Reading]:
    """Return this session's files, by name."""
    kept: dict[str, Reading] = st.session_state.setdefault(UPLOADS, {})
    return kept


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
    return Chosen(source, target, prepared(source, target))


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


def prepared(source: str, target: str) -> TimeSeries:
    """Return one series of a source, ready for training.

    Raises:
        DataError: it cannot be prepared; the message says why and how to mend it.
    """
    return (
        _prepared_sample(source, target) if source.startswith(SAMPLE) else _prepare(source, target)
    )


@cache
def _prepared_sample(source: str, target: str) -> TimeSeries:
    return _prepare(source, target)


def _prepare(source: str, target: str) -> TimeSeries:
    table = table_of(source)
    if "unique_id" not in table:
        return prepare(table[target])
    rows: Any = table[table["unique_id"].astype(str) == target].set_index("ds")
    column = "y" if "y" in rows else default_target(rows.drop(columns="unique_id"))
    return prepare(rows[column].rename(target))
