"""A person at the dashboard, who notices whatever should not be there."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

# Streamlit's own search for its base path below a page's address; the first answer is a 404.
EXPECTED = ("/_stcore/health", "/_stcore/host-config")
TELL_EXCEPTIONS = """
new MutationObserver(() => {
    const found = document.querySelector('[data-testid=stException]');
    if (found && !found.dataset.told) {
        found.dataset.told = 'yes';
        console.error('a page shows an exception: ' + found.innerText);
    }
}).observe(document, {childList: true, subtree: true});
"""
CURVES = ".st-key-live-losses .scatterlayer .trace"


class Visitor:
    """A browser context of its own, with one page.

    Attributes:
        page: of Playwright.
        faults: errors of the browser's console, exceptions on the page, requests to others.
    """

    def __init__(self, context: "BrowserContext", address: str) -> None:
        self.context, self.address = context, address
        self.faults: list[str] = []
        context.set_default_timeout(30_000)
        context.add_init_script(TELL_EXCEPTIONS)
        context.on("request", self._note_request)
        self.page = self._new_page()

    def leave(self) -> None:
        """Close the tab, and take a new one."""
        before, self.page = self.page, self._new_page()
        before.close()

    def go(self, path: str, heading: str | None = None) -> None:
        """Open an address, and wait until its page is whole."""
        self.page.goto(f"{self.address}{path}")
        self.settle(heading)

    def settle(self, heading: str | None = None) -> None:
        """Wait until a heading is there, if one is named, and the script has run."""
        if heading is not None:
            self.page.get_by_role("heading", name=heading, level=1).wait_for()
        else:
            self.page.locator("h1").wait_for()
        self.page.locator("[data-test-script-state=notRunning]").wait_for()

    def switch(self, title: str) -> None:
        """Go to another page by the navigation."""
        self.page.get_by_role("link", name=title, exact=True).click()
        self.page.wait_for_function("title => document.title.startsWith(title)", arg=title)
        self.settle()

    def keyed(self, key: str) -> "Locator":
        """Return the element with a Streamlit key."""
        return self.page.locator(f".st-key-{key}")

    def press(self, key: str) -> None:
        """Press the button with a Streamlit key."""
        self.keyed(key).get_by_role("button").click()

    def fill_number(self, name: str, value: int, key: str | None = None) -> None:
        """Fill in a number, and wait until the server has it, as the address tells.

        Args:
            name: its label.
            value: the number.
            key: in the address, where it is not the label.
        """
        field = self.page.get_by_role("spinbutton", name=name)
        field.fill(str(value))
        field.press("Enter")
        self.page.wait_for_function(
            "([name, value]) => new URLSearchParams(location.search).get(name) === value",
            arg=[key or name, str(value)],
        )

    def upload(self, name: str, content: bytes) -> None:
        """Upload a file on the Data page."""
        self.page.get_by_role("tab", name="Your own file").click()
        file = {"name": name, "mimeType": "text/csv", "buffer": content}
        self.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)

    def unfold(self) -> None:
        """Open the advanced settings, which are drawn only then."""
        self.page.get_by_text("Advanced", exact=True).click()
        self.page.get_by_role("tab", name="Inputs").wait_for()
        self.settle()

    def train(self) -> str:
        """Press Train; return the new run's id, from the address."""
        before = self.run_id()
        self.press("train")
        self.page.wait_for_function(
            "old => ![null, old].includes(new URLSearchParams(location.search).get('run'))",
            arg=before,
        )
        return str(self.run_id())

    def run_id(self) -> str | None:
        """Return the run that the address names."""
        found = re.search(r"[?&]run=([^&]+)", self.page.url)
        return found and found[1]

    def epochs(self) -> int:
        """Return how many epochs the first cell has trained, as shown."""
        shown = self.page.locator("[data-testid=stProgress]").first
        return int(re.findall(r"epoch (\d+) of", shown.inner_text())[0])

    def watch_epochs_grow(self, beyond: int) -> int:
        """Wait until the first cell is past an epoch; return where it is."""
        self.page.wait_for_function(
            """beyond => {
                const shown = document.querySelector('[data-testid=stProgress]');
                const found = shown && shown.innerText.match(/epoch (\\d+) of/);
                return found && Number(found[1]) > beyond;
            }""",
            arg=beyond,
        )
        return self.epochs()

    def stop(self) -> None:
        """Stop the run, and wait for what has come of it."""
        self.press("stop")
        self.keyed("stop").wait_for(state="detached")
        self.settle()

    def _new_page(self) -> "Page":
        page = self.context.new_page()
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def _note_request(self, request: "Request") -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"a request to {request.url}")

    def _note_console(self, message: "ConsoleMessage") -> None:
        if message.type == "error" and not message.location["url"].endswith(EXPECTED):
            self.faults.append(f"{message.text} ({message.location['url']})")
