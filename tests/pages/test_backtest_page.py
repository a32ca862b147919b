from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import forecast as fc
from dashboard import backtest_views, training
from dashboard.series_choice import Chosen, prepared
from dashboard.train_form import Filled
from forecast.errors import SettingError
from forecast.jobs.snapshot import RunSnapshot
from tests.pages.conftest import OPENED, ended, words

SMALL = {"timesteps": 8, "hidden_units": 8, "horizon": 4, "epochs": 2}
SEATTLE = ("sample:seattle_weather", "temp_max")


def submitted(source: tuple[str, str], **more: object) -> str:
    """Train two small cells, without a page."""
    filled = Filled(("gru", "lstm"), {**SMALL, **more}, None, ())
    chosen = Chosen(*source, prepared(*source))
    return training.service().submit(filled.request(chosen), owner="test")


@cache
def trained() -> RunSnapshot:
    return ended(submitted(SEATTLE))


def charts(page: AppTest) -> list[Any]:
    return [one.proto for one in page.get("plotly_chart")]


def expanders(page: AppTest) -> list[str]:
    return [one.label for one in page.expander]


def test_without_a_run_it_leads_to_the_training(open_page: Callable[..., AppTest]) -> None:
    page = open_page("backtest.py")
    assert not page.exception
    assert "Nothing trained yet" in words(page)
    assert "Train" in [button.label for button in page.button]
    assert not page.slider


def test_it_shows_the_verdict_the_findings_the_scores_and_the_charts(
    open_page: Callable[..., AppTest],
) -> None:
    run = trained()
    page = open_page("backtest.py", {"run": run.id}, **OPENED)
    assert not page.exception
    assert run.result is not None
    tested = fc.backtest(
        dict(run.result.models), run.request.series, horizon=4, n_windows=60, level=(80, 95),
        fitted=True,
    )  # fmt: skip
    assert page.subheader[0].value == tested.verdict
    for said in tested.findings["finding"]:
        assert said in words(page)
    assert any(label.startswith("**GRU**: ") for label in expanders(page))
    assert any(label.startswith("**LSTM**: ") for label in expanders(page))
    table = page.dataframe[0].value
    assert set(table["model"]) == {"GRU", "LSTM", "Naive", "SeasonalNaive", "Drift", "Mean"}
    assert table["mae"].is_monotonic_increasing
    assert (table.set_index("model").loc[["GRU", "LSTM"], "seconds"] > 0).all()
    assert {"pinball", "crps", "coverage-80", "width-95", "ms_per_forecast"} <= set(table)
    assert len(charts(page)) == 5  # windows, by cut-off, by step, coverage, residuals


def test_it_says_that_the_models_were_fitted_before_every_window(
    open_page: Callable[..., AppTest],
) -> None:
    run = trained()
    assert run.result is not None
    parts = run.result.data["parts"]
    page = open_page("backtest.py", {"run": run.id})
    said = words(page)
    assert "fitted once, on rows up to" in said
    assert "Every window lies in the test part" in said
    assert "`refit=True`" in said
    page.slider(key="n_windows").set_value(int(page.slider(key="n_windows").max)).run()
    assert not page.exception
    tested, _ = backtest_views.backtested(
        backtest_views.Asked(run.id, int(page.slider(key="n_windows").max), 4, (80, 95))
    )
    assert tested.windows["first"].min() >= pd.Timestamp(parts["test"]["first"])


def test_the_windows_are_chosen_and_stand_in_the_address(open_page: Callable[..., AppTest]) -> None:
    run = trained()
    page = open_page("backtest.py", {"run": run.id})
    rows = int(run.result.data["parts"]["test"]["rows"]) if run.result else 0
    assert page.slider(key="n_windows").max == (rows - 4) // 4 + 1
    page.number_input(key="step_size_4").set_value(1).run()
    assert page.slider(key="n_windows").max == rows - 4 + 1
    page.slider(key="n_windows").set_value(7).run()
    assert not page.exception
    assert page.query_params["n_windows"] in ("7", ["7"])
    assert "7 windows of 4 rows" in words(page)
    assert "They overlap" in words(page)


