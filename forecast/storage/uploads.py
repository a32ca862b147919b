"""Rows that people brought, as Parquet files, so that an address still finds them tomorrow."""

import hashlib
import sqlite3
import time
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from forecast.errors import StoreError
from forecast.files import write_whole
from forecast.storage.kept_files import KeptFile, check_file, sync_folder, writing_files
from forecast.storage.names import LONGEST_SAID, is_id, new_id, row_text
from forecast.storage.parquet_file import parquet_content, read_parquet_file
from forecast.storage.place import Place
from forecast.storage.records import Upload

IN_USE_SECONDS = 3600  # since its last use; what is in use never leaves
TOUCH_SECONDS = 60  # a use is noted this often at most
TAKEN = "SELECT coalesce(sum(size), 0) FROM uploads"
OLDEST = "SELECT id, size FROM uploads WHERE used < ? {} ORDER BY used, id"


class Quota(NamedTuple):
    """What uploads may take.

    Attributes:
        owner: bytes of one person.
        total: bytes of all.
    """

    owner: int
    total: int


class _Brought(NamedTuple):
    """An upload before it has an id."""

    content: bytes
    name: str
    owner: str
    said: str
    sha256: str


def keep_upload(
    place: Place,
    data: "pd.Series[Any] | pd.DataFrame",
    name: str,
    owner: str,
    said: str,
    quota: Quota,
) -> str:
    """Keep rows that somebody brought; see `RunStore.keep_upload`."""
    content = parquet_content(data)
    brought = _Brought(
        content,
        row_text(name),
        row_text(owner),
        row_text(said, LONGEST_SAID),
        hashlib.sha256(content).hexdigest(),
    )
    _check_size(len(content), quota)
    known = _same(place, brought)
    if known is not None:
        return known
    made = new_id()
    file = place.upload_file(made)
    with writing_files(f"The rows of {brought.name!r}", place.folder):
        write_whole(file, content)
        sync_folder(file.parent)
    try:
        leaving = _listed(place, made, brought, quota)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    for one in leaving:
        place.upload_file(one).unlink(missing_ok=True)
    return made


def found_upload(place: Place, upload_id: str) -> Upload | None:
    """Return rows that somebody brought; see `RunStore.upload`."""
    if not is_id(upload_id):
        return None
    query = "SELECT owner, name, said, size, sha256, kept, used FROM uploads WHERE id = ?"
    with place.database.reading() as connection:
        row = connection.execute(query, (upload_id,)).fetchone()
    if row is None:
        return None
    owner, name, said, size, sha256, kept, used = row
    if time.time() - used > TOUCH_SECONDS:
        with place.database.writing() as connection:
            _touch(connection, upload_id)
    file = KeptFile(f"uploads/{upload_id}.parquet", size, sha256)
    check_file(place.folder, file)
    data = read_parquet_file(place.folder / file.path)
    return Upload(upload_id, owner, name, said, data, kept, size)


def remove_upload_file(place: Place, file: Path) -> None:
    """Remove a file of which no row tells."""
    query = "SELECT 1 FROM uploads WHERE id = ?"
    with place.database.writing() as connection:
        if connection.execute(query, (file.stem,)).fetchone() is None:
            file.unlink(missing_ok=True)


def _check_size(size: int, quota: Quota) -> None:
    most = min(quota)
    if size > most:
        raise StoreError(
            f"Brought rows may take up to {_shown(most)}; these take {_shown(size)} as Parquet. "
            "Leave out rows or columns."
        )


def _same(place: Place, brought: _Brought) -> str | None:
    """Return the id of the same rows under the same name, and note that they are used."""
    query = "SELECT id FROM uploads WHERE owner = ? AND sha256 = ? AND name = ? AND said = ?"
    given = (brought.owner, brought.sha256, brought.name, brought.said)
    with place.database.reading() as connection:
        row = connection.execute(query, given).fetchone()
    if row is None:
        return None
    known: str = row[0]
    # It may just be leaving; then the rows are written again.
    with place.database.writing() as connection:
        return known if _touch(connection, known) else None


def _touch(connection: sqlite3.Connection, upload_id: str) -> bool:
    """Note that an upload is used; return whether it is still there."""
    query = "UPDATE uploads SET used = ? WHERE id = ?"
    return connection.execute(query, (time.time(), upload_id)).rowcount > 0


def _listed(place: Place, made: str, brought: _Brought, quota: Quota) -> list[str]:
    """Write the row of an upload, and return those that leave for it.

    Raises:
        StoreError: too many are in use.
    """
    now, size = time.time(), len(brought.content)
    row = (made, brought.owner, brought.name, brought.said, size, brought.sha256, now, now)
    with place.database.writing(durable=True) as connection:
        leaving = _room_made(connection, size, quota.owner, brought.owner)
        leaving += _room_made(connection, size, quota.total, None)
        connection.execute("INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return leaving


def _room_made(
    connection: sqlite3.Connection, size: int, most: int, owner: str | None
) -> list[str]:
    """Remove the rows of the oldest uploads that nobody uses until one more has room.

    Args:
        connection: that writes.
        size: of the new one, in bytes.
        most: bytes of all, or of one owner.
        owner: whose count; None counts all.

    Raises:
        StoreError: those in use leave no room.
    """
    given = () if owner is None else (owner,)
    of_owner = "" if owner is None else "owner = ?"
    where = f" WHERE {of_owner}" if of_owner else ""
    (taken,) = connection.execute(f"{TAKEN}{where}", given).fetchone()
    query = OLDEST.format(f"AND {of_owner}" if of_owner else "")
    leaving: list[str] = []
    for one, freed in connection.execute(query, (time.time() - IN_USE_SECONDS, *given)).fetchall():
        if taken + size <= most:
            break
        connection.execute("DELETE FROM uploads WHERE id = ?", (one,))
        leaving.append(one)
        taken -= freed
    if taken + size > most:
        whose = "you have brought" if owner is not None else "all people have brought"
        raise StoreError(
            f"The rows that {whose} may take up to {_shown(most)}; {_shown(taken)} are in use, and "
            f"these would take {_shown(size)} more. Try again in an hour, or leave out rows or "
            "columns."
        )
    return leaving


def _shown(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size:,} bytes"
