"""Whether a host on the network can be reached, told in seconds.

The clients of the sources wait long for a network that swallows packets. So a light process, which
imports nothing but the standard library, first goes the same way as they would: through the proxy
of the environment if there is one, else by name and TCP. Nothing is sent to the host itself.
"""

import base64
import socket
import ssl
import threading
import time
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment

from forecast.errors import DeadlineError, FetchError, OfflineError, ProcessError
from forecast.processes import Answer, SlowStartError, call

SECONDS = 4.5  # for start, name, connection and the proxy's word
START = 3.0  # of these for the start of Python, so that the network has its time in any case
PATIENCE = 2.5  # seconds of one step of those
HTTPS = 443
PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
LONGEST_LINE = 1000  # bytes of a proxy's first line


class Proxy(NamedTuple):
    """A proxy of the environment.

    Attributes:
        scheme: how it is spoken to: http, https, socks5 …
        host: its name or address.
        port: its port.
        login: `name:password`, or "".
    """

    scheme: str
    host: str
    port: int
    login: str


class Way:
    """The way to a source, for several requests at once: tried once, and open until it closes.

    Args:
        host: name of the source's host.
        source: what a person calls it.
    """

    def __init__(self, host: str, source: str) -> None:
        self._host, self._source = host, source
        self._guard = threading.Lock()
        self._tried = False
        self._closed: FetchError | None = None

    def check(self, ends: float, told: float) -> None:
        """See that the way is open; the first caller tries it, the others wait for that.

        Args:
            ends: when the caller's deadline is over, by the monotonic clock.
            told: that deadline in seconds, for the message.

        Raises:
            DeadlineError: it is over before that is known.
            FetchError: the way is closed.
        """
        with self._guard:
            if not self._tried:
                self._try(ends, told)
            if self._closed is not None:
                raise type(self._closed)(*self._closed.args)

    def close(self, error: FetchError) -> None:
        """Let no further request go this way, since it would meet the same error."""
        with self._guard:
            self._closed = error

    def _try(self, ends: float, told: float) -> None:
        try:
            check_reachable(self._host, source=self._source, ends=ends, told=told)
        except OfflineError as error:
            self._closed = error
        self._tried = True  # not so if the time of this caller was too short to know


def check_reachable(host: str, *, source: str, ends: float, told: float) -> None:
    """See that a connection to a host can be made; nothing is asked of it.

    On a machine so busy that Python does not start in time nothing is known of the network, and
    the host counts as reachable: who asks it then will see.

    Args:
        host: name of the host.
        source: what a person calls it, for the message.
        ends: when the caller's deadline is over, by the monotonic clock.
        told: that deadline in seconds, for the message.

    Raises:
        DeadlineError: it is over before that is known.
        OfflineError: the host cannot be reached.
    """
    left = ends - time.monotonic()
    if left <= 0:
        raise no_time(told)
    seconds = min(SECONDS, left)
    try:
        arguments = {"host": host}
        call("forecast.data.network:connect", arguments, deadline=seconds, start=START, told=told)
    except SlowStartError:
        return
    except DeadlineError:
        if seconds < SECONDS:
            raise
        reason = f"{host} did not answer within {SECONDS:g} s"
    except OfflineError as error:
        reason = str(error)
    except ProcessError as error:
        reason = f"the way to {host} could not be tried: {error}"
    else:
        return
    raise OfflineError(
        f"{source} cannot be reached: {reason}. Check the network, and HTTPS_PROXY if there is a "
        "proxy."
    )


def no_time(told: float) -> DeadlineError:
    """Return the error for a deadline that is over before the source was asked."""
    return DeadlineError(
        f"No time was left of {told:g} s to ask the source. Allow more with `deadline`."
    )


def connect(host: str) -> Answer:
    """Connect to port 443 of a host, through the proxy of the environment if there is one.

    Raises:
        OfflineError: that failed; the message says where.
    """
    proxy = proxy_for(host)
    where = host if proxy is None else f"the proxy {proxy.host}:{proxy.port}"
    try:
        address = (host, HTTPS) if proxy is None else (proxy.host, proxy.port)
        with socket.create_connection(address, PATIENCE) as plain:
            if proxy is not None:
                _ask(plain, proxy, host)
    except socket.gaierror:
        raise OfflineError(f"the name of {where} cannot be resolved") from None
    except TimeoutError:
        raise OfflineError(f"{where} does not answer") from None
    except OSError as error:
        raise OfflineError(f"{where} refused ({error.strerror or error})") from None
    return Answer({})


def proxy_for(host: str) -> Proxy | None:
    """Return the proxy that HTTPS_PROXY, ALL_PROXY and NO_PROXY prescribe for a host, or None.

    Raises:
        OfflineError: it is no address.
    """
    # The environment only: the system settings of macOS are not read by all of the clients.
    known = getproxies_environment()
    address = known.get("https") or known.get("all")
    if not address or _bypassed(host, known.get("no", "")):
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    try:
        port = parts.port or PORTS.get(parts.scheme, HTTPS)
    except ValueError:
        raise OfflineError("the port of the proxy in HTTPS_PROXY is no number") from None
    if not parts.hostname:
        raise OfflineError("HTTPS_PROXY names no host")
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(parts.scheme, parts.hostname, port, login)


def _bypassed(host: str, names: str) -> bool:
    """Say whether a host or its domain stands in NO_PROXY."""
    listed = [name.strip().lstrip(".").lower() for name in names.split(",")]
    return any(name and (name == "*" or f".{host}".endswith(f".{name}")) for name in listed)


def _ask(plain: socket.socket, proxy: Proxy, host: str) -> None:
    """Ask a proxy for a tunnel to a host, and see that it grants it.

    Raises:
        OSError: it does not answer, or refuses.
    """
    if proxy.scheme.startswith("socks"):
        return  # its own language; that it listens must do
    way: Any = plain
    if proxy.scheme == "https":
        way = ssl.create_default_context().wrap_socket(plain, server_hostname=proxy.host)
    lines = [f"CONNECT {host}:{HTTPS} HTTP/1.1", f"Host: {host}:{HTTPS}"]
    if proxy.login:
        login = base64.b64encode(proxy.login.encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    way.sendall("\r\n".join([*lines, "", ""]).encode())
    with way.makefile("rb") as answer:
        words = answer.readline(LONGEST_LINE).decode(errors="replace").split()
    if len(words) < 2 or words[1] != "200":
        said = " ".join(words[1:]) or "nothing"
        raise OSError(f"it answered {said[:80]!r} when asked for a way to {host}")
