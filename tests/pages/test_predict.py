import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import forecast as fc
from dashboard import training
from dashboard.series_choice import Chosen, prepared
from dashboard.train_form import Filled
from forecast.jobs.snapshot import RunSnapshot
from tests.pages.conftest import ended, words

SMALL: dict[str, Any] = {"timesteps": 8, "hidden_units": 4, "epochs": 2}
WEATHER = ("sample:seattle_weather", "temp_max")
KNOWN = {"past_covariates": ("wind",), "future_covariates": ("precipitation",)}


def trained(source: str, target: str, *cells: str, **more: Any) -> RunSnapshot:
    """Train small cells, without a page."""
    chosen = Chosen(source, target, prepared(source, target))
    filled = Filled(cells or ("gru",), {**SMALL, **more}, None, ())
    return ended(training.service().submit(filled.request(chosen), owner="test"))


def table(page: AppTest, number: int = 0) -> pd.DataFrame:
    frame: pd.DataFrame = page.dataframe[number].value
    return frame


def drawn(page: AppTest) -> list[str]:
    """Return the names of what the chart shows."""
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    return [trace["name"] for trace in figure["data"] if "name" in trace]


def rows(start: str, count: int, frequency: str = "D", **columns: float) -> bytes:
    """Return a CSV of rows of a column `temp_max`, or of those named."""
    index = pd.date_range(start, periods=count, freq=frequency, name="date")
    named = columns or {"temp_max": 8.0}
    frame = pd.DataFrame({name: value + np.arange(count) % 3 for name, value in named.items()})
    return frame.set_index(index).to_csv().encode()


def upload(page: AppTest, key: str, content: bytes, name: str = "rows.csv") -> AppTest:
    return page.file_uploader(key=key).upload(name, content).run()


def test_without_a_run_it_leads_to_one(open_page: Callable[..., AppTest]) -> None:
    page = open_page("predict.py")
    assert not page.exception
    assert "Nothing trained yet" in words(page)
    assert [button.label for button in page.button] == ["Train", "Try it: Seattle, 14 days ahead"]


def test_the_example_is_trained_and_then_forecast(open_page: Callable[..., AppTest]) -> None:
    page = open_page("predict.py")
    page.button(key="example").click().run()
    assert not page.exception
    run = str(page.session_state["run"])
    ended(run)
    page.run()
    assert not page.exception
    assert len(table(page)) == 14


def test_a_run_forecasts_beyond_its_data_and_says_how_old_it_is(
    open_page: Callable[..., AppTest],
) -> None:
    run = trained(*WEATHER, "gru", "lstm", horizon=5)
    page = open_page("predict.py", {"run": run.id})
    assert not page.exception
    assert (
        "sample:seattle_weather, temp_max: GRU was trained on rows up to 2015-03-14; it forecasts "
        "after 2015-12-31, 292 rows later, without new training." in words(page)
    )
    columns = ["ds", "GRU", "GRU-lo-80", "GRU-hi-80", "GRU-lo-95", "GRU-hi-95"]
    assert list(table(page)) == columns
    assert table(page)["ds"].iloc[0] == pd.Timestamp("2016-01-01")
    assert {"observed", "GRU", "80 %", "95 %"} <= set(drawn(page))
    labels = [label.split(" ")[0] for label in page.selectbox(key="model").options]
    assert labels[:3] == ["GRU", "LSTM", "Naive"]
    assert run.result is not None
    model = run.result.models["GRU"]
    expected = model.predict(5, data=run.request.series.observed_values())
    np.testing.assert_array_equal(table(page)["GRU"], expected["GRU"])


def test_further_than_fitted_is_fed_back_without_intervals(
    open_page: Callable[..., AppTest],
) -> None:
    run = trained(*WEATHER, horizon=3)
    page = open_page("predict.py", {"run": run.id})
    page.number_input(key="ahead_3").set_value(8).run()
    assert not page.exception
    assert list(table(page)) == ["ds", "GRU"]
    assert len(table(page)) == 8
    assert "trained for 3 rows ahead" in words(page)
    assert "train with `horizon` 8 to have them" in words(page)


def test_a_baseline_needs_no_training(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, horizon=3)
    page = open_page("predict.py", {"run": run.id, "model": "Naive", "ahead_3": "9"})
    assert not page.exception
    assert "Naive has no weights to train; it goes on from 2015-12-31" in words(page)
    assert list(table(page))[1:3] == ["Naive", "Naive-lo-80"]
    assert len(table(page)) == 9


