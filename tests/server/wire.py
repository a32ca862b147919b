"""Requests as nobody's browser would send them."""

import socket
from collections.abc import Iterable, Mapping
from http.client import HTTPResponse
from typing import NamedTuple
from urllib.parse import urlsplit

SECONDS = 20.0
BOUNDARY = "fence"


class Answer(NamedTuple):
    """What came back.

    Attributes:
        status: of HTTP; 0 where the server closed without a word.
        headers: by their names in small letters; cookies in lines of one text.
        text: of the body.
    """

    status: int
    headers: Mapping[str, str]
    text: str


def asked(
    address: str,
    method: str = "GET",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes | Iterable[bytes] = b"",
) -> Answer:
    """Send a request as it is written, and wait for the answer.

    Args:
        address: of the server.
        method: of HTTP.
        path: sent as it is.
        headers: replace our own of the same name; a `Host` is sent anyhow.
        body: pieces are sent in chunks, without a length.
    """
    place = urlsplit(address)
    whole = isinstance(body, bytes)
    said = {"Host": place.netloc, "Origin": address, "Connection": "close"}
    said |= {"Content-Length": str(len(body))} if isinstance(body, bytes) and body else {}
    said |= {} if whole else {"Transfer-Encoding": "chunked"}
    said |= headers or {}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    with socket.create_connection((place.hostname or "", place.port or 80), SECONDS) as link:
        try:
            link.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            for piece in [body] if isinstance(body, bytes) else _chunks(body):
                link.sendall(piece)
        except OSError:
            pass  # the server has answered already, and listens no more
        return _answer(link)


def _chunks(pieces: Iterable[bytes]) -> Iterable[bytes]:
    for piece in pieces:
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def _answer(link: socket.socket) -> Answer:
    response = HTTPResponse(link)
    try:
        response.begin()
        text = response.read().decode("utf-8", "replace")
    except (OSError, ConnectionError, ValueError):
        return Answer(0, {}, "")
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}\n{value}" if key in headers else value
    return Answer(response.status, headers, text)


def form(data: bytes, name: str = "mine.csv") -> bytes:
    """Return the body of an upload of one file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def cookies_of(answer: Answer) -> dict[str, str]:
    """Return the cookies that an answer sets."""
    lines = answer.headers.get("set-cookie", "").splitlines()
    pairs = (line.partition(";")[0].partition("=") for line in lines)
    return {name: value for name, _, value in pairs}
