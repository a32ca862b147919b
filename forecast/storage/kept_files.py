"""Files of a store with their checksums."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from forecast.errors import ArchiveError, StoreError

CHUNK = 2**20


class KeptFile(NamedTuple):
    """A file as a row of the table `files` describes it.

    Attributes:
        path: below the folder of the store, with `/`.
        size: in bytes.
        sha256: of its content, as 64 hexadecimal digits.
    """

    path: str
    size: int
    sha256: str


def described(folder: Path, file: Path) -> KeptFile:
    """Return what a row says of a file that was written.

    Raises:
        OSError: it cannot be read.
    """
    told, size = hashlib.sha256(), 0
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            told.update(chunk)
            size += len(chunk)
    return KeptFile(file.relative_to(folder).as_posix(), size, told.hexdigest())


def fault_of(folder: Path, kept: KeptFile) -> str | None:
    """Say what is wrong with a file, or return None."""
    file = folder / kept.path
    try:
        found = described(folder, file)
    except FileNotFoundError:
        return f"The file {str(file)!r} is missing."
    except OSError as error:
        return f"The file {str(file)!r} cannot be read: {error.strerror or error}."
    if found.size != kept.size:
        return f"The file {str(file)!r} has {found.size:,} bytes; {kept.size:,} were written."
    if found.sha256 != kept.sha256:
        return f"The checksum of the file {str(file)!r} differs from that of what was written."
    return None


def check_file(folder: Path, kept: KeptFile) -> None:
    """See that a file is as it was written.

    Raises:
        StoreError: it is not.
    """
    fault = fault_of(folder, kept)
    if fault is not None:
        raise StoreError(
            f"{fault} Bring it back from a copy, or run it again; what else is known of it is "
            "still there."
        )


def insert_files(connection: sqlite3.Connection, files: list[KeptFile], run: int | None) -> None:
    """Write the rows of files, of a run or of no single one, in place of earlier rows."""
    connection.executemany(
        "INSERT OR REPLACE INTO files (path, run, size, sha256) VALUES (?, ?, ?, ?)",
        [(one.path, run, one.size, one.sha256) for one in files],
    )


def files_of(connection: sqlite3.Connection, run: int) -> list[KeptFile]:
    """Return the files that belong to one run alone."""
    found = connection.execute(
        "SELECT path, size, sha256 FROM files WHERE run = ? ORDER BY path", (run,)
    )
    return [KeptFile(*row) for row in found]


def file_at(connection: sqlite3.Connection, path: str) -> KeptFile | None:
    """Return the file of a path, if it has a row."""
    row = connection.execute(
        "SELECT path, size, sha256 FROM files WHERE path = ?", (path,)
    ).fetchone()
    return None if row is None else KeptFile(*row)


@contextmanager
def writing_files(what: str, folder: Path) -> Iterator[None]:
    """Turn the errors of files that cannot be written into ours.

    Args:
        what: is written, for the message.
        folder: of the store.

    Raises:
        StoreError: with the reason and the remedy.
    """
    try:
        yield
    except (OSError, ArchiveError) as error:
        reason = reason_of(error)
        raise StoreError(
            f"{what} cannot be kept in {str(folder)!r}: {reason}. Free some space there, or set "
            "FORECAST_HOME to a folder that has some and that you may write to."
        ) from error


def reason_of(error: BaseException) -> str:
    """Return what the system said, of an error that may be due to another one."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return str(getattr(cause, "strerror", None) or error).rstrip(".")


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder would outlive a loss of power, where that can be asked for.

    Raises:
        OSError: the disk refuses.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
