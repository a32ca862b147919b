"""Who visits, as a page sees it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import identity, limits
from dashboard.identity import fresh_cookie, person_of


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FORECAST_HOME", str(tmp_path))
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    identity._signer.cache_clear()
    limits.limits.cache_clear()


def _page() -> None:
    import streamlit as st

    from dashboard.person import may_change, person

    st.text(person())
    st.text(f"{may_change(person())} {may_change('another')}")


def test_without_a_cookie_a_session_is_one_person() -> None:
    page = AppTest.from_function(_page).run()
    first = page.text[0].value
    assert len(first) >= 20
    assert page.run().text[0].value == first
    assert page.text[1].value == "True False"
    assert AppTest.from_function(_page).run().text[0].value != first


def test_alone_on_a_server_everybody_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_SINGLE_USER", "1")
    _forget()
    page = AppTest.from_function(_page).run()
    assert page.text[0].value == "local"
    assert page.text[1].value == "True True"


def test_a_cookie_names_one_person_for_good() -> None:
    cookie = fresh_cookie()
    name = person_of(cookie)
    assert name is not None
    assert len(name) == 22  # 128 bits
    _forget()  # as after a restart of the server
    assert person_of(cookie) == name
    assert person_of(fresh_cookie()) != name


@pytest.mark.parametrize(
    "forged", ["", ".", "a", "a.b", "é.é", "x" * 10_000, "local.", "\x00", "a.b.c"]
)
def test_what_is_no_cookie_names_nobody(forged: str) -> None:
    assert person_of(forged) is None


def test_one_letter_less_names_nobody() -> None:
    cookie = fresh_cookie()
    assert person_of(cookie[1:]) is None
    assert person_of(cookie[:-1]) is None


def test_another_server_s_cookie_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = fresh_cookie()
    monkeypatch.setenv("FORECAST_HOME", str(tmp_path / "another"))
    _forget()
    assert person_of(cookie) is None
