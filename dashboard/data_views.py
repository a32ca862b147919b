"""Two doors of the Data screen: the table of samples, and a file of one's own."""

from functools import cache

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.doctor_view import show_before_and_after, show_report
from dashboard.example_file import example_file
from dashboard.series_choice import SAMPLE, Brought, sample_facts, uploads
from dashboard.uploading import upload_table

POINTS = 60  # of a preview line


@cache
def _catalogue() -> pd.DataFrame:
    """Return the bundled series with a thinned preview line each."""
    from dashboard.series_choice import prepared, table_of

    facts = sample_facts().reset_index()
    previews = []
    for name, target in zip(facts["name"], facts["target"], strict=True):
        source = f"{SAMPLE}{name}"
        table = table_of(source)
        first = str(table["unique_id"].iloc[0]) if "unique_id" in table else str(target)
        parts = np.array_split(prepared(source, first).values, POINTS)
        previews.append([float(part.mean()) for part in parts])
    columns = ["name", "preview", "rows", "frequency", "description"]
    return facts.assign(preview=pd.Series(previews))[columns]


def choose_sample() -> str | None:
    """Draw the table of bundled series; return the chosen one."""
    table = _catalogue()
    chosen = st.dataframe(
        table,
        column_config={
            "name": st.column_config.TextColumn("Name"),
            "preview": st.column_config.LineChartColumn("Preview", width="small"),
            "rows": st.column_config.NumberColumn("Rows", width="small", format="localized"),
            "frequency": st.column_config.TextColumn("Frequency", width="small"),
            "description": st.column_config.TextColumn("What it is", width="large"),
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [4]}},
        key="samples",
        alt="The bundled series, one a row; choose one to see it.",
    )
    rows = chosen.selection.rows
    return None if not rows else f"{SAMPLE}{table['name'].iloc[rows[0]]}"


def own_file() -> str | None:
    """Draw the upload, what the doctor says of the file, and its name once it is read."""
    if st.button("Try it: a file with troubles", icon=":material/play_arrow:", key="example"):
        st.session_state["example-file"] = True
    example = example_file() if st.session_state.get("example-file") else None
    found = upload_table(
        "A CSV or Parquet file with one column of time",
        "file",
        wanted="Wanted: one row a point in time, a column with dates or times, and a column of "
        "numbers. Several series in one file need a column that names them.",
        mending=True,
        example=example,
    )
    if found is None:
        return None
    uploads()[found.name] = Brought(found.reading.data)
    show_report(found.reading.report)
    show_before_and_after(found.reading)
    return found.name
