"""The Runs screen in a real browser: picked by hand, downloaded, renamed, deleted."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.server import Server
from tests.browser.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

HARM = "![x](https://evil.invalid/a.png)<img src=https://evil.invalid/b.png>"
ROW, BOX = 35, 16  # pixels of the table


def box(visitor: Visitor, number: int) -> None:
    """Pick the run in a row of the table, from 0, or let it go."""
    table: Locator = visitor.page.locator("[data-testid=stDataFrame]").first
    table.wait_for()
    table.click(position={"x": BOX, "y": ROW * (number + 1) + BOX})


def picked(visitor: Visitor, count: int) -> list[str]:
    """Wait until the address names so many runs, and return them."""
    visitor.page.wait_for_function(
        """count => (new URLSearchParams(location.search).get('pick') || '')
            .split(',').filter(Boolean).length === count""",
        arg=count,
    )
    visitor.settle()
    found = visitor.page.evaluate("new URLSearchParams(location.search).get('pick') || ''")
    return [one for one in str(found).split(",") if one]


def unharmed(visitor: Visitor) -> None:
    visitor.settle()
    assert (
        visitor.page.locator("img[src*='evil.invalid'], image[href*='evil.invalid']").count() == 0
    )
    assert visitor.faults == []


def trained(visitor: Visitor, seed: int) -> str:
    visitor.go(f"/train?data=air+passengers&cells=GRU&epochs=2&timesteps=6&seed={seed}", "Train")
    run = visitor.train()
    visitor.page.locator("[data-testid=stMetric]").first.wait_for()
    return run


@pytest.mark.soak
def test_runs_are_picked_named_downloaded_and_deleted(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    first, second = trained(visitor, 1), trained(visitor, 2)
    visitor.switch("Runs")
    box(visitor, 0)
    assert picked(visitor, 1) == [second]
    visitor.keyed("run-buttons").wait_for()
    box(visitor, 1)
    assert picked(visitor, 2) == [second, first]
    page.get_by_role("heading", name="What differs").wait_for()
    page.reload()  # the address keeps them
    assert picked(visitor, 2) == [second, first]
    page.locator(".st-key-run-losses .scatterlayer .trace").nth(1).wait_for()
    page.get_by_role("button", name="Pick none").click()
    assert picked(visitor, 0) == []
    box(visitor, 1)
    assert picked(visitor, 1) == [first]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    download.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "run.zip").read_bytes())) as zipped:
        assert {"data.csv", "run.py", "models/gru.safetensors"} <= set(zipped.namelist())
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_role("textbox", name="Name", exact=True).fill(HARM)
    page.get_by_role("button", name="Save the name").click()
    visitor.settle()
    page.keyboard.press("Escape")
    box(visitor, 0)
    picked(visitor, 2)
    unharmed(visitor)
    box(visitor, 0)
    picked(visitor, 1)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it for good").click()
    assert picked(visitor, 0) == []
    page.get_by_text("1 of 1 runs").wait_for()
    unharmed(visitor)


@pytest.mark.soak
def test_another_visitor_sees_a_run_by_its_address_and_changes_nothing(
    server: Server, meet: Callable[[Server], Visitor]
) -> None:
    owner, other = meet(server), meet(server)
    run = trained(owner, 3)
    other.go("/runs", "Runs")
    other.page.get_by_text("No run is kept yet").wait_for()
    other.go(f"/runs?pick={run}", "Runs")
    other.page.get_by_text("you can look at it, but not change it").wait_for()
    other.page.get_by_role("button", name="Download", exact=True).wait_for()
    for name in ("Rename", "Pin", "Delete"):
        assert other.page.get_by_role("button", name=name, exact=True).count() == 0
    other.page.get_by_text("Copy as Python or as a command").click()
    other.page.get_by_text("python -m forecast compare").first.wait_for()
