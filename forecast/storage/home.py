"""The folder that outlives the server, and the secret in it."""

import os
import secrets
import tempfile
from pathlib import Path

from filelock import FileLock

from forecast.errors import SettingError, StoreError

VARIABLE = "FORECAST_HOME"
ROOMS = ("runs", "series", "uploads", "servers")
SECRET = "secret"  # noqa: S105  (the name of a file)
SECRET_BYTES = 32


def wanted_home() -> Path:
    """Return the folder that the environment asks for, or the user's data folder."""
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("recurrent-forecast", appauthor=False)


def made_home(folder: str | os.PathLike[str] | None = None) -> Path:
    """Make the folder, for its user alone, with a room for each kind of file.

    Args:
        folder: None takes the wanted one. One that is there keeps its mode.

    Returns:
        Its absolute path.

    Raises:
        StoreError: it cannot be made or written to.
    """
    home = Path(folder).expanduser() if folder is not None else wanted_home()
    try:
        home = home.absolute()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for room in ROOMS:
            (home / room).mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            return home
    except (OSError, ValueError) as error:
        raise StoreError(
            f"The folder for runs, {str(home)!r}, cannot be written to "
            f"({getattr(error, 'strerror', None) or error}). Set {VARIABLE} to a folder that you "
            "may write to."
        ) from error


def kept_secret(home: Path) -> bytes:
    """Return the secret of a home, 32 random bytes that its user alone may read.

    Args:
        home: as `made_home` gave it. The secret is made at first, once for all processes.

    Raises:
        StoreError: it cannot be read or written, or has another length.
    """
    file = home / SECRET
    try:
        with FileLock(home / f"{SECRET}.lock", timeout=10, mode=0o600):
            if not file.exists():
                _write_secret(file)
        found = file.read_bytes()
    except OSError as error:  # a lock that cannot be had is one as well
        raise StoreError(
            f"The secret {str(file)!r} cannot be kept ({error.strerror or error}). See that you "
            "may read and write that file."
        ) from error
    if len(found) != SECRET_BYTES:
        raise StoreError(
            f"The secret {str(file)!r} must have {SECRET_BYTES} bytes; it has {len(found)}. Remove "
            "it; at the next start a new one is made, and people are strangers to their runs."
        )
    return found


def _write_secret(file: Path) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{SECRET}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as temporary:
            temporary.write(secrets.token_bytes(SECRET_BYTES))
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def limit_of(variable: str, usual: int) -> int:
    """Return a limit that the environment sets, or the usual one.

    Raises:
        SettingError: the variable holds no whole number from 1.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        raise SettingError(
            f"The variable `{variable}` must hold a whole number from 1; got {text[:40]!r}. Mend "
            "it, or unset it for the usual limit."
        )
    return int(text)
