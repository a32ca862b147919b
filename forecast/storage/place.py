"""Where a store is: its folder, its database, and the lock of this process."""

from pathlib import Path
from typing import NamedTuple

from forecast.storage.database import Database
from forecast.storage.presence import Presence


class Place(NamedTuple):
    """Where a store is.

    Attributes:
        folder: made by `home.made_home`.
        database: in it.
        presence: of this process.
    """

    folder: Path
    database: Database
    presence: Presence

    def run_folder(self, run_id: str) -> Path:
        """Return the folder of a run's files; its id was checked."""
        return self.folder / "runs" / run_id

    def upload_file(self, upload_id: str) -> Path:
        """Return the file of an upload; its id was checked."""
        return self.folder / "uploads" / f"{upload_id}.parquet"


def series_path(fingerprint: str) -> str:
    """Return where a series stands, below the folder."""
    return f"series/{fingerprint}.safetensors"
