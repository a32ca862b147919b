"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".part"  # ends the names of files that are being written


def write_whole(target: Path, content: bytes) -> None:
    """Write bytes to a new file beside `target`, then rename it over `target`.

    Raises:
        OSError: the file cannot be written; nothing is left behind.
    """
    with renamed(target) as temporary:
        temporary.write_bytes(content)


@contextmanager
def renamed(target: Path, allowed: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Hand out the path of a new file beside `target`; once that is written, rename it.

    Args:
        target: the file to replace.
        allowed: called right before the renaming; raises where it must not be.

    Raises:
        OSError: the file cannot be written; nothing is left behind.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=TEMPORARY)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        allowed()
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the process's umask, which only setting it can tell."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
