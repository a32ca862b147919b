"""From a sample to a verdict: live curves, edits, page switches, refreshes, stops, downloads."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import forecast as fc
from tests.browser.server import Server
from tests.browser.visitor import CURVES, Visitor

pytestmark = pytest.mark.browser

LONG = "epochs=1000&patience=0&timesteps=60&hidden_units=128"  # minutes, with compiled kernels


def test_one_click_on_home_trains_a_comparison_with_its_memory(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.page.get_by_role("button", name="Compare them on seattle weather").click()
    visitor.settle("Train")
    visitor.page.locator("[data-testid=stMetric]").nth(2).wait_for()
    shown = visitor.page.locator("[data-testid=stMetric]").all_inner_texts()
    assert [text.split()[0] for text in shown] == ["SimpleRNN", "GRU", "LSTM"]
    visitor.keyed("ways-on").get_by_role("link", name="See their memory").click()
    visitor.settle("Memory")
    visitor.page.get_by_text("% of what LSTM uses lies in the last").first.wait_for()
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)
        bars = visitor.page.locator(".st-key-influence .barlayer .trace")
        bars.nth(2).wait_for(state="attached")  # one row of bars a cell
        drawn = visitor.page.locator(".st-key-gradient-flow .scatterlayer .trace")
        drawn.nth(2).wait_for(state="attached")


def test_a_run_goes_on_whatever_the_person_does_and_can_be_stopped(
    visitor: Visitor, tmp_path: Path
) -> None:
    choose_two_cells_of_the_seattle_weather(visitor)
    run = visitor.train()
    visitor.page.locator(CURVES).nth(3).wait_for(state="attached")  # two cells, two losses each
    assert visitor.page.get_by_role("heading", name="Training").is_visible()

    reached = visitor.watch_epochs_grow(0)
    visitor.fill_number("horizon", 3)  # an edit
    reached = visitor.watch_epochs_grow(reached)
    visitor.switch("Home")
    visitor.switch("Train")
    reached = visitor.watch_epochs_grow(reached)
    assert visitor.run_id() == run
    visitor.page.reload()
    visitor.settle()
    visitor.watch_epochs_grow(reached)
    assert visitor.run_id() == run

    visitor.stop()
    read_the_leaderboard(visitor)
    read_the_downloads(visitor, tmp_path)


def choose_two_cells_of_the_seattle_weather(visitor: Visitor) -> None:
    visitor.go("/data", "Data")
    visitor.page.get_by_role("button", name="Train on it").click()
    visitor.settle("Train")
    assert "seattle weather" in visitor.keyed("data").inner_html()
    visitor.unfold()
    visitor.fill_number("epochs", 1000)
    visitor.fill_number("patience", 0)
    visitor.page.get_by_role("slider", name="timesteps").press("End")
    visitor.page.wait_for_function("() => location.search.includes('timesteps=200')")
    visitor.keyed("cells").get_by_role("button", name="LSTM").click()
    visitor.page.wait_for_function("() => !location.search.includes('LSTM')")
    visitor.settle()


def read_the_leaderboard(visitor: Visitor) -> None:
    metrics = visitor.page.locator("[data-testid=stMetric]")
    metrics.nth(1).wait_for()
    assert metrics.count() == 2
    assert visitor.page.get_by_text("Stopped by hand; the best weights so far").is_visible()
    rows = visitor.page.locator("[data-testid=stDataFrame] canvas table tbody tr")
    rows.nth(3).wait_for(state="attached")
    models = rows.locator("td:first-child").all_text_contents()
    assert {"SimpleRNN", "GRU", "Naive", "SeasonalNaive"} <= set(models)
    assert "LSTM" not in models


def read_the_downloads(visitor: Visitor, folder: Path) -> None:
    predictions = pd.read_csv(download(visitor, "Predictions (CSV)", folder))
    columns = ["cutoff", "ds", "step", "y", "SimpleRNN", "GRU", "Naive", "SeasonalNaive"]
    assert list(predictions)[:8] == columns
    assert len(predictions) > 200
    assert predictions[["y", "SimpleRNN", "GRU"]].notna().all(axis=None)
    history = pd.read_csv(download(visitor, "History (CSV)", folder))
    assert set(history["cell"]) == {"SimpleRNN", "GRU"}
    model = fc.Forecaster.load(download(visitor, "GRU (model)", folder))
    assert len(model.predict()) == 1


def download(visitor: Visitor, name: str, folder: Path) -> Path:
    with visitor.page.expect_download() as downloading:
        visitor.page.get_by_role("button", name=name).click()
    path = folder / downloading.value.suggested_filename
    downloading.value.save_as(path)
    return path


@pytest.mark.soak
def test_two_people_train_and_a_third_waits(
    server: Server, meet: Callable[[Server], Visitor]
) -> None:
    cells = ("GRU", "LSTM", "SimpleRNN")
    people = [meet(server) for _ in cells]
    runs = set()
    for person, cell in zip(people, cells, strict=True):
        person.go(f"/train?cells={cell}&{LONG}", "Train")
        runs.add(person.train())
    assert len(runs) == 3
    first, second, third = people
    for person, cell in ((first, "GRU"), (second, "LSTM")):
        person.watch_epochs_grow(0)
        shown = person.page.locator("[data-testid=stProgress]").all_inner_texts()
        assert [text.split()[0] for text in shown] == [cell]
    third.page.get_by_role("heading", name="Waiting: place 1 in the queue").wait_for()
    first.stop()
    third.watch_epochs_grow(0)
    for person in (second, third):
        person.stop()
        person.page.get_by_role("heading", name=re.compile("repeating the last value")).wait_for()
