"""The end of a run: its result into files, then everything into rows at once."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from forecast.checks import one_of
from forecast.evaluation.plain import plain_rows
from forecast.storage.finding import run_number
from forecast.storage.kept_files import (
    KeptFile,
    described,
    insert_files,
    sync_folder,
    writing_files,
)
from forecast.storage.names import LONGEST_SAID, row_text
from forecast.storage.place import Place
from forecast.storage.records import DONE, ENDS, STOPPED
from forecast.storage.result_file import Result, write_result

ENDED = """UPDATE runs SET state = :state, error = :error, finished = :at, verdict = :verdict,
    scores = :scores WHERE number = :number"""
CELLS_ENDED = """UPDATE cells SET state = ?
    WHERE run = ? AND state IN ('waiting', 'running', 'paused')"""


class End(NamedTuple):
    """How a run ended; see `RunStore.finish`."""

    state: str
    error: str | None
    at: float


def finish(place: Place, run_id: str, end: End, result: Result) -> bool:
    """Keep what came of a run; see `RunStore.finish`. Return whether it had not ended yet."""
    one_of("state", end.state, ENDS)
    with place.database.reading() as connection:
        if _has_ended(connection, run_number(connection, run_id)):
            return False
    # Until its row is written, nobody looks at a file; should that fail, they are swept away.
    files = _written(place, run_id, result)
    with place.database.writing(durable=True) as connection:
        number = run_number(connection, run_id)
        if _has_ended(connection, number):
            return False
        insert_files(connection, files, number)
        connection.execute(ENDED, _facts(number, end, result))
        left = STOPPED if end.state == DONE else end.state
        connection.execute(CELLS_ENDED, (left, number))
    return True


def _has_ended(connection: sqlite3.Connection, number: int) -> bool:
    (finished,) = connection.execute(
        "SELECT finished FROM runs WHERE number = ?", (number,)
    ).fetchone()
    return finished is not None


def _written(place: Place, run_id: str, result: Result) -> list[KeptFile]:
    if result.comparison is None and result.grid is None:
        return []
    folder = place.run_folder(run_id)
    with writing_files(f"The result of run {run_id}", place.folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        paths = write_result(folder, result)
        _sync((folder, folder.parent))
        return [described(place.folder, path) for path in paths]


def _sync(folders: Iterable[Path]) -> None:
    for folder in folders:
        sync_folder(folder)


def _facts(number: int, end: End, result: Result) -> dict[str, Any]:
    comparison = result.comparison
    scores = [] if comparison is None else plain_rows(comparison.table)
    return {
        "number": number,
        "state": end.state,
        "error": None if end.error is None else row_text(end.error, LONGEST_SAID),
        "at": end.at,
        "verdict": None if comparison is None else comparison.verdict,
        "scores": json.dumps(scores),
    }
