"""A visitor without a browser: Streamlit's messages over a raw WebSocket."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

ANSWER_SECONDS = 20.0
STREAM = "/_stcore/stream"
LARGEST_ANSWER = 64 * 1024 * 1024


@dataclass
class Conversation:
    """What a page has said so far, and what its widgets are called; knows no network.

    Attributes:
        page: address of the screen, such as "train"; empty for the first.
        query: of the address, without its question mark.
        session: the server's id of the session, once it has said so.
        elements: newest element at each place of the page.
        states: what the visitor's widgets hold, by their ids.
        finished: how many runs of the page's script have ended.
    """

    page: str = ""
    query: str = ""
    session: str = ""
    page_hash: str = ""
    elements: dict[tuple[int, ...], Any] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    finished: int = 0
    outcome: int | None = None
    runs: int = 0

    def feed(self, data: bytes) -> ForwardMsg:
        """Take one message of the server."""
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            if not message.metadata.run.fragment_ids:
                self.elements.clear()
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self.elements[tuple(message.metadata.delta_path)] = message.delta.new_element
        elif kind == "delta" and message.delta.add_block.WhichOneof("type"):
            self.elements[tuple(message.metadata.delta_path)] = message.delta.add_block
        elif kind == "script_finished":
            self.finished += 1
            self.outcome = message.script_finished
        return message

    def rerun(self) -> bytes:
        """Return the message that asks for the page with what its widgets hold."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = self.query
        asked.page_script_hash = self.page_hash
        asked.page_name = "" if self.page_hash else self.page
        asked.widget_states.widgets.extend(self.states.values())
        return bytes(message.SerializeToString())

    def widget(self, kind: str, label: str) -> Any:
        """Return the newest widget of a kind, such as "number_input", with a label."""
        for element in self.elements.values():
            if element.WhichOneof("type") == kind and getattr(element, kind).label == label:
                return getattr(element, kind)
        raise LookupError(f"the page has no {kind} {label!r}; it has {self.labels()}")

    def labels(self) -> list[tuple[str, str]]:
        """Return the kind and label of all that has a label."""
        kinds = ((one.WhichOneof("type"), one) for one in self.elements.values())
        return [(kind, label) for kind, one in kinds if (label := _label(getattr(one, kind)))]

    def texts(self) -> list[str]:
        """Return what stands on the page as text, headings and alerts."""
        found = []
        for element in self.elements.values():
            kind = element.WhichOneof("type")
            if kind in ("text", "markdown", "heading", "alert"):
                found.append(str(getattr(element, kind).body))
        return found

    def exceptions(self) -> list[str]:
        """Return the errors that Streamlit itself shows on the page."""
        kinds = (one for one in self.elements.values() if one.WhichOneof("type") == "exception")
        return [f"{one.exception.type}: {one.exception.message}" for one in kinds]

    def unfold(self, label: str) -> None:
        """Open what is folded away; the next run of the page draws what is in it."""
        self.set(self.widget("expandable", label).id, bool_value=True)

    def set(self, widget: str, **value: Any) -> None:
        """Let a widget hold a value; as with `double_value=3.0`, by its field in the message."""
        self.states[widget] = WidgetState(id=widget, **value)


def _label(element: Any) -> str:
    return str(getattr(element, "label", ""))


class Visitor:
    """A conversation over a WebSocket that waits for the server's answers."""

    def __init__(self, link: ClientConnection, page: str, query: str) -> None:
        self.link = link
        self.talk = Conversation(page, query)

    def send(self, data: bytes | str) -> None:
        """Send one frame as it is."""
        self.link.send(data)

    def rerun(self, **changes: Any) -> Conversation:
        """Ask for the page, and wait until its script has ended."""
        before = self.talk.finished
        self.send(self.talk.rerun())
        return self.wait(before)

    def wait(self, before: int) -> Conversation:
        """Read on until more than `before` runs of the page have ended."""
        while self.talk.finished <= before:
            self.read()
        return self.talk

    def read(self, seconds: float = ANSWER_SECONDS) -> ForwardMsg:
        """Wait for one message.

        Raises:
            TimeoutError: none came.
        """
        data = self.link.recv(timeout=seconds)
        assert isinstance(data, bytes)
        return self.talk.feed(data)


@contextmanager
def visiting(
    address: str,
    page: str = "",
    query: str = "",
    *,
    origin: str | None = "same",
    cookies: str = "",
    protocols: Sequence[str] = ("streamlit", "", ""),
    host: str | None = None,
) -> Iterator[Visitor]:
    """Open a session as a browser does, without running the page.

    Args:
        address: of the server.
        page: address of the screen.
        query: of the address.
        origin: what the handshake says it comes from; "same" for the server's own, None for none.
        cookies: what the browser holds, as in `Cookie`.
        protocols: Streamlit's own word, the token against forgery, and a session to take up.
        host: name that the handshake asks for, unless the address's.
    """
    headers = {"Cookie": cookies} if cookies else {}
    said = address if origin == "same" else origin
    spoken = [Subprotocol(one) for one in protocols if one]
    place = urlsplit(address)
    with connect(
        f"ws://{host or place.netloc}{STREAM}",
        sock=socket.create_connection((place.hostname or "", place.port or 80), ANSWER_SECONDS),
        origin=None if said is None else Origin(said),
        subprotocols=spoken,
        additional_headers=headers,
        max_size=LARGEST_ANSWER,
        open_timeout=ANSWER_SECONDS,
        proxy=None,
        compression=None,
    ) as link:
        yield Visitor(link, page, query)


__all__ = ["Conversation", "Visitor", "visiting"]
