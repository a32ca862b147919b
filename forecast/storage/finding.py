"""Kept runs out of their rows."""

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd

from forecast.errors import StoreError
from forecast.storage.names import is_id
from forecast.storage.records import KeptCell, KeptRun
from forecast.training.history import Epoch, history_frame

RUNS = """SELECT runs.*,
    (SELECT coalesce(sum(size), 0) FROM files WHERE files.run = runs.number)
    + coalesce((SELECT size FROM files
        WHERE path = 'series/' || runs.fingerprint || '.safetensors'), 0) AS bytes
    FROM runs"""
CELLS = """SELECT cells.* FROM cells JOIN runs ON runs.number = cells.run"""
NEWEST = " ORDER BY submitted DESC, number DESC"
EPOCHS = """SELECT cell, epoch, loss, val_loss, learning_rate, grad_norm, seconds, clipped, updates
    FROM epochs WHERE run = ? ORDER BY cell, epoch"""

Histories = dict[int, list[Epoch]]


def found_run(connection: sqlite3.Connection, run_id: str) -> KeptRun | None:
    """Return a run with its histories, or None if there is none."""
    rows = _rows(connection, f"{RUNS} WHERE runs.id = ?", run_id) if is_id(run_id) else []
    if not rows:
        return None
    number = rows[0]["number"]
    cells = _rows(connection, f"{CELLS} WHERE runs.number = ? ORDER BY cell", number)
    return _run(rows[0], cells, _histories(connection, number))


def found_runs(connection: sqlite3.Connection, owner: str | None) -> list[KeptRun]:
    """Return the runs of an owner, or all, the newest first, without histories."""
    some = " WHERE runs.owner = ?" if owner is not None else ""
    given = () if owner is None else (owner,)
    cells = defaultdict(list)
    for row in _rows(connection, f"{CELLS}{some} ORDER BY cells.run, cell", *given):
        cells[row["run"]].append(row)
    runs = _rows(connection, f"{RUNS}{some}{NEWEST}", *given)
    return [_run(row, cells[row["number"]], {}) for row in runs]


def run_number(connection: sqlite3.Connection, run_id: str) -> int:
    """Return the number that a run has in the other tables.

    Raises:
        StoreError: there is no such run.
    """
    found = None
    if is_id(run_id):
        found = connection.execute("SELECT number FROM runs WHERE id = ?", (run_id,)).fetchone()
    if found is None:
        raise StoreError(
            f"There is no run {repr(run_id)[:80]}. It may have been deleted, or have left as the "
            "oldest one; list the runs to see which there are."
        )
    number: int = found[0]
    return number


def history_of(connection: sqlite3.Connection, run_id: str) -> pd.DataFrame:
    """Return one row a cell and epoch; see `RunStore.history`."""
    number = run_number(connection, run_id)
    query = "SELECT cell, label, value FROM cells WHERE run = ? ORDER BY cell"
    cells = connection.execute(query, (number,)).fetchall()
    histories = _histories(connection, number)
    is_grid = any(value is not None for _, _, value in cells)
    tables = []
    for cell, label, value in cells:
        table = history_frame(histories.get(cell, ()))
        if is_grid:
            table.insert(0, "value", pd.Series([value] * len(table), dtype="int64"))
        table.insert(0, "cell", pd.Series([label] * len(table), dtype="str"))
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else history_frame(())


def _rows(connection: sqlite3.Connection, query: str, *given: Any) -> list[dict[str, Any]]:
    found = connection.execute(query, given)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _histories(connection: sqlite3.Connection, number: int) -> Histories:
    found: Histories = defaultdict(list)
    for cell, epoch, *values in connection.execute(EPOCHS, (number,)):
        found[cell].append(Epoch(epoch, *(math.nan if one is None else one for one in values)))
    return found


def _run(row: dict[str, Any], cells: Iterable[dict[str, Any]], histories: Histories) -> KeptRun:
    asked = json.loads(row["asked"])
    facts = {name: row[name] for name in KeptRun._fields if name in row}
    read = {
        "asked": asked,
        "versions": json.loads(row["versions"]),
        "scores": json.loads(row["scores"]),
        "pinned": bool(row["pinned"]),
        "seed": (asked.get("settings") or {}).get("seed", 0),
        "cells": tuple(_cell(cell, histories) for cell in cells),
    }
    return KeptRun(**facts | read)


def _cell(row: dict[str, Any], histories: Histories) -> KeptCell:
    return KeptCell(
        label=row["label"],
        value=row["value"],
        epochs=row["epochs"],
        limit=row["seconds"],
        state=row["state"],
        engine=row["engine"],
        error=row["error"],
        history=tuple(histories.get(row["cell"], ())),
    )
