"""A call in a process of its own, which a deadline ends with all that it started.

A library that waits on the network cannot be interrupted from another thread, and some wait for
minutes. So the call is made by a new interpreter: the function's name and its arguments go in as
one line of JSON, its answer comes back as a line of JSON and then bytes. An error of our own tree
is raised again here, as the class that it was.
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
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import forecast.errors as tree
from forecast.checks import real_number
from forecast.errors import CancelledError, DeadlineError, ForecastError, ProcessError

ROOT = Path(__file__).resolve().parents[1]  # the folder that holds the package
# A process that talks to strangers is not told what the server keeps to itself.
SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "CREDENTIAL", "_KEY")
LAST_BREATH = 1.0  # seconds after its deadline by which a process ends, though nobody kills it
LOOK = 0.2  # seconds between two looks at whether the call is still wanted
TAIL = 300  # characters of what a dead process said last


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
) -> Answer:
    """Call a function in a new process, and wait for its answer.

    Args:
        target: `module:function`; the function takes the arguments by keyword and returns an
            `Answer`.
        arguments: anything that JSON can hold.
        deadline: seconds, above 0, that start, imports and call may take.
        stop: set by another thread, it ends the call.

    Raises:
        CancelledError: `stop` was set.
        ForecastError: whatever the function raised of our tree.
        DeadlineError: it took longer; the process and all that it started have been killed.
        ProcessError: it failed otherwise, or the process could not be started or ended by itself.
        SettingError: `deadline` is not above 0.
    """
    deadline = real_number("deadline", deadline, above=0)
    order = {"target": target, "arguments": dict(arguments), "deadline": deadline}
    process = _started()
    try:
        out, said = _heard(process, json.dumps(order).encode(), deadline, stop)
    finally:
        _end(process)  # also on Ctrl-C
    return _answer(out, said, process.returncode)


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


def _heard(
    process: "subprocess.Popen[bytes]",
    order: bytes | None,
    deadline: float,
    stop: threading.Event | None,
) -> tuple[bytes, bytes]:
    """Write the order, and return all that the process writes to stdout and to stderr."""
    ends = time.monotonic() + deadline
    while (left := ends - time.monotonic()) > 0:
        if stop is not None and stop.is_set():
            raise CancelledError("The call was cancelled.")
        try:
            return process.communicate(order, timeout=min(left, LOOK))
        except subprocess.TimeoutExpired:
            order = None  # the rest of it is written by the next turn
    raise DeadlineError(
        f"There was no whole answer within {deadline:g} s. Try again later, or allow more "
        "with `deadline`."
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a process and its group, and let go of its pipes."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # Windows has no groups
            process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None and not pipe.closed:
            with contextlib.suppress(BrokenPipeError):  # what is not yet written is lost
                pipe.close()


def _answer(out: bytes, said: bytes, status: int) -> Answer:
    """Return what the process wrote, or raise what it says was raised.

    Raises:
        ForecastError: as the process says.
        ProcessError: it did not say anything whole.
    """
    line, _, body = out.partition(b"\n")
    try:
        told = json.loads(line)
        if told["bytes"] == len(body):
            failure, facts = told["error"], told["facts"]
        else:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        last = " ".join(said.decode(errors="replace").split())[-TAIL:]
        raise ProcessError(
            f"The process for the call ended without an answer (exit status {status}); it said "
            f"last: {last or 'nothing'}. Try again; if it happens again, tell its authors."
        ) from None
    if failure is not None:
        raise _error(**failure)
    return Answer(facts, body)


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
    plain = {name: value for name, value in fields.items() if _is_plain(value)}
    return {"kind": type(error).__name__, "message": str(error), "fields": plain}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


if __name__ == "__main__":
    _serve()
