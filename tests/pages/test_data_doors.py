"""The four doors of the Data screen, and what it says of a series before anything is trained."""

import socket
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.example_file import NAME
from forecast.data.trading import sessions
from tests.pages.conftest import words

Open = Callable[..., AppTest]
OWN, YAHOO, WEATHER = "Your own file", "Yahoo Finance", "Weather"


def press(page: AppTest, label: str) -> AppTest:
    """Press the button of a label."""
    found = [one for one in page.button if one.label == label]
    assert len(found) == 1
    return found[0].click().run()


def upload(open_page: Open, name: str, content: str) -> AppTest:
    page = open_page("data.py", door=OWN)
    return page.file_uploader(key="file").upload(name, content.encode()).run()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Let every request go to a port where nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORECAST_CACHE_DIR", str(tmp_path))


def test_the_example_shows_what_the_doctor_does(open_page: Open) -> None:
    page = press(open_page("data.py", door=OWN), "Try it: a file with troubles")
    assert not page.exception
    said = words(page)
    for line in (
        "encoding: latin-1",
        "order (sort): ",
        "duplicates (last): ",
        "blanks (leave): ",
        "gaps (leave): 5 timestamps are missing in 1 place",
        "Line 1 above the header is no part of the table",
        "700 rows, days",
        "training windows.",
    ):
        assert line in said
    before, after = (page.dataframe[place].value for place in (0, 1))
    assert list(before["line"][:4]) == [3, 4, 5, 6]
    assert before["Datum"].iloc[0] == "01.01.2012"
    assert after["Datum"].iloc[0] == pd.Timestamp("2012-01-01")
    assert list(page.session_state["uploads"]) == [NAME]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("order", "rows must be in the order of time"),
        ("duplicates", "a timestamp must stand in one row"),
        ("blanks", "every cell must hold a number"),
        ("gaps", "5 timestamps are missing"),
    ],
)
def test_each_repair_can_be_switched_off(kind: str, said: str, open_page: Open) -> None:
    page = press(open_page("data.py", door=OWN), "Try it: a file with troubles")
    page.selectbox(key=f"{kind}-of-{NAME}").set_value("refuse").run()
    assert not page.exception
    assert "This file cannot be read as it is" in words(page)
    assert said in words(page)
    page.selectbox(key=f"{kind}-of-{NAME}").set_value(
        "sort" if kind == "order" else "mean" if kind == "duplicates" else "forward"
    ).run()
    assert "cannot be read" not in words(page)


def test_gaps_that_are_filled_in_the_file_are_rows_of_the_series(open_page: Open) -> None:
    page = press(open_page("data.py", door=OWN), "Try it: a file with troubles")
    page.selectbox(key=f"gaps-of-{NAME}").set_value("forward").run()
    page.selectbox(key=f"blanks-of-{NAME}").set_value("forward").run()
    data = page.session_state["uploads"][NAME].data
    assert len(data) == 700
    assert not data.isna().any(axis=None)
    assert "never scored" not in words(page)


def test_too_short_a_series_is_told_with_the_formula(open_page: Open) -> None:
    days = pd.date_range("2024-01-01", periods=30).strftime("%Y-%m-%d")
    rows = "\n".join(f"{day},{k % 5}" for k, day in enumerate(days))
    page = upload(open_page, "short.csv", f"day,v\n{rows}")
    said = words(page)
    assert "Too short for these settings" in said
    assert "30 rows − 6 test − 4 calibration − 4 validation = 16 training rows" in said
    assert "need at least 44 rows" in said
    assert page.button(key="train-on-it").disabled
    page.number_input(key="rows_read").set_value(6).run()
    assert "16 − 6 timesteps − 1 horizon + 1 = 10 training windows." in words(page)
    assert "of computing" in words(page)
    assert not page.button(key="train-on-it").disabled


def test_irregular_rows_are_refused_with_the_choice_how_to_resample(open_page: Open) -> None:
    hours = np.random.default_rng(0).exponential(7.0, size=400).cumsum()
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(hours.round(2), unit="h")
    rows = "\n".join(f"{time:%Y-%m-%d %H:%M:%S},{k}" for k, time in enumerate(times))
    page = upload(open_page, "visits.csv", f"time,v\n{rows}")
    assert not page.exception
    assert "These rows have no regular step" in words(page)
    page.selectbox(key="every-visits.csv").set_value("D").run()
    page.selectbox(key="how-visits.csv").set_value("sum").run()
    page = press(page, "Resample")
    assert not page.exception
    made = page.session_state["uploads"]["visits.csv, D sum"].data
    assert isinstance(made.index, pd.DatetimeIndex)
    assert 0 <= sum(range(400)) - made["v"].sum() < 400 * 10  # but for the last, partial day
    assert "days, season of 7 rows" in words(page)


def test_a_wide_table_can_be_many_series(open_page: Open) -> None:
    days = pd.date_range("2024-01-01", periods=90).strftime("%Y-%m-%d")
    rows = "\n".join(f"{day},{k},{2 * k},{3 * k}" for k, day in enumerate(days))
    page = upload(open_page, "wide.csv", f"day,north,south,west\n{rows}")
    page.selectbox(key="layout-of-wide.csv").set_value("long").run()
    assert not page.exception
    assert "layout: many series, one below another" in words(page)
    page.selectbox(key="target").set_value("south").run()
    assert "from 0 to 178" in words(page)
    page.multiselect(key="beside").set_value(["north", "west"]).run()
    assert not page.exception
    listed = page.dataframe[-1].value
    assert listed["unique_id"].tolist() == ["north", "south", "west"]
    assert listed["rows"].tolist() == [90, 90, 90]
    assert listed["enough"].all()
    page.number_input(key="rows_read").set_value(80).run()
    assert "3 of 3 series have fewer than 144 rows" in words(page)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("door", "example"),
    [(YAHOO, "Try it: MSFT since 2015"), (WEATHER, "Try it: Seattle since 2015")],
)
def test_without_a_network_a_door_says_so(door: str, example: str, open_page: Open) -> None:
    page = press(open_page("data.py", door=door), example)
    assert not page.exception
    assert "The network is away" in words(page)
    assert "need no network" in words(page)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("ticker", "said"),
    [
        ("../../v1/x", "got '../../v1/x'"),
        ("", "at least one ticker"),
        ("A" * 16, "must be 1 to 15 of the letters"),
    ],
)
def test_a_wrong_ticker_is_explained_before_any_request(
    ticker: str, said: str, open_page: Open
) -> None:
    page = open_page("data.py", door=YAHOO)
    page.text_input(key="ticker").set_value(ticker)
    page = press(page, "Fetch")
    assert not page.exception
    assert "Prices could not be fetched" in words(page)
    assert said in words(page)


def test_trading_days_named_by_hand_reach_the_training(open_page: Open) -> None:
    days = sessions("XNYS", np.datetime64("2023-01-02"), np.datetime64("2023-03-20"))
    rows = "\n".join(f"{day},{k}" for k, day in enumerate(days))
    page = upload(open_page, "prices.csv", f"day,close\n{rows}")
    assert f"{len(days)} rows, business days" in words(page)  # too few rows to tell by themselves
    page.selectbox(key="calendar-of-prices.csv").set_value("XNYS").run()
    assert not page.exception
    assert f"{len(days)} rows, trading days of the New York Stock Exchange" in words(page)
