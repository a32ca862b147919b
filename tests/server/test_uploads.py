"""Files are bounded one by one, by session, by person and in all; so are sessions."""

import contextlib
import time
from collections.abc import Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus

from tests.browser.server import Server
from tests.server.guest import Guest
from tests.server.session import Visitor, visiting
from tests.server.wire import BOUNDARY, asked, form

MEGABYTE = 1024 * 1024
MOST = b"x" * MEGABYTE


@pytest.fixture
def guest(server: Server) -> Guest:
    return Guest(server.address)


@contextlib.contextmanager
def _session(guest: Guest) -> Iterator[Visitor]:
    with visiting(guest.address, "data", cookies=guest.line()) as visitor:
        visitor.rerun()
        yield visitor


def test_a_file_at_the_limit_is_taken_and_one_above_is_not(guest: Guest) -> None:
    with _session(guest) as visitor:
        session = visitor.talk.session
        assert guest.put(session, "a", MOST).status == 204
        assert guest.put(session, "b", b"x" * (MEGABYTE + 1)).status == 413
        much = guest.put(session, "b", b"x" * (2 * MEGABYTE))
        assert much.status == 413
        assert "FORECAST_UPLOAD_MB" in much.text
        guest.delete(session, "a")


def test_a_file_that_does_not_say_its_length_is_counted(guest: Guest) -> None:
    piece, asked_for = b"x" * 65_536, []

    def endless() -> Iterator[bytes]:
        yield form(b"").partition(f"\r\n--{BOUNDARY}--".encode())[0]
        for _ in range(500):
            asked_for.append(1)
            yield piece

    with _session(guest) as visitor:
        assert guest.put(visitor.talk.session, "a", endless()).status in (413, 0)
    assert len(asked_for) < 500  # cut off long before 32 MB


def test_a_length_that_lies_is_no_way_around(guest: Guest) -> None:
    with _session(guest) as visitor:
        said = guest.put(visitor.talk.session, "a", b"x", **{"Content-Length": "9" * 18})
        assert said.status == 413


def test_a_session_has_room_for_so_much_and_gets_it_back(guest: Guest) -> None:
    half = b"x" * (900 * 1024)
    with _session(guest) as visitor:
        session = visitor.talk.session
        assert [guest.put(session, one, half).status for one in "ab"] == [204, 204]
        full = guest.put(session, "c", half)
        assert full.status == 413
        assert "Take one away" in full.text
        assert guest.delete(session, "a").status == 204
        assert guest.put(session, "c", half).status == 204
        for one in "bc":
            guest.delete(session, one)


def test_a_person_has_room_for_so_much_over_all_tabs(guest: Guest, server: Server) -> None:
    half = b"x" * (900 * 1024)
    with _session(guest) as first, _session(guest) as second:
        one, two = first.talk.session, second.talk.session
        stati = [guest.put(where, name, half).status for where in (one, two) for name in "ab"]
        assert stati == [204, 204, 204, 413]
        # Another person's file has its own room, in the server's.
        other = Guest(server.address)
        with _session(other) as third:
            assert other.put(third.talk.session, "a", half).status == 204
            other.delete(third.talk.session, "a")
        for where, name in ((one, "a"), (one, "b"), (two, "a")):
            guest.delete(where, name)


def test_the_server_has_room_for_so_much(server: Server) -> None:
    half, stati, kept = b"x" * (900 * 1024), [], []
    with contextlib.ExitStack() as stack:
        for guest in (Guest(server.address), Guest(server.address)):
            tabs = [stack.enter_context(_session(guest)).talk.session for _ in range(2)]
            for session, name in ((tabs[0], "a"), (tabs[0], "b"), (tabs[1], "a")):
                stati.append(guest.put(session, name, half).status)
                kept.append((guest, session, name))
        for guest, session, name in kept:
            guest.delete(session, name)
    assert stati == [204, 204, 204, 204, 204, 503]


def test_many_empty_files_count_as_well(guest: Guest) -> None:
    with _session(guest) as visitor:
        session = visitor.talk.session
        # Each weighs 4 KB and what is said of its own frame; 2 MB have room for fewer than 600.
        stati = {guest.put(session, f"{number}", b"").status for number in range(3)}
        assert stati == {204}
        for number in range(3):
            guest.delete(session, f"{number}")


@pytest.mark.parametrize("session", ["nobody", "..%2f..%2fetc", "x" * 300])
def test_a_file_for_no_session_is_refused(session: str, guest: Guest) -> None:
    assert guest.put(session, "a", b"x").status == 400


def test_a_file_without_the_page_s_token_is_refused(guest: Guest) -> None:
    with _session(guest) as visitor:
        said = guest.put(visitor.talk.session, "a", b"x", **{"X-Xsrftoken": "2|0|0|0"})
        assert said.status == 403


def test_a_person_opens_so_many_tabs(guest: Guest) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(visiting(guest.address, cookies=guest.line()))
        with pytest.raises(InvalidStatus) as refused, visiting(guest.address, cookies=guest.line()):
            pass
    assert refused.value.response.status_code == 503
    assert b"Close one" in (refused.value.response.body or b"")
    with visiting(guest.address, cookies=guest.line()) as again:  # room came back
        assert again.rerun().finished


def test_an_address_opens_so_many_tabs_with_or_without_cookies(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(visiting(server.address))
        with pytest.raises(InvalidStatus) as refused, visiting(server.address):
            pass
        # A proxy on this machine that says for whom it asks speaks for another address.
        elsewhere = {"X-Forwarded-For": "198.51.100.7"}
        assert asked(server.address, path="/health", headers=elsewhere).status == 200
    assert refused.value.response.status_code == 503


def test_a_person_who_hurries_is_slowed_down_and_loses_nothing(guest: Guest) -> None:
    asked_for = 80  # of which 60 may come at once, and 20 a second after them
    with visiting(guest.address, "anatomy", cookies=guest.line()) as visitor:
        visitor.rerun()
        beat = BackMsg(app_heartbeat=True).SerializeToString()
        start, beats = time.monotonic(), 0
        for _ in range(asked_for):
            visitor.send(beat)
        while beats < asked_for:
            beats += visitor.read().WhichOneof("type") == "heartbeat_ack"
        assert time.monotonic() - start > 0.5
