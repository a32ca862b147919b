"""A call in a process of its own, which a deadline ends with all that it started.

A library that waits on the network cannot be interrupted from another thread, and some wait for
minutes. So the call is made by a new interpreter: the function's name and its arguments go in as
one line of JSON; back come a sign that it has started, a line of JSON, and bytes. An error of our
own tree is raised again here, as the class that it was.
"""

import contextlib
import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import forecast.errors as tree
from forecast.checks import real_number
from forecast.errors import CancelledError, DeadlineError, ForecastError, ProcessError

ROOT = Path(__file__).resolve().parents[1]  # the folder that holds the package
# A process that talks to strangers is not told what the server keeps to itself.
SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "CREDENTIAL", "_KEY")
LAST_BREATH = 1.0  # seconds after its deadline by which a process ends, though nobody kills it
LOOK = 0.2  # seconds between two looks at whether the call is still wanted
TAIL = 300  # characters of what a dead process said last
KEPT = 10_000  # bytes of what it says, of which those are the end
GRACE = 0.5  # seconds in which a pipe brings what is still in it, once the process has ended
SIGN = b"started\n"
PLAIN = (bool, int, float, str, type(None))  # fields of an error that JSON can hold


class SlowStartError(DeadlineError):
    """The process gave no sign in time that it has started; its call was not yet made."""


class Answer(NamedTuple):
    """What a called function returns.

    Attributes:
        facts: anything that JSON can hold.
        body: any bytes, such as a table.
    """

    facts: dict[str, Any]
    body: bytes = b""


def call(
    target: str,
    arguments: Mapping[str, Any],
    *,
    deadline: float,
    stop: threading.Event | None = None,
    start: float | None = None,
    told: float | None = None,
) -> Answer:
    """Call a function in a new process, and wait for its answer.

    What the function started ends with the call, also where that still holds the process's pipes.

    Args:
        target: `module:function`; the function takes the arguments by keyword and returns an
            `Answer`.
        arguments: anything that JSON can hold.
        deadline: seconds, above 0, that start, imports and call may take.
        stop: set by another thread, it ends the call.
        start: seconds of these in which the process has to start; None for all of them.
        told: seconds that a message shows in place of `deadline`, such as those of which this
            call has what is left.

    Raises:
        CancelledError: `stop` was set.
        ForecastError: whatever the function raised of our tree.
        SlowStartError: it did not start within `start`.
        DeadlineError: it took longer; the process and all that it started have been killed.
        ProcessError: it failed otherwise, or the process could not be started or ended by itself.
        SettingError: `deadline` is not above 0.
    """
    deadline = real_number("deadline", deadline, above=0)
    order = {"target": target, "arguments": dict(arguments), "deadline": deadline}
    now = time.monotonic()
    starts = None if start is None else now + start
    limits = _Limits(now + deadline, starts, deadline if told is None else told)
    process = _started()
    talk = _Talk(process, json.dumps(order).encode())
    try:
        _wait(process, talk, limits, stop)
    finally:
        _end(process)  # also on Ctrl-C
    talk.end()
    return _answer(talk, process.returncode)


