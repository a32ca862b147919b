"""Files that commands write."""

import os
from pathlib import Path

import pandas as pd

from forecast.data.export import write_csv, write_parquet
from forecast.data.readers import PARQUET_SUFFIXES
from forecast.errors import DataError


def check_writable(path: Path) -> None:
    """Find out before the work whether its result can be written.

    Raises:
        DataError: there is no such folder, it may not be written to, or `path` is a folder.
    """
    if not path.parent.is_dir():
        raise DataError(f"There is no folder {str(path.parent)!r} to write to. Make it first.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise DataError(f"Cannot write {str(path)!r}. Name a file in a folder you may write to.")


def write_table(path: Path, frame: pd.DataFrame | pd.Series) -> None:
    """Write a table whole or not at all: as Parquet if the name says so, else as CSV.

    Raises:
        DataError: the file cannot be written.
    """
    write = write_parquet if path.name.lower().endswith(PARQUET_SUFFIXES) else write_csv
    write(frame, path)
