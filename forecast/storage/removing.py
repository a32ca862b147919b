"""Runs that leave: deleted by somebody, or to make room where there are too many."""

import shutil
import sqlite3

from forecast.errors import StoreError
from forecast.storage.finding import run_number
from forecast.storage.names import checked_id
from forecast.storage.place import Place, series_path
from forecast.storage.presence import absence
from forecast.storage.shares import Bounds, next_to_leave


def delete(place: Place, run_id: str) -> None:
    """Remove a run with its files; see `RunStore.delete`."""
    with place.database.reading() as connection:
        number = run_number(connection, run_id)
        server, finished = connection.execute(
            "SELECT server, finished FROM runs WHERE number = ?", (number,)
        ).fetchone()
    if finished is not None:
        _remove(place, run_id)
        return
    with absence(place.folder, server) as gone:
        if not gone:
            raise StoreError(f"Run {run_id} still trains. Stop it first, then delete it.")
        _remove(place, run_id)


def prune(place: Place, bounds: Bounds, spared: str) -> None:
    """Let finished runs that are not pinned leave until both limits hold.

    Args:
        place: of the store.
        bounds: the limits.
        spared: id of the run that has just ended, which stays even if it is too large alone.
    """
    while True:
        with place.database.reading() as connection:
            leaving = next_to_leave(connection, bounds, spared)
        if leaving is None:
            return
        _remove(place, leaving)


def _remove(place: Place, run_id: str) -> None:
    """Remove a run: first its rows, so that nothing half removed is ever shown."""
    with place.database.writing() as connection:
        row = connection.execute("SELECT fingerprint FROM runs WHERE id = ?", (run_id,)).fetchone()
        connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
    shutil.rmtree(place.run_folder(checked_id(run_id)), ignore_errors=True)
    if row is not None:
        remove_series(place, row[0])


def remove_series(place: Place, fingerprint: str) -> None:
    """Remove a series that no run has; nobody else begins one with it meanwhile."""
    path = series_path(fingerprint)
    with place.database.writing() as connection:
        if is_wanted(connection, fingerprint):
            return
        connection.execute("DELETE FROM files WHERE path = ?", (path,))
        try:
            (place.folder / path).unlink(missing_ok=True)
        except OSError:
            return  # a reader holds it open, on Windows; it is swept later


def is_wanted(connection: sqlite3.Connection, fingerprint: str) -> bool:
    """Say whether a run has this series."""
    query = "SELECT 1 FROM runs WHERE fingerprint = ? LIMIT 1"
    return connection.execute(query, (fingerprint,)).fetchone() is not None
