"""The cookie that tells one visitor from another."""

from dashboard.gate.asking import (
    HTTP,
    PERSON,
    WEBSOCKET,
    App,
    Message,
    Receive,
    Scope,
    Send,
    headers,
)
from dashboard.identity import COOKIE, KEEP_SECONDS, fresh_cookie, person_of

HTML = b"text/html"


class KnownVisitor:
    """Says who asks, to what comes after it, and gives a stranger a cookie with the first page."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a page comes back with the cookie."""
        if scope["type"] not in (HTTP, WEBSOCKET):
            await self.app(scope, receive, send)
            return
        held = _held(scope)
        known = None if held is None else person_of(held)
        scope[PERSON] = known

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                value = held if known is not None and held is not None else fresh_cookie()
                line = _line(value, secure=scope.get("scheme") == "https")
                message["headers"] = [*message["headers"], (b"set-cookie", line)]
            await send(message)

        await self.app(scope, receive, sent if scope["type"] == HTTP else send)


def _held(scope: Scope) -> str | None:
    """Return what the browser says its cookie holds."""
    for line in headers(scope, b"cookie"):
        for part in line.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return value
    return None


def _is_page(message: Message) -> bool:
    return message["status"] == 200 and any(
        key.lower() == b"content-type" and value.startswith(HTML)
        for key, value in message.get("headers", ())
    )


def _line(value: str, *, secure: bool) -> bytes:
    parts = [f"{COOKIE}={value}", "Path=/", f"Max-Age={KEEP_SECONDS}", "HttpOnly", "SameSite=Lax"]
    return "; ".join(parts + ["Secure"] * secure).encode()
