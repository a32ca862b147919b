"""Stored copies of what people brought: one reading for all sessions, bounded by bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pandas as pd

from forecast.storage.records import Upload

MOST_BYTES = 256 * 2**20  # in memory; one that is larger is read anew each time


class Copies:
    """The copies that were read last; what is handed out is shared and must not be changed.

    Args:
        read: returns a copy by its id, or None where there is none.
        most_bytes: that all of them may take in memory.
    """

    def __init__(self, read: Callable[[str], Upload | None], most_bytes: int = MOST_BYTES) -> None:
        self._read, self._most = read, most_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[Upload, int]] = OrderedDict()

    def find(self, upload_id: str) -> Upload | None:
        """Return a copy, or None where there is none.

        Raises:
            StoreError: its file is broken.
        """
        with self._lock:
            if upload_id in self._held:
                self._held.move_to_end(upload_id)
                return self._held[upload_id][0]
        found = self._read(upload_id)  # without the lock: a large one takes seconds
        if found is not None:
            self._hold(upload_id, found)
        return found

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._held.clear()

    def _hold(self, upload_id: str, found: Upload) -> None:
        size = size_of(found.data)
        if size > self._most:
            return
        with self._lock:
            self._held[upload_id] = found, size
            total = sum(size for _, size in self._held.values())
            while total > self._most:
                _, (_, size) = self._held.popitem(last=False)
                total -= size


def size_of(data: "pd.Series[Any] | pd.DataFrame") -> int:
    """Return the bytes that rows take in memory."""
    used = data.memory_usage(index=True, deep=True)
    return int(used.sum()) if isinstance(used, pd.Series) else int(used)
