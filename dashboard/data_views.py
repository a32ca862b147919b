"""The views of the Data screen: table of samples, upload, preview."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.frame import TRAIN, go_to
from dashboard.guards import guarded, show_error
from dashboard.series_choice import DATA, SAMPLE, Chosen, choose_series, sample_facts, uploads
from dashboard.train_form import DEFAULTS, Filled
from dashboard.uploading import show_report, upload_table
from forecast.charts.series import plot_series
from forecast.data.series import STEP
from forecast.errors import ForecastError
from forecast.evaluation.compare import CELLS

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


def show_choice(source: str) -> None:
    """Draw one source: which column, its facts, its chart, and the way to training."""
    with st.container(border=True), guarded("This data cannot be trained on"):
        left, right = st.columns([1, 2], gap="large")
        with left:
            chosen = choose_series(source)
            st.text(_facts(chosen))
            if _long_enough(chosen) and st.button(
                "Train on it",
                type="primary",
                icon=":material/play_arrow:",
                key=f"train-{source}",
                width="stretch",
            ):
                st.session_state[DATA] = source
                go_to(TRAIN)
        right.plotly_chart(
            plot_series(chosen.series),
            key=f"series-{source}",
            alt="The chosen series over time; filled values are marked.",
        )


def _facts(chosen: Chosen) -> str:
    """Return what is known of a series, in plain words."""
    series = chosen.series
    filled = int((~series.observed).sum())
    every = "numbered rows" if series.frequency == STEP else f"frequency {series.frequency}"
    season = "no season" if series.season == 1 else f"season of {series.season} rows"
    said = [
        f"{len(series):,} rows, {every}, {season}",
        " to ".join(_moment(series.index, row) for row in (0, -1)),
        f"from {series.values.min():.6g} to {series.values.max():.6g}",
    ]
    if filled:
        said.append(
            f"{filled:,} gaps or blanks, filled with the value before them; a filled value is "
            "never scored"
        )
    if chosen.source.startswith(SAMPLE):
        facts = sample_facts().loc[chosen.source.removeprefix(SAMPLE)]
        said.append(f"{facts['source']}; {facts['licence']}")
    return "\n".join(said)


def _moment(index: "pd.Index[Any]", row: int) -> str:
    """Return one entry of an index, without the clock where every entry is midnight."""
    if not isinstance(index, pd.DatetimeIndex):
        return str(index[row])
    return f"{index[row]:%Y-%m-%d}" if (index == index.normalize()).all() else str(index[row])[:16]


def _long_enough(chosen: Chosen) -> bool:
    """Check that the usual settings fit the series; say what would mend it."""
    try:
        Filled(tuple(CELLS), dict(DEFAULTS), None, ()).request(chosen)
    except ForecastError as error:
        show_error("Too short for the usual settings", error)
        if st.button("Choose other settings", key=f"other-{chosen.source}"):
            st.session_state[DATA] = chosen.source
            go_to(TRAIN)
        return False
    return True


def upload() -> str | None:
    """Draw the upload and its column mapping; return the file's name once it is read."""
    found = upload_table(
        "A CSV or Parquet file with one column of time",
        "file",
        wanted="Wanted: one row a point in time, a column with dates or times, and a column of "
        "numbers. Several series in one file need a column that names them.",
    )
    if found is None:
        return None
    uploads()[found.name] = found.reading
    show_report(found.reading.report)
    return found.name
