"""Which processes write runs: each holds a file's lock for as long as it lives."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout

from forecast.errors import StoreError
from forecast.storage.names import is_id, new_id

ROOM = "servers"


class Presence:
    """The lock of one store in one process, which the system takes back when the process ends.

    Args:
        folder: of the store.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = Lock()
        self._lock: FileLock | None = None
        self._id = ""

    @property
    def id(self) -> str:
        """The id, or blank as long as there is no lock."""
        return self._id

    def shown(self) -> str:
        """Take the lock if that is still to be done, and return its id.

        Raises:
            StoreError: it cannot be had.
        """
        with self._turn:
            if self._lock is None:
                name = new_id()
                lock = _lock_of(self._folder, name)
                try:
                    lock.acquire(timeout=10)
                except OSError as error:
                    raise StoreError(
                        f"The lock {lock.lock_file!r} cannot be had ({error.strerror or error}). "
                        "See that its folder may be written to."
                    ) from error
                self._lock, self._id = lock, name
            return self._id

    def end(self) -> None:
        """Give the lock back; runs of this store that have not ended count as left alone."""
        with self._turn:
            if self._lock is not None:
                self._lock.release()
                Path(self._lock.lock_file).unlink(missing_ok=True)
                self._lock, self._id = None, ""


@contextmanager
def absence(folder: Path, server: str) -> Iterator[bool]:
    """Say whether nobody holds a lock, and hold it meanwhile.

    Args:
        folder: of the store.
        server: id of the lock.
    """
    if not is_id(server) or not _file_of(folder, server).exists():
        yield True
        return
    lock = _lock_of(folder, server)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _file_of(folder: Path, server: str) -> Path:
    return folder / ROOM / f"{server}.lock"


def _lock_of(folder: Path, server: str) -> FileLock:
    # One thread may take it and another give it back.
    return FileLock(_file_of(folder, server), mode=0o600, thread_local=False)
