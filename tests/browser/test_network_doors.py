"""Prices and weather through the doors of the Data screen, and both without a network."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.browser.server import Server, serving
from tests.browser.test_own_files import HARM, NAMES, table, unharmed
from tests.browser.visitor import Visitor
from tests.net.internet import Internet, Reply, environment
from tests.net.quotes import business_days, chart, serve_yahoo

pytestmark = pytest.mark.browser

DAYS = business_days(date(2023, 1, 2), 260)
CLOSE: list[float | None] = [100 + (day % 11) - (day % 7) for day in range(len(DAYS))]
PLACE = f"![x]({HARM}/place.png)<img src={HARM}/place.png onerror=window.harmed=1>"


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    one = Internet(tmp_path_factory.mktemp("internet"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the server keeps copies of answers."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def connected(
    browser: object, internet: Internet, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose only way out is that internet."""
    with serving(tmp_path_factory.mktemp("connected"), environment(internet, cache)) as one:
        yield one


@pytest.fixture
def guest(connected: Server, internet: Internet, meet: Callable[[Server], Visitor]) -> Visitor:
    internet.reset()
    return meet(connected)


def knock(guest: Visitor, door: str, example: str) -> None:
    """Open a door of the Data screen, and take its example."""
    guest.go("/data", "Data")
    guest.page.get_by_role("tab", name=door).click()
    guest.page.get_by_role("button", name=example).click()


def grow_old(folder: Path, days: int) -> None:
    """Let copies of answers have come so many days earlier."""
    for file in folder.glob("*.parquet"):
        table = pq.read_table(file)
        about = json.loads(table.schema.metadata[b"forecast"])
        earlier = datetime.fromisoformat(about["fetched"]) - timedelta(days=days)
        about["fetched"] = earlier.isoformat()
        metadata = {**table.schema.metadata, b"forecast": json.dumps(about).encode()}
        pq.write_table(table.replace_schema_metadata(metadata), file)


def weather() -> dict[str, object]:
    """Return a year of days as the archive answers."""
    days = [(date(2015, 1, 1) + timedelta(days=day)).isoformat() for day in range(365)]
    names = ("temperature_2m_max", "temperature_2m_min", "temperature_2m_mean")
    values = {name: [10.0 + k % 13 for k in range(len(days))] for name in names}
    return {
        "latitude": 47.6,
        "longitude": -122.3,
        "elevation": 59.0,
        "utc_offset_seconds": -28800,
        "timezone": "America/Los_Angeles",
        "timezone_abbreviation": "GMT-8",
        "daily_units": {"time": "iso8601", **dict.fromkeys(names, "°C")},
        "daily": {"time": days, **values},
    }


@pytest.mark.soak
def test_prices_come_and_a_refusal_offers_their_copy(
    guest: Visitor, internet: Internet, cache: Path
) -> None:
    serve_yahoo(internet, "MSFT", Reply(200, chart(DAYS, CLOSE)))
    knock(guest, "Yahoo Finance", "Try it: MSFT since 2015")
    guest.page.get_by_text("adjusted for splits and dividends").last.wait_for()
    guest.page.get_by_text("260 rows, business days").wait_for()
    guest.page.locator(".scatterlayer .trace").first.wait_for(state="attached")
    assert len(internet.seen) <= 3
    grow_old(cache / "fetched", days=3)
    internet.reset()
    serve_yahoo(internet, "MSFT", Reply(429, b"Too Many Requests"))
    guest.page.get_by_role("button", name="Try it: MSFT since 2015").click()
    guest.page.get_by_text("Prices could not be fetched").wait_for()
    asked = len(internet.seen)
    assert asked <= 3
    guest.page.get_by_role("button", name="Use the copy fetched 3 days ago").click()
    guest.page.get_by_text("UTC, 3 days ago").wait_for()
    assert len(internet.seen) == asked
    guest.settle()
    on_it = guest.page.get_by_role("button", name="Train on it")
    guest.page.wait_for_function(  # what moved up is there twice until the page is whole
        "() => [...document.querySelectorAll('button')].filter(one => one.innerText.includes("
        "'Train on it')).length === 1"
    )
    on_it.click()
    guest.settle("Train")
    guest.page.wait_for_function(
        "[...document.querySelectorAll('input')].some(one => one.value === 'yahoo:MSFT')"
    )


def test_names_from_the_network_are_only_letters(guest: Visitor, internet: Internet) -> None:
    found = {"name": PLACE, "admin1": PLACE, "country": PLACE, "latitude": 47.6,
             "longitude": -122.3, "timezone": "America/Los_Angeles"}  # fmt: skip
    internet.replies["geocoding-api.open-meteo.com", "/v1/search"] = Reply(
        200, {"results": [found]}
    )
    internet.replies["archive-api.open-meteo.com", "/v1/archive"] = Reply(200, weather())
    knock(guest, "Weather", "Try it: Seattle since 2015")
    guest.page.get_by_role("button", name="Train on it").first.wait_for()
    assert PLACE in guest.page.locator("main, [data-testid=stMain]").first.inner_text()
    unharmed(guest)
    assert len(internet.seen) == 2


@pytest.mark.soak
def test_without_a_network_samples_and_files_work(guest: Visitor, internet: Internet) -> None:
    internet.mode = "silent"
    guest.go("/data", "Data")
    for door, label in (("Weather", "Place"), ("Yahoo Finance", "Ticker")):
        guest.page.get_by_role("tab", name=door).click()
        guest.page.get_by_role("textbox", name=label).fill("ELSEWHERE")
        guest.page.get_by_role("button", name="Fetch").click()
        guest.page.get_by_text("The network is away").wait_for()
    guest.page.get_by_role("tab", name="Bundled series").click()
    guest.page.get_by_role("button", name="Train on it").first.wait_for()
    guest.upload("own.csv", table(NAMES[:1]))
    guest.page.get_by_text("decimal sign: ,").wait_for(state="attached")
