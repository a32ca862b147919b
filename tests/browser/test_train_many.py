"""From a file of many series to one network: scores, and any series on click."""

import math
import re
from datetime import date, timedelta

import pytest

from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.soak]

SMALL = "cells=GRU&epochs=3&timesteps=6&hidden_units=8&horizon=2"
NASTY = "*bold* <img src=x onerror=alert(1)>"
COUNT = 240


def shops() -> bytes:
    lines = ["shop,day,sold"]
    for number in range(COUNT):
        name = NASTY if number == 0 else f"shop {number:03d}"
        for row in range(40):
            wave = 9 * math.sin(row * (1 + number % 5) / 4) + (number * row * row) % 7
            lines.append(f"{name},{date(2024, 1, 1) + timedelta(row)},{50 + wave:.2f}")
    return "\n".join(lines).encode()


def test_many_series_are_trained_on_together_and_each_can_be_looked_at(visitor: Visitor) -> None:
    visitor.go("/data", "Data")
    visitor.upload("shops.csv", shops())
    visitor.page.get_by_role("button", name=f"Train on all {COUNT} series").click()
    visitor.settle("Train")
    visitor.page.get_by_text(f"{COUNT} series of 40 rows, days").wait_for()
    data = re.findall(r"data=([^&]+)", visitor.page.url)[0]
    visitor.go(f"/train?data={data}&{SMALL}", "Train")
    visitor.train()
    visitor.keyed("one-series").locator(".scatterlayer").first.wait_for()
    visitor.settle()
    click_a_bar_a_point_and_a_row(visitor)
    find_by_name(visitor)
    visitor.keyed("ways-on").get_by_role("link", name="Forecast").click()
    visitor.settle("Forecast")
    visitor.page.get_by_text("all 240 series, shop 017: GRU was trained").wait_for()


def shown(visitor: Visitor) -> str:
    return visitor.keyed("one-series").locator(".gtitle").text_content() or ""


def wait_for_another(visitor: Visitor, before: str) -> None:
    visitor.page.wait_for_function(
        """before => {
            const title = document.querySelector('.st-key-one-series .gtitle');
            return title && title.textContent !== before;
        }""",
        arg=before,
    )
    visitor.settle()


def click_a_bar_a_point_and_a_row(visitor: Visitor) -> None:
    page, charts = visitor.page, "[class*=st-key-{}-] .point"
    bars = page.locator(charts.format("spread")).all()
    max(bars, key=lambda one: (one.bounding_box() or {"height": 0.0})["height"]).click(force=True)
    page.get_by_text(re.compile(r"^\d+ series, GRU \d")).wait_for()
    visitor.settle()
    before = shown(visitor)
    page.locator(charts.format("against")).nth(5).click(force=True)
    wait_for_another(visitor, before)
    before = shown(visitor)
    table = page.locator("[class*=st-key-best-] canvas").first
    table.click(position={"x": 15, "y": 35 + 2 * 35 + 17}, force=True)
    wait_for_another(visitor, before)


def find_by_name(visitor: Visitor) -> None:
    page = visitor.page
    field = page.get_by_label(f"Find one of {COUNT}")
    for text, found in (("bold", NASTY), ("017", "shop 017")):
        field.fill(text)
        field.press("Enter")
        page.get_by_text(f"{found}: 40 rows").wait_for()
        visitor.settle()
    assert "series=shop+017" in page.url
