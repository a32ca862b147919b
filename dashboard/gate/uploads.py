"""How much a visitor may send: bounded bodies, and quotas of files held in memory."""

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple

from streamlit.runtime import Runtime
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.gate.asking import (
    HTTP,
    PERSON,
    App,
    Message,
    Receive,
    Scope,
    Send,
    address,
    headers,
    inner_path,
    refuse,
)
from dashboard.limits import MEGABYTE, ServerLimits, limits

UPLOAD = "/_stcore/upload_file/"
FRAME = 64 * 1024  # around the file in its body: boundaries, its name
OTHER_BODY = 64 * 1024  # of any other request
EACH_FILE = 4096  # that even an empty file counts
DRAIN_SECONDS = 30.0  # that a refused file may take to pass by
NAME = 256  # characters of a session's or a file's id


class Held(NamedTuple):
    """Files in memory, in bytes.

    Attributes:
        sessions: by session.
        total: of all.
    """

    sessions: Mapping[str, int]
    total: int


class _RefusedError(Exception):
    """A body turned out to be too large, or too slow, while it came."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class BoundedBodies:
    """Refuses bodies above their bound, and files that no quota has room for.

    What is held is read from Streamlit's own store of files, so room comes back by itself when a
    file is taken away or a session ends. Uploads on their way count with what they say they are.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.limits: ServerLimits = limits()
        self.givers: dict[str, str] = {}  # session: who sent files to it
        self.coming: dict[object, tuple[str, str, int]] = {}  # session, giver, bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has a place."""
        if scope["type"] != HTTP:
            await self.app(scope, receive, send)
            return
        upload = scope["method"] == "PUT" and inner_path(scope).startswith(UPLOAD)
        bound = self.limits.upload_megabytes * MEGABYTE + FRAME if upload else OTHER_BODY
        try:
            said = _length(scope)
            if said is not None and said > bound:
                raise _RefusedError(413, self._too_large(upload))
            if upload:
                await self._receive_file(scope, receive, send, bound if said is None else said)
            else:
                await self._bounded(scope, receive, send, bound, self._too_large(upload))
        except _RefusedError as refused:
            await refuse(scope, send, refused.status, refused.text)

    async def _receive_file(self, scope: Scope, receive: Receive, send: Send, size: int) -> None:
        session, _, file = inner_path(scope).removeprefix(UPLOAD).partition("/")
        if max(len(session), len(file)) > NAME:
            raise _RefusedError(400, "That is no place for a file.")
        giver = scope.get(PERSON) or address(scope)
        try:
            self._find_room(session, giver, size + EACH_FILE)
        except _RefusedError:
            await self._let_pass(receive, size)
            raise
        # Streamlit would take the length of the body for the file's, which is a little shorter.
        scope["headers"] = [one for one in scope["headers"] if one[0] != b"content-length"]
        ticket = object()
        self.coming[ticket] = (session, giver, size + EACH_FILE)
        self.givers[session] = giver
        try:
            await self._bounded(scope, receive, send, size, self._too_large(upload=True))
        finally:
            del self.coming[ticket]

    def _find_room(self, session: str, giver: str, size: int) -> None:
        held = held_files()
        self.givers = {one: who for one, who in self.givers.items() if one in held.sessions}
        coming = list(self.coming.values())
        of_session = held.sessions.get(session, 0) + sum(n for s, _, n in coming if s == session)
        of_giver = sum(held.sessions[one] for one, who in self.givers.items() if who == giver)
        of_giver += sum(n for _, who, n in coming if who == giver)
        total = held.total + sum(n for _, _, n in coming)
        small = self.limits
        for used, megabytes, whose in (
            (of_session, small.session_upload_megabytes, "This tab holds"),
            (of_giver, small.person_upload_megabytes, "Your tabs hold"),
        ):
            if used + size > megabytes * MEGABYTE:
                raise _RefusedError(
                    413,
                    f"{whose} files of {_said(used)} already, and no more than {megabytes} MB are "
                    "kept at once. Take one away first, or close a tab.",
                )
        if total + size > small.server_upload_megabytes * MEGABYTE:
            raise _RefusedError(
                503, "This server holds as many files as it can now. Try again in a few minutes."
            )

    async def _let_pass(self, receive: Receive, size: int) -> None:
        """Read a refused file without keeping it; a browser reads no answer before it has sent."""
        meter = _Meter(receive, size, DRAIN_SECONDS, "")
        while not meter.complete:
            if (await meter.receive())["type"] == "http.disconnect":
                return

    async def _bounded(
        self, scope: Scope, receive: Receive, send: Send, bound: int, text: str
    ) -> None:
        """Pass on a body that is counted while it comes; the answer stands unless it begins late.

        Raises:
            _RefusedError: the body is too large or too slow, and nothing was answered yet.
        """
        meter = _Meter(receive, bound, self.limits.upload_seconds, text)
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if meter.refused is not None:
                return  # whatever was made of half a body
            begun = True
            await send(message)

        try:
            await self.app(scope, meter.receive, sent)
        except Exception:
            if meter.refused is None:
                raise
        if meter.refused is not None and not begun:
            raise meter.refused

    def _too_large(self, upload: bool) -> str:
        if upload:
            return (
                f"A file may have {self.limits.upload_megabytes} MB at most. Send a shorter one, "
                "or Parquet in place of CSV; whoever runs the server may raise FORECAST_UPLOAD_MB."
            )
        return "This request is too large."


class _Meter:
    """Counts a body while it comes, and cuts it off."""

    def __init__(self, receive: Receive, bound: int, seconds: float, text: str) -> None:
        self.source, self.left, self.text = receive, bound, text
        self.until = time.monotonic() + seconds
        self.complete = False
        self.refused: _RefusedError | None = None

    async def receive(self) -> Message:
        """Return the next piece; the visitor seems gone where the body breaks its bound."""
        if self.refused is not None:
            return {"type": "http.disconnect"}
        if self.complete:
            return await self.source()  # only ever a disconnect
        try:
            async with asyncio.timeout(max(0.0, self.until - time.monotonic())):
                message = await self.source()
        except TimeoutError:
            return self._cut(408, "The upload took too long. Try again on a faster line.")
        if message["type"] == "http.request":
            self.left -= len(message.get("body", b""))
            self.complete = not message.get("more_body", False)
            if self.left < 0:
                return self._cut(413, self.text)
        return message

    def _cut(self, status: int, text: str) -> Message:
        self.refused = _RefusedError(status, text)
        return {"type": "http.disconnect"}


def held_files() -> Held:
    """Return what Streamlit holds of uploaded files at this moment."""
    if not Runtime.exists():
        return Held({}, 0)
    storage = getattr(Runtime.instance().uploaded_file_mgr, "file_storage", {})
    sessions = {name: sum(map(_weight, files.values())) for name, files in list(storage.items())}
    return Held(sessions, sum(sessions.values()))


def _weight(file: UploadedFileRec) -> int:
    return len(file.data) + EACH_FILE


def _length(scope: Scope) -> int | None:
    """Return what a request says of the length of its body.

    Raises:
        _RefusedError: it says several, or something else than a number.
    """
    said = headers(scope, b"content-length")
    if not said:
        return None
    if len(set(said)) > 1 or not (said[0].isascii() and said[0].isdigit()):
        raise _RefusedError(400, "The length of the body is not a number.")
    return int(said[0][:20])


def _said(size: int) -> str:
    return f"{size / MEGABYTE:.0f} MB"
