"""The command line: arguments in, one call, a table or JSON out.

Exit status 0: done; 1: failed, with one line on stderr that says what and how to mend it;
2: wrong usage; 130: interrupted.
"""

import os
import signal
import sys
from types import FrameType
from typing import Any

from forecast.errors import ForecastError, SettingError

PROGRAM = "python -m forecast"
SAID = "\nerror: Interrupted; no file was left half written.\n"
DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main() -> None:
    """Run the command line and exit with its status."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without “–”
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not ignored
        signal.signal(signal.SIGINT, _interrupted)
    try:
        sys.exit(_run())
    except KeyboardInterrupt:
        sys.stderr.write(SAID)
        sys.exit(INTERRUPTED)


def _run() -> int:
    """Run one command and turn what it raises into a status.

    The command is invoked directly: Typer's own runner answers a closed pipe with status 1, and an
    interrupt with nothing.
    """
    import typer

    from forecast.cli.commands import app
    from forecast.cli.output import complain

    command = typer.main.get_command(app)
    try:
        with command.make_context(PROGRAM, sys.argv[1:]) as context:
            command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as end:
        return end.exit_code
    except _wrong_usage() as error:
        error.show()
        return USAGE
    except ForecastError as error:
        complain(error)
        return USAGE if isinstance(error, SettingError) else FAILED
    except BrokenPipeError:  # the reader has what it wanted; let no later flush complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        complain(f"{error.strerror or error}. Free some space, or write elsewhere.")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return DONE


def _interrupted(_signal: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt on Ctrl-C; within an import, which may drop it, end at once."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os.write(2, SAID.encode())
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt


def _wrong_usage() -> Any:
    """Return the class of all errors of usage, which Typer does not hand out by name."""
    import typer

    return next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
