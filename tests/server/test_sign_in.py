"""Where the server asks to sign in, no screen shows anything before."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import limits
from tests.browser.server import ROOT

SCREENS = sorted(file.name for file in (ROOT / "pages").glob("*.py"))


@pytest.fixture(autouse=True)
def _asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FORECAST_SIGN_IN", "1")
    limits.limits.cache_clear()
    yield
    monkeypatch.undo()
    limits.limits.cache_clear()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_shows_a_button_alone(screen: str) -> None:
    page = AppTest.from_file(str(ROOT / "pages" / screen), default_timeout=30).run()
    assert [one.label for one in page.button] == ["Sign in"]
    assert len(page.main) == 3  # its title, a line of why, the button
