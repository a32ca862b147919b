"""Arrays and a JSON header in one safetensors file, written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from forecast.errors import ArchiveError
from forecast.files import write_whole

KEY = "forecast"  # where the header stands in the file's metadata
VERSION = 1


class Archive(NamedTuple):
    """The content of an archive.

    Attributes:
        header: what `write` was given, read back from JSON.
        arrays: by name.
    """

    header: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def write(
    path: str | os.PathLike[str], kind: str, header: Mapping[str, Any], arrays: Mapping[str, Any]
) -> None:
    """Write an archive under a temporary name beside `path`, then rename it.

    Args:
        path: the file; its folder must exist.
        kind: what the archive holds, such as `forecaster`; `read` asks for it.
        header: anything JSON can hold.
        arrays: NumPy arrays by name.

    Raises:
        ArchiveError: the file cannot be written.
    """
    target = Path(path)
    text = json.dumps({"kind": kind, "version": VERSION, "header": dict(header)}, allow_nan=False)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = save(contiguous, metadata={KEY: text})
    write_file(target, content)


def write_file(target: Path, content: bytes) -> None:
    """Write the file of a model under a temporary name beside it, then rename it.

    Raises:
        ArchiveError: the file cannot be written.
    """
    try:
        write_whole(target, content)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ArchiveError(
            f"Cannot write {str(target)!r}: {said}. Choose a folder that exists "
            "and that you may write to."
        ) from error


def read(path: str | os.PathLike[str], kind: str) -> Archive:
    """Read an archive.

    Raises:
        ArchiveError: the file is missing, broken, not one of ours, of another kind, or written by
            a newer version.
    """
    shown = repr(str(path))
    if not Path(path).is_file():
        raise ArchiveError(f"There is no file {shown}. Check the path, or save a model first.")
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(KEY, "")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no dict)
        content = json.loads(text)
        found, version, header = content["kind"], content["version"], content["header"]
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(
            f"{shown} is broken or was not written by this package ({error}). Save the model again."
        ) from error
    if version > VERSION:
        raise ArchiveError(
            f"{shown} has format {version}; this version of the package reads up to {VERSION}. "
            "Upgrade the package."
        )
    if found != kind:
        raise ArchiveError(f"{shown} holds a {found}, not a {kind}. Choose another file.")
    return Archive(header, arrays)
