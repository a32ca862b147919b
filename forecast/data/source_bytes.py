"""The bytes of a file, however the caller names it. Nothing is ever fetched from a network."""

import os
import re
from pathlib import Path
from typing import IO

from forecast.data.limits import USUAL, Limits, check_size
from forecast.errors import ReadError

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]

GIVEN = "the bytes given"
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")


def read_source(source: Source, limits: Limits = USUAL) -> tuple[bytes, str]:
    """Return the content of a path, bytes or binary file, and its name for messages.

    Raises:
        ReadError: it is an internet address, a folder, a missing or locked file, no source, or
            too large.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        check_size(memoryview(source).nbytes, GIVEN, limits)
        return bytes(source), GIVEN
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        return _read_path(path, limits), path
    if not hasattr(source, "read"):
        raise ReadError(
            f"`source` must be a path, bytes or a file opened with mode 'rb'; got {source!r}. "
            "Pass one of these."
        )
    name = str(getattr(source, "name", "the file given"))
    content = source.read(limits.bytes + 1)
    if not isinstance(content, bytes):
        message = f"{name}: a file must be opened for bytes; got text. Open it with mode 'rb'."
        raise ReadError(message, path=name)
    check_size(len(content), name, limits)
    return content, name


def name_of(source: Source) -> str:
    """Return the file name of `source`, as far as it has one, else an empty text."""
    if isinstance(source, bytes | bytearray | memoryview):
        return ""
    name = source if isinstance(source, str | os.PathLike) else getattr(source, "name", "")
    return os.fspath(name) if isinstance(name, str | os.PathLike) else ""


def _read_path(path: str, limits: Limits) -> bytes:
    if ADDRESS.match(path):
        raise ReadError(
            f"{path}: a path must name a local file; got an internet address. "
            "Download the file first and pass its path.",
            path=path,
        )
    try:
        with Path(path).open("rb") as file:
            content = file.read(limits.bytes + 1)  # also of a device that never ends
    except FileNotFoundError:
        message = f"{path}: no such file. Check the name and the folder."
    except IsADirectoryError:
        message = f"{path}: a file is needed; got a folder. Pass one file in it."
    except (OSError, ValueError) as error:
        message = f"{path}: the file cannot be opened: {error}. Check its name and permissions."
    else:
        check_size(len(content), path, limits)
        return content
    raise ReadError(message, path=path)
