"""The files of an input: one, or all of a folder with the folders in it."""

import os
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from forecast.errors import ReadError

PARQUET, CSV = "parquet", "csv"
SUFFIXES = {".parquet": PARQUET, ".pq": PARQUET, ".csv": CSV, ".tsv": CSV, ".txt": CSV}
HIDDEN = (".", "_")  # how marks of other programs begin, such as _SUCCESS
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


class File(NamedTuple):
    """One file of an input.

    Attributes:
        name: its path below the input's folder, with slashes.
        size: in bytes.
        modified: nanoseconds since 1970.
    """

    name: str
    size: int
    modified: int

    @property
    def keys(self) -> dict[str, str | None]:
        """Columns that the names of its folders give, as in `region=north/part.parquet`."""
        pairs = [one.split("=", 1) for one in PurePosixPath(self.name).parts[:-1] if "=" in one]
        return {key: None if value == NO_VALUE else unquote(value) for key, value in pairs}


class Input(NamedTuple):
    """All files of an input.

    Attributes:
        root: the folder that their names start from.
        kind: `parquet` or `csv`.
        files: in the order of their names.
    """

    root: Path
    kind: str
    files: tuple[File, ...]

    def path(self, file: File) -> Path:
        """Return where a file lies."""
        return self.root / file.name


def find_input(path: str | os.PathLike[str]) -> Input:
    """Return the files of an input.

    Args:
        path: a Parquet or CSV file, or a folder of one of both kinds.

    Raises:
        ReadError: there is no such thing, or it holds no such files, or both kinds.
    """
    given = Path(path).expanduser().absolute()
    try:
        if given.is_dir():
            return _of_folder(given)
        if not given.is_file():
            raise _error(given, "there is no such file or folder. Check the path")
        kind = SUFFIXES.get(given.suffix.lower(), CSV)
        return Input(given.parent, kind, (_file(given, given.parent),))
    except OSError as error:
        raise _error(given, f"it cannot be read: {error.strerror or error}") from error


def _of_folder(root: Path) -> Input:
    found: list[File] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith(HIDDEN))
        found += [_file(Path(folder) / name, root) for name in names if _is_data(name)]
    kinds = {SUFFIXES[Path(one.name).suffix.lower()] for one in found}
    if len(kinds) != 1:
        what = "Parquet files and CSV files" if kinds else "no file"
        raise _error(root, f"a folder must hold Parquet files or CSV files; it holds {what}")
    return Input(root, kinds.pop(), tuple(sorted(found)))


def _is_data(name: str) -> bool:
    return not name.startswith(HIDDEN) and Path(name).suffix.lower() in SUFFIXES


def _file(path: Path, root: Path) -> File:
    told = path.stat()
    return File(path.relative_to(root).as_posix(), told.st_size, told.st_mtime_ns)


def _error(path: Path, reason: str) -> ReadError:
    return ReadError(f"{path}: {reason}.", path=str(path))