def test_a_level_that_calibration_cannot_support_is_left_out_with_its_reason(
    open_page: Callable[..., AppTest],
) -> None:
    run = trained("sample:air_passengers", "Passengers", horizon=12)
    page = open_page("predict.py", {"run": run.id})
    assert not page.exception
    assert "An interval was left out" in words(page)
    assert "`level` 95 needs at least 19 calibration windows; there are 6" in words(page)
    assert list(table(page)) == ["ds", "GRU", "GRU-lo-80", "GRU-hi-80"]


def test_newer_rows_are_forecast_after(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, horizon=3)
    page = open_page("predict.py", {"run": run.id})
    upload(page, f"newer-{run.id}", rows("2015-12-30", 20))
    assert not page.exception
    assert "18 newer rows, up to 2016-01-18." in words(page)
    assert "it forecasts after 2016-01-18, 310 rows later" in words(page)
    assert table(page)["ds"].iloc[0] == pd.Timestamp("2016-01-19")


def test_a_gap_before_newer_rows_is_told(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, horizon=3)
    page = open_page("predict.py", {"run": run.id})
    upload(page, f"newer-{run.id}", rows("2016-01-04", 2))
    assert "2 newer rows, up to 2016-01-05. 3 rows missing before" in words(page)
    upload(page, f"newer-{run.id}", rows("2018-03-01", 8), "later.csv")
    assert not page.exception
    assert "8 newer rows, up to 2018-03-08. There is a gap before them" in words(page)
    assert table(page)["ds"].iloc[0] == pd.Timestamp("2018-03-09")
    page.selectbox(key="model").set_value("Mean").run()  # reads all rows, so the gap is filled
    assert not page.exception
    assert "8 newer rows, up to 2018-03-08. 790 rows missing before" in words(page)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (rows("2014-01-01", 30), "The newest row of this file is of 2014-01-30; the series is "
                                 "known up to 2015-12-31 already."),
        (rows("2016-01-01", 30, "h"), "These rows are 1:00:00 apart; those of the series are 1 "
                                      "day apart (frequency D)."),
        (rows("2016-01-03", 30, "7D"), "These rows are 7 days apart"),
        (rows("2016-01-01", 30, rain=1.0), "This file has no column 'temp_max'; its columns are "
                                           "'rain'."),
        (b"Dear all,\nthis is a letter.\nBye\n", "This file cannot be read as it is"),
    ],
)  # fmt: skip
def test_newer_rows_that_cannot_be_used_are_explained(
    content: bytes, said: str, open_page: Callable[..., AppTest]
) -> None:
    run = trained(*WEATHER, horizon=3)
    page = open_page("predict.py", {"run": run.id})
    upload(page, f"newer-{run.id}", content)
    assert not page.exception
    assert said in words(page)
    assert table(page)["ds"].iloc[0] == pd.Timestamp("2016-01-01")  # after the run's own rows


def test_newer_rows_of_a_panel_are_those_of_its_series(open_page: Callable[..., AppTest]) -> None:
    run = trained("sample:stocks_monthly", "MSFT")
    last = run.request.series.index[-1]
    newer = pd.DataFrame(
        {
            "symbol": ["AAPL"] * 3 + ["MSFT"] * 3,
            "date": [*pd.date_range(last, periods=4, freq="MS")[1:]] * 2,
            "price": [1.0, 2.0, 3.0, 27.0, 28.0, 29.5],
        }
    )
    page = open_page("predict.py", {"run": run.id})
    upload(page, f"newer-{run.id}", newer.to_csv(index=False).encode())
    assert not page.exception
    assert "3 newer rows, up to 2010-06-01." in words(page)
    others = newer[newer["symbol"] == "AAPL"].to_csv(index=False).encode()
    upload(page, f"newer-{run.id}", others, "others.csv")
    assert not page.exception
    assert "These rows cannot be used" in words(page)


