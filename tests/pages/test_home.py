from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard.frame import SCREENS
from tests.pages.conftest import ROOT, words


def test_the_app_is_the_line_that_the_plan_names() -> None:
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    assert 'app = st.App("dashboard/main.py", lifespan=lifespan, middleware=MIDDLEWARE' in source
    assert len([line for line in source.splitlines() if line and not line.startswith('"""')]) <= 4


def test_home_says_what_this_is_and_offers_both_ways(open_page: Callable[..., AppTest]) -> None:
    page = open_page("home.py")
    assert not page.exception
    assert "Do recurrent networks beat repeating the last value?" in words(page)
    labels = [button.label for button in page.button]
    assert labels == ["Compare them on seattle weather", "Bring your own data"]


def test_every_screen_runs_within_the_frame_and_starts_alike() -> None:
    page = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=30).run()
    assert not page.exception
    for screen in SCREENS:
        source = (ROOT / "pages" / screen.file).read_text(encoding="utf-8")
        assert "open_screen(" in source
        assert len(source.splitlines()) < 120
    assert sorted(file.name for file in (ROOT / "pages").glob("*.py")) == sorted(
        screen.file for screen in SCREENS
    )


def test_no_file_of_the_dashboard_hides_an_importable_package() -> None:
    """`dashboard/` is the first import path of the running server."""
    import importlib.util

    for folder in ("dashboard", "pages"):
        for file in Path(ROOT / folder).glob("*.py"):
            if file.stem != "__init__":
                found = importlib.util.find_spec(file.stem)
                places = (
                    []
                    if found is None
                    else [found.origin, *(found.submodule_search_locations or ())]
                )
                assert all(place is None or str(ROOT) in place for place in places), file
