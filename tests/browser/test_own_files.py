"""Files of one's own: a table to train on, a text that is none, and names that mean harm."""

import math
import re
from datetime import date, timedelta

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

HARM = "http://127.0.0.1:59999"
NAMES = (
    f"<img src={HARM}/html.png onerror=window.harmed=1>",
    f"![x]({HARM}/markdown.png)",
    f"<a href='{HARM}'>$x^2$ :red[colour]</a>",
)
FILE = "<img src=x onerror=window.harmed=1>.csv"


def table(names: tuple[str, ...], rows: int = 160) -> bytes:
    """Return a German CSV: semicolons, decimal commas, days before months."""
    lines = [";".join(("Datum", *names))]
    for day in range(rows):
        number = f"{20 + 8 * math.sin(day / 5) + day % 3:.2f}".replace(".", ",")
        when = date(2023, 1, 1) + timedelta(days=day)
        lines.append(";".join((f"{when:%d.%m.%Y}", *[number] * len(names))))
    return "\n".join(lines).encode()


def train_on_what_is_uploaded(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Train on it").click()
    visitor.settle("Train")
    visitor.train()
    visitor.page.locator("[data-testid=stMetric]").nth(2).wait_for()
    visitor.settle()


def test_a_table_of_ones_own_is_read_and_trained_on(visitor: Visitor) -> None:
    visitor.go("/data", "Data")
    visitor.upload("verbrauch.csv", table(("Verbrauch",)))
    visitor.page.get_by_text("decimal sign: ,").wait_for(state="attached")
    visitor.page.get_by_text("delimiter: ;").wait_for(state="attached")
    train_on_what_is_uploaded(visitor)
    assert visitor.page.get_by_text("verbrauch.csv, Verbrauch:").is_visible()


def test_a_file_that_is_no_table_is_answered_in_words(visitor: Visitor) -> None:
    visitor.go("/data", "Data")
    visitor.upload("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)))
    title = visitor.page.get_by_text(re.compile("^This file (is no table|cannot be read)"))
    title.wait_for()
    said = visitor.page.locator("[data-testid=stVerticalBlock]").filter(has=title).last.inner_text()
    assert len(said) > 60
    assert "Traceback" not in said
    assert not visitor.page.get_by_role("button", name="Train on it").is_visible()


def unharmed(visitor: Visitor) -> None:
    """Check that no name became an element; a request would be a fault of the visitor's."""
    assert visitor.page.evaluate("window.harmed") is None
    assert visitor.page.locator(f"img[src^='{HARM}'], a[href^='{HARM}'], img[src=x]").count() == 0
