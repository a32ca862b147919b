"""From a training to its backtest: charts, other windows, the table, a download, the way back."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

SMALL = "cells=GRU&cells=LSTM&epochs=3&timesteps=12&hidden_units=8&horizon=4"
CHARTS = ("windows", "by-cutoff", "by-step", "by-coverage", "residuals")


def test_a_trained_run_is_backtested(visitor: Visitor) -> None:
    come_with_a_run(visitor)
    read_what_is_shown(visitor)


@pytest.mark.soak
def test_other_windows_are_backtested(visitor: Visitor, tmp_path: Path) -> None:
    come_with_a_run(visitor)
    change_the_windows(visitor)
    download_the_forecasts(visitor, tmp_path)
    visitor.page.reload()
    visitor.settle("Backtest")
    visitor.page.get_by_text("7 windows of 4 rows").wait_for()


def come_with_a_run(visitor: Visitor) -> None:
    visitor.go(f"/train?{SMALL}", "Train")
    run = visitor.train()
    visitor.keyed("ways-on").get_by_role("link", name="Backtest").click()
    visitor.settle("Backtest")
    assert visitor.run_id() == run


def read_what_is_shown(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("heading", name=re.compile("repeating the last value")).wait_for()
    for key in CHARTS:
        visitor.keyed(key).locator(".main-svg").first.wait_for()
    visitor.keyed("windows").locator(".barlayer path").nth(79).wait_for(state="attached")
    visitor.keyed("residuals").locator(".barlayer path").nth(5).wait_for(state="attached")
    rows = page.locator("[data-testid=stDataFrame] canvas table tbody tr")
    rows.nth(5).wait_for(state="attached")
    models = rows.locator("td:first-child").all_text_contents()
    assert set(models) == {"GRU", "LSTM", "Naive", "SeasonalNaive", "Drift", "Mean"}
    page.get_by_text(re.compile(r"^GRU: \d checks")).click()
    page.get_by_text("Naive shadow", exact=True).first.wait_for()
    assert page.get_by_text("Every window lies in the test part").is_visible()


def change_the_windows(visitor: Visitor) -> None:
    """Let windows overlap, all of them; then step further, which leaves room for fewer."""
    page, slider = visitor.page, visitor.page.get_by_role("slider", name="n_windows")
    set_the_step(visitor, 1, room=289)
    slider.press("End")
    page.get_by_text("289 windows of 4 rows").wait_for()
    set_the_step(visitor, 40, room=8)
    page.get_by_text("8 windows of 4 rows").wait_for()
    slider.press("ArrowLeft")
    page.get_by_text("7 windows of 4 rows").wait_for()
    visitor.settle("Backtest")


def set_the_step(visitor: Visitor, rows: int, room: int) -> None:
    """Fill in the step, and wait for the slider that goes up to what there is room for."""
    field = visitor.page.get_by_role("spinbutton", name="step_size")
    field.fill(str(rows))
    field.press("Enter")
    end = visitor.keyed("n_windows").locator(f"[max='{room}'], [aria-valuemax='{room}']")
    end.first.wait_for(state="attached")
    visitor.settle("Backtest")


def download_the_forecasts(visitor: Visitor, folder: Path) -> None:
    with visitor.page.expect_download() as downloading:
        visitor.page.get_by_role("button", name="Forecasts (CSV)").click()
    path = folder / downloading.value.suggested_filename
    downloading.value.save_as(path)
    forecasts = pd.read_csv(path)
    assert len(forecasts) == 7 * 4
    assert {"cutoff", "ds", "step", "y", "GRU", "GRU-lo-80", "LSTM", "Naive"} <= set(forecasts)
    assert forecasts[["y", "GRU", "LSTM"]].notna().all(axis=None)
