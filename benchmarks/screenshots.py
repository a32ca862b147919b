"""Pictures of every page, light and dark, wide and phone, at full height, into docs/screenshots/.

    python -m benchmarks.screenshots [--out docs/screenshots] [--only anatomy]

Runs are made where a page needs one, some that end and one that lasts; a picture of such a page
shows one of them, by the run's id in the address.
"""

import argparse
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.browser.server import ROOT, browsing, lacking, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCHEMES = ("light", "dark")
WIDTHS = {"wide": 1400, "phone": 390}
FIRST_HEIGHT = 900
COLOURS = 256
METRIC = "[data-testid=stMetric]"  # there once a run has ended
LASTING = "epochs=1000&patience=0&hidden_units=64"
DRAWN = """() => [...document.querySelectorAll('.stPlotlyChart')].every(
    one => one.getClientRects().length === 0 || one.querySelector(".trace path, .hm image"))"""
SETTLE = """async () => {
    await document.fonts.ready;
    const main = document.querySelector('[data-testid=stMain]');
    let height = 0, frames = 0;
    const end = performance.now() + 5000;  // a page that polls may never come to rest
    while (frames < 20 && performance.now() < end) {
        await new Promise(requestAnimationFrame);
        frames = main.scrollHeight === height ? frames + 1 : 0;
        height = main.scrollHeight;
    }
    return height;
}"""
Prepare = Callable[["Page", str], None]


def own_file() -> bytes:
    """Return a small CSV of one's own, with a blank and a gap."""
    lines = ["day;heat;gas"]
    for row in range(400):
        day = date(2023, 1, 1) + timedelta(days=row)
        value = 40 + 25 * math.cos(2 * math.pi * row / 365) + 6 * math.sin(row * row)
        heat = "" if row == 200 else f"{value:.1f}"
        if row != 120:
            lines.append(f"{day:%Y-%m-%d};{heat};{9 + value / 5:.2f}")
    return "\n".join(lines).encode()


def home(page: "Page", address: str) -> None:
    """Show Home."""
    page.goto(address)
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for()


def data(page: "Page", address: str) -> None:
    """Show the bundled series."""
    page.goto(f"{address}/data")
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for()


def data_upload(page: "Page", address: str) -> None:
    """Show a file of one's own."""
    page.goto(f"{address}/data")
    page.get_by_role("tab", name="Your own file").click()
    file = {"name": "heating.csv", "mimeType": "text/csv", "buffer": own_file()}
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    page.get_by_role("button", name="Train on it").wait_for()
    page.locator(".js-plotly-plot .scatterlayer").last.wait_for()


def anatomy(page: "Page", address: str) -> None:
    """Show a step of an LSTM, with the cells timed."""
    page.goto(f"{address}/anatomy?cell=LSTM&t=6")
    page.locator(".st-key-measure").get_by_role("button").click()
    page.get_by_text("Medians on this server").wait_for()
    page.locator(".st-key-states .hm image").wait_for(state="attached")


STILL: dict[str, Prepare] = {
    "home": home,
    "data": data,
    "data-upload": data_upload,
    "anatomy": anatomy,
}
NAMES = (*STILL, "runs", "forecast", "train", "train-many", "backtest", "memory")


def finished(run: str) -> Prepare:
    """Return what shows a finished run."""

    def show(page: "Page", address: str) -> None:
        page.goto(f"{address}/train?run={run}")
        page.locator(".st-key-losses .scatterlayer").wait_for()

    return show


def finished_many(run: str) -> Prepare:
    """Return what shows a finished run of many series."""

    def show(page: "Page", address: str) -> None:
        page.goto(f"{address}/train?run={run}")
        page.locator(".st-key-one-series .scatterlayer").wait_for()

    return show


def ahead(run: str) -> Prepare:
    """Return what shows the forecast of a finished run."""

    def show(page: "Page", address: str) -> None:
        page.goto(f"{address}/forecast?run={run}")
        page.locator(".st-key-fan .scatterlayer").wait_for()

    return show


def backtested(run: str) -> Prepare:
    """Return what shows a run's models from past cut-offs, with the findings of one opened."""

    def show(page: "Page", address: str) -> None:
        page.goto(f"{address}/backtest?run={run}")
        page.locator(
            ".st-key-residuals .scatterlayer, .st-key-residuals .barlayer"
        ).first.wait_for()
        page.locator("[data-testid=stExpander] summary").first.click()

    return show


