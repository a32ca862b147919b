"""Files that commands write."""

import os
from pathlib import Path

import pandas as pd

from forecast.errors import DataError
from forecast.files import write_whole


def check_writable(path: Path) -> None:
    """Find out before the work whether its result can be written.

    Raises:
        DataError: there is no such folder, it may not be written to, or `path` is a folder.
    """
    if not path.parent.is_dir():
        raise DataError(f"There is no folder {str(path.parent)!r} to write to. Make it first.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise DataError(f"Cannot write {str(path)!r}. Name a file in a folder you may write to.")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table whole or not at all.

    Raises:
        DataError: the file cannot be written.
    """
    try:
        write_whole(path, frame.to_csv(index=False).encode())
    except OSError as error:
        raise DataError(f"Cannot write {str(path)!r}: {error.strerror or error}.") from error
