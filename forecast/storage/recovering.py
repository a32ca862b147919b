"""After a crash: runs that nobody trains any more, and files that belong to nothing."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from forecast.errors import StoreError
from forecast.storage.names import is_id
from forecast.storage.place import Place
from forecast.storage.presence import absence
from forecast.storage.removing import remove_series
from forecast.storage.uploads import remove_upload_file

STALE_SECONDS = 600  # what is younger may still be at work
WAIT_SECONDS = 60  # for another process that clears up
LEFT = """SELECT runs.id, runs.number, runs.started,
    (SELECT count(*) FROM epochs WHERE epochs.run = runs.number)
    FROM runs WHERE server = ? AND finished IS NULL ORDER BY submitted, number"""
FAILED = "UPDATE runs SET state = 'failed', error = ?, finished = ? WHERE number = ?"
CELLS_FAILED = """UPDATE cells SET state = 'failed'
    WHERE run = ? AND state IN ('waiting', 'running', 'paused')"""


def recover(place: Place) -> list[str]:
    """Mark runs that were left alone, and clear up; see `RunStore.recover`."""
    lock = FileLock(place.folder / "recovery.lock", timeout=WAIT_SECONDS, mode=0o600)
    try:
        with lock:
            found = mark_lost(place)
            sweep(place, time.time() - STALE_SECONDS)
            return found
    except Timeout as error:
        raise StoreError(
            f"Another process has been clearing up {str(place.folder)!r} for {WAIT_SECONDS} s. "
            "Try again, or end that process."
        ) from error


def mark_lost(place: Place) -> list[str]:
    """Mark unfinished runs whose server is gone as failed, and return them.

    Cheap enough for every look at the runs: it tries one lock for each other server that has runs
    under way, and writes only where one is gone.

    Raises:
        StoreError: the database cannot be used.
    """
    return [run for server in _servers(place) for run in _marked(place, server)]


def sweep(place: Place, before: float) -> None:
    """Remove what crashes left behind: files that no row names, and locks of nobody.

    What is older than the database belongs to another one, which somebody moved away and may want
    to bring back, and stays.

    Args:
        place: of the store.
        before: seconds since the epoch; what was changed since then stays as well.
    """
    with place.database.reading() as connection:
        (made,) = connection.execute("SELECT value FROM about WHERE name = 'made'").fetchone()
    for file in _between(place.folder, ".*.part", made, before):
        _unlink(file)
    for file in _between(place.folder / "series", "*", made, before):
        _sweep_series(place, file)
    for file in _between(place.folder / "uploads", "*", made, before):
        remove_upload_file(place, file)
    for folder in (place.folder / "runs").iterdir():
        _sweep_run(place, folder, made, before)
    for file in _between(place.folder / "servers", "*.lock", 0, before):
        with absence(place.folder, file.stem) as gone:
            if gone:
                _unlink(file)


def _servers(place: Place) -> list[str]:
    """Return the servers that have not ended all their runs, without the present one."""
    query = "SELECT DISTINCT server FROM runs WHERE finished IS NULL AND server != ?"
    with place.database.reading() as connection:
        return [server for (server,) in connection.execute(query, (place.presence.id,))]


def _marked(place: Place, server: str) -> list[str]:
    """Mark the runs of a server as failed, if it is gone, and return them."""
    with absence(place.folder, server) as gone:
        if not gone:
            return []
        with place.database.writing(durable=True) as connection:
            runs = connection.execute(LEFT, (server,)).fetchall()
            for _, number, started, epochs in runs:
                said = _said(started, epochs)
                connection.execute(FAILED, (said, time.time(), number))
                connection.execute(CELLS_FAILED, (number,))
        return [run_id for run_id, *_ in runs]


def _said(started: float | None, epochs: int) -> str:
    """Say what became of a run."""
    if started is None and epochs == 0:
        return "The server ended before this run began. Run it again."
    kept = {0: "no epoch was finished", 1: "the 1 finished epoch was kept"}
    counted = kept.get(epochs, f"the {epochs} finished epochs were kept")
    return f"The server ended while this run trained; {counted}. Run it again."


def _between(folder: Path, pattern: str, since: float, before: float) -> Iterator[Path]:
    """Yield what was last changed in a span of time."""
    return (path for path in folder.glob(pattern) if _is_between(path, since, before))


def _is_between(path: Path, since: float, before: float) -> bool:
    try:
        return since <= path.lstat().st_mtime < before
    except OSError:  # somebody else removed it
        return False


def _sweep_series(place: Place, file: Path) -> None:
    if file.suffix == ".safetensors" and not file.name.startswith("."):
        remove_series(place, file.stem)
    else:
        _unlink(file)


def _sweep_run(place: Place, folder: Path, made: float, before: float) -> None:
    """Remove the folder of no run; of a run, what no row names."""
    known = None
    if is_id(folder.name):
        with place.database.reading() as connection:
            known = _known(connection, folder.name)
    if known is None:
        if _is_between(folder, made, before):
            shutil.rmtree(folder, ignore_errors=True)
        return
    finished, named = known
    for file in _between(folder, "*", 0, before):
        # The result of a run that has not ended may just be about to get its rows.
        is_left = finished or file.name.startswith(".")
        if is_left and f"runs/{folder.name}/{file.name}" not in named:
            _unlink(file)


def _unlink(file: Path) -> None:
    """Remove a file, unless the system refuses: then the next sweep tries again."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


def _known(connection: sqlite3.Connection, run_id: str) -> tuple[bool, set[str]] | None:
    """Return whether a run has ended, and the paths of its files; None if there is no such run."""
    row = connection.execute("SELECT number, finished FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        return None
    found = connection.execute("SELECT path FROM files WHERE run = ?", (row[0],))
    return row[1] is not None, {path for (path,) in found}
