"""Whose pages may talk to the server: the names it answers to, and where a request comes from."""

import ipaddress
import socket
from urllib.parse import urlsplit

from dashboard.gate.asking import HTTP, WEBSOCKET, App, Receive, Scope, Send, header, refuse
from dashboard.limits import limits

SAFE = ("GET", "HEAD", "OPTIONS")
PORTS = {"http": 80, "https": 443}


class KnownHost:
    """Refuses requests for a name that is not the server's.

    A page abroad can have its own name point to this machine (DNS rebinding), and would then be of
    one origin with the server. It cannot do so under a number, nor under a name of ours.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.names = {"localhost", *_own_names(), *limits().hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what asks for a name of ours."""
        if scope["type"] in (HTTP, WEBSOCKET) and not self._known(header(scope, b"host")):
            await refuse(
                scope,
                send,
                421,
                "This server does not answer to that name. If it should, set FORECAST_HOSTS to "
                "the name, or to * where a proxy has checked it already.",
            )
            return
        await self.app(scope, receive, send)

    def _known(self, host: str | None) -> bool:
        name = host_name(host)
        return name is not None and ("*" in self.names or name in self.names or _numeric(name))


class SameOrigin:
    """Refuses WebSockets and changes that a page of another origin asks for.

    Browsers say where a page comes from on every WebSocket and every change, so one that says
    nothing is refused as well: a program can say it. Streamlit's own check comes later, and holds
    up the whole server while it looks for the machine's public address.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.others = set(limits().origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what only reads, and what comes from the server's own pages."""
        changes = scope["type"] == WEBSOCKET or (
            scope["type"] == HTTP and scope["method"] not in SAFE
        )
        if changes and not self._allowed(header(scope, b"origin"), header(scope, b"host")):
            await refuse(
                scope,
                send,
                403,
                "Refused: this comes from a page of another origin, or does not say from which. "
                "Pages of other addresses that may talk to this server stand in FORECAST_ORIGINS.",
            )
            return
        await self.app(scope, receive, send)

    def _allowed(self, origin: str | None, host: str | None) -> bool:
        if origin is None or host is None:
            return False
        return origin.lower() in self.others or _same(origin, host)


def host_name(host: str | None) -> str | None:
    """Return the name in a `Host`, in small letters and without its port; None if it is none."""
    if not host or any(one in host for one in "/\\@?#, "):
        return None
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return (parts.hostname or "").rstrip(".").lower() or None


def _same(origin: str, host: str) -> bool:
    """Return whether an origin is that of a `Host`; a proxy may speak https for the server."""
    try:
        ours, theirs = urlsplit(f"//{host}"), urlsplit(origin)
        usual = PORTS.get(theirs.scheme)
        if usual is None or theirs.hostname is None or theirs.path:
            return False
        return theirs.hostname == ours.hostname and (theirs.port or usual) == (ours.port or usual)
    except ValueError:
        return False


def _numeric(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names() -> set[str]:
    name = socket.gethostname().lower().rstrip(".")
    return {name, f"{name}.local", name.partition(".")[0]} - {""}
