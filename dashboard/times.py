"""Times and counts for people: midnight goes without its clock."""

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig


def moment(at: object) -> str:
    """Return a time in words."""
    return str(at).removesuffix(" 00:00:00")


def length(step: pd.Timedelta) -> str:
    """Return how long something takes in words, such as `1 day`, `7 days` or `0:30:00`."""
    days = step // pd.Timedelta(days=1)
    if days and step == pd.Timedelta(days=days):
        return "1 day" if days == 1 else f"{days} days"
    return str(step.to_pytimedelta())


def counted(number: int, word: str) -> str:
    """Return a number with its word, such as `1 row` or `1,200 rows`."""
    return f"1 {word}" if number == 1 else f"{number:,} {word}s"


def time_column(times: "pd.Series[pd.Timestamp]") -> ColumnConfig:
    """Return how a column of times, or of row numbers, is shown in a table."""
    if not pd.api.types.is_datetime64_any_dtype(times):
        return st.column_config.NumberColumn("ds", format="%d")
    clock = "" if (times == times.dt.normalize()).all() else " HH:mm"
    return st.column_config.DatetimeColumn("ds", format=f"YYYY-MM-DD{clock}")
