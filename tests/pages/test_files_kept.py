"""A file of one's own in a session: what is kept of it, what is forgotten, what is made anew."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboard.example_file import NAME
from tests.pages.conftest import words
from tests.pages.test_data_doors import OWN, press, upload

Open = Callable[..., AppTest]


def irregular(value: float, twice: bool = False) -> str:
    hours = np.random.default_rng(0).exponential(7.0, size=400).cumsum()
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(hours.round(2), unit="h")
    rows = [f"{time:%Y-%m-%d %H:%M:%S},{value}" for time in times]
    if twice:
        rows += [f"{time:%Y-%m-%d %H:%M:%S},{value + 100}" for time in times]
    return "\n".join(["time,v", *rows])


def daily(value: float, name: str = "v") -> str:
    days = pd.date_range("2024-01-01", periods=100).strftime("%Y-%m-%d")
    return "\n".join([f"day,{name}", *(f"{day},{value}" for day in days)])


def held(page: AppTest) -> dict[str, float]:
    """Return the mean of everything in the session."""
    kept = page.session_state["uploads"]
    return {name: float(one.data.mean(numeric_only=True).iloc[0]) for name, one in kept.items()}


def test_what_was_resampled_follows_its_file(open_page: Open) -> None:
    page = upload(open_page, "visits.csv", irregular(1))
    page = press(page, "Resample")
    assert held(page) == {"visits.csv": 1, "visits.csv, D mean": 1}
    page.file_uploader(key="file").upload("visits.csv", irregular(1000).encode()).run()
    assert not page.exception
    assert held(page)["visits.csv"] == 1000
    again = press(page, "Resample") if "visits.csv, D mean" not in held(page) else page
    assert held(again)["visits.csv, D mean"] == 1000
    assert "from 1000 to 1000" in words(again)


def test_what_was_resampled_follows_the_repairs(open_page: Open) -> None:
    page = upload(open_page, "visits.csv", irregular(1, twice=True))
    assert "cannot be read as it is" in words(page)  # every time stands twice, with other values
    page.selectbox(key="duplicates-of-visits.csv").set_value("min").run()
    page = press(page, "Resample")
    assert held(page)["visits.csv, D mean"] == 1
    page.selectbox(key="duplicates-of-visits.csv").set_value("mean").run()
    assert held(page)["visits.csv, D mean"] == 51
    page.selectbox(key="duplicates-of-visits.csv").set_value("max").run()
    assert held(page)["visits.csv, D mean"] == 101


def test_another_file_takes_the_place_of_the_first(open_page: Open) -> None:
    page = upload(open_page, "a.csv", daily(1))
    page.file_uploader(key="file").upload("b.csv", daily(2).encode()).run()
    assert held(page) == {"b.csv": 2}
    page = press(page, "Try it: a file with troubles")
    assert list(held(page)) == ["b.csv", NAME] or list(held(page)) == [NAME]
    assert NAME in words(page)


def test_a_file_that_turns_out_bad_is_no_longer_offered(open_page: Open) -> None:
    page = upload(open_page, "a.csv", daily(1))
    assert "a.csv" in held(page)
    page.file_uploader(key="file").upload("a.csv", b"Dear all,\n\nthis is a letter.\n").run()
    assert "This file is no table" in words(page) or "cannot be read" in words(page)
    assert "a.csv" not in held(page)


def test_a_repair_that_is_off_takes_the_reading_back(open_page: Open) -> None:
    page = press(open_page("data.py", door=OWN), "Try it: a file with troubles")
    assert NAME in held(page)
    page.selectbox(key=f"order-of-{NAME}").set_value("refuse").run()
    assert NAME not in held(page)
    page.selectbox(key=f"order-of-{NAME}").set_value("sort").run()
    assert NAME in held(page)


def test_a_file_can_be_forgotten(open_page: Open) -> None:
    page = press(upload(open_page, "a.csv", daily(1)), "Forget it")
    assert held(page) == {}
    assert "Wanted: one row a point in time" in words(page)


def test_a_file_stays_over_other_doors_with_its_repairs(open_page: Open) -> None:
    page = press(open_page("data.py", door=OWN), "Try it: a file with troubles")
    page.selectbox(key=f"duplicates-of-{NAME}").set_value("sum").run()
    assert "duplicates (sum)" in words(page)
    page.session_state["door"] = "Weather"
    page.run()
    page.session_state["door"] = OWN
    page.run()
    assert not page.exception
    assert "duplicates (sum)" in words(page)


def test_a_file_called_like_a_sample_is_a_file(open_page: Open) -> None:
    page = upload(open_page, "sample:sp500.csv", daily(3))
    assert not page.exception
    assert held(page) == {"sample sp500.csv": 3}
    assert "100 rows, days" in words(page)


def test_the_overview_counts_the_column_that_is_trained_on(open_page: Open) -> None:
    days = pd.date_range("2024-01-01", periods=80).strftime("%Y-%m-%d")
    rows = [
        f"{day},{store},{k},{'' if k < 10 or k == 40 else k}"
        for store in "ab"
        for k, day in enumerate(days)
    ]
    page = upload(open_page, "shops.csv", "\n".join(["day,store,stock,close", *rows]))
    assert not page.exception
    listed = page.dataframe[-1].value
    assert listed["rows"].tolist() == [70, 70]
    assert listed["blanks"].tolist() == [1, 1]
    assert "70 rows, days" in words(page)


def test_a_panel_without_a_clear_column_says_where_to_choose(open_page: Open) -> None:
    days = pd.date_range("2024-01-01", periods=80).strftime("%Y-%m-%d")
    rows = [f"{day},{store},{k},{k}" for store in "ab" for k, day in enumerate(days)]
    page = upload(open_page, "shops.csv", "\n".join(["day,store,stock,sold", *rows]))
    assert not page.exception
    assert "Choose one under “Columns to read”." in words(page)
    page.selectbox(key="target-of-shops.csv").set_value("sold").run()
    assert "80 rows, days" in words(page)
