"""The first compile of the kernels, in a process of its own while people already use the server."""

import subprocess
import threading

from forecast.jobs.environment import compile_command, environment
from forecast.kernels.engine import WAIT_VARIABLE, uncompiled


class Compiling:
    """A process that compiles what is not compiled yet; it ends by itself."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def start(self) -> None:
        """Start the process in the background, once, where there is anything to compile."""
        threading.Thread(target=self._start, name="compiling", daemon=True).start()

    def close(self) -> None:
        """End the process."""
        with self._guard:
            self._closed = True
            if self._process is not None:
                self._process.kill()
                self._end(self._process)

    def _start(self) -> None:
        if not uncompiled():
            return
        with self._guard:
            if self._closed or self._process is not None:
                return
            try:
                self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
                    compile_command(),
                    env=environment() | {WAIT_VARIABLE: "1"},
                    stdin=subprocess.PIPE,  # its end, which is the server's, ends the process
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                return  # fits go on with NumPy, and say so
        self._end(self._process)

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait for the end of the process, and give its pipe back."""
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
