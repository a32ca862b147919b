"""The covariates that are known for the rows ahead: a table to fill in, or a file of them."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.frame import KEPT
from dashboard.guards import guarded
from dashboard.times import counted, moment, time_column
from dashboard.uploading import Uploaded, upload_table
from forecast.data.export import csv_bytes, safe_text
from forecast.data.series import TimeSeries, in_zone_of
from forecast.errors import DataError


def choose_future(
    run_id: str, series: TimeSeries, steps: int, names: tuple[str, ...]
) -> pd.DataFrame | None:
    """Draw the rows ahead; return them by `ds` once every cell is filled in.

    Args:
        run_id: of the run, which the widgets belong to.
        series: the rows that a forecast goes on from.
        steps: rows ahead.
        names: of the columns that must be known.
    """
    with st.container(border=True):
        st.markdown("**Known ahead**")
        held = st.toggle(
            "Start from the last known values", key="held", **KEPT,
            help="Fills the table with the last known value of each column; change what differs.",
        )  # fmt: skip
        template = template_of(series, steps, names, held=held)
        blank = template_of(series, steps, names)
        st.download_button(
            "Template (CSV)",
            lambda: csv_bytes(blank, index=False),
            file_name="known-ahead.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        found = upload_table(
            "The filled-in template, or any table with its columns",
            f"future-{run_id}",
            wanted="Or write the values into the table.",
            asked=("decimal",),
        )
        if found is not None:
            with guarded("These rows cannot be used"):
                template = filled_in(template, found)
        named = "" if found is None else found.name
        filled = st.data_editor(
            template,
            key=f"ahead-{run_id}-{series.index[-1]}-{steps}-{held}-{named}",
            disabled=["ds"],
            column_config={"ds": time_column(template["ds"])},
            hide_index=True,
            height=min(320, 38 + 35 * steps),
            alt="The columns that are known ahead, one row a row to forecast.",
        )
        missing = int(filled[list(names)].isna().to_numpy().sum())
        if missing:
            st.text(f"{counted(missing, 'value')} missing.")
            return None
        return filled


def template_of(
    series: TimeSeries, steps: int, names: tuple[str, ...], *, held: bool = False
) -> pd.DataFrame:
    """Return the rows ahead, by `ds`, blank or holding the last known values.

    Args:
        series: the rows before.
        steps: rows ahead.
        names: of the columns.
        held: fill in the last known value of each column.
    """
    last = dict(zip(series.columns, series.covariates[-1], strict=True))
    table = pd.DataFrame({"ds": series.after(steps)})
    for name in names:
        table[name] = float(last[name]) if held else np.nan
    return table


def filled_in(template: pd.DataFrame, found: Uploaded) -> pd.DataFrame:
    """Return the template with the values of a file; what the file lacks stays as it was.

    Raises:
        DataError: a column is missing or holds no numbers, or no row is one of those ahead.
    """
    data: Any = found.reading.data
    table = data if isinstance(data, pd.DataFrame) else data.to_frame()
    names = [str(name) for name in template if name != "ds"]
    table = table.rename(columns={safe_text(name): name for name in names})  # as the template's are
    missing = [name for name in names if name not in table]
    if missing:
        raise DataError(
            f"This file has no column {missing[0]!r}; its columns are "
            f"{', '.join(repr(str(name)) for name in table)}. Take the template's names."
        )
    words = [name for name in names if not pd.api.types.is_numeric_dtype(table[name])]
    if words:
        raise DataError(f"The column {words[0]!r} must hold numbers; it holds text. Mend the file.")
    wanted = pd.Index(template["ds"])
    if isinstance(wanted, pd.DatetimeIndex) and isinstance(table.index, pd.DatetimeIndex):
        table = table.set_axis(in_zone_of(wanted, table.index))
    if not table.index.isin(wanted).any():
        raise DataError(
            f"This file holds none of the rows ahead, {moment(wanted[0])} to {moment(wanted[-1])}; "
            f"it goes from {moment(table.index[0])} to {moment(table.index[-1])}. Take the "
            "template's times."
        )
    values = table[names].reindex(wanted).set_axis(template.index)
    return template.assign(**{name: values[name].fillna(template[name]) for name in names})
