"""How soon the Memory screen shows its figures after a training, in a real Chromium.

Three cells of 128 hidden units over 60 timesteps, seven rows ahead, on Seattle's temperatures. The
clock runs from the click on "See their memory" beneath the finished run, of which nothing has been
measured by then, to the frame after the last figure is drawn and the script has run.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

READY = 2000.0  # target in milliseconds
TRAINED = "timesteps=60&hidden_units=128&horizon=7&epochs=2"
TELL = """
window.ready = null;
document.addEventListener('click', event => {
    const watching = new MutationObserver(() => {
        const state = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
        const last = document.querySelector('.st-key-gradient-flow .scatterlayer .trace path');
        if (state !== 'notRunning' || !last) return;
        watching.disconnect();
        requestAnimationFrame(() => { window.ready = performance.now() - event.timeStamp; });
    });
    watching.observe(document, {childList: true, subtree: true, attributes: true});
}, {capture: true, once: true});
"""


def memory_ready(browser: "Browser", address: str, repeats: int) -> list[float]:
    """Train anew for each repeat; return the milliseconds until the screen was ready."""
    found = []
    for seed in range(repeats):
        page = browser.new_page()
        page.goto(f"{address}/train?{TRAINED}&seed={seed}")
        page.locator(".st-key-train").get_by_role("button").click()
        page.locator(".st-key-losses .scatterlayer").wait_for(timeout=120_000)
        page.locator("[data-test-script-state=notRunning]").wait_for()
        page.evaluate(TELL)
        page.locator(".st-key-ways-on").get_by_role("link", name="See their memory").click()
        page.wait_for_function("() => window.ready > 0")
        found.append(float(page.evaluate("() => window.ready")))
        page.close()
    return found
