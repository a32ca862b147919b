"""What the runs of each owner take, so that nobody's push out those of others."""

import sqlite3
from typing import NamedTuple

from forecast.errors import StoreError
from forecast.storage.finding import run_number
from forecast.storage.place import Place

FEWEST_PAGES = 32  # that the tables of an empty store take, about
EPOCH_BYTES = 64  # that the row of an epoch takes, about
TENTH, HALF = 10, 2  # of the limits, for pinned runs: of one owner of several, of the only one

# Rows take room as well: a long history is larger than the model it led to.
TAKEN = """SELECT (SELECT coalesce(sum(size), 0) FROM files),
    (SELECT count(*) FROM runs),
    (SELECT page_count FROM pragma_page_count),
    (SELECT freelist_count FROM pragma_freelist_count),
    (SELECT page_size FROM pragma_page_size)"""
# A series counts for each of its runs in equal parts. The last number of a cell's epochs is found
# at once, while to count them takes as long as there are some.
WEIGHED = f"""WITH weighed AS (SELECT id, number, owner, pinned, finished,
    length(asked) + length(scores)
    + (SELECT coalesce(sum(size), 0) FROM files WHERE files.run = runs.number)
    + coalesce((SELECT size FROM files
        WHERE path = 'series/' || runs.fingerprint || '.safetensors'), 0)
        / count(*) OVER (PARTITION BY fingerprint)
    + {EPOCH_BYTES} * (SELECT coalesce(sum(coalesce((SELECT max(epoch) FROM epochs
        WHERE epochs.run = cells.run AND epochs.cell = cells.cell), 0)), 0)
        FROM cells WHERE cells.run = runs.number) AS bytes
    FROM runs)"""  # noqa: S608  (our own number)
LEAVING = f"""{WEIGHED},
    shares AS (SELECT owner, sum(bytes) AS bytes, count(*) AS runs FROM weighed GROUP BY owner)
    SELECT weighed.id FROM weighed JOIN shares USING (owner)
    WHERE finished IS NOT NULL AND NOT pinned AND weighed.id != :spared
    ORDER BY CASE :limit WHEN 'bytes' THEN shares.bytes ELSE shares.runs END DESC, finished, number
    LIMIT 1"""  # noqa: S608
PINNED = f"""{WEIGHED} SELECT count(*), coalesce(sum(bytes), 0),
    (SELECT count(DISTINCT owner) FROM runs) FROM weighed
    WHERE owner = (SELECT owner FROM runs WHERE number = :number)
    AND (pinned OR number = :number)"""  # noqa: S608


class Bounds(NamedTuple):
    """What runs may take.

    Attributes:
        bytes: of files and rows.
        runs: finished or not.
    """

    bytes: int
    runs: int


def next_to_leave(connection: sqlite3.Connection, bounds: Bounds, spared: str) -> str | None:
    """Return the id of the run that makes room, or None where there is room or nothing may leave.

    It is the oldest of the owner who takes most of what there is too much of, pinned runs and
    unfinished ones included; where all of theirs must stay, of the next owner.

    Args:
        connection: that reads.
        bounds: the limits.
        spared: id of a run that stays.
    """
    limit = _broken(connection, bounds)
    if limit is None:
        return None
    found = connection.execute(LEAVING, {"spared": spared, "limit": limit}).fetchone()
    return None if found is None else str(found[0])


def _broken(connection: sqlite3.Connection, bounds: Bounds) -> str | None:
    """Return which limit does not hold: `bytes`, `runs` or None."""
    files, runs, pages, free, size = connection.execute(TAKEN).fetchone()
    rows = max(pages - free - FEWEST_PAGES, 0) * size
    if files + rows > bounds.bytes:
        return "bytes"
    return "runs" if runs > bounds.runs else None


def pin(place: Place, bounds: Bounds, run_id: str, pinned: bool) -> None:
    """Keep a run when others leave, or no longer; see `RunStore.pin`."""
    with place.database.writing(durable=True) as connection:
        number = run_number(connection, run_id)
        if pinned:
            _check_pin(connection, bounds, number)
        query = "UPDATE runs SET pinned = ? WHERE number = ?"
        connection.execute(query, (int(pinned), number))


def _check_pin(connection: sqlite3.Connection, bounds: Bounds, number: int) -> None:
    """See that a run is pinned already, or may be.

    Args:
        connection: that writes, so that no other run is pinned meanwhile.
        bounds: of all runs.
        number: of the run.

    Raises:
        StoreError: it has not ended, or its owner's pinned runs would take too much.
    """
    query = "SELECT id, pinned, finished FROM runs WHERE number = ?"
    run_id, pinned, finished = connection.execute(query, (number,)).fetchone()
    if pinned:
        return
    if finished is None:  # nobody knows yet what it will take
        raise StoreError(
            f"Run {run_id} has not ended, and stays anyway until then. Pin it when it has ended."
        )
    runs, taken, owners = connection.execute(PINNED, {"number": number}).fetchone()
    part = HALF if owners == 1 else TENTH
    most = Bounds(bounds.bytes // part, max(1, bounds.runs // part))
    if runs > most.runs or taken > most.bytes:
        raise StoreError(
            f"The pinned runs of one person may be up to {most.runs:,} and take up to "
            f"{_shown(most.bytes)}; with run {run_id} they would be {runs:,} and take "
            f"{_shown(taken)}. Unpin another one, or download this one."
        )


def _shown(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size:,} bytes"
