"""Addresses that people share: another browser shows the same screen, and a new server too."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.browser.server import Server, serving
from tests.browser.test_own_files import table
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

Meet = Callable[[Server], Visitor]
SHOWN = """() => Object.fromEntries([...document.querySelectorAll('[class*=st-key-]')].map(one => [
    [...one.classList].find(name => name.startsWith('st-key-')),
    [...one.querySelectorAll('input, [role=slider], [aria-pressed], [aria-checked]')].map(part =>
        part.value || part.ariaValueText || part.ariaValueNow || part.ariaPressed ||
        part.ariaChecked || String(part.checked)),
]))"""
HARM = "<img src=x onerror=window.harmed=1>"
SCREENS = {
    "Train": ("timesteps", "hidden_units", "horizon", "epochs", "seed", "patience", "loss", "cells",
              "learning_rate", "dropout", "calendar", "fair", "vary", "data", "target", "run"),
    "Data": ("door", "data", "target", "rows_read", "rows_ahead", "beside"),
    "Anatomy": ("cell", "units", "steps", "t", "drawing", "random_bias", "part_gru"),
    "Forecast": ("run", "model", "ahead_1", "levels"),
    "Backtest": ("run", "n_windows", "step_size_1", "bands", "score"),
    "Memory": ("run", "window", "memory_step", "memory_letter", "measured_by", "mean_bars"),
}  # fmt: skip


def path(visitor: Visitor) -> str:
    """Return the address after the server's name."""
    return visitor.page.url.removeprefix(visitor.address)


def said(visitor: Visitor) -> dict[str, list[str]]:
    return parse_qs(urlsplit(visitor.page.url).query)


def pick(visitor: Visitor, key: str, word: str) -> None:
    """Choose in a select box, and wait until the address says so."""
    field = visitor.keyed(key).locator("input")
    field.click()
    field.fill(word)
    field.press("Enter")
    visitor.page.wait_for_function(
        "([key, word]) => new URLSearchParams(location.search).get(key) === word", arg=[key, word]
    )


def test_an_address_shows_the_same_form_in_another_browser(visitor: Visitor, meet: Meet,
                                                           server: Server) -> None:  # fmt: skip
    visitor.go("/train?data=msft", "Train")
    visitor.unfold()
    for name, value in (("horizon", 3), ("epochs", 70), ("batch_size", 64), ("patience", 4)):
        visitor.fill_number(name, value)
    visitor.page.get_by_role("slider", name="timesteps").press("End")
    visitor.page.wait_for_function("() => location.search.includes('timesteps=200')")
    visitor.keyed("cells").get_by_role("button", name="LSTM").click()
    visitor.page.wait_for_function("() => !location.search.includes('LSTM')")
    pick(visitor, "target", "volume")
    pick(visitor, "loss", "quantile")
    visitor.settle()
    other = meet(server)
    other.go(path(visitor), "Train")
    assert said(other) == said(visitor)
    other.unfold()
    shown = visitor.page.evaluate(SHOWN)
    assert len(shown) > 25
    other.page.wait_for_function(  # each kind of widget is loaded by itself
        f"shown => JSON.stringify(({SHOWN})()) === JSON.stringify(shown)", arg=shown
    )
    assert shown["st-key-epochs"] == ["70"]
    assert "volume" in shown["st-key-target"]


@pytest.mark.soak
def test_addresses_of_garbage_show_every_screen_as_it_is(server: Server, meet: Meet) -> None:
    visitor = meet(server)
    for screen, keys in SCREENS.items():
        go_astray(visitor, screen, {key: ["inf", HARM] for key in keys})
    long = {key: ["1e9"] for key in SCREENS["Train"]} | {"loss": ["x" * 10_000]}
    go_astray(visitor, "Train", long)
    assert visitor.page.evaluate("window.harmed") is None


def go_astray(visitor: Visitor, screen: str, garbage: dict[str, list[str]]) -> None:
    """Open an address of garbage, and see it go where the screen has its settings."""
    visitor.go(f"/{screen.lower()}?{urlencode(garbage, doseq=True)}", screen)
    if "run" not in SCREENS[screen][:1]:  # without a run those screens have no settings
        visitor.page.wait_for_function("() => location.search === ''")


@pytest.mark.soak
def test_a_file_and_its_run_are_opened_by_others_and_after_a_restart(
    tmp_path: Path, meet: Meet
) -> None:
    with serving(tmp_path) as server:
        owner = meet(server)
        owner.go("/data", "Data")
        owner.upload("verbrauch.csv", table(("Verbrauch", "Wind")))
        owner.page.wait_for_function("() => location.search.includes('data=upload')")
        pick(owner, "target", "Wind")
        owner.settle()
        data = path(owner)
        owner.page.get_by_role("button", name="Train on it").click()
        owner.settle("Train")
        owner.unfold()
        owner.fill_number("epochs", 2)
        owner.train()
        result(owner)
        run = path(owner)
        check(meet(server), data, run)
        owner.page.close()
    with serving(tmp_path) as server:
        check(meet(server), data, run)


def check(other: Visitor, data: str, run: str) -> None:
    """See that addresses show a file and its run to somebody else, who trains on it too."""
    other.go(data, "Data")
    other.page.get_by_text("verbrauch.csv: a stored copy, opened by its address.").wait_for()
    other.page.get_by_text("160 rows, days").wait_for()
    other.go(run, "Train")
    result(other)
    assert said(other).keys() == {"data", "target", "epochs", "run"}
    assert other.page.get_by_text("verbrauch.csv, Wind: ").is_visible()
    for key, word in (("data", "verbrauch.csv"), ("target", "Wind")):
        assert other.keyed(key).locator("input").input_value() == word
    before = other.run_id()
    assert other.train() != before
    result(other)
    other.page.close()  # a server that is visited ends late


def result(visitor: Visitor) -> None:
    """Wait for what has come of a run."""
    visitor.page.locator("[data-testid=stMetric]").nth(2).wait_for()
    visitor.settle()
