"""The dashboard in a real Chromium: first paint, and a rerun of the Train page with a result.

    python -m benchmarks.app [--repeats 9]

First paint: a browser context without a cache opens the address; the page's own clock runs from the
start of the navigation to the frame after which a heading is there and Streamlit says that the
script has run (`data-test-script-state`). Rerun: the page holds a finished comparison of three
cells; the clock runs from the click, as the browser stamps it, to the frame after the script's
state has left `notRunning` and come back. *Logarithmic losses* reruns the result alone, a step of
`horizon` the whole page. On the server: Streamlit's AppTest runs `pages/train.py` with a finished
comparison in the session, from the call of `run` to its return, no browser about. Doors and the
Memory screen: see `benchmarks.app_doors` and `benchmarks.app_memory`.
Printed are medians and the slowest, in milliseconds.
"""

import argparse
import logging
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

from benchmarks.app_doors import AWAY, doors_without_network
from benchmarks.app_memory import READY, memory_ready
from tests.browser.server import ROOT, browsing, lacking, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

FIRST_PAINT, RERUN = 2000.0, 150.0  # targets in milliseconds
STATE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState"
TELL_PAINT = f"""
window.painted = null;
new MutationObserver(() => {{
    if (window.painted || !document.querySelector('h1') || {STATE} !== 'notRunning') return;
    window.painted = -1;
    requestAnimationFrame(() => {{ window.painted = performance.now(); }});
}}).observe(document, {{childList: true, subtree: true, attributes: true}});
"""
TELL_RERUN = f"""
window.rerun = null;
document.addEventListener('click', event => {{
    let left = false;
    const watching = new MutationObserver(() => {{
        left ||= {STATE} !== 'notRunning';
        if (!left || {STATE} !== 'notRunning') return;
        watching.disconnect();
        requestAnimationFrame(() => {{ window.rerun = performance.now() - event.timeStamp; }});
    }});
    watching.observe(document, {{subtree: true, attributes: true}});
}}, {{capture: true, once: true}});
"""


def first_paint(browser: "Browser", address: str) -> float:
    """Open an address in a new context; return its first paint in milliseconds."""
    context = browser.new_context()
    context.add_init_script(TELL_PAINT)
    page = context.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.painted > 0")
    took = float(page.evaluate("() => window.painted"))
    context.close()
    return took


def with_result(browser: "Browser", address: str) -> "Page":
    """Train the sample's comparison from Home; return the Train page that shows the result."""
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("button", name="Compare them on").click()
    page.locator("[data-testid=stMetric]").nth(2).wait_for(timeout=120_000)
    page.locator(".st-key-losses .scatterlayer").wait_for()
    return page


def rerun(page: "Page", target: "Locator") -> float:
    """Click; return how long until the script has run, in milliseconds."""
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.evaluate(TELL_RERUN)
    target.click()
    page.wait_for_function("() => window.rerun > 0")
    return float(page.evaluate("() => window.rerun"))


def reruns(browser: "Browser", address: str, repeats: int) -> dict[str, list[float]]:
    """Time reruns of the page with a result: of the result alone, and of all of it."""
    page = with_result(browser, address)
    toggle = page.get_by_text("Logarithmic losses")
    more = page.locator(".st-key-horizon [data-testid=stNumberInputStepUp]")
    found: dict[str, list[float]] = {}
    for name, target in (("toggle 'Logarithmic losses'", toggle), ("step of horizon", more)):
        rerun(page, target)  # the first draws figures that are kept
        found[name] = [rerun(page, target) for _ in range(repeats)]
    return found


def on_server(repeats: int) -> list[float]:
    """Time the script of the Train page with a result, without a browser."""
    from dashboard.training import RUN, close_service, service

    logging.disable(logging.WARNING)  # Streamlit's, on running without a server
    page = AppTest.from_file(str(ROOT / "pages" / "train.py"), default_timeout=60).run()
    page.button(key="train").click().run()
    run_id = page.session_state[RUN]
    while (snapshot := service().snapshot(run_id)) is not None and snapshot.finished is None:
        time.sleep(0.1)  # between two looks at a training that ends by itself
    for _ in range(2):
        page.run()
    if page.exception or not page.metric:
        raise RuntimeError("the Train page shows no result")
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        page.run()
        found.append(1e3 * (time.perf_counter() - started))
    close_service()
    return found


def line(name: str, found: list[float], target: float) -> str:
    """Return one line of the table."""
    median = statistics.median(found)
    verdict = "yes" if median <= target else "no"
    return f"{name:<44}{median:>9.0f}{max(found):>9.0f}{target:>9.0f}  {verdict}"


def main() -> None:
    """Print one line a measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    repeats = parser.parse_args().repeats
    reason = lacking()
    if reason is not None:
        parser.exit(1, f"{reason}\n")
    print(f"{f'milliseconds, {repeats} repeats':<44}{'median':>9}{'slowest':>9}{'target':>9}  met")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as server,
        browsing() as browser,
    ):
        for path in ("/", "/train"):
            found = [first_paint(browser, server.address + path) for _ in range(repeats)]
            print(line(f"first paint of {path}", found, FIRST_PAINT))
        for name, took in reruns(browser, server.address, repeats).items():
            print(line(f"Train with a result: {name}", took, RERUN))
        took = memory_ready(browser, server.address, max(1, repeats // 3))
        print(line("Memory screen ready after training", took, READY))
        for name, took in doors_without_network(browser, max(1, repeats // 3)).items():
            print(line(name, took, AWAY))
    print(line("the same on the server: run of pages/train.py", on_server(repeats), RERUN))


if __name__ == "__main__":
    main()
