import io
from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import series_choice
from forecast.data.readers import read_with_report
from forecast.errors import DataError
from tests.pages.conftest import words


def uploaded(page: AppTest, name: str, content: bytes) -> AppTest:
    return page.file_uploader(key="file").upload(name, content).run()


def test_the_bundled_series_are_listed_with_previews(open_page: Callable[..., AppTest]) -> None:
    page = open_page("data.py")
    assert not page.exception
    table = page.dataframe[0].value
    assert len(table) == len(series_choice.sources())
    assert all(len(line) == 60 for line in table["preview"])
    assert "1,461 rows, days, season of 7 rows" in words(page)


@pytest.mark.parametrize("source", series_choice.sources())
def test_every_bundled_series_can_be_chosen(source: str) -> None:
    table = series_choice.table_of(source)
    _, options = series_choice._options(source, table)
    if "unique_id" not in table:
        assert options[0] == series_choice.sample_facts()["target"][source.removeprefix("sample:")]
    for target in options:
        assert len(series_choice.prepared(source, target)) > 50


def test_a_file_without_numbers_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = read_with_report(io.BytesIO(b"day,word\n2024-01-01,a\n2024-01-02,b\n2024-01-03,c\n"))
    monkeypatch.setattr(series_choice, "uploads", lambda: {"words.csv": reading})
    with pytest.raises(DataError, match="no column of numbers; its columns are"):
        series_choice._options("words.csv", series_choice.table_of("words.csv"))


def test_the_sample_tables_are_not_changed_by_use() -> None:
    before = series_choice.table_of("sample:stocks_monthly").copy()
    series_choice.prepared("sample:stocks_monthly", "IBM")
    pd.testing.assert_frame_equal(series_choice.table_of("sample:stocks_monthly"), before)


def test_an_own_file_is_read_shown_and_kept(open_page: Callable[..., AppTest]) -> None:
    days = pd.date_range("2021-01-01", periods=120, freq="D").strftime("%d.%m.%Y")
    lines = [f"{day};{k % 7},5" for k, day in enumerate(days)]
    page = uploaded(
        open_page("data.py", door="Your own file"),
        "own.csv",
        "\n".join(["Tag;Wert", *lines]).encode(),
    )
    assert not page.exception
    said = words(page)
    assert "time column: Tag" in said
    assert "delimiter: ;" in said
    assert "decimal sign: ," in said
    assert "120 rows, days" in said
    assert list(page.session_state["uploads"]) == ["own.csv"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("letter.txt", b"Dear all,\nthis is a letter.\nBye\n", "must hold timestamps"),
        ("bad.csv", b"day,v\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-04,4\n"
                    b"2024-01-05,oops\n", "line 6, column `v`"),
        ("empty.csv", b"", "the file is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "This file is no table"),
        ("short.csv", b"day,v\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n",
         "Too short for these settings"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_explained(
    name: str, content: bytes, said: str, open_page: Callable[..., AppTest]
) -> None:
    page = uploaded(open_page("data.py", door="Your own file"), name, content)
    assert not page.exception
    assert said in words(page)


def test_the_decimal_sign_can_be_said(open_page: Callable[..., AppTest]) -> None:
    lines = [f"{day.date()},{950 + k if k < 30 else f'1.{100 + k}'}" for k, day in
             enumerate(pd.date_range("2021-01-01", periods=100, freq="D"))]  # fmt: skip
    page = uploaded(
        open_page("data.py", door="Your own file"), "n.csv", "\n".join(["day,v", *lines]).encode()
    )
    assert page.session_state["uploads"]["n.csv"].data["v"].max() == 1199
    page.selectbox(key="decimal-of-n.csv").set_value(".").run()
    assert page.session_state["uploads"]["n.csv"].data["v"].max() == 979
