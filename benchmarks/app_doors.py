"""How soon the Data screen says that the network is away, in a real Chromium.

Two networks, both on 127.0.0.1: one whose proxy is not there, and one whose proxy takes the call
and never says a word, as a network does that swallows packets. Timed from the click to the words.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.browser.server import serving
from tests.net.internet import Internet, environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AWAY = 5000.0  # target in milliseconds
DOORS = {"Yahoo Finance": "Ticker", "Weather": "Place"}


@contextmanager
def networks() -> Iterator[dict[str, Mapping[str, str]]]:
    """Hand out the environments of both networks."""
    with TemporaryDirectory() as folder:
        internet = Internet(Path(folder))
        internet.mode = "silent"
        silent = environment(internet, Path(folder) / "cache")
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
        yield {"refused": {**silent, **proxies}, "silent": silent}
        internet.close()


def away(browser: "Browser", address: str, door: str, label: str) -> float:
    """Ask through a door; return the milliseconds until the words are there."""
    page = browser.new_page()
    page.goto(f"{address}/data")
    page.get_by_role("tab", name=door).click()
    page.get_by_role("textbox", name=label).wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    started = time.perf_counter()
    page.get_by_role("button", name="Fetch").click()
    page.get_by_text("The network is away").wait_for()
    took = 1e3 * (time.perf_counter() - started)
    page.close()
    return took


def doors_without_network(browser: "Browser", repeats: int) -> dict[str, list[float]]:
    """Time both doors on both networks."""
    found: dict[str, list[float]] = {}
    with networks() as known:
        for network, outside in known.items():
            with TemporaryDirectory() as folder, serving(Path(folder), outside) as server:
                for door, label in DOORS.items():
                    name = f"{door}, network {network}"
                    found[name] = [
                        away(browser, server.address, door, label) for _ in range(repeats)
                    ]
    return found
