"""Real journeys in a real Chromium: a server, a browser, and people who visit.

The browser lasts for one module: Playwright holds an event loop while it lives, which tests
elsewhere must not meet. The server is shared by all journeys of a process, whose visitors are new
people each time: starting one takes three seconds.
"""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.server import Server, browsing, lacking, serving
from tests.browser.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def _chromium() -> None:
    """See that there is a browser; without one the tests are skipped, but fail where CI is set."""
    reason = lacking()
    if reason is not None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def browser(_chromium: None) -> "Iterator[Browser]":
    """Return Chromium."""
    with browsing() as one:
        yield one


@pytest.fixture(scope="session")
def server(_chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all journeys."""
    with serving(tmp_path_factory.mktemp("elsewhere")) as one:
        yield one


@pytest.fixture
def meet(browser: "Browser") -> Iterator[Callable[[Server], Visitor]]:
    """Bring new visitors to a server; at the end none of them may have met a fault."""
    met: list[tuple[Server, Visitor]] = []

    def meeting(server: Server) -> Visitor:
        met.append((server, Visitor(browser.new_context(), server.address)))
        return met[-1][1]

    yield meeting
    for _, visitor in met:
        visitor.context.close()
    assert [visitor.faults for _, visitor in met] == [[] for _ in met]
    for server, _ in met:
        assert "most recent call last" not in server.logged()  # of a traceback, or of a warning


@pytest.fixture
def visitor(server: Server, meet: Callable[[Server], Visitor]) -> Visitor:
    """One person at the shared server."""
    return meet(server)
