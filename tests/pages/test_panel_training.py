"""Training on many series at once, on its page: what is chosen, refused, shown and looked at."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import training
from dashboard.brought import Brought
from dashboard.newer_rows import known_rows
from dashboard.one_of_panel import one_series
from dashboard.panel_choice import all_series
from dashboard.panel_scores import in_bin, medians, shown_scores
from dashboard.predict_views import Asked, _of_all, _predicted
from dashboard.series_finder import found_names
from dashboard.train_form import Filled
from forecast.data.panel import Panel
from forecast.jobs.snapshot import RunSnapshot
from forecast.models.presets import preset
from tests.pages.conftest import ended, press, words

Open = Callable[..., AppTest]
OWN = {"epochs": "2", "timesteps": "6", "cells": "GRU"}
PANEL = {"data": "stocks_monthly", **OWN}
MEAN = "**b** <i>x</i> ![](http://x/y.png)"  # as Markdown or HTML it would not be read so


@pytest.fixture(scope="module")
def run() -> RunSnapshot:
    settings = {"timesteps": 6, "hidden_units": 4, "horizon": 2, "epochs": 2}
    filled = Filled(("gru", "lstm"), settings, None, ())
    request = filled.request(all_series("sample:stocks_monthly"))
    return ended(training.service().submit(request, owner="test"))


def brought(*frames: pd.DataFrame) -> dict[str, object]:
    """Return a session that holds a file of its own."""
    held = {"mine.csv": Brought(pd.concat(frames, ignore_index=True))}
    return {"uploads": held, "data": "mine.csv"}


def rows(name: str, count: int, step: str = "D") -> pd.DataFrame:
    values = np.random.default_rng(count).normal(size=count).cumsum()
    days = pd.date_range(end="2024-06-30", periods=count, freq=step)
    return pd.DataFrame({"unique_id": name, "ds": days, "y": values})


def test_a_panel_is_trained_on_as_a_whole_until_one_series_is_wanted(open_page: Open) -> None:
    page = open_page("train.py", PANEL)
    assert not page.exception
    assert "5 series of 68 to 123 rows, months" in words(page)
    assert "Series" not in [box.label for box in page.selectbox]
    page.toggle(key="all_series").set_value(False).run()
    assert not page.exception
    assert page.selectbox(key="target").options == ["AAPL", "AMZN", "GOOG", "IBM", "MSFT"]
    older = open_page("train.py", PANEL | {"target": "IBM"})  # from before there was a choice
    assert older.selectbox(key="target").value == "IBM"


def test_a_recipe_takes_the_place_of_the_settings(open_page: Open) -> None:
    page = open_page("train.py", {"data": "stocks_monthly", "recipe": "monthly", "horizon": "6"})
    assert not page.exception
    wanted = preset("monthly") | {"horizon": 6}
    assert ", ".join(f"{name} {one}" for name, one in wanted.items()) in words(page)
    assert not page.slider
    assert "training windows" in words(page)
    alone = open_page("train.py", {"data": "stocks_monthly", "recipe": "monthly", "target": "IBM"})
    assert "recipe" not in [box.key for box in alone.selectbox]


def test_scores_of_all_series_are_shown_and_any_series_can_be_found(
    run: RunSnapshot, open_page: Open
) -> None:
    assert run.result is not None
    scores = run.result.series
    assert scores is not None
    page = open_page("train.py", {"run": run.id})
    assert not page.exception
    assert run.result.verdict in words(page)
    worst = scores.sort_values("GRU")["unique_id"].iloc[-1]
    assert f"{worst}: " in words(page)  # before anything is chosen
    listed = next(
        one.value for one in page.dataframe if "skill" in one.value and "rows" in one.value
    )
    assert listed["unique_id"].tolist() == scores.sort_values("GRU")["unique_id"].tolist()[::-1]
    page.selectbox(key=f"series-of-{run.id}").set_value("IBM").run()
    assert not page.exception
    assert "IBM: 123 rows" in words(page)
    named = open_page("train.py", {"run": run.id, "series": "MSFT"})
    assert "MSFT: 123 rows" in words(named)
    unknown = open_page("train.py", {"run": run.id, "series": "none such"})
    assert not unknown.exception
    assert f"{worst}: " in words(unknown)


def test_forecast_and_backtest_take_one_of_the_series(run: RunSnapshot, open_page: Open) -> None:
    for screen, said in (
        ("predict.py", "it forecasts after 2010-03-01"),
        ("backtest.py", "12 win"),
    ):
        page = open_page(screen, {"run": run.id, "series": "GOOG"})
        assert not page.exception
        assert page.selectbox(key=f"series-of-{run.id}").value == "GOOG"
        assert "all 5 series, GOOG" in words(page)
        assert said in words(page)
    simple = open_page("predict.py", {"run": run.id, "series": "GOOG", "model": "SeasonalNaive"})
    assert not simple.exception
    assert "All 5 series (CSV)" in [button.label for button in simple.get("download_button")]


def test_all_series_are_trained_from_the_page_also_where_numbers_name_them(
    open_page: Open,
) -> None:
    data = pd.concat([rows("", 60).assign(unique_id=number) for number in (7, 12, 30)])
    held = brought(data)
    page = press(open_page("train.py", OWN, **held), "Train")
    one = ended(str(page.session_state["run"]))
    assert one.request.said == "mine.csv, all 3 series"
    assert one.live_name == "7"
    page.run()
    assert not page.exception
    assert "GRU, median MASE" in [metric.label for metric in page.metric]
    page.selectbox(key=f"series-of-{one.id}").set_value("12").run()
    assert not page.exception
    assert "12: 60 rows, 12 test windows" in words(page)
    for screen in ("predict.py", "backtest.py"):
        page = open_page(screen, {"run": one.id, "series": "30"})
        assert not page.exception
        assert "all 3 series, 30" in words(page)


def test_what_an_address_may_not_say_gives_way_to_the_default(
    run: RunSnapshot, open_page: Open
) -> None:
    wrong = {"all_series": "maybe", "recipe": "hasty", "scores_of": "CNN", "step": "9"}
    page = open_page(
        "train.py", {"data": "stocks_monthly", "run": run.id, "series": "<b>", **wrong}
    )
    assert not page.exception
    assert page.toggle(key="all_series").value is True
    assert page.selectbox(key="recipe").value == "own settings"
    assert page.slider(key="step").value == 1


def test_all_series_are_forecast_into_one_file(run: RunSnapshot) -> None:
    assert run.result is not None
    assert run.result.series is not None
    panel = run.request.series
    assert isinstance(panel, Panel)
    for label, model in run.result.models.items():
        one = one_series(panel, "GOOG")._replace(scored=panel)
        known = known_rows(one.series)
        asked = Asked("", label, model, 2, 2, (80,), known, None, complete=True, one=one)
        everything = _of_all(asked)
        assert len(everything) == 2 * len(panel)
        alone = _predicted(asked, (80,))
        mine = everything[everything["unique_id"] == "GOOG"].drop(columns="unique_id")
        pd.testing.assert_frame_equal(alone, mine.reset_index(drop=True), check_exact=False)


def test_series_that_cannot_be_used_are_left_out_with_the_reason(open_page: Open) -> None:
    blank = rows("blank", 60).assign(y=np.nan)
    held = brought(rows(MEAN, 60), rows("b", 60), rows("months", 60, "MS"), blank)
    page = open_page("train.py", OWN, **held)
    assert not page.exception
    assert "2 series of 60 rows" in words(page)
    reasons = page.dataframe[0].value.set_index("series")["why"]
    assert set(reasons.index) == {"months", "blank"}
    assert not next(button for button in page.button if button.label == "Train").disabled


def test_series_that_are_too_short_together_are_refused(open_page: Open) -> None:
    held = brought(rows("a", 12), rows("b", 12))
    page = open_page("train.py", OWN | {"horizon": "11"}, **held)
    assert not page.exception
    assert "No series of the panel is long enough" in words(page)
    assert next(button for button in page.button if button.label == "Train").disabled


def test_thousands_of_series_are_searched_not_listed(open_page: Open) -> None:
    held = brought(*(rows(f"shop {number}", 30) for number in range(260)))
    page = open_page("train.py", OWN | {"all_series": "false"}, **held)
    assert not page.exception
    assert len(page.selectbox(key="target").options) == 50
    page.text_input(key="target-find").set_value("SHOP 25").run()
    assert page.selectbox(key="target").value == "shop 25"
    assert page.selectbox(key="target").options[1] == "shop 250"
    page.text_input(key="target-find").set_value("nothing").run()
    assert "No name holds that text." in words(page)
    assert page.selectbox(key="target").value == "shop 25"


def test_names_that_begin_with_the_text_are_found_first() -> None:
    names = ("ba", "ab", "bab", "b")
    assert found_names(names, " B ", 3) == ["ba", "bab", "b"]
    assert found_names(names, "a", 9) == ["ab", "ba", "bab"]
    assert found_names(names, "", 2) == ["ba", "ab"]


def test_medians_shares_and_bars_of_the_scores() -> None:
    scores = pd.DataFrame(
        {"unique_id": range(4), "rows": 9, "GRU": [0.5, 0.7, 2.0, np.nan],
         "Naive": [1.0, 1.0, 1.0, np.nan], "SeasonalNaive": [0.6, 0.6, 1.0, np.nan]}
    )  # fmt: skip
    (one,) = medians(scores)
    assert (one.median, one.rival, one.series) == (0.7, "SeasonalNaive", 3)
    assert one.share == pytest.approx(100 / 3)
    found, said = in_bin(scores, "GRU", 0)
    assert len(found) == 0
    assert said.startswith("0 series, GRU 0.00 to")
    assert shown_scores(scores, "GRU")["skill"].tolist()[:3] == pytest.approx([50, 30, -100])
