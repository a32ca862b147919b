"""The driver's end of the worker processes."""

import json
import os
import select
import subprocess
import sys
import tempfile
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from benchmarks.processes import QUIET, ROOT
from benchmarks.sides import SIDES

START_SECONDS = 120.0
END_SECONDS = 5.0


class WorkerError(Exception):
    """A worker ended, took too long, or could not do what it was asked."""


class Worker:
    """One side's process; as a context manager it is ended with the block.

    Args:
        side: a name in `benchmarks.sides.SIDES`.
    """

    def __init__(self, side: str) -> None:
        self.side = side
        self.process: subprocess.Popen[str] | None = None
        # not a pipe: nobody reads it, and a framework that warns a lot would fill one
        self.log = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  (see __exit__)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.end()
        self.log.close()

    def ask(self, do: str, *, timeout: float, **request: Any) -> dict[str, Any]:
        """Send a request and wait for the answer; a process that has ended is started anew.

        Raises:
            WorkerError: see there.
        """
        if self.process is None or self.process.poll() is not None:
            self._start()
            timeout += START_SECONDS
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            raise WorkerError(f"{self.side} has no process")
        try:
            process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError(self._last_words()) from None
        if not select.select([process.stdout], [], [], timeout)[0]:
            self.end()
            raise WorkerError(f"no answer in {timeout:.0f} s")
        line = process.stdout.readline()
        if not line:
            raise WorkerError(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def end(self) -> None:
        """End the process, if there is one."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.stdin is not None and process.stdout is not None:
            with suppress(BrokenPipeError):  # of a request that a dead process never read
                process.stdin.close()
            process.stdout.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        self.end()
        self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-m", "benchmarks.worker", self.side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            cwd=ROOT,
            env=os.environ | QUIET | SIDES[self.side].environment,
        )

    def _last_words(self) -> str:
        self.end()
        self.log.seek(0)
        lines = [line for line in self.log.read().splitlines() if line.strip()]
        return f"ended: {lines[-1][:200]}" if lines else "ended"
