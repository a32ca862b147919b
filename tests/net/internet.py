"""A small internet on 127.0.0.1: a proxy that takes CONNECT, and behind it every host at once.

Clients find it by their environment alone. Whatever they ask is recorded and answered as scripted.
"""

import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import trustme

HOSTS = (
    "fc.yahoo.com",
    "guce.yahoo.com",
    "query1.finance.yahoo.com",
    "query2.finance.yahoo.com",
    "archive-api.open-meteo.com",
    "geocoding-api.open-meteo.com",
)


@dataclass
class Reply:
    """What a host answers: `missing` bytes are promised and never sent, `wait` seconds pass."""

    status: int = 200
    body: bytes | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    missing: int = 0
    hang_up: bool = False


@dataclass(frozen=True)
class Seen:
    """A request as a host saw it."""

    method: str
    host: str
    path: str
    query: dict[str, str]


Script = Callable[[Seen], Reply]


class Internet:
    """The hosts, and what they have seen.

    Attributes:
        mode: of the proxy: `open`, `silent` (takes the call and says nothing) or `closed`.
        tunnels: hosts that a tunnel was asked for.
        seen: requests in their order.
        replies: by host and path; a Reply, or a function of the request.
    """

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.bundle = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.bundle))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*HOSTS).configure_cert(self._tls)
        self._server = _Server(("127.0.0.1", 0), self._serve)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._gone = threading.Event()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.mode = "open"
        self.tunnels: list[str] = []
        self.seen: list[Seen] = []
        self.replies: dict[tuple[str, str], Reply | Script] = {}
        self.left: list[str] = []  # hosts whose caller has gone before the answer was out

    def close(self) -> None:
        self._gone.set()
        self._server.shutdown()
        self._server.server_close()

    def bodies_of(self, host: str) -> list[Seen]:
        return [one for one in self.seen if one.host == host]

    def _serve(self, plain: socket.socket) -> None:
        try:
            plain.settimeout(30)
            line = _head(plain)[0]
            host = line.split()[1].split(":")[0]
            self.tunnels.append(host)
            if self.mode == "silent":
                plain.recv(1)
                return
            if self.mode == "closed":
                plain.sendall(b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n")
                return
            plain.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with self._tls.wrap_socket(plain, server_side=True) as secure:
                while self._answer(secure, host):
                    pass
        except (OSError, IndexError):
            pass

    def _answer(self, secure: socket.socket, host: str) -> bool:
        head = _head(secure)
        method, target = head[0].split()[:2]
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        seen = Seen(method, host, unquote(parts.path), query)
        self.seen.append(seen)
        found = self.replies.get((host, seen.path), Reply(404, b"nothing here"))
        reply = found(seen) if callable(found) else found
        if reply.wait and not self._waited(secure, reply.wait):
            self.left.append(host)
            return False
        if reply.hang_up:
            return False
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        headers = {"Content-Length": str(len(body) + reply.missing), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} Said", *(f"{k}: {v}" for k, v in headers.items())]
        secure.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return not reply.missing

    def _waited(self, secure: socket.socket, seconds: float) -> bool:
        """Wait; say whether the caller is still there."""
        ends = time.monotonic() + seconds
        secure.settimeout(0.05)
        while time.monotonic() < ends and not self._gone.is_set():
            try:
                if not secure.recv(1):
                    return False
            except TimeoutError:
                continue
        return True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        super().__init__(address, socketserver.BaseRequestHandler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._serve(request)


def _head(connection: socket.socket) -> list[str]:
    """Return the lines up to the blank one."""
    read = b""
    while not read.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part:
            raise OSError("gone")
        read += part
    return read.decode().split("\r\n")


def environment(internet: Internet, cache: Path) -> dict[str, str]:
    """Return the environment that points clients to it, and copies of answers to a folder."""
    none = ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
    proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), internet.address)
    bundles = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
    trusted = dict.fromkeys(bundles, str(internet.bundle))
    return {**dict.fromkeys(none, ""), **proxies, **trusted, "FORECAST_CACHE_DIR": str(cache)}


def enter(internet: Internet, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """Point clients to it, by nothing but the environment."""
    for name, value in environment(internet, cache).items():
        monkeypatch.setenv(name, value)
