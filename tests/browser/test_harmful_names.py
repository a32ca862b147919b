"""Names that mean harm, in every place that shows a name: nothing is fetched, text stays text."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from tests.browser.test_forecasting import put, rows
from tests.browser.test_own_files import FILE, HARM, NAMES, unharmed
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

IDS = (
    f"![{HARM}]({HARM}/id.png)",
    f"<svg onload=window.harmed=1><image href='{HARM}/id.svg'/></svg>",
    f"<script src={HARM}/id.js></script>[link]({HARM})",
)
COLUMNS = (f"![time]({HARM}/time.png)", f"<b>[series]({HARM})</b><img src={HARM}/s.png>", NAMES[0])
ROWS = 90


def panel(names: Sequence[str], ids: Sequence[str]) -> bytes:
    """Return a long CSV with something for every repair to do."""
    lines = [";".join(names)]
    for one in ids:
        days = [date(2023, 1, 1) + timedelta(days=day) for day in range(ROWS)]
        rows = [f"{day:%d.%m.%Y};{one};{_number(day)}" for day in days]
        rows[40], rows[41] = rows[41], rows[40]
        del rows[60:63]
        lines += [*rows[:20], rows[20].rsplit(";", 1)[0] + ";", *rows[20:]]
    return "\n".join(lines).encode()


def _number(day: date) -> str:
    return f"{20 + 8 * math.sin(day.toordinal() / 5):.2f}".replace(".", ",")


def choose(visitor: Visitor, label: str, name: str) -> None:
    """Choose an option of a selectbox or multiselect by its words."""
    box = visitor.page.get_by_role("combobox", name=label).first
    option = visitor.page.get_by_role("option", name=name, exact=True)
    visitor.settle()
    while not option.is_visible():  # the list closes when the page is drawn anew
        box.scroll_into_view_if_needed()
        box.focus()
        visitor.page.keyboard.press("ArrowDown")
        visitor.page.wait_for_timeout(300)
    option.click()
    visitor.page.keyboard.press("Escape")
    visitor.page.locator("h1").click()  # away from the open list
    option.wait_for(state="detached")
    visitor.settle()


def test_ids_columns_and_file_names_of_a_panel(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/data", "Data")
    visitor.upload(FILE, panel(COLUMNS, IDS))
    page.get_by_role("button", name="Train on it").first.wait_for()
    page.get_by_text("many series, one below another").wait_for()
    unharmed(visitor)
    for words in ("Repairs", "Before and after", "All 3 series"):
        page.get_by_text(words, exact=True).first.click()
    choose(visitor, "Draw beside it", IDS[1])
    choose(visitor, "Series are named by", COLUMNS[1])
    unharmed(visitor)
    choose(visitor, "Missing timestamps", "off: refuse the file")
    page.get_by_text("This file cannot be read as it is").wait_for()
    unharmed(visitor)
    choose(visitor, "Missing timestamps", "insert blank rows")
    page.get_by_role("button", name="Train on it").click()
    visitor.settle("Train")
    unharmed(visitor)


@pytest.mark.soak
def test_columns_as_covariates_on_all_screens(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/data", "Data")
    lines = [";".join(("Datum", *NAMES))]
    for day in range(160):
        when = date(2023, 1, 1) + timedelta(days=day)
        lines.append(f"{when:%d.%m.%Y};" + ";".join([_number(when)] * len(NAMES)))
    visitor.upload(FILE, "\n".join(lines).encode())
    page.get_by_role("button", name="Train on it").click()
    visitor.settle("Train")
    visitor.unfold()
    page.get_by_role("tab", name="Inputs").click()
    choose(visitor, "future_covariates", NAMES[1])
    unharmed(visitor)
    visitor.train()
    page.locator("[data-testid=stMetric]").nth(2).wait_for()
    visitor.settle()
    unharmed(visitor)
    told = {"Backtest": "windows of 1 row", "Memory": "GRU by input", "Forecast": "missing."}
    for screen, shown in told.items():
        visitor.switch(screen)
        page.get_by_text(shown).first.wait_for()
        visitor.settle()
        unharmed(visitor)
    page.get_by_text("Forecast after newer rows").click()
    put(visitor, "Newer rows", "newer.csv", rows(date(2024, 1, 1), 9, ("<img src=x>", "b")))
    page.get_by_text("its columns are '<img src=x>', 'b'.").wait_for()
    unharmed(visitor)