def environment(ours: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of the new process: ours without secrets, and the way to us."""
    kept = {
        name: value
        for name, value in ours.items()
        if not any(word in name.upper() for word in SECRET)
    }
    paths = [str(ROOT), *filter(None, [ours.get("PYTHONPATH", "")])]
    # Nobody reads the warnings of another process; turned into errors, they would end it.
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}


def _started() -> "subprocess.Popen[bytes]":
    """Start the process, in a session of its own, so that all of it can be killed at once.

    Raises:
        ProcessError: it cannot be started.
    """
    try:
        return subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-P", "-m", __spec__.name],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProcessError(f"A process for the call could not be started ({reason}).") from None


class _Limits(NamedTuple):
    """Until when a call is waited for, by the monotonic clock."""

    ends: float
    starts: float | None  # when its process must have started
    told: float  # the deadline as its caller knows it

    def left(self, has_started: bool) -> float:
        """Return the seconds that are left.

        Raises:
            DeadlineError: there are none.
        """
        now = time.monotonic()
        if now >= self.ends:
            raise DeadlineError(
                f"There was no whole answer within {round(self.told, 2) or self.told:g} s. Try "
                "again later, or allow more with `deadline`."
            )
        if self.starts is not None and not has_started and now >= self.starts:
            raise SlowStartError("The process for the call has not started in time. Try again.")
        return self.ends - now


class _Talk:
    """What is said to a process and heard of it, by threads, as any of its pipes may be stuck."""

    def __init__(self, process: "subprocess.Popen[bytes]", order: bytes) -> None:
        self.started = False  # whether its sign has come
        self.over = threading.Event()  # the answer is whole, or nothing more can come
        self.whole = False
        self.head: dict[str, Any] = {}
        self.body = self.said = b""  # the second is the end of what stderr got
        pipes = cast("list[IO[bytes]]", [process.stdin, process.stdout, process.stderr])
        works = (lambda pipe: pipe.write(order), self._hear_answer, self._hear_words)
        self._threads = [
            threading.Thread(target=_with_pipe, args=(work, pipe), daemon=True)
            for work, pipe in zip(works, pipes, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Wait a little for what is still in the pipes of a process that has ended."""
        ends = time.monotonic() + GRACE
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _hear_answer(self, pipe: IO[bytes]) -> None:
        try:
            self.started = pipe.readline() == SIGN
            self.head = json.loads(pipe.readline())
            announced = self.head["bytes"]
            # No more than that: what the function started may hold the other end for long.
            self.body = pipe.read(announced)
            self.whole = len(self.body) == announced
        finally:
            self.over.set()

    def _hear_words(self, pipe: IO[bytes]) -> None:
        while part := os.read(pipe.fileno(), KEPT):
            self.said = (self.said + part)[-KEPT:]


def _with_pipe(work: Callable[[IO[bytes]], object], pipe: IO[bytes]) -> None:
    # A process that has ended reads no more, and what it wrote may be no answer.
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError), pipe:
        work(pipe)


def _wait(
    process: "subprocess.Popen[bytes]",
    talk: _Talk,
    limits: _Limits,
    stop: threading.Event | None,
) -> None:
    """Wait until the answer is whole, or the process has ended without one."""
    while not (talk.whole or _has_ended(process)):
        left = limits.left(talk.started)
        if stop is not None and stop.is_set():
            raise CancelledError("The call was cancelled.")
        if talk.over.wait(min(left, LOOK)) and not talk.whole:
            time.sleep(min(left, LOOK / 10))  # it said its last, and is about to end


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Say whether a process has ended; where that can be, without letting go of its number."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    try:
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # whoever ignores SIGCHLD is not told how
        return True
    return ended is not None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its group; also after its own end, as those it started may live on."""
    # While it has not been waited for, its number and so its group's can be nobody else's.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # Windows has no groups
            process.kill()
    process.wait()


def _answer(talk: _Talk, status: int) -> Answer:
    """Return what the process wrote, or raise what it says was raised."""
    if not talk.whole:
        last = " ".join(talk.said.decode(errors="replace").split())[-TAIL:]
        raise ProcessError(
            f"The process for the call ended without an answer (exit status {status}); it said "
            f"last: {last or 'nothing'}. Try again; if it happens again, tell its authors."
        )
    if talk.head["error"] is not None:
        raise _error(**talk.head["error"])
    return Answer(talk.head["facts"], talk.body)


def _error(kind: str, message: str, fields: dict[str, Any]) -> ForecastError:
    """Return an error of our tree as it was raised in the other process."""
    found = getattr(tree, kind, None)
    if not (isinstance(found, type) and issubclass(found, ForecastError)):
        return ProcessError(f"The call failed with {kind}: {message}")
    error = found.__new__(found, message)  # some take other arguments than their message
    Exception.__init__(error, message)
    vars(error).update(fields)
    return error


def _serve() -> None:
    """Make the call that stdin asks for, and write its answer to stdout."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not mix with the answer
    out.write(SIGN)
    out.flush()
    order = json.load(sys.stdin)
    # Whoever waits for this process may die first, and then nobody would end it.
    faulthandler.dump_traceback_later(order["deadline"] + LAST_BREATH, exit=True)
    failure, answer = None, Answer({})
    try:
        answer = _called(order["target"], order["arguments"])
    except ForecastError as error:
        failure = _described(error, vars(error))
    except Exception as error:
        failure = _described(error, {})
    head = {"error": failure, "facts": answer.facts, "bytes": len(answer.body)}
    with out:
        out.write(json.dumps(head).encode() + b"\n" + answer.body)


def _called(target: str, arguments: dict[str, Any]) -> Answer:
    module, _, function = target.partition(":")
    answer = getattr(import_module(module), function)(**arguments)
    return Answer(*answer)


def _described(error: Exception, fields: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in fields.items() if isinstance(value, PLAIN)}
    return {"kind": type(error).__name__, "message": str(error), "fields": plain}


if __name__ == "__main__":
    _serve()
