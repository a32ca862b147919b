from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import forecast as fc

ROOT = Path(__file__).parents[1]


def test_the_app_is_the_line_that_the_plan_names() -> None:
    assert 'app = st.App("dashboard/main.py"' in (ROOT / "app.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", fc.samples()["name"])
def test_the_first_page_shows_every_sample(name: str) -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "home.py")).run()
    page = page.selectbox[0].select(name).run()
    assert not page.exception
    assert page.code[0].value == f"python -m forecast compare sample:{name}"
