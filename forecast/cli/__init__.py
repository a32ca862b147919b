"""The command line: arguments in, one call, a table or JSON out.

Exit status 0: done; 1: failed, with one line on stderr that says what and how to mend it;
2: wrong usage.
"""

import sys

from forecast.cli.commands import app
from forecast.cli.output import complain
from forecast.errors import ForecastError, SettingError

__all__ = ["app", "main"]

INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        app(prog_name="python -m forecast")
    except SettingError as error:
        complain(error)
        sys.exit(2)
    except ForecastError as error:
        complain(error)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader left; nothing is wrong
    except KeyboardInterrupt:
        complain("Interrupted; nothing was written.")
        sys.exit(INTERRUPTED)
