"""Data that an address names: bundled series, stored copies of what people brought, and columns."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import brought, training
from dashboard.stored_copies import Copies, size_of
from forecast.errors import StoreError
from forecast.storage.records import Upload
from tests.pages.conftest import ended, words
from tests.pages.test_data_doors import OWN, YAHOO, press, upload
from tests.pages.test_files_kept import daily, irregular

Open = Callable[..., AppTest]
GONE = "The file of this address is no longer kept; seattle weather is shown in its place."


def two_columns(rows: int = 100) -> str:
    days = pd.date_range("2024-01-01", periods=rows).strftime("%Y-%m-%d")
    return "\n".join(["day,sold,stock", *(f"{day},{k % 9},{k}" for k, day in enumerate(days))])


def named(page: AppTest) -> str:
    """Return the source that the address of a page names."""
    return str(page.query_params["data"])


@pytest.mark.parametrize("word", ["air_passengers", "air passengers", "sample:air_passengers"])
def test_a_bundled_series_is_named_by_its_name(word: str, open_page: Open) -> None:
    page = open_page("train.py", {"data": word})
    assert page.session_state["data"] == "sample:air_passengers"
    assert named(page) == "air_passengers"
    page.selectbox(key="data").set_value("sample:seattle_weather").run()
    assert "data" not in page.query_params
    page.selectbox(key="data").set_value("sample:co2").run()
    assert named(page) == "co2"
    page.query_params["data"] = "msft"  # as by the Back button
    page.run()
    assert page.session_state["data"] == "sample:msft"


@pytest.mark.parametrize("word", ["nothing", "", "sample:", "<b>", "x" * 10_000, ["co2", "zzz"]])
def test_an_unknown_name_falls_back_without_a_word(word: str, open_page: Open) -> None:
    for file in ("train.py", "data.py"):
        page = open_page(file, {"data": word, "target": word})
        assert not page.exception
        assert page.query_params == {}
        assert "no longer kept" not in words(page)
        assert page.selectbox(key="target").value == "temp_max"


def test_the_column_stands_in_the_address_and_is_remembered_for_its_data(open_page: Open) -> None:
    page = open_page("train.py", {"target": "wind"})
    assert page.selectbox(key="target").value == "wind"
    page.selectbox(key="target").set_value("temp_min").run()
    assert page.query_params["target"] == "temp_min"
    page.selectbox(key="data").set_value("sample:co2").run()
    assert "target" not in page.query_params
    page.selectbox(key="data").set_value("sample:seattle_weather").run()
    assert page.selectbox(key="target").value == "temp_min"
    page.selectbox(key="target").set_value("temp_max").run()
    assert page.query_params == {}


def test_a_series_of_a_panel_is_named_too(open_page: Open) -> None:
    page = open_page("data.py", {"data": "stocks_monthly", "target": "IBM"})
    assert page.selectbox(key="target").value == "IBM"
    assert page.session_state["samples"]["selection"]["rows"] == [3]


def test_a_file_is_opened_by_its_address_by_anybody(open_page: Open) -> None:
    address = upload(open_page, "shop.csv", two_columns()).query_params
    page = open_page("data.py", {**address, "target": "stock"}, person="somebody else")
    assert not page.exception
    assert "shop.csv: a stored copy, opened by its address." in words(page)
    assert "from 0 to 99" in words(page)
    asked = {"data": named(page), "target": "stock", "epochs": "1"}
    train = open_page("train.py", asked, person="a third")
    assert not train.exception
    assert train.selectbox(key="data").value == "shop.csv"
    assert train.selectbox(key="data").options[:2] == ["seattle weather", "shop.csv"]
    assert train.query_params == asked
    press(train, "Train")
    snapshot = training.service().snapshot(str(train.session_state["run"]))
    assert snapshot is not None
    assert (snapshot.request.source, snapshot.request.target) == ("shop.csv", "stock")
    assert len(snapshot.request.series) == 100


def test_a_second_training_takes_the_place_of_the_first_in_the_address(open_page: Open) -> None:
    address = {"data": "air_passengers", "epochs": "1", "timesteps": "8", "cells": "GRU"}
    page = press(open_page("train.py", address), "Train")
    first = ended(page.query_params["run"])
    page = press(page.run(), "Train")
    assert page.query_params == {**address, "run": page.session_state["run"]}
    assert ended(page.query_params["run"]).id != first.id


def test_the_same_rows_are_stored_once_for_a_person(open_page: Open) -> None:
    first, again = (named(upload(open_page, "a.csv", daily(5))) for _ in range(2))
    assert first == again
    assert named(upload(open_page, "a.csv", daily(6))) != first


def test_what_was_resampled_has_an_address_of_its_own(open_page: Open) -> None:
    page = upload(open_page, "visits.csv", irregular(7))
    before = named(page)
    page = press(page, "Resample")
    assert named(page) != before
    other = open_page("data.py", {"data": named(page)})
    assert "visits.csv, D mean: a stored copy" in words(other)
    assert "from 7 to 7" in words(other)


def test_prices_of_an_address_stand_behind_their_door(open_page: Open) -> None:
    days = pd.bdate_range("2023-01-02", periods=90, name="ds")
    table = pd.DataFrame({"close": np.arange(90.0)}, index=days)
    kept = training.store().keep_upload(table, "yahoo:MSFT", "test", "Yahoo Finance, USD")
    page = open_page("data.py", {"data": f"upload:{kept}", "ticker": "MSFT", "since": "2020-01-01"})
    assert not page.exception
    assert page.session_state["door"] == YAHOO
    assert str(page.date_input(key="since").value) == "2020-01-01"
    assert "Yahoo Finance, USD" in words(page)
    assert "90 rows, business days" in words(page)


@pytest.mark.parametrize("word", ["upload:", "upload:zzz", "upload:../../secret", "upload:\x00<b>"])
def test_a_file_that_has_left_is_told_in_one_sentence(word: str, open_page: Open) -> None:
    for file in ("train.py", "data.py"):
        page = open_page(file, {"data": word})
        assert not page.exception
        assert GONE in words(page)
        assert "data" not in page.query_params
    page = open_page("train.py", {"data": word})
    page.number_input(key="horizon").set_value(2).run()
    assert GONE in words(page)  # until another is chosen
    page.selectbox(key="data").set_value("sample:co2").run()
    assert "no longer kept" not in words(page)


def test_a_file_that_leaves_meanwhile_is_told_too(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = upload(open_page, "leaving.csv", daily(8)).query_params
    page = open_page("train.py", {"data": address["data"]})
    assert page.selectbox(key="data").value == "leaving.csv"
    brought.COPIES.clear()
    monkeypatch.setattr(training.store(), "upload", lambda _id: None)
    page.run()
    assert not page.exception
    assert GONE in words(page)
    assert page.selectbox(key="data").value == "sample:seattle_weather"


def test_a_broken_copy_says_why(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_id: str) -> None:
        raise StoreError("Its checksum differs.")

    monkeypatch.setattr(training.store(), "upload", broken)
    page = open_page("train.py", {"data": "upload:12345678"})
    assert not page.exception
    assert "Its checksum differs; seattle weather is shown in its place." in words(page)


def test_what_the_store_refuses_stays_in_the_session(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise StoreError("Your files take 200 MB, as much as may be kept.")

    monkeypatch.setattr(training.store(), "keep_upload", full)
    page = upload(open_page, "large.csv", daily(9))
    assert not page.exception
    assert "This address will not last: Your files take 200 MB" in words(page)
    assert "data" not in page.query_params
    assert "100 rows, days" in words(page)
    assert page.session_state["door"] == OWN


def test_a_copy_of_another_file_of_the_same_name_is_told_apart(open_page: Open) -> None:
    one, two = (named(upload(open_page, "same.csv", daily(value))) for value in (11, 12))
    page = open_page("train.py", {"data": one})
    page.query_params["data"] = two
    page.run()
    assert page.selectbox(key="data").value == "same.csv (2)"
    assert page.selectbox(key="data").options[1:3] == ["same.csv", "same.csv (2)"]


def test_copies_in_memory_are_shared_and_bounded_by_bytes() -> None:
    asked: list[str] = []

    def read(name: str) -> Upload | None:
        asked.append(name)
        if name == "none":
            return None
        data = pd.Series(np.zeros(10_000 if name == "large" else 1_000))
        return Upload(name, "test", name, "", data, 0.0, 8)

    copies = Copies(read, most_bytes=3 * size_of(pd.Series(np.zeros(1_000))))
    first = copies.find("a")
    assert copies.find("a") is first
    for name in ("b", "c", "a", "d", "a", "c", "b", "none", "none", "large", "large"):
        copies.find(name)
    assert asked == ["a", "b", "c", "d", "b", "none", "none", "large", "large"]
