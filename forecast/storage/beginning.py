"""A run that was submitted: its series into a file, the rest into rows."""

import json
import os
import platform
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from forecast import __version__
from forecast.data.panel import Panel, as_panel
from forecast.data.series import TimeSeries
from forecast.errors import StoreError
from forecast.storage import schema
from forecast.storage.kept_files import (
    KeptFile,
    described,
    file_at,
    insert_files,
    sync_folder,
    writing_files,
)
from forecast.storage.names import checked_id, row_text
from forecast.storage.place import Place, series_path
from forecast.storage.records import QUEUED, WAITING, RunDraft
from forecast.storage.series_file import fingerprint, write_series
from forecast.strict_json import plain_number


def begin(place: Place, draft: RunDraft, series: TimeSeries | Panel) -> None:
    """Keep a run that was submitted; see `RunStore.begin`."""
    checked_id(draft.id)
    asked, mark = _asked_text(draft), fingerprint(series)
    row = {
        "id": draft.id,
        "owner": row_text(draft.owner),
        "name": row_text(draft.name),
        "state": QUEUED,
        "source": row_text(draft.source),
        "target": row_text(draft.target),
        "asked": asked,
        "fingerprint": mark,
        "rows": len(as_panel(series).flat),
        "versions": json.dumps(versions()),
        "server": place.presence.shown(),
        "submitted": draft.submitted,
    }
    with place.database.reading() as connection:
        known = file_at(connection, series_path(mark))
    file = _series_there(place, known) or _series_written(place, mark, series)
    with place.database.writing(durable=True) as connection:
        # It may have left just now, with its last run; from here on nobody removes it.
        if file is None or not (place.folder / file.path).exists():
            file = _series_written(place, mark, series)
        if file is None:
            raise StoreError(
                f"The series of run {draft.id} vanished from {str(place.folder)!r} as soon as it "
                "was written. End whatever removes files there."
            )
        _insert(connection, row, draft)
        insert_files(connection, [file], None)


def _series_there(place: Place, known: KeptFile | None) -> KeptFile | None:
    """Return the file of a series if it is there and whole."""
    if known is None:
        return None
    file = place.folder / known.path
    with writing_files("The series", place.folder), suppress(FileNotFoundError):
        os.utime(file)  # or it could be taken for one that nobody wants
        return known if described(place.folder, file) == known else None
    return None


def _series_written(place: Place, mark: str, series: TimeSeries | Panel) -> KeptFile | None:
    """Write the file of a series; return None if somebody removed it at once."""
    file = place.folder / series_path(mark)
    with writing_files("The series", place.folder), suppress(FileNotFoundError):
        write_series(file, series)
        sync_folder(file.parent)
        return described(place.folder, file)
    return None


def _insert(connection: sqlite3.Connection, row: Mapping[str, Any], draft: RunDraft) -> None:
    """Write the rows of a run.

    Raises:
        StoreError: its id is taken.
    """
    if connection.execute("SELECT 1 FROM runs WHERE id = ?", (draft.id,)).fetchone():
        raise StoreError(f"There is a run {draft.id} already. Give this one another id.")
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    made = connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", row)  # noqa: S608
    connection.executemany(
        "INSERT INTO cells (run, cell, label, value, epochs, seconds, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(made.lastrowid, number, row_text(cell.label), cell.value, cell.epochs, cell.limit,
          WAITING) for number, cell in enumerate(draft.cells)],
    )  # fmt: skip


def _asked_text(draft: RunDraft) -> str:
    """Return what was asked as JSON.

    Raises:
        StoreError: JSON cannot hold it.
    """
    try:
        return json.dumps(dict(draft.asked), allow_nan=False, default=plain_number)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"What is asked of run {draft.id} must be what JSON can hold; {error}. Pass plain "
            "numbers, texts, lists and mappings."
        ) from error


def versions() -> dict[str, str]:
    """Return what computes here: the versions that a result may depend on, and the machine."""
    return {**_installed(), "schema": str(schema.VERSION)}


@cache
def _installed() -> dict[str, str]:
    found = {"python": platform.python_version(), "forecast": __version__}
    for name in ("numpy", "numba"):  # without the third of a second that importing Numba takes
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found | {"machine": f"{platform.system()} {platform.machine()}"}
