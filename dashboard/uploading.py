"""One uploaded table: the upload, how it is read, what was found, or why it cannot be read."""

from typing import NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.guards import show_error
from forecast.data.read_report import Reading, ReadReport
from forecast.data.readers import column_names, read_with_report
from forecast.errors import ReadError

FIND, ALL = "find it", "all columns"
ENDINGS = ["csv", "tsv", "txt", "parquet", "pq"]
HELP = "Comma, semicolon or tab; decimal point or comma; dates in any common form."
EVERY = ("time", "target", "decimal")


class Uploaded(NamedTuple):
    """A file that was read.

    Attributes:
        name: of the file, as its owner calls it.
        reading: what stands in it.
    """

    name: str
    reading: Reading


def upload_table(
    label: str, key: str, *, wanted: str, asked: tuple[str, ...] = EVERY
) -> Uploaded | None:
    """Draw an upload and its column mapping; return the file once it is read.

    Args:
        label: of the upload; a text of our own.
        key: of the upload; those of the mapping are `KIND-of-FILE`, after the key if it is not
            `file`.
        wanted: what the file should hold, shown until there is one.
        asked: what of the reading may be settled by hand: any of `time`, `target`, `decimal`.
    """
    file = st.file_uploader(label, type=ENDINGS, key=key, help=HELP)
    if file is None:
        st.text(wanted)
        return None
    name = str(file.name)
    try:
        names = column_names(_rewound(file))
    except ReadError as error:
        show_error("This file is no table", error)
        return None
    prefix = "" if key == "file" else f"{key}-"
    mapping = _mapping(f"of-{name}", names, asked, prefix)
    try:
        return Uploaded(name, read_with_report(_rewound(file), **mapping))
    except ReadError as error:
        show_error("This file cannot be read as it is", error)
        return None


def _rewound(file: UploadedFile) -> UploadedFile:
    file.seek(0)
    return file


def _mapping(
    ending: str, names: list[str], asked: tuple[str, ...], prefix: str
) -> dict[str, str | None]:
    """Draw which column is the time, which are read, and how; None leaves it to the reader."""
    choices = {
        "time": ("Time column", FIND, names),
        "target": ("Columns to read", ALL, names),
        "decimal": ("Decimal sign", FIND, [".", ","]),
    }
    chosen: dict[str, str | None] = {}
    for column, kind in zip(st.columns(len(asked)), asked, strict=True):
        label, first, rest = choices[kind]
        value = column.selectbox(label, [first, *rest], key=f"{prefix}{kind}-{ending}")
        chosen[kind] = None if value == first else value
    return chosen


def show_report(report: ReadReport) -> None:
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
