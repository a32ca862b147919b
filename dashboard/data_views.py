"""The views of the Data screen: table of samples, upload, preview."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.frame import TRAIN, go_to
from dashboard.guards import guarded, show_error
from dashboard.series_choice import DATA, SAMPLE, Chosen, choose_series, sample_facts, uploads
from dashboard.train_form import DEFAULTS, Filled
from forecast.charts.series import plot_series
from forecast.data.read_report import ReadReport
from forecast.data.readers import column_names, read_with_report
from forecast.data.series import STEP
from forecast.errors import ForecastError, ReadError
from forecast.evaluation.compare import CELLS

FIND, ALL = "find it", "all columns"
POINTS = 60  # of a preview line
ENDINGS = ["csv", "tsv", "txt", "parquet", "pq"]


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
    file = st.file_uploader(
        "A CSV or Parquet file with one column of time",
        type=ENDINGS,
        key="file",
        help="Comma, semicolon or tab; decimal point or comma; dates in any common form.",
    )
    if file is None:
        st.text(
            "Wanted: one row a point in time, a column with dates or times, and a column of "
            "numbers. Several series in one file need a column that names them."
        )
        return None
    try:
        names = column_names(_rewound(file))
    except ReadError as error:
        show_error("This file is no table", error)
        return None
    mapping = _mapping(file.name, names)
    try:
        reading = read_with_report(_rewound(file), **mapping)
    except ReadError as error:
        show_error("This file cannot be read as it is", error)
        return None
    name = str(file.name)
    uploads()[name] = reading
    _show_report(reading.report)
    return name


def _rewound(file: UploadedFile) -> UploadedFile:
    file.seek(0)
    return file


def _mapping(name: str, names: list[str]) -> dict[str, str | None]:
    """Draw which column is the time, which are read, and how; None leaves it to the reader."""
    choices = {
        "time": ("Time column", FIND, names),
        "target": ("Columns to read", ALL, names),
        "decimal": ("Decimal sign", FIND, [".", ","]),
    }
    chosen: dict[str, str | None] = {}
    for column, (key, (label, first, rest)) in zip(st.columns(3), choices.items(), strict=True):
        value = column.selectbox(label, [first, *rest], key=f"{key}-of-{name}")
        chosen[key] = None if value == first else value
    return chosen


def _show_report(report: ReadReport) -> None:
    """Say what was detected and what was repaired."""
    found = {
        "time column": report.time_column,
        "dates": report.date_format,
        "frequency": report.frequency or "none found",
        "encoding": report.encoding,
        "delimiter": {"\t": "tab", None: None}.get(report.delimiter, report.delimiter),
        "decimal sign": report.decimal,
        "thousands sign": report.thousands,
    }
    repaired = [f"Blanks in {name}: {count}." for name, count in report.blanks.items() if count]
    if not report.sorted:
        repaired.append("Rows were put in order of time.")
    if report.duplicates:
        repaired.append(f"Rows merged, since their time was repeated: {report.duplicates}.")
    repaired += [note for note in report.notes if note not in repaired]
    with st.expander("What was found in the file", expanded=bool(repaired)):
        st.text("\n".join(f"{name}: {value}" for name, value in found.items() if value))
        if repaired:
            st.text("\n".join(repaired))