def remembering(run: str) -> Prepare:
    """Return what shows the memory of a run's cells, with the gates of one."""

    def show(page: "Page", address: str) -> None:
        page.goto(f"{address}/memory?run={run}")
        page.locator(".st-key-influence .barlayer .point").first.wait_for(state="attached")
        page.locator(".st-key-gates-GRU .scatterlayer .trace").first.wait_for(state="attached")
        page.locator(".st-key-gradient-flow .scatterlayer .trace").first.wait_for(state="attached")

    return show


def picked(runs: Sequence[str]) -> Prepare:
    """Return what shows some runs side by side."""

    def show(page: "Page", address: str) -> None:
        page.goto(f"{address}/runs?pick={','.join(runs)}")
        page.locator(".js-plotly-plot .scatterlayer").first.wait_for()

    return show


def training(run: str) -> Prepare:
    """Return what shows a run that lasts."""

    def show(page: "Page", address: str) -> None:
        page.goto(f"{address}/train?run={run}&{LASTING}")
        page.locator(".st-key-live-forecast .scatterlayer").first.wait_for(timeout=60_000)

    return show


def start_run(browser: "Browser", address: str, until: str) -> str:
    """Train as the address says; return the run's id once the page shows an element of it."""
    page = browser.new_page()
    page.goto(address)
    page.locator(".st-key-train").get_by_role("button").click()
    page.locator(until).first.wait_for(timeout=120_000)
    page.wait_for_url("**run=*")
    page.close()
    return page.url.split("run=")[1].split("&")[0]


def screens(browser: "Browser", address: str, only: str | None) -> Iterator[tuple[str, Prepare]]:
    """Give the name of each picture, and what brings a page to show it.

    Args:
        browser: that trains the runs of the Train page.
        address: of the server.
        only: the one name that is wanted, of `NAMES`; None wants all.
    """
    yield from ((name, show) for name, show in STILL.items() if only in (None, name))
    if only in (None, "runs"):
        cells = [f"{address}/train?cells=GRU&hidden_units={units}" for units in (8, 32)]
        yield "runs", picked([start_run(browser, one, METRIC) for one in cells])
    if only in (None, "forecast"):
        done = start_run(browser, f"{address}/train?horizon=14&cells=GRU", METRIC)
        yield "forecast", ahead(done)
    if only in (None, "train-many"):
        done = start_run(browser, f"{address}/train?data=stocks_monthly&horizon=3", METRIC)
        yield "train-many", finished_many(done)
    if only in (None, "train", "backtest"):
        done = start_run(browser, f"{address}/train?horizon=3", METRIC)
        if only != "backtest":
            yield "train", finished(done)
        if only != "train":
            yield "backtest", backtested(done)
    if only in (None, "memory"):
        done = start_run(browser, f"{address}/train?horizon=7&timesteps=60", METRIC)
        yield "memory", remembering(done)
    if only is not None:
        return
    lasting = start_run(
        browser, f"{address}/train?{LASTING}", ".st-key-live-forecast .scatterlayer"
    )
    yield "train-live", training(lasting)


def photograph(page: "Page", path: Path) -> None:
    """Make the window as high as the page, and take its picture with few colours."""
    page.locator("[data-test-script-state]").wait_for()
    width = page.viewport_size["width"] if page.viewport_size else 0
    for _ in range(2):  # a higher window may lay the page out anew
        page.set_viewport_size({"width": width, "height": int(page.evaluate(SETTLE))})
    page.evaluate(SETTLE)
    page.wait_for_function(DRAWN)
    page.screenshot(path=path)
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(
            COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    few.save(path, optimize=True)


def main() -> None:
    """Write the pictures, and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--only", choices=NAMES)
    given = parser.parse_args()
    out = given.out
    reason = lacking()
    if reason is not None:
        parser.exit(1, f"{reason}\n")
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), {"FORECAST_SINGLE_USER": "1"}) as server,
        browsing() as browser,
    ):
        for name, show in screens(browser, server.address, given.only):
            for scheme, width in product(SCHEMES, WIDTHS):
                path = out / f"{name}-{scheme}-{width}.png"
                size = {"width": WIDTHS[width], "height": FIRST_HEIGHT}
                page = browser.new_page(color_scheme=scheme, viewport=size)
                show(page, server.address)
                photograph(page, path)
                page.close()
                print(f"{path.name:<32}{path.stat().st_size / 1e3:>6.0f} kB", flush=True)


if __name__ == "__main__":
    main()
