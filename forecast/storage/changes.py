"""What happens while a run trains, as rows: one transaction for all that came together."""

import sqlite3
from collections.abc import Callable
from typing import Any

from forecast.storage.names import LONGEST_SAID, row_text
from forecast.storage.records import (
    CellEnded,
    CellStarted,
    Change,
    Changes,
    EpochEnded,
    RunPaused,
    RunStarted,
)

# A run that is not there has no such number, and nothing is changed.
ANY = "(SELECT number FROM runs WHERE id = :run)"
OPEN = "(SELECT number FROM runs WHERE id = :run AND finished IS NULL)"
# What comes late, after the end of its run, is still worth having; but it opens nothing again.
STARTED = """UPDATE runs SET started = coalesce(started, :at),
    state = CASE WHEN finished IS NULL THEN 'running' ELSE state END WHERE id = :run"""
PAUSED = "UPDATE runs SET state = 'paused' WHERE id = :run AND finished IS NULL"
RESUMED = """UPDATE runs SET state = CASE WHEN started IS NULL THEN 'queued' ELSE 'running' END
    WHERE id = :run AND state = 'paused'"""
CELLS_PAUSED = f"UPDATE cells SET state = 'paused' WHERE run = {OPEN} AND state = 'running'"  # noqa: S608
CELLS_RESUMED = f"UPDATE cells SET state = 'running' WHERE run = {OPEN} AND state = 'paused'"  # noqa: S608
CELL_STARTED = f"""UPDATE cells SET engine = :engine,
    state = CASE WHEN run = {OPEN} THEN 'running' ELSE state END
    WHERE run = {ANY} AND cell = :cell"""  # noqa: S608
CELL_ENDED = f"""UPDATE cells SET state = :state, error = :error
    WHERE run = {ANY} AND cell = :cell"""  # noqa: S608
EPOCH = """INSERT INTO epochs
    SELECT runs.number, cells.cell, :epoch, :loss, :val_loss, :learning_rate, :grad_norm, :seconds,
        :clipped, :updates
    FROM runs JOIN cells ON cells.run = runs.number AND cells.cell = :cell
    WHERE runs.id = :run
    ON CONFLICT DO UPDATE SET loss = excluded.loss, val_loss = excluded.val_loss,
        learning_rate = excluded.learning_rate, grad_norm = excluded.grad_norm,
        seconds = excluded.seconds, clipped = excluded.clipped, updates = excluded.updates"""

Write = Callable[[sqlite3.Connection, Any], object]


def write_changes(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write what has happened, in its order."""
    for change in changes:
        WRITERS[type(change)](connection, change)


def _run_started(connection: sqlite3.Connection, change: RunStarted) -> None:
    connection.execute(STARTED, change._asdict())


def _run_paused(connection: sqlite3.Connection, change: RunPaused) -> None:
    statements = (PAUSED, CELLS_PAUSED) if change.paused else (RESUMED, CELLS_RESUMED)
    for statement in statements:
        connection.execute(statement, {"run": change.run})


def _cell_started(connection: sqlite3.Connection, change: CellStarted) -> None:
    connection.execute(CELL_STARTED, change._asdict())


def _epoch_ended(connection: sqlite3.Connection, change: EpochEnded) -> None:
    facts = change.epoch._asdict() | {"run": change.run, "cell": change.cell}
    connection.execute(EPOCH, facts)  # SQLite keeps NaN as NULL


def _cell_ended(connection: sqlite3.Connection, change: CellEnded) -> None:
    error = None if change.error is None else row_text(change.error, LONGEST_SAID)
    connection.execute(CELL_ENDED, change._asdict() | {"error": error})


WRITERS: dict[type[Change], Write] = {
    RunStarted: _run_started,
    RunPaused: _run_paused,
    CellStarted: _cell_started,
    EpochEnded: _epoch_ended,
    CellEnded: _cell_ended,
}
