"""Forged and hostile inputs, and what the server answers; for the tests and for the soak."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import (
    DoubleArray,
    FileUploaderState,
    SInt64Array,
    StringArray,
    StringTriggerValue,
    UploadedFileInfo,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server.session import Visitor, visiting
from tests.server.wire import asked

WENT_ON = "the session went on"
CLOSED_LINE = "the server closed the session"
WIDGETS = 25  # at least so many stand on the Train screen


class Attack(NamedTuple):
    """A hostile input.

    Attributes:
        name: of it.
        run: does it to the server at an address, or to a session; returns what came of it.
        wanted: what should come of it.
    """

    name: str
    run: Callable[[Any], str]
    wanted: str


def _status(method: str, path: str, body: bytes = b"", **headers: str) -> Callable[[str], str]:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda address: str(asked(address, method, path, said, body).status)


def _handshake(**how: Any) -> Callable[[str], str]:
    def run(address: str) -> str:
        try:
            with visiting(address, "train", **how):
                return "accepted"
        except InvalidStatus as refused:
            return str(refused.response.status_code)

    return run


CLIMBING = (
    "/../app.py", "/..%2fapp.py", "/%2e%2e/app.py", "/%2e%2e%2fapp.py", "/%252e%252e/app.py",
    "/%25252e%25252e%25252fapp.py", "/..\\app.py", "/..%5capp.py", "/%00", "/a%00.css",
    "/%2500", "/a%0d%0aset-cookie:%20a=b",
)  # fmt: skip
ROOTS = ("", "/static", "/media", "/component", "/_stcore/upload_file", "/train")
CLOSED = (
    "/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/interact",
    "/_stcore/script-health-check", "/component/x/index.html", "/app/static/x", "/auth/login",
    "/oauth2callback",
)  # fmt: skip
FOREIGN = "http://evil.example"
HUGE = b"x" * 100_000

REQUESTS = (
    *(Attack(f"GET {root}{path}", _status("GET", root + path), "400")
      for root in ROOTS for path in CLIMBING),
    *(Attack(f"GET {path}", _status("GET", path), "404") for path in CLOSED),
    Attack("a foreign Host", _status("GET", "/", Host="evil.example"), "421"),
    Attack("a Host that hides a name", _status("GET", "/", Host="localhost@evil.example"), "421"),
    Attack("a Host that is none", _status("GET", "/", Host="a b"), "421"),
    Attack("an empty Host", _status("GET", "/", Host=""), "421"),
    Attack("a foreign Host of a session", _handshake(host="evil.example"), "421"),
    Attack("a session from a foreign page", _handshake(origin=FOREIGN), "403"),
    Attack("a session from nowhere", _handshake(origin=None), "403"),
    Attack("a session from a file", _handshake(origin="null"), "403"),
    Attack("a session from another port", _handshake(origin="http://127.0.0.1:1"), "403"),
    Attack("a change from a foreign page", _status("PUT", "/_stcore/upload_file/a/b",
                                                   Origin=FOREIGN), "403"),
    Attack("a change from nowhere", _status("DELETE", "/_stcore/upload_file/a/b", Origin="null"),
           "403"),
    Attack("a forged token", _status("PUT", "/_stcore/upload_file/a/b", b"x",
                                     X_Xsrftoken="2|a|b|1"), "403"),
    Attack("a huge body", _status("POST", "/", HUGE), "413"),
    Attack("a body of no length", _status("POST", "/", Content_Length="many"), "400"),
    Attack("a word of no method", _status("STEAL", "/train"), "405"),
)  # fmt: skip


def _said(**value: Any) -> dict[str, Any]:
    return value


NUMBERS = {
    "NaN": math.nan, "infinity": math.inf, "minus infinity": -math.inf, "1e308": 1e308,
    "1e9": 1e9, "-1e9": -1e9, "half": 0.5,
}  # fmt: skip
DOUBLES = {name: _said(double_value=value) for name, value in NUMBERS.items()}
SPANS = {name: _said(double_array_value=DoubleArray(data=[value]))
         for name, value in NUMBERS.items()}  # fmt: skip
KINDS = {
    "a text": _said(string_value="x"),
    "a long text": _said(string_value="x" * 220_000),
    "true": _said(bool_value=True),
    "a press": _said(trigger_value=True),
    "a whole number": _said(int_value=2**62),
    "no numbers": _said(double_array_value=DoubleArray()),
    "three numbers": _said(double_array_value=DoubleArray(data=[1, 2, 3])),
    "numbers upside down": _said(double_array_value=DoubleArray(data=[9, 1])),
    "a place out of range": _said(int_array_value=SInt64Array(data=[-1, 10**12])),
    "unknown words": _said(string_array_value=StringArray(data=["nope", "a\x00b"])),
    "many words": _said(string_array_value=StringArray(data=["x" * 100] * 2200)),
    "half a list": _said(json_value='{"a":'),
    "lists in lists": _said(json_value="[" * 100_000),
    "bytes": _said(bytes_value=b"x"),
    "a word in passing": _said(string_trigger_value=StringTriggerValue(data="x")),
    "half a list in passing": _said(json_trigger_value='{"a":'),
    "a file that is none": _said(
        file_uploader_state_value=FileUploaderState(
            uploaded_file_info=[UploadedFileInfo(file_id="x", name="../x", size=2**60)]
        )
    ),
}
TARGETS = (
    ("number_input", "horizon"), ("number_input", "learning_rate"), ("slider", "timesteps"),
    ("slider", "hidden_units"), ("slider", "dropout"), ("button_group", "Cells"),
    ("selectbox", "Data"), ("selectbox", "loss"), ("multiselect", "past_covariates"),
    ("checkbox", "refit"),
)  # fmt: skip


def _value(value: str, *targets: tuple[str, str]) -> Callable[[Visitor], str]:
    def run(visitor: Visitor) -> str:
        sound = dict(visitor.talk.states)
        for kind, label in targets:
            said = (SPANS if kind == "slider" else DOUBLES) | KINDS
            visitor.talk.set(visitor.talk.widget(kind, label).id, **said[value])
        visitor.rerun()
        came = whole(visitor)
        visitor.talk.states = sound
        return came

    return run


@contextmanager
def training(address: str, query: str = "") -> Iterator[Visitor]:
    """Visit the Train screen with all of its settings drawn."""
    with visiting(address, "train", query) as visitor:
        visitor.rerun()
        visitor.talk.unfold("Advanced")
        visitor.rerun()
        yield visitor


def whole(visitor: Visitor) -> str:
    """Return that a session shows its whole page, or what it shows instead."""
    errors = visitor.talk.exceptions()
    if errors:
        return f"broken: {errors[0][:80]}"
    count = len(visitor.talk.labels())
    return WENT_ON if count >= WIDGETS else f"only {count} widgets"


LONG = ("a long text", "many words")
NAMES = (*NUMBERS, *KINDS)
VALUES = tuple(
    Attack(f"{name} for {target[1]}", _value(name, target), WENT_ON)
    for target in TARGETS
    for name in NAMES
)
# The same in fewer messages, each for all widgets at once.
TOGETHER = tuple(
    Attack(f"{name} for all", _value(name, *targets), WENT_ON)
    for name in NAMES
    for targets in [TARGETS[-3:] if name in LONG else TARGETS]
)


def _frames(*frames: bytes | str) -> Callable[[Visitor], str]:
    def run(visitor: Visitor) -> str:
        try:
            for frame in frames:
                visitor.send(frame)
            visitor.rerun()
        except ConnectionClosed:  # with a code, or without where the server reads no further
            return CLOSED_LINE
        return whole(visitor)

    return run


def _message(**said: Any) -> bytes:
    return bytes(BackMsg(**said).SerializeToString())


def _many_names() -> bytes:
    message = BackMsg()
    message.file_urls_request.file_names.extend(["x"] * 100_000)
    return bytes(message.SerializeToString())


def _rerun(**said: Any) -> bytes:
    message = BackMsg()
    for name, value in said.items():
        setattr(message.rerun_script, name, value)
    return bytes(message.SerializeToString())


def _forged_widgets() -> bytes:
    message = BackMsg()
    for number in range(1000):
        message.rerun_script.widget_states.widgets.add(id=f"$$ID-{number}-x", double_value=math.nan)
    return bytes(message.SerializeToString())


def _install() -> bytes:
    message = BackMsg()
    message.backend_operation_request.install_skills.SetInParent()
    return bytes(message.SerializeToString())


FRAMES = (
    Attack("bytes that say nothing", _frames(b"\xff" * 100), WENT_ON),
    Attack("a cut message", _frames(_rerun(query_string="a" * 50)[:20]), WENT_ON),
    Attack("an empty message", _frames(b""), WENT_ON),
    Attack("text in place of bytes", _frames("hello"), WENT_ON),
    Attack("a message of 2 MB", _frames(_rerun(page_name="x" * 2_000_000)), WENT_ON),
    Attack("a message of 40 MB", _frames(b"x" * 40_000_000), CLOSED_LINE),
    Attack("an address of 100,000 letters", _frames(_rerun(query_string="a" * 100_000)), WENT_ON),
    Attack("a thousand widgets that are none", _frames(_forged_widgets()), WENT_ON),
    Attack("emptying everybody's caches", _frames(_message(clear_cache=True)), WENT_ON),
    Attack("ending the server", _frames(_message(debug_shutdown_runtime=True)), WENT_ON),
    Attack("asking for git", _frames(_message(load_git_info=True)), WENT_ON),
    Attack("writing files beside the app", _frames(_install()), WENT_ON),
    Attack("places for 100,000 files", _frames(_many_names()), WENT_ON),
    Attack("a piece of the page that is none", _frames(_rerun(fragment_id="../x")), WENT_ON),
    Attack("nothing but broken messages", _frames(*[b"\xff"] * 30), CLOSED_LINE),
)


def _address(query: str) -> Callable[[str], str]:
    def run(address: str) -> str:
        with training(address, query) as visitor:
            return whole(visitor)

    return run


ADDRESSES = tuple(
    Attack(f"/train?{query[:60]}", _address(query), WENT_ON)
    for query in (
        "hidden_units=1e9", "hidden_units=1000000000", "epochs=true", "horizon=NaN", "horizon=-inf",
        "timesteps=1,2", "seed=" + "9" * 400, "learning_rate=0", "cells=nope", "data=../../etc",
        "run=..%2f..%2fx", "run=%00", "run=" + "x" * 5000, "data=%F0%9F%92%A9&target=%00",
    )
)  # fmt: skip