def test_what_must_be_known_ahead_is_asked_for(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, horizon=3, **KNOWN)
    assert run.error is None
    page = open_page("predict.py", {"run": run.id})
    assert not page.exception
    assert "The rows ahead are not known yet" in words(page)
    assert "3 values missing." in words(page)
    assert list(table(page)) == ["ds", "precipitation"]

    upload(page, f"future-{run.id}", rows("2016-01-01", 2, precipitation=4.0))
    assert table(page)["precipitation"].tolist()[:2] == [4.0, 5.0]
    assert "1 value missing." in words(page)

    upload(page, f"future-{run.id}", rows("2016-01-01", 3, precipitation=4.0), "all.csv")
    assert not page.exception
    assert run.result is not None
    series = run.request.series
    known = pd.concat([series.observed_values(), series.covariate_frame()], axis=1)
    future = pd.read_csv(io.BytesIO(rows("2016-01-01", 3, precipitation=4.0)), parse_dates=["date"])
    model = run.result.models["GRU"]
    assert isinstance(model, fc.Forecaster)
    expected = model.predict(data=known, future=future.rename(columns={"date": "ds"}))
    np.testing.assert_array_equal(table(page, 1)["GRU"], expected["GRU"])


def test_the_last_known_values_can_be_held(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, horizon=3, **KNOWN)
    page = open_page("predict.py", {"run": run.id})
    page.toggle(key="held").set_value(True).run()
    assert not page.exception
    assert "GRU" in table(page, 1)
    page.selectbox(key="model").set_value("Naive").run()
    assert not page.exception
    assert "Known ahead" not in words(page)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (rows("2016-01-01", 3, wind=4.0), "This file has no column 'precipitation'"),
        (rows("2015-01-01", 3, precipitation=4.0), "none of the rows ahead, 2016-01-01 to "
                                                   "2016-01-03; it goes from 2015-01-01"),
        (b"date,precipitation\n2016-01-01,some\n2016-01-02,none\n2016-01-03,some\n",
         "must hold numbers"),
    ],
)  # fmt: skip
def test_rows_ahead_that_cannot_be_used_are_explained(
    content: bytes, said: str, open_page: Callable[..., AppTest]
) -> None:
    run = trained(*WEATHER, horizon=3, **KNOWN)
    page = open_page("predict.py", {"run": run.id})
    upload(page, f"future-{run.id}", content)
    assert not page.exception
    assert said in words(page)


def test_newer_rows_must_bring_the_covariates(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, horizon=3, past_covariates=("wind",))
    page = open_page("predict.py", {"run": run.id})
    upload(page, f"newer-{run.id}", rows("2016-01-01", 20))
    assert "This file has no column 'wind'; its columns are 'temp_max'." in words(page)
    upload(page, f"newer-{run.id}", rows("2016-01-01", 20, temp_max=5.0, wind=2.0), "both.csv")
    assert not page.exception
    assert "20 newer rows" in words(page)


def test_while_it_trains_the_training_is_shown(open_page: Callable[..., AppTest]) -> None:
    chosen = Chosen(*WEATHER, prepared(*WEATHER))
    filled = Filled(("gru",), {**SMALL, "epochs": 5000, "patience": None}, None, ())
    run = training.service().submit(filled.request(chosen), owner="test")
    page = open_page("predict.py", {"run": run})
    assert not page.exception
    assert "The forecast appears here when the training has ended." in words(page)
    training.service().stop(run)
    ended(run)


def test_a_run_that_came_to_nothing_leads_to_another(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, scaling="none", learning_rate=1.0, clip_norm=None, epochs=300,
                  optimizer="sgd", activation="relu", hidden_units=32)  # fmt: skip
    assert run.result is None
    page = open_page("predict.py", {"run": run.id})
    assert not page.exception
    assert "This run has no model" in words(page)


def test_of_a_grid_it_says_which_run_it_is(open_page: Callable[..., AppTest]) -> None:
    chosen = Chosen(*WEATHER, prepared(*WEATHER))
    filled = Filled(("gru",), dict(SMALL), "timesteps", (6, 9))
    run = ended(training.service().submit(filled.request(chosen), owner="test"))
    page = open_page("predict.py", {"run": run.id})
    assert not page.exception
    assert "sample:seattle_weather, temp_max, timesteps 6: GRU was trained" in words(page)


def test_levels_are_taken_from_the_address(open_page: Callable[..., AppTest]) -> None:
    run = trained(*WEATHER, horizon=3)
    page = open_page("predict.py", {"run": run.id, "levels": ["90", "50"]})
    assert list(table(page))[2::2] == ["GRU-lo-50", "GRU-lo-90"]
    page.pills(key="levels").set_value([]).run()
    assert not page.exception
    assert list(table(page)) == ["ds", "GRU"]
