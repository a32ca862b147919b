"""Addresses that nobody needs: inner routes of Streamlit, and paths that try to leave theirs."""

import ipaddress
from urllib.parse import unquote

from dashboard.gate.asking import (
    HTTP,
    App,
    Receive,
    Scope,
    Send,
    address,
    headers,
    inner_path,
    refuse,
)
from dashboard.limits import ServerLimits, limits

METRICS = "/_stcore/metrics"
# Of Streamlit, and none is of use here: figures of the server, a machine's way to drive the app,
# a run of the script for whoever asks, and components that we have none of.
CLOSED = (METRICS, "/_stcore/agent", "/_stcore/script-health-check", "/component", "/app/static")
SIGN_IN = ("/auth", "/oauth2callback")
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")
DECODINGS = 4  # `%252525252e` is looked through


class OpenPaths:
    """Answers 404 to routes that are closed, and 400 to paths that would climb out of theirs."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.limits: ServerLimits = limits()
        self.closed = CLOSED if self.limits.sign_in else CLOSED + SIGN_IN

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what asks for an open path."""
        if scope["type"] == HTTP:
            path = inner_path(scope)
            if climbs(path):
                await refuse(scope, send, 400, "That is no address of this server.")
                return
            if self._is_closed(path) and not self._may_measure(path, scope):
                await refuse(scope, send, 404, "There is nothing at this address.")
                return
        await self.app(scope, receive, send)

    def _is_closed(self, path: str) -> bool:
        return any(path == one or path.startswith(f"{one}/") for one in self.closed)

    def _may_measure(self, path: str, scope: Scope) -> bool:
        """Return whether figures are asked for by this machine itself, not by a proxy on it."""
        if path != METRICS or not self.limits.metrics:
            return False
        if any(headers(scope, name) for name in FORWARDED):
            return False
        try:
            return ipaddress.ip_address(address(scope)).is_loopback
        except ValueError:
            return False


def climbs(path: str) -> bool:
    """Return whether a path has `..`, a backslash or a control character, however written."""
    for _ in range(DECODINGS):
        if "\\" in path or any(ord(one) < 32 or ord(one) == 127 for one in path):
            return True
        if ".." in path.split("/"):
            return True
        decoded = unquote(path)
        if decoded == path:
            return False
        path = decoded
    return True
