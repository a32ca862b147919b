"""What a browser may tell its session: only messages that no session breaks from."""

import asyncio
import time
from weakref import WeakValueDictionary

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.gate.asking import (
    PERSON,
    POLICY,
    WEBSOCKET,
    App,
    Message,
    Receive,
    Scope,
    Send,
    address,
)
from dashboard.gate.turns import Turn, Turns
from dashboard.gate.widgets import Catalogue
from dashboard.limits import ServerLimits, limits

# A browser of ours needs no more. Left out: `clear_cache` empties the caches of everybody, the
# others serve whoever develops a page.
ALLOWED = ("rerun_script", "stop_script", "app_heartbeat", "file_urls_request")
OPERATIONS = ("deferred_file", "dataframe_chunk")
FILES_AT_ONCE = 50
WIDGETS = 2000  # of one page
ADDRESS = 16_384  # characters of a query string
RERUN = b"\x5a"  # begins a message of the kind `rerun_script`: its field and wire type
SHORT = 400  # bytes; the word that a script has ended is shorter
WIDGET = b"$$ID-"  # begins every widget's id
BURST = 3.0  # seconds' worth of messages that may come at once
FAULTS = 20  # broken messages, after which a session is closed

CATALOGUE = Catalogue()


class SafeMessages:
    """Drops what is no message of a browser, and values that their widgets cannot hold.

    The session goes on with what its widgets held. Messages that come too fast are held back, not
    lost: the line fills up, and the browser waits.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.limits: ServerLimits = limits()
        self.turns = Turns()
        self.paces: WeakValueDictionary[str, _Pace] = WeakValueDictionary()
        self.largest = limits().message_kilobytes * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a session, and look through what both sides say."""
        if scope["type"] != WEBSOCKET:
            await self.app(scope, receive, send)
            return
        line = _Line(receive, send, self._paces(scope), Turn(self.turns), self.largest)
        try:
            await self.app(scope, line.receive, line.send)
        finally:
            line.turn.give_back()

    def _paces(self, scope: Scope) -> tuple["_Pace", ...]:
        """Return what keeps the pace of a session, shared with the others of who asks."""
        rates = {f"address {address(scope)}": self.limits.address_messages_per_second}
        if scope.get(PERSON) is not None:
            rates[f"person {scope[PERSON]}"] = self.limits.messages_per_second
        return tuple(
            self.paces.get(whose) or self.paces.setdefault(whose, _Pace(rate))
            for whose, rate in rates.items()
        )


class _Line:
    """One session: what the browser says is cleaned, what the server says is learned from."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        paces: tuple["_Pace", ...],
        turn: Turn,
        largest: int,
    ) -> None:
        self.source, self.sink, self.paces, self.turn = receive, send, paces, turn
        self.largest, self.faults, self.closed = largest, 0, False

    async def receive(self) -> Message:
        """Wait for the next message that may be passed on."""
        while True:
            message = await self.source()
            if message["type"] != "websocket.receive":
                return message
            for pace in self.paces:
                await pace.wait()
            allowed = cleaned(message.get("bytes"), self.largest)
            if allowed is not None:
                if allowed.startswith(RERUN):
                    await self.turn.take()
                return {"type": "websocket.receive", "bytes": allowed}
            self.faults += 1
            if self.faults >= FAULTS:
                return await self._close()

    async def send(self, message: Message) -> None:
        """Pass on what the server says, and note the widgets in it."""
        if self.closed:
            return
        data = message.get("bytes")
        if data and (len(data) < SHORT or WIDGET in data):
            told = ForwardMsg.FromString(data)
            kind = told.WhichOneof("type")
            if kind == "delta":
                CATALOGUE.learn(told.delta)
            elif kind == "script_finished":
                self.turn.give_back()
        await self.sink(message)

    async def _close(self) -> Message:
        self.closed = True
        said = {"code": POLICY, "reason": "too many messages that no browser sends"}
        await self.sink({"type": "websocket.close", **said})
        return {"type": "websocket.disconnect", **said}


def cleaned(data: bytes | None, largest: int) -> bytes | None:
    """Return a message of a browser without what its session could break from.

    Args:
        data: as it came; None for text, which no browser sends.
        largest: bytes.

    Returns:
        None if nothing may be passed on.
    """
    if data is None or len(data) > largest:
        return None
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return None
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return (
            data if message.backend_operation_request.WhichOneof("payload") in OPERATIONS else None
        )
    if kind not in ALLOWED:
        return None
    if kind == "file_urls_request" and len(message.file_urls_request.file_names) > FILES_AT_ONCE:
        return None
    return _with_sound_values(message, data) if kind == "rerun_script" else data


def _with_sound_values(message: BackMsg, data: bytes) -> bytes | None:
    asked = message.rerun_script
    if len(asked.query_string) > ADDRESS or len(asked.widget_states.widgets) > WIDGETS:
        return None
    sound = [one for one in asked.widget_states.widgets if CATALOGUE.fits(one)]
    query = CATALOGUE.sound_query(asked.query_string)
    if len(sound) == len(asked.widget_states.widgets) and query == asked.query_string:
        return data
    asked.query_string = query
    del asked.widget_states.widgets[:]
    asked.widget_states.widgets.extend(sound)
    return bytes(message.SerializeToString())


class _Pace:
    """Lets a burst through at once, and then so many a second."""

    def __init__(self, rate: int) -> None:
        self.rate, self.most = rate, rate * BURST
        self.left, self.at = self.most, time.monotonic()

    async def wait(self) -> None:
        now = time.monotonic()
        self.left = min(self.most, self.left + (now - self.at) * self.rate) - 1
        self.at = now
        if self.left < 0:
            await asyncio.sleep(-self.left / self.rate)
