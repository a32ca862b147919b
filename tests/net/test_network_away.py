"""Without a network both doors say so within five seconds."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

import forecast as fc
from forecast.data import network
from forecast.data.network import proxy_for
from forecast.errors import BadAnswerError, DeadlineError, OfflineError
from tests.net.internet import Internet

DOORS: dict[str, Callable[[], object]] = {
    "yahoo": lambda: fc.fetch_yahoo("MSFT"),
    "several": lambda: fc.fetch_yahoo(["MSFT", "AAPL", "GOOG", "AMZN", "META", "NVDA"]),
    "weather": lambda: fc.fetch_weather(47.6, -122.3),
    "place": lambda: fc.fetch_weather("Seattle"),
}


@pytest.fixture
def unheard() -> Iterator[str]:
    """The address of a port that takes connections only into its queue."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def offline(door: str, words: str) -> None:
    began = time.monotonic()
    with pytest.raises(OfflineError, match=words):
        DOORS[door]()
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize("door", DOORS)
def test_nobody_listens(internet: Internet, monkeypatch: pytest.MonkeyPatch, door: str) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    offline(door, "cannot be reached: the proxy 127.0.0.1:9 refused")


@pytest.mark.parametrize("door", ["several", "weather"])
def test_the_network_swallows_everything(internet: Internet, door: str) -> None:
    internet.mode = "silent"
    offline(door, "does not answer")
    assert len(internet.tunnels) == 1
    assert internet.seen == []


def test_nothing_is_taken_from_the_queue(
    internet: Internet, monkeypatch: pytest.MonkeyPatch, unheard: str
) -> None:
    monkeypatch.setenv("https_proxy", unheard)
    offline("yahoo", "does not answer")


def test_the_proxy_refuses(internet: Internet) -> None:
    internet.mode = "closed"
    offline("yahoo", "'503 Away' when asked for a way")


def test_the_name_is_unknown(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://nowhere.invalid:8080")
    offline("weather", "proxy nowhere.invalid:8080 cannot be resolved")


@pytest.mark.parametrize("door", ["yahoo", "weather"])
def test_a_stranger_s_certificate_is_not_taken(
    internet: Internet, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name)
    with pytest.raises(BadAnswerError, match="broke off, or was not"):
        DOORS[door]()
    assert internet.seen == []


@pytest.mark.parametrize("door", [fc.fetch_yahoo, fc.fetch_weather])
def test_a_short_deadline_is_no_sign_that_the_network_is_away(
    internet: Internet, door: Callable[..., object]
) -> None:
    with pytest.raises(DeadlineError, match=r"within 0\.05 s"):
        door("MSFT", deadline=0.05)
    assert internet.tunnels == []


def test_a_machine_on_which_nothing_starts_is_no_sign_of_it_either(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet.mode = "closed"
    monkeypatch.setattr(network, "START", 0.001)
    way = network.Way("query2.finance.yahoo.com", "Yahoo")
    way.check(time.monotonic() + 20, 20)
    monkeypatch.undo()
    assert internet.tunnels == []


def test_who_has_no_time_leaves_the_way_to_be_tried_by_others(internet: Internet) -> None:
    internet.mode = "closed"
    way = network.Way("query2.finance.yahoo.com", "Yahoo")
    for seconds in (0.02, -1):
        with pytest.raises(DeadlineError):
            way.check(time.monotonic() + seconds, 1)
    with pytest.raises(OfflineError):
        way.check(time.monotonic() + 20, 20)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, ("http", "proxy", 3128, "")),
        ({"https_proxy": "proxy"}, ("http", "proxy", 80, "")),
        ({"ALL_PROXY": "socks5://proxy"}, ("socks5", "proxy", 1080, "")),
        ({"HTTPS_PROXY": "http://a:b%40@proxy:1"}, ("http", "proxy", 1, "a:b@")),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "x.org,.yahoo.com"}, None),
        ({"HTTPS_PROXY": "http://proxy:1", "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ahoo.com"}, ("http", "p", 1, "")),
    ],
)
def test_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    expected: tuple[str, str, int, str] | None,
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for("query2.finance.yahoo.com") == expected


@pytest.mark.parametrize("address", ["http://proxy:port", "http://"])
def test_a_proxy_without_an_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(OfflineError, match="HTTPS_PROXY"):
        proxy_for("query2.finance.yahoo.com")