def test_windows_that_a_larger_step_has_no_room_for_go(open_page: Callable[..., AppTest]) -> None:
    page = open_page("backtest.py", {"run": trained().id})
    page.number_input(key="step_size_4").set_value(1).run()
    page.slider(key="n_windows").set_value(200).run()
    page.number_input(key="step_size_4").set_value(10).run()
    assert not page.exception
    assert page.slider(key="n_windows").value == page.slider(key="n_windows").max


def test_intervals_and_scores_are_chosen(open_page: Callable[..., AppTest]) -> None:
    page = open_page("backtest.py", {"run": trained().id})
    page.pills(key="bands").set_value([50]).run()
    assert "coverage-50" in page.dataframe[0].value
    assert "coverage-80" not in page.dataframe[0].value
    page.selectbox(key="score").set_value("coverage-50").run()
    page.selectbox(key="residuals_of").set_value("LSTM").run()
    assert not page.exception
    page.pills(key="bands").set_value([]).run()
    assert not page.exception
    assert len(charts(page)) == 4  # without intervals no coverage
    assert not [name for name in page.dataframe[0].value if name.startswith("coverage")]


def test_a_level_that_the_calibration_cannot_support_is_left_out_with_a_word(
    open_page: Callable[..., AppTest],
) -> None:
    run = ended(submitted(("sample:air_passengers", "Passengers"), horizon=1))
    page = open_page("backtest.py", {"run": run.id})
    assert not page.exception
    page.pills(key="bands").set_value([80, 95]).run()
    assert "An interval was left out" in words(page)
    assert "calibration windows" in words(page)
    assert "coverage-80" in page.dataframe[0].value
    assert "coverage-95" not in page.dataframe[0].value


def test_a_test_part_of_one_window_needs_no_slider(open_page: Callable[..., AppTest]) -> None:
    run = ended(submitted(("sample:air_passengers", "Passengers"), horizon=20))
    page = open_page("backtest.py", {"run": run.id})
    assert not page.exception
    assert "One window" in words(page)
    assert "cannot be told" in page.subheader[0].value


def test_what_cannot_be_backtested_is_explained(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SettingError("GRU was fitted on rows <b>up to</b> the end. Use fewer windows.")

    backtest_views.backtested.cache_clear()
    monkeypatch.setattr(fc, "backtest", refuse)
    page = open_page("backtest.py", {"run": trained().id})
    assert not page.exception
    assert "This cannot be backtested" in words(page)
    assert "Use fewer windows." in words(page)


def test_a_run_that_trains_is_waited_for(open_page: Callable[..., AppTest]) -> None:
    run_id = submitted(SEATTLE, epochs=5000, patience=None, hidden_units=32)
    page = open_page("backtest.py", {"run": run_id})
    assert not page.exception
    assert "appears here when the training has ended" in words(page)
    training.service().stop(run_id)
    ended(run_id)


def test_a_stray_address_does_no_harm(open_page: Callable[..., AppTest]) -> None:
    stray = {"n_windows": "99999", "step_size_4": "99999", "bands": "7", "score": "x",
             "residuals_of": "<img>"}  # fmt: skip
    page = open_page("backtest.py", {"run": trained().id, **stray})
    assert not page.exception
    assert page.dataframe[0].value["mae"].is_monotonic_increasing


def test_a_shorter_run_takes_over_no_setting_that_it_cannot_hold(
    open_page: Callable[..., AppTest],
) -> None:
    page = open_page("backtest.py", {"run": trained().id})
    page.number_input(key="step_size_4").set_value(100).run()
    shorter = ended(submitted(("sample:air_passengers", "Passengers")))
    page.query_params["run"] = shorter.id
    page.run()
    assert not page.exception
    assert page.number_input(key="step_size_4").value <= 28
    assert "Passengers: " in words(page)
