"""What pages remember of tables and series: it is right, bounded, and ends with them."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import remembered as room
from dashboard import series_choice, train_form
from dashboard.brought import Brought
from dashboard.remembered import remembered
from dashboard.series_choice import Chosen, prepared
from dashboard.train_form import Filled, estimate
from forecast.errors import ForecastError, TooFewRowsError
from tests.pages.conftest import words

Open = Callable[..., AppTest]
Data = pd.Series | pd.DataFrame
SMALL = {"timesteps": 8, "hidden_units": 8, "horizon": 1, "epochs": 2}


class Thing:
    """Something that can be remembered about."""


class Counted:
    """Makes answers, and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def table(rows: int, columns: int = 2) -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=rows)
    values = np.random.default_rng(rows).standard_normal((rows, columns))
    return pd.DataFrame(values, days, [f"column {k}" for k in range(columns)])


def panel(rows: int) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"unique_id": name, "ds": table(rows).index, "y": table(rows)["column 0"]})
        for name in ("a", "b")
    ]
    return pd.concat(parts, ignore_index=True)


def alone(rows: int) -> "pd.Series[Any]":
    return table(rows)["column 0"].copy()


def test_the_same_question_is_answered_once() -> None:
    thing, make = Thing(), Counted()
    assert [remembered(thing, "kind", question, make) for question in "aabab"] == [1, 1, 2, 1, 2]
    assert remembered(thing, "another kind", "a", make) == 3
    assert remembered(Thing(), "kind", "a", make) == 4


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    thing, make = Thing(), Counted()
    for question in "abac":  # "b" is the oldest when "c" comes
        remembered(thing, "kind", question, make, most=2)
    assert make.made == 3
    assert remembered(thing, "kind", "a", make, most=2) == 1
    assert remembered(thing, "kind", "b", make, most=2) == 4
    for question in range(1000):
        remembered(thing, "kind", question, make)
    assert len(room._answers[id(thing)]["kind"]) == room.MOST


def test_errors_are_not_remembered() -> None:
    thing, make = Thing(), Counted()

    def fails() -> int:
        raise TooFewRowsError("Too few rows.")

    with pytest.raises(ForecastError):
        remembered(thing, "kind", "a", fails)
    assert remembered(thing, "kind", "a", make) == 1


def test_the_end_of_a_thing_takes_its_answers_along() -> None:
    thing = Thing()
    remembered(thing, "kind", "a", Counted())
    number = id(thing)
    assert number in room._answers
    del thing
    gc.collect()
    assert number not in room._answers


@pytest.mark.parametrize("make", [table, panel, alone])
def test_no_upload_outlives_its_session(
    make: Callable[[int], Data], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {"mine.csv": Brought(make(200))}
    monkeypatch.setattr(series_choice, "uploads", lambda: held)
    names = series_choice.series_names("mine.csv")
    others = series_choice.other_columns("mine.csv", names[0])
    for covariates in ((), others):
        series = prepared("mine.csv", names[0], covariates)
        assert prepared("mine.csv", names[0], covariates) is series
        chosen = Chosen("mine.csv", names[0], prepared("mine.csv", names[0]), others)
        form = {**SMALL, "past_covariates": covariates}
        assert estimate(Filled(("gru",), form, None, ()), chosen)["GRU"][0].windows > 50
    gone = [weakref.ref(held["mine.csv"].data), weakref.ref(series), weakref.ref(chosen.series)]
    del held["mine.csv"], series, chosen
    gc.collect()
    assert [one() for one in gone] == [None, None, None]


def test_few_series_of_a_table_are_kept_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"mine.csv": Brought(table(60, columns=20))}
    monkeypatch.setattr(series_choice, "uploads", lambda: held)
    names = series_choice.series_names("mine.csv")
    made = [weakref.ref(prepared("mine.csv", name)) for name in names]
    made += [weakref.ref(prepared("mine.csv", names[0], (name,))) for name in names[1:]]
    gc.collect()
    most = series_choice.MOST_PREPARED + series_choice.MOST_WITH_OTHERS
    assert sum(one() is not None for one in made) == most


def test_a_file_of_the_same_name_takes_the_place_of_the_old_one(open_page: Open) -> None:
    held = {"mine.csv": Brought(table(100))}
    page = open_page("train.py", uploads=held, data="mine.csv")
    assert "32 training windows" in words(page)
    page.session_state["uploads"] = {"mine.csv": Brought(table(400)[["column 1"]])}
    page.run()
    assert not page.exception
    assert "200 training windows" in words(page)
    assert [box.key for box in page.selectbox] == ["data"]  # a single column leaves no choice


def test_a_click_estimates_nothing_anew_until_a_setting_or_the_engine_changes(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    real, engines = train_form.costs, {"numpy"}

    def noted(request: Any) -> Any:
        asked.append(request.cells)
        return real(request)

    monkeypatch.setattr(train_form, "costs", noted)
    monkeypatch.setattr(train_form, "ready_engine", lambda *_: next(iter(engines)))
    held = {"mine.csv": Brought(table(300))}
    page = open_page("train.py", uploads=held, data="mine.csv")
    page.run()
    page.run()
    assert len(asked) == 1
    page.slider(key="timesteps").set_value(30).run()
    assert len(asked) == 2
    page.slider(key="timesteps").set_value(24).run()
    assert len(asked) == 2
    engines.clear()
    engines.add("numba")  # compiled in the meantime
    page.run()
    assert len(asked) == 3
    page.pills(key="cells").set_value(["gru"]).run()
    assert asked[3:] == [("gru",)]
    assert not page.exception


def test_settings_that_do_not_fit_are_refused_at_every_click(open_page: Open) -> None:
    page = open_page("train.py", uploads={"mine.csv": Brought(table(40))}, data="mine.csv")
    page.slider(key="timesteps").set_value(200).run()
    for _ in range(2):
        assert "These settings do not fit the data" in words(page)
        page.run()
