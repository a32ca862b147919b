"""From a trained run to its memory, another window, and the window length that it advises."""

import re

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

TRAINED = "cells=GRU&timesteps=60&hidden_units=8&epochs=3"
SENTENCE = re.compile(r"^90 % of what GRU uses lies in the last \d+ of 60 timesteps\.$")
BARS = ".st-key-influence .barlayer .point"


def in_the_address(visitor: Visitor, key: str, word: str) -> None:
    """Wait until the address says a word under a key."""
    visitor.page.wait_for_function(
        "([key, word]) => new URLSearchParams(location.search).get(key) === word", arg=[key, word]
    )
    visitor.settle()


@pytest.mark.soak
def test_a_run_shows_its_memory_and_a_better_window_is_taken_over(visitor: Visitor) -> None:
    visitor.go(f"/train?{TRAINED}&dropout=0.1", "Train")
    run = visitor.train()
    visitor.go(f"/memory?run={run}&window=292", "Memory")
    page = visitor.page
    page.get_by_role("heading", name=SENTENCE).wait_for()
    page.get_by_text("Rows 2015-11-01 to 2015-12-30;").wait_for()
    page.locator(BARS).nth(59).wait_for(state="attached")
    advised = visitor.keyed("take-over").inner_text()
    timesteps = re.findall(r"Train with timesteps (\d+)", advised)[0]
    visitor.press("take-over")
    visitor.settle("Train")
    in_the_address(visitor, "timesteps", timesteps)
    assert "dropout=0.1" in page.url
    assert "window=" not in page.url


@pytest.mark.soak
def test_a_kept_run_shows_states_gates_and_its_gradient_by_epoch(visitor: Visitor) -> None:
    visitor.go(f"/train?{TRAINED}&cells=LSTM&layers=2&horizon=3", "Train")
    run = visitor.train()
    visitor.keyed("ways-on").get_by_role("link", name="See their memory").click()
    visitor.settle("Memory")
    assert visitor.run_id() == run
    page = visitor.page
    page.get_by_text("Rows 2015-11-02 to 2015-12-31;").wait_for()
    page.get_by_role("slider", name="Window").press("ArrowLeft")
    page.get_by_text("Rows 2015-11-01 to 2015-12-30;").wait_for()
    page.locator(".st-key-grid-LSTM .hm image").wait_for(state="attached")
    in_the_address(visitor, "window", "292")
    page.locator(".st-key-gates-LSTM .scatterlayer .trace").nth(7).wait_for(state="attached")
    visitor.keyed("memory_layer").get_by_text("recurrent_2").click()
    in_the_address(visitor, "memory_layer", "recurrent_2")
    visitor.keyed("memory_letter").get_by_text("c, memory").click()
    page.get_by_text("c of 8 units changes by").wait_for()
    in_the_address(visitor, "memory_letter", "c, memory")
    flow = visitor.keyed("gradient-flow")
    flow.get_by_text("epoch 3").wait_for()
    flow.get_by_text("Play").click()
    flow.get_by_text("epoch 0").wait_for()
    flow.get_by_text("epoch 3").wait_for()
    page.get_by_text("For experts: what one step does to the state").click()
    page.locator(".st-key-jacobian-figure .scatterlayer .trace").nth(3).wait_for(state="attached")
    page.get_by_text("Table: shares by lag").click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Shares by lag (CSV)").click()
    assert downloading.value.suggested_filename == "influence-by-lag.csv"
