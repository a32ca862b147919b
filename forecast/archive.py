"""Arrays and a JSON header in one safetensors file, written whole or not at all."""

import json
import os
import re
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save

from forecast.checks import whole_number
from forecast.errors import ArchiveError
from forecast.files import write_whole
from forecast.foreign_files import ENOUGH, foreign_kind
from forecast.strict_json import read_json, record, text
from forecast.strict_json import shown as seen
from forecast.tensors import LENGTH, begins_well, read_arrays, read_table

KEY = "forecast"  # where the header stands in the file's metadata
VERSION = 1
KINDS = re.compile(r"[a-z][a-z_ -]{0,39}")

VARIABLE = "FORECAST_MODEL_MB"
MODEL_MB = 512
DIGITS = 10
MB = 2**20
# A forecaster names every series of its panel; 100 MB is the limit of the format itself.
HEADER_MB = {"sequential": 1, "forecaster": 95}
USUAL_HEADER_MB = 16
MOST_SAID = 400  # letters of an error within another


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
        ArchiveError: the file cannot be written, or could not be read again.
    """
    target = Path(path)
    try:
        said = {"kind": kind, "version": VERSION, "header": dict(header)}
        metadata = {KEY: json.dumps(said, allow_nan=False)}
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        content = save(contiguous, metadata=metadata)
    except (TypeError, ValueError, SafetensorError) as error:
        raise ArchiveError(
            f"Cannot write {str(target)!r}: what it should hold fits no file ({cut(error)})."
        ) from error
    length = int.from_bytes(content[:LENGTH], "little")
    if length > most_header(kind):
        raise ArchiveError(
            f"Cannot write {str(target)!r}: its header would have {length:,} bytes, and at most "
            f"{most_header(kind):,} are read again. Use fewer series or layers in one model."
        )
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
    """Read an archive, whoever wrote it: nothing in it is run, and nothing is larger than the file.

    Raises:
        ArchiveError: the file is missing, too large, broken, not one of ours, of another kind, or
            written by a newer version.
        SettingError: `$FORECAST_MODEL_MB` is no whole number from 1.
    """
    shown = repr(str(path))
    most = most_bytes()
    try:
        with _opened(Path(path), shown) as file:
            size = os.fstat(file.fileno()).st_size
            _check_foreign(shown, file.peek(ENOUGH)[:ENOUGH], size)
            if size > most:
                raise ArchiveError(
                    f"{shown} has {size:,} bytes; files of models are read up to {most:,}. Set "
                    f"{VARIABLE} to more megabytes if it comes from someone you trust."
                )
            return _read(file, size, shown, kind)
    except OSError as error:
        raise ArchiveError(
            f"{shown} cannot be read: {error.strerror or error}. Check the path and its rights."
        ) from error


def most_bytes() -> int:
    """Return how large a file of a model may be: `$FORECAST_MODEL_MB`, or 512 MB.

    Raises:
        SettingError: it is no whole number from 1.
    """
    said = os.environ.get(VARIABLE, "").strip()
    plain = said.isascii() and said.isdigit() and len(said) < DIGITS
    return MB * whole_number(VARIABLE, int(said) if plain else said or MODEL_MB)


def _opened(path: Path, shown: str) -> BufferedReader:
    """Open a plain file.

    Raises:
        ArchiveError: there is none.
        OSError: it cannot be opened.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a NUL
        raise ArchiveError(
            f"There is no file {shown}. Check the path, or save a model first."
        ) from error
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no plain file"
        raise ArchiveError(f"{shown} is {what}. Name the file that a model was saved to.")
    return path.open("rb")


def _check_foreign(shown: str, start: bytes, size: int) -> None:
    """See that a file may be safetensors, or else say what it is where its first bytes tell."""
    kind = None if begins_well(start, size) else foreign_kind(start)
    if kind is not None:
        raise ArchiveError(
            f"{shown} is {kind}. Models are read from safetensors files alone: save the model "
            "with its save(…), or choose another file."
        )


def _read(file: BufferedReader, size: int, shown: str, kind: str) -> Archive:
    try:
        table = read_table(file, size, most_header(kind))
        content = _content(table.metadata)
        version, found = content["version"], content["kind"]
        if version <= VERSION and found == kind:
            return Archive(content["header"], read_arrays(file, table.tensors))
    except ValueError as error:
        raise ArchiveError(
            f"{shown} is broken or was not written by this package ({cut(error)}). "
            "Save the model again."
        ) from error
    if version > VERSION:
        raise ArchiveError(
            f"{shown} has format {version}; this version of the package reads up to {VERSION}. "
            "Upgrade the package."
        )
    raise ArchiveError(f"{shown} holds a {found}, not a {kind}. Choose another file.")


def _content(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return what `write` wrote beside the arrays.

    Raises:
        ValueError: it is not there, or not as `write` writes it.
    """
    if KEY not in metadata:
        raise ValueError(f"its metadata has no {KEY!r}")
    content = read_json(metadata[KEY])
    version = content.get("version") if isinstance(content, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError(f"its format must be a whole number from 1; got {seen(version)}")
    if version > VERSION:
        return {"kind": "", "version": version}
    told = record(KEY, content, ("kind", "version", "header"))
    if not KINDS.fullmatch(text("kind", told["kind"])):
        raise ValueError(f"it holds a {seen(told['kind'])}, which is no kind of model")
    if not isinstance(told["header"], dict):
        raise ValueError(f"its header must be an object; got {seen(told['header'])}")
    return told


def most_header(kind: str) -> int:
    """Return how many bytes the header of an archive may have, by what it holds."""
    return MB * HEADER_MB.get(kind, USUAL_HEADER_MB)


def cut(error: Exception) -> str:
    """Return what an error says, no longer than a person reads."""
    said = str(error)
    return said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]} …"
