"""The headers that tell a browser what a page of ours may do."""

import base64
import hashlib
import re
from pathlib import Path

from streamlit import file_util

from dashboard.gate.asking import HTTP, App, Message, Receive, Scope, Send, inner_path

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# What the page may load, and from where; nothing comes from abroad. 'unsafe-inline' styles and
# data: pictures are how Streamlit, Plotly and the tables draw; blob: is a picture being saved.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
# A file of ours is never a page: it may not even run as one that is opened by itself.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
FILES = ("/media/", "/_stcore/", "/component/")
FORBIDDEN = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "publickey-credentials-get", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    # A run's id stands in the address, and whoever knows it sees the run.
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", ", ".join(f"{one}=()" for one in FORBIDDEN).encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
OURS = {name for name, _ in ALWAYS} | {b"content-security-policy", b"server"}


def page_policy() -> str:
    """Return the content policy of a page, which lets the scripts of Streamlit's own page run."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    prints = (hashlib.sha256(script.encode()).digest() for script in INLINE.findall(page))
    allowed = "".join(f" 'sha256-{base64.b64encode(one).decode()}'" for one in prints)
    policy = {**POLICY, "script-src": POLICY["script-src"] + allowed}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


class SafeHeaders:
    """Puts the headers on every answer, refusals included."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.page = page_policy().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and add the headers to what comes back."""
        if scope["type"] != HTTP:
            await self.app(scope, receive, send)
            return
        file = inner_path(scope).startswith(FILES)
        policy = FILE_POLICY.encode() if file else self.page

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [one for one in message.get("headers", ()) if one[0].lower() not in OURS]
                message["headers"] = [*kept, *ALWAYS, (b"content-security-policy", policy)]
            await send(message)

        await self.app(scope, receive, sent)
