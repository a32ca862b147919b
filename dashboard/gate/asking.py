"""What a request says of itself, and the refusal of one, for HTTP and WebSockets alike."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from streamlit import config

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HTTP = "http"
WEBSOCKET = "websocket"
POLICY = 1008  # the close code of a WebSocket that breaks a rule
PERSON = "forecast.person"  # who asks, in the scope


def headers(scope: Scope, name: bytes) -> list[str]:
    """Return every value of a header; `name` in small letters."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def header(scope: Scope, name: bytes) -> str | None:
    """Return the one value of a header; None if it is missing or stands there twice."""
    found = headers(scope, name)
    return found[0] if len(found) == 1 else None


def inner_path(scope: Scope) -> str:
    """Return the path below `server.baseUrlPath`, where all of our own begin."""
    base = "/" + str(config.get_option("server.baseUrlPath") or "").strip("/")
    path = str(scope["path"])
    if base != "/" and (path == base or path.startswith(f"{base}/")):
        return path[len(base) :] or "/"
    return path


def address(scope: Scope) -> str:
    """Return the network address that asks; behind a trusted proxy, the one that it names."""
    client = scope.get("client")
    return str(client[0]) if client else ""


async def refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    """Answer with a status and one plain sentence; a WebSocket is not even accepted."""
    kind = HTTP
    if scope["type"] == WEBSOCKET:
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": POLICY, "reason": text[:120]})
            return
        kind = "websocket.http"
    body = text.encode()
    said = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if kind == HTTP and status in (408, 413):
        said.append((b"connection", b"close"))  # what is left of the body is not waited for
    await send({"type": f"{kind}.response.start", "status": status, "headers": said})
    await send({"type": f"{kind}.response.body", "body": body, "more_body": False})
    if scope["type"] == WEBSOCKET:
        for _ in range(2):
            await asyncio.sleep(0)  # uvicorn logs a fault if we are done before its line is closed
