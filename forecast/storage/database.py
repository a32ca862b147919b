"""Connections to the one SQLite file of a store, for any number of threads and processes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from forecast.errors import StoreError
from forecast.storage import schema

FILE = "runs.sqlite"
BUSY_SECONDS = 20.0  # that one waits for another process, or thread, to end its writing
MOST_IDLE = 8  # connections that are kept open for later
WAL_BYTES = 16 * 2**20  # that the log keeps after it was written back
AWAY = (
    "Move it and the files beside it whose names begin with its own to another folder; at the "
    "next start a new one is made."
)
FAULTS = {
    sqlite3.SQLITE_FULL: ("its disk is full", "Free some space there."),
    sqlite3.SQLITE_BUSY: (
        f"another process has been writing to it for {BUSY_SECONDS:.0f} s",
        "Try again, or end that process.",
    ),
    sqlite3.SQLITE_READONLY: ("it may not be written to", "Give this user the right to write it."),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        "See that its folder is there and may be written to, on a disk of this computer.",
    ),
    sqlite3.SQLITE_CORRUPT: ("it is broken", AWAY),
    sqlite3.SQLITE_NOTADB: ("it is no SQLite database, or broken", AWAY),
    sqlite3.SQLITE_IOERR: (
        "it cannot be read or written",
        "See that its disk is whole and has room.",
    ),
}
OTHER = ("SQLite refused", "See that its folder may be written to.")


class Database:
    """The database of a store.

    Args:
        folder: in which it stands; it is made there if it is missing.

    Raises:
        StoreError: it is broken, foreign, newer, or cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._idle: list[sqlite3.Connection] = []
        self._lock, self._turn = Lock(), Lock()  # of the idle ones; of the one that writes
        self._closed = False
        with _told(self.path):
            self._prepare()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state of the database throughout.

        Raises:
            StoreError: the database cannot be read, or the store was closed.
        """
        with self._borrowed() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are kept together at the end, or not at all.

        Only one writes at a time, of all threads and processes.

        Args:
            durable: whether to wait until the changes would outlive a loss of power; else they
                outlive that of the process.

        Raises:
            StoreError: the database cannot be written, or the store was closed.
        """
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise _error(self.path, FAULTS[sqlite3.SQLITE_BUSY], "another thread")
        try:
            with self._borrowed() as connection:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close all connections; one that is at work closes when it is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to one thread; it comes back unless something went wrong."""
        with _told(self.path):
            connection = self._taken()
            try:
                yield connection
            except BaseException:
                connection.close()  # which takes back what was not committed
                raise
            self._give_back(connection)

    def _taken(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreError("The run store was closed. Open it again.")
            if self._idle:
                return self._idle.pop()
        return self._opened()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def _opened(self) -> sqlite3.Connection:
        connection = _connected(self.path)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self) -> None:
        """Make or check the database, one process at a time.

        Raises:
            StoreError: it is foreign or newer, or another process takes too long.
            sqlite3.Error: it is broken or cannot be written.
        """
        try:
            with FileLock(f"{self.path}.lock", timeout=BUSY_SECONDS, mode=0o600):
                self._make_private()
                connection = _connected(self.path)
                try:
                    schema.check_ours(connection, self.path)
                    connection.execute("PRAGMA journal_mode = WAL")
                    schema.migrate(connection)
                finally:
                    connection.close()
        except Timeout as error:
            raise _error(self.path, FAULTS[sqlite3.SQLITE_BUSY], str(error)) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise _error(self.path, FAULTS[sqlite3.SQLITE_CANTOPEN], reason) from error

    def _make_private(self) -> None:
        """Make the file for its user alone; SQLite gives those beside it the same mode."""
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))


def _connected(path: Path) -> sqlite3.Connection:
    # The lock of the pool and of the turn keep a connection to one thread at a time.
    return sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        StoreError: with the file, the reason and the remedy.
    """
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:  # the latter of a whole number past 64 bits
        code = getattr(error, "sqlite_errorcode", None)
        known = OTHER if code is None else FAULTS.get(code & 0xFF, OTHER)
        raise _error(path, known, str(error)) from error


def _error(path: Path, known: tuple[str, str], reason: str) -> StoreError:
    said, remedy = known
    return StoreError(f"The database of runs, {str(path)!r}: {said} ({reason}). {remedy}")
