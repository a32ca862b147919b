"""Where compiled kernels are kept."""

import os
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path

from forecast.errors import EngineWarning

VARIABLE = "FORECAST_CACHE_DIR"


@cache
def cache_folder() -> Path:
    """Return a folder for compiled kernels that can be written to.

    It is `$FORECAST_CACHE_DIR` or the user's own cache folder; where that cannot be written to, a
    temporary folder for this process, and a warning.
    """
    chosen = wanted_folder()
    try:
        chosen.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=chosen):
            return chosen
    except OSError as error:
        other = Path(tempfile.mkdtemp(prefix="recurrent-forecast-"))
        warnings.warn(
            f"The folder for compiled kernels, {str(chosen)!r}, cannot be written to "
            f"({error.strerror or error}); using {str(other)!r}, which the next process will not "
            f"find. Set {VARIABLE} to a folder that you may write to.",
            EngineWarning,
            stacklevel=2,
        )
        return other


def wanted_folder() -> Path:
    """Return the folder that the environment asks for, or the user's cache folder."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "recurrent-forecast"
