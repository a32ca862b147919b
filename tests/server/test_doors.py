"""What the server says of itself, to whom it answers, and how a browser is told to treat it."""

import os
from pathlib import Path

import pytest

from dashboard.gate.origin import host_name
from dashboard.gate.paths import climbs
from tests.browser.server import Server
from tests.server.guest import PERSON, XSRF, Guest
from tests.server.session import visiting
from tests.server.wire import asked, cookies_of

PATHS = ("/", "/train", "/health", "/_stcore/health", "/static/nothing.js", "/../x", "/media/x")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_the_browser_what_it_may_do(path: str, server: Server) -> None:
    said = asked(server.address, path=path).headers
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "no-referrer"
    assert said["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in said["permissions-policy"]
    policy = said["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_a_file_of_ours_may_not_run_as_a_page(server: Server) -> None:
    assert "sandbox" in asked(server.address, path="/media/x").headers["content-security-policy"]


def test_the_server_says_that_it_lives_and_nothing_else(server: Server) -> None:
    said = asked(server.address, path="/health")
    assert (said.status, said.text) == (200, '{"status":"ok"}')
    assert said.headers["cache-control"] == "no-store"


def test_readiness_names_a_reason_without_paths(server: Server) -> None:
    said = asked(server.address, path="/ready")
    assert said.status in (200, 503)
    assert "/" not in said.text
    assert str(os.getpid()) not in said.text


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST.", "10.1.2.3:99"])
def test_names_of_this_machine_are_answered(name: str, server: Server) -> None:
    assert asked(server.address, path="/health", headers={"Host": name}).status == 200


def test_a_foreign_name_is_told_what_to_set(server: Server) -> None:
    said = asked(server.address, headers={"Host": "evil.example"})
    assert said.status == 421
    assert "FORECAST_HOSTS" in said.text


def test_a_stranger_gets_a_cookie_with_the_first_page(server: Server) -> None:
    said = asked(server.address)
    line = next(one for one in said.headers["set-cookie"].splitlines() if PERSON in one)
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Secure" not in line  # over http a browser would drop it


def test_behind_a_proxy_with_tls_the_cookie_is_secure(server: Server) -> None:
    said = asked(server.address, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in said.headers["set-cookie"]


def test_a_known_visitor_keeps_the_cookie(server: Server) -> None:
    guest = Guest(server.address)
    again = cookies_of(asked(server.address, headers={"Cookie": guest.line()}))
    assert again[PERSON] == guest.cookies[PERSON]


@pytest.mark.parametrize("change", ["", "x", "other"])
def test_an_altered_cookie_is_replaced(change: str, server: Server) -> None:
    guest, other = Guest(server.address), Guest(server.address)
    name, _, print_ = guest.cookies[PERSON].partition(".")
    forged = {
        "": f"{name}.",
        "x": f"{name}x.{print_}",
        "other": f"{other.cookies[PERSON].partition('.')[0]}.{print_}",
    }[change]
    fresh = cookies_of(asked(server.address, headers={"Cookie": f"{PERSON}={forged}"}))
    assert fresh[PERSON] not in (forged, guest.cookies[PERSON])


def test_the_key_is_readable_by_the_server_alone(server: Server) -> None:
    home = server.log.parent / "home"
    assert (home / "secret").stat().st_mode & 0o077 == 0


def test_no_cookie_comes_with_what_is_no_page(server: Server) -> None:
    for path in ("/health", "/favicon.png", "/_stcore/host-config"):
        assert PERSON not in cookies_of(asked(server.address, path=path))
    assert XSRF in cookies_of(asked(server.address, path="/_stcore/health"))


def test_a_page_of_the_same_origin_opens_a_session(server: Server) -> None:
    with visiting(server.address, "") as visitor:
        assert not visitor.rerun().exceptions()


def test_nothing_of_the_server_s_folders_is_told_to_whoever_asks(server: Server) -> None:
    folders = str(Path(__file__).parents[2])
    for path in (*PATHS, "/_stcore/host-config", "/ready"):
        assert folders not in asked(server.address, path=path).text


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("a.org", "a.org"), ("A.org.:80", "a.org"), ("[::1]:8", "::1"), ("a.org:x", None),
        ("u@a.org", None), ("a.org/x", None), ("", None), (None, None), ("a,b", None),
    ],
)  # fmt: skip
def test_the_name_in_a_host(said: str | None, name: str | None) -> None:
    assert host_name(said) == name


@pytest.mark.parametrize("path", ["/a/b", "/a..b", "/...", "/a%20b", "/f%C3%A9", "/100%"])
def test_paths_that_stay(path: str) -> None:
    assert not climbs(path)
