"""Irregular rows made regular: to which steps, and how."""

from typing import Literal

import pandas as pd
import streamlit as st

from dashboard.brought import bring, forget, uploads
from dashboard.guards import show_error
from dashboard.remembered import remembered
from dashboard.series_choice import SAMPLE, table_of
from forecast.data.frequency import infer_frequency
from forecast.data.frequency_words import spoken
from forecast.data.resampling import HOWS, PARTIAL, resample, suggested_frequencies
from forecast.errors import DataError, ForecastError

ENDS = {"drop": "leave it out", "keep": "keep it"}
MEANT = {
    "mean": "mean (temperatures, levels)",
    "last": "last (prices)",
    "sum": "sum (counts)",
}


def resampling_view(source: str) -> str:
    """Offer to make irregular rows regular; return the source to go on with.

    Args:
        source: of any kind; one that is regular is returned as it is.
    """
    if source.startswith(SAMPLE):
        return source
    table = table_of(source)
    trouble = remembered(table, "irregular", None, lambda: _trouble(_index(table)))
    index = None if trouble is None else _index(table)
    if index is None:
        return source
    show_error("These rows have no regular step", trouble)
    left, middle, last, right = st.columns(4, vertical_alignment="bottom")
    every = left.selectbox(
        "Resample to", suggested_frequencies(index), format_func=spoken, key=f"every-{source}"
    )
    how = middle.selectbox(
        "How", HOWS, format_func=lambda one: MEANT.get(one, one), key=f"how-{source}"
    )
    whole = last.selectbox(
        "An unfinished last step", PARTIAL, format_func=ENDS.__getitem__, key=f"whole-{source}"
    )
    if right.button("Resample", icon=":material/straighten:", key=f"resample-{source}"):
        st.session_state[f"resampled-{source}"] = every, how, whole
    wished = st.session_state.get(f"resampled-{source}")
    return source if wished is None else _resampled(source, *wished)


def _resampled(source: str, every: str, how: str, whole: Literal["drop", "keep"]) -> str:
    """Keep a source resampled; return its name, or that of the source where it cannot be."""
    made, base = f"{source}, {every} {how}", uploads()[source].data
    kept = uploads().get(made)
    if kept is not None and kept.origin[0] is base and kept.origin[1] == whole:
        return made
    forget(made)
    try:
        data = resample(table_of(source), every, how, partial=whole)
    except ForecastError as error:
        show_error("These rows cannot be resampled so", error)
        return source
    bring(made, data, f"resampled to {spoken(every)} by {how}", (base, whole))
    return made


def _index(table: pd.DataFrame) -> pd.DatetimeIndex | None:
    """Return the timestamps of a table, of a panel those of its longest series."""
    if "unique_id" not in table:
        return table.index if isinstance(table.index, pd.DatetimeIndex) else None
    ids = table["unique_id"]
    return pd.DatetimeIndex(table.loc[ids == ids.value_counts().idxmax(), "ds"])


def _trouble(index: pd.DatetimeIndex | None) -> str | None:
    """Return why there is no frequency, None where there is one or nothing can be done."""
    if index is None or index.nunique() < 3:
        return None
    try:
        infer_frequency(index)
    except DataError as error:
        return str(error)
    return None
