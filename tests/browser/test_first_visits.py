"""The first visitor after a start, at each address: the frame is there, and no exception."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.server import Server, alive, serving
from tests.browser.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "Do recurrent networks"),
        ("/anatomy", "Anatomy"),
    ],
)
def test_a_cold_server_shows_the_frame_at_every_address(
    path: str,
    heading: str,
    browser: "Browser",
    meet: Callable[[Server], Visitor],
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as server:
        visitor = meet(server)
        visitor.go(path, heading)
        for title in ("Home", "Data", "Train", "Anatomy"):
            assert visitor.page.get_by_role("link", name=title, exact=True).is_visible()
        look = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        assert visitor.page.evaluate(look) == "rgb(251, 250, 247)"  # .streamlit/config.toml is read
        visitor.context.close()
        workers = server.workers()
    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)  # between two looks; the deadline ends the waiting
    assert not any(map(alive, workers))
