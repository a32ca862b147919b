"""One uploaded table: the upload, how it is read, what was found, or why it cannot be read."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.guards import show_error
from dashboard.repairs_form import repairs_form
from forecast.data.read_report import Examination
from forecast.data.readers import column_names, cut_table
from forecast.data.reading import Wanted, read_cells
from forecast.errors import ForecastError

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
    reading: Examination


class Named(BytesIO):
    """The content of a file, which knows what it is called and which upload it is."""

    def __init__(self, name: str, content: bytes, upload: str) -> None:
        super().__init__(content)
        self.name, self.upload = name, upload


def upload_table(
    label: str,
    key: str,
    *,
    wanted: str,
    asked: tuple[str, ...] = EVERY,
    mending: bool = False,
) -> Uploaded | None:
    """Draw an upload and its column mapping; return the file once it is read.

    Args:
        label: of the upload; a text of our own.
        key: of the upload; those of the mapping are `KIND-of-FILE`, after the key if it is not
            `file`.
        wanted: what the file should hold, shown until there is one.
        asked: what of the reading may be settled by hand: any of `time`, `target`, `decimal`.
        mending: whether repairs may be settled by hand too.
    """
    given = st.file_uploader(label, type=ENDINGS, key=key, help=HELP)
    if given is None:
        st.text(wanted)
        return None
    return read_upload(named(given), key, asked=asked, mending=mending)


def named(given: UploadedFile) -> Named:
    """Return an uploaded file as what it holds."""
    return Named(str(given.name), given.getvalue(), given.file_id)


def read_upload(
    file: Named, key: str, *, asked: tuple[str, ...] = EVERY, mending: bool = False
) -> Uploaded | None:
    """Draw the column mapping of a file, and read it so; say what is wrong where it cannot be.

    Args:
        file: as it was given.
        key: see `upload_table`; so are the others.
        asked: which choices are drawn.
        mending: whether the repairs are drawn.
    """
    try:
        names = _once(f"{key}-columns", file.upload, lambda: column_names(file))
    except ForecastError as error:
        show_error("This file is no table", error)
        return None
    prefix, ending = "" if key == "file" else f"{key}-", f"of-{file.name}"
    mapping: dict[str, Any] = dict(_mapping(prefix, ending, names, asked))
    if mending:
        mapping |= repairs_form(prefix, ending, names)
    try:
        chosen = Wanted(**mapping)
        found = _once(f"{key}-read", (file.upload, chosen), lambda: _examined(file, chosen))
    except ForecastError as error:
        show_error("This file cannot be read as it is", error)
        return None
    return Uploaded(file.name, found)


def _examined(file: Named, chosen: Wanted) -> Examination:
    file.seek(0)
    return read_cells(cut_table(file), chosen)


def _once(key: str, label: object, make: Callable[[], Any]) -> Any:
    """Return what was made last if it was made for the same; a large file takes seconds to read."""
    kept = st.session_state.get(key)
    if kept is None or kept[0] != label:
        kept = label, make()
        st.session_state[key] = kept
    return kept[1]


def _mapping(
    prefix: str, ending: str, names: list[str], asked: tuple[str, ...]
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
        value = column.selectbox(
            label, [first, *rest], key=f"{prefix}{kind}-{ending}", persist_state="session"
        )
        chosen[kind] = None if value == first else value
    return chosen
