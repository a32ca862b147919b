"""The tables of the run store, and the steps from each version of them to the next.

A step that was released never changes; a new one is added after the last. `PRAGMA user_version`
says how many were taken.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from forecast.errors import StoreError

OURS = 0x52464353  # PRAGMA application_id: tells our files from other SQLite files

Step = tuple[str, ...]

FIRST: Step = (
    f"PRAGMA application_id = {OURS}",
    # Files that are older than the database belong to another one; see `sweeping`.
    "CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "INSERT INTO about VALUES ('made', CAST(strftime('%s', 'now') AS INTEGER))",
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        pinned INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        asked TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        rows INTEGER NOT NULL,
        versions TEXT NOT NULL,
        server TEXT NOT NULL,
        submitted REAL NOT NULL,
        started REAL,
        finished REAL,
        error TEXT,
        verdict TEXT,
        scores TEXT NOT NULL DEFAULT '[]'
    )""",
    "CREATE INDEX runs_of_owner ON runs (owner, submitted)",
    "CREATE INDEX runs_by_time ON runs (submitted)",
    "CREATE INDEX runs_of_series ON runs (fingerprint)",
    "CREATE INDEX runs_unfinished ON runs (server) WHERE finished IS NULL",
    """CREATE TABLE cells (
        run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
        cell INTEGER NOT NULL,
        label TEXT NOT NULL,
        value INTEGER,
        epochs INTEGER NOT NULL,
        seconds REAL,
        state TEXT NOT NULL,
        engine TEXT,
        error TEXT,
        PRIMARY KEY (run, cell)
    ) WITHOUT ROWID""",
    """CREATE TABLE epochs (
        run INTEGER NOT NULL,
        cell INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        loss REAL,
        val_loss REAL,
        learning_rate REAL,
        grad_norm REAL,
        seconds REAL,
        PRIMARY KEY (run, cell, epoch),
        FOREIGN KEY (run, cell) REFERENCES cells (run, cell) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    # Series belong to no single run; they leave with the last that has their fingerprint.
    """CREATE TABLE files (
        path TEXT PRIMARY KEY,
        run INTEGER REFERENCES runs (number) ON DELETE CASCADE,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX files_of_run ON files (run)",
    """CREATE TABLE uploads (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        said TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        kept REAL NOT NULL,
        used REAL NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX uploads_of_owner ON uploads (owner, sha256)",
)

# Runs from before have none: nobody counted.
COUNTED: Step = (
    "ALTER TABLE epochs ADD COLUMN clipped REAL",
    "ALTER TABLE epochs ADD COLUMN updates REAL",
)

STEPS: tuple[Step, ...] = (FIRST, COUNTED)
VERSION = len(STEPS)


def check_ours(connection: sqlite3.Connection, path: Path) -> None:
    """See that a database is ours or new, before anything is written to it.

    Raises:
        StoreError: it is somebody else's, or was written by a newer version.
        sqlite3.Error: it cannot be read.
    """
    version = _number(connection, "user_version")
    ours = _number(connection, "application_id") == OURS
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if (names or version) and not ours:
        raise StoreError(
            f"The database {str(path)!r} holds tables of another program, such as "
            f"{min(names, default='none')!r}. Move it away, or set FORECAST_HOME to another folder."
        )
    if version > VERSION:
        raise StoreError(
            f"The database {str(path)!r} was written by a newer version of this package: its "
            f"tables are of version {version}, and this one knows up to {VERSION}. Upgrade with: "
            'pip install --upgrade "recurrent-forecast"'
        )


def migrate(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Take the steps that a database has not taken yet, all or none.

    Args:
        connection: in autocommit mode, without foreign keys, so that tables may be rebuilt.
        steps: from nothing to the present version.

    Raises:
        sqlite3.Error: a step failed; the database is as it was.
    """
    if _number(connection, "user_version") >= len(steps):
        return
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for step in steps[_number(connection, "user_version") :]:
            for statement in step:
                connection.execute(statement)
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise sqlite3.IntegrityError(f"rows of {broken[0][0]} would lose what they belong to")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    found: int = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return found
