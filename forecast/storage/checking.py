"""Every file against its checksum, every row against its file."""

import sqlite3

from forecast.storage.kept_files import KeptFile, fault_of
from forecast.storage.place import Place, series_path

MOST_FAULTS = 100  # that SQLite is asked for
FILES = "SELECT path, size, sha256 FROM files ORDER BY path"
UPLOADS = "SELECT 'uploads/' || id || '.parquet', size, sha256 FROM uploads ORDER BY id"
WITHOUT_SERIES = """SELECT id, fingerprint FROM runs WHERE NOT EXISTS (
    SELECT 1 FROM files WHERE path = 'series/' || runs.fingerprint || '.safetensors')"""
WITHOUT_RESULT = """SELECT id FROM runs WHERE verdict IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM files WHERE path = 'runs/' || runs.id || '/result.safetensors')"""


def faults(place: Place) -> list[str]:
    """Return a sentence for each fault; see `RunStore.check`."""
    with place.database.reading() as connection:
        found = _faults_of_rows(connection, str(place.database.path))
        files = [KeptFile(*row) for row in connection.execute(FILES)]
        files += [KeptFile(*row) for row in connection.execute(UPLOADS)]
    for kept in files:
        fault = fault_of(place.folder, kept)
        if fault is not None and _is_still_named(place, kept):
            found.append(fault)
    return found


def _faults_of_rows(connection: sqlite3.Connection, shown: str) -> list[str]:
    said = connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})").fetchall()
    found = [f"The database {shown!r} is broken: {one}." for (one,) in said if one != "ok"]
    for table, *_ in connection.execute("PRAGMA foreign_key_check"):
        found.append(f"The database {shown!r} has a row of {table} that belongs to no run.")
    for run, mark in connection.execute(WITHOUT_SERIES):
        found.append(f"Run {run} has no series: no row names {series_path(mark)!r}.")
    for (run,) in connection.execute(WITHOUT_RESULT):
        found.append(f"Run {run} has a verdict, and no row names its result.")
    return found


def _is_still_named(place: Place, kept: KeptFile) -> bool:
    """Say whether a row still names a file; a run may have left since the rows were read."""
    with place.database.reading() as connection:
        named = [KeptFile(*row) for query in (FILES, UPLOADS) for row in connection.execute(query)]
    return kept in named
