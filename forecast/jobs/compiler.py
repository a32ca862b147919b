"""A process that compiles the kernels, and ends with the server that started it."""

import os
import sys
import threading


def main() -> None:
    """Compile what this machine has not compiled yet; end at once when stdin ends."""
    threading.Thread(target=_end_with_the_server, name="server", daemon=True).start()
    from forecast.kernels import library

    for name in library.KERNELS:
        if not library.is_ready(name):
            library.kernel(name)


def _end_with_the_server() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
