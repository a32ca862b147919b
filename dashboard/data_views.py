"""Two doors of the Data screen: the table of samples, and a file of one's own."""

from functools import cache

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.address import first_drawn, note_drawn
from dashboard.brought import bring, forget, uploads
from dashboard.doctor_view import show_before_and_after, show_report
from dashboard.doors import CHOSEN, OPENED, SAMPLES, opened_file
from dashboard.example_file import example_file
from dashboard.series_choice import FIRST, SAMPLE, sample_facts
from dashboard.uploading import ENDINGS, HELP, Named, named, read_upload

KEPT_FILE = "own-file"
RESERVED = (SAMPLE, "yahoo:", "weather:")
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
    """Draw the table of bundled series; return the chosen one, which is kept over screens."""
    table = _catalogue()
    sources = [f"{SAMPLE}{name}" for name in table["name"]]
    if first_drawn(SAMPLES):
        row = sources.index(st.session_state.get(CHOSEN, FIRST))
        st.session_state[SAMPLES] = {"selection": {"rows": [row]}}
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
        key=SAMPLES,
        alt="The bundled series, one a row; choose one to see it.",
    )
    note_drawn(SAMPLES)
    rows = chosen.selection.rows
    if not rows:
        return None
    st.session_state[CHOSEN] = sources[rows[0]]
    return sources[rows[0]]


def own_file() -> str | None:
    """Draw the upload, what the doctor says of the file, and its name once it is read.

    The file is kept for the session: a widget forgets it with the next switch of screens.
    """
    if st.button("Try it: a file with troubles", icon=":material/play_arrow:", key="example"):
        st.session_state[KEPT_FILE] = example_file()
    st.file_uploader(
        "A CSV or Parquet file with one column of time",
        type=ENDINGS,
        key="file",
        help=HELP,
        on_change=_take,
    )
    kept: Named | None = st.session_state.get(KEPT_FILE)
    found = opened_file()
    if kept is None and found is not None:
        st.text(f"{found}: a stored copy, opened by its address.")
        return found
    if kept is None:
        st.text(
            "Wanted: one row a point in time, a column with dates or times, and a column of "
            "numbers. Several series in one file need a column that names them."
        )
        return None
    st.session_state.pop(OPENED, None)
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.text(f"{kept.name}, {len(kept.getbuffer()):,} bytes")
    right.button("Forget it", icon=":material/delete:", key="forget", on_click=_forget_file)
    read = read_upload(kept, "file", mending=True)
    if read is None:
        forget(kept.name)
        return None
    if kept.name not in uploads() or uploads()[kept.name].held is not read.reading.data:
        bring(kept.name, read.reading.data)
    show_report(read.reading.report)
    show_before_and_after(read.reading)
    return read.name


def _take() -> None:
    """Keep the file that was given, or forget the one that was taken away."""
    given = st.session_state["file"]
    _forget_file()
    if given is not None:
        file = named(given)
        if file.name.startswith(RESERVED):  # else it would pass for a source of another kind
            file.name = file.name.replace(":", " ", 1)
        st.session_state[KEPT_FILE] = file


def _forget_file() -> None:
    kept: Named | None = st.session_state.pop(KEPT_FILE, None)
    if kept is not None:
        forget(kept.name)
