"""Somebody with cookies, who uploads files to a session of the server."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.server.wire import BOUNDARY, Answer, asked, cookies_of, form

XSRF = "_streamlit_xsrf"
PERSON = "forecast_person"


@dataclass
class Guest:
    """A browser's cookies, as the server gave them."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cookies |= cookies_of(asked(self.address))
        self.cookies |= cookies_of(asked(self.address, path="/_stcore/health"))

    def line(self) -> str:
        """Return what the browser sends as `Cookie`."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def put(self, session: str, file: str, data: bytes | Iterable[bytes], **headers: str) -> Answer:
        """Upload a file to a session; pieces are sent as they are, in chunks."""
        said = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "X-Xsrftoken": self.cookies[XSRF],
            "Cookie": self.line(),
        }
        body = form(data) if isinstance(data, bytes) else data
        return asked(self.address, "PUT", _place(session, file), said | headers, body)

    def delete(self, session: str, file: str) -> Answer:
        """Take a file away."""
        said = {"X-Xsrftoken": self.cookies[XSRF], "Cookie": self.line()}
        return asked(self.address, "DELETE", _place(session, file), said)


def _place(session: str, file: str) -> str:
    return f"/_stcore/upload_file/{session}/{file}"
