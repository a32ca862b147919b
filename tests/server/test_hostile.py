"""Every hostile input is refused as said, and the server goes on."""

from collections.abc import Iterator

import pytest

from tests.browser.server import Server
from tests.server import hostile
from tests.server.hostile import Attack
from tests.server.session import Visitor
from tests.server.wire import asked


@pytest.fixture(scope="module")
def visitor(server: Server) -> Iterator[Visitor]:
    with hostile.training(server.address) as one:
        yield one


@pytest.fixture(autouse=True)
def _lives(server: Server) -> Iterator[None]:
    yield
    assert asked(server.address, path="/health").text == '{"status":"ok"}'
    assert server.process.poll() is None


@pytest.mark.parametrize("attack", hostile.REQUESTS, ids=lambda one: one.name)
def test_a_hostile_request_is_refused(attack: Attack, server: Server) -> None:
    assert attack.run(server.address) == attack.wanted


@pytest.mark.parametrize("attack", hostile.ADDRESSES, ids=lambda one: one.name)
def test_a_forged_address_opens_the_usual_screen(attack: Attack, server: Server) -> None:
    assert attack.run(server.address) == attack.wanted


@pytest.mark.parametrize("attack", hostile.TOGETHER, ids=lambda one: one.name)
def test_a_value_that_a_widget_cannot_hold_leaves_the_session(
    attack: Attack, visitor: Visitor
) -> None:
    assert attack.run(visitor) == attack.wanted


@pytest.mark.parametrize("attack", hostile.FRAMES, ids=lambda one: one.name)
def test_a_broken_message_leaves_the_session(attack: Attack, server: Server) -> None:
    with hostile.training(server.address) as visitor:
        assert attack.run(visitor) == attack.wanted
