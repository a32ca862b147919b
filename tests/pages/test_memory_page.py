"""The Memory screen: what it says is what the package measures, and it stands without a run."""

import json
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import forecast as fc
from dashboard import memory_measures, memory_states, memory_window, taking_over, training
from dashboard.memory_examples import EXAMPLES
from dashboard.memory_headline import difference
from dashboard.memory_measures import Subject
from dashboard.panel_choice import all_series
from dashboard.train_form import Filled
from forecast.data.planted import EXAMPLE
from forecast.data.series import TimeSeries, prepare
from forecast.errors import DataError
from forecast.insight.effective_memory import Advice, EffectiveMemory
from forecast.insight.influence import Influence
from forecast.jobs.snapshot import RunSnapshot
from forecast.models.settings import ForecasterSettings
from tests.pages.conftest import ended, passengers, press, words

Open = Callable[..., AppTest]
SMALL: dict[str, Any] = {"timesteps": 8, "hidden_units": 4, "horizon": 2, "epochs": 2}
CELLS = ("simple_rnn", "gru", "lstm")
LABELS = ("SimpleRNN", "GRU", "LSTM")


def trained(cells: tuple[str, ...], **more: Any) -> RunSnapshot:
    request = Filled(cells, {**SMALL, **more}, None, ()).request(passengers())
    return ended(training.service().submit(request, owner="test"))


@pytest.fixture(scope="module")
def three() -> RunSnapshot:
    """A run of all cells, two rows ahead, that has recorded its gradients."""
    return trained(CELLS, record_gradients=True)


@pytest.fixture(scope="module")
def deep() -> RunSnapshot:
    """A run of one cell in two layers, one row ahead, with nothing recorded."""
    return trained(("lstm",), layers=2, horizon=1, record_gradients=False)


def model_of(run: RunSnapshot, label: str) -> fc.Forecaster:
    assert run.result is not None
    model = run.result.models[label]
    assert isinstance(model, fc.Forecaster)
    return model


def rows_of(run: RunSnapshot, label: str) -> tuple["pd.Series[float]", int]:
    """Return the rows of a run, and the number of the first one that was not learned from."""
    assert isinstance(run.request.series, TimeSeries)
    y = run.request.series.observed_values()
    (end,) = model_of(run, label).last_row().values()
    return y, int(y.index.searchsorted(end, side="right"))


def shares(run: RunSnapshot, label: str, rows: Any, step: int | None = None, **how: Any) -> Any:
    """Return the share of each lag as the package measures it, the oldest first."""
    return fc.influence(model_of(run, label), rows, **how).share(step)[::-1]


def titles(page: AppTest) -> list[str]:
    charts = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    return [chart["layout"]["title"]["text"] for chart in charts]


def opened_table(open_page: Open, run: RunSnapshot, stem: str, **address: str) -> pd.DataFrame:
    """Return what a table holds that is folded away at first."""
    page = open_page("memory.py", {"run": run.id, **address}, **{f"table-{stem}": True})
    assert not page.exception
    frame: pd.DataFrame = page.dataframe[0].value
    return frame


def test_without_a_run_it_leads_to_one(open_page: Open) -> None:
    page = open_page("memory.py")
    assert not page.exception
    assert "Nothing trained yet" in words(page)
    labels = [button.label for button in page.button]
    assert labels[0] == "Train"
    assert labels[1:] == [example.label for example in EXAMPLES]


def test_the_examples_are_all_cells_on_the_weather_and_on_a_planted_memory() -> None:
    weather, planted = (example.request() for example in EXAMPLES)
    assert weather.cells == planted.cells == CELLS
    assert weather.source == "sample:seattle_weather"
    assert (planted.source, planted.target) == (f"sample:{EXAMPLE.name}", "y")
    assert planted.settings["timesteps"] == EXAMPLE.lag == 100
    assert isinstance(planted.series, TimeSeries)
    assert planted.series.columns == ("value", "marker")
    assert weather.settings["record_gradients"] is planted.settings["record_gradients"] is True


def test_it_says_how_far_back_each_cell_looks(open_page: Open, three: RunSnapshot) -> None:
    page = open_page("memory.py", {"run": three.id})
    assert not page.exception
    y, first = rows_of(three, "GRU")
    for label, metric in zip(LABELS, page.metric, strict=True):
        memory = fc.effective_memory(model_of(three, label), y.iloc[first - 8 : -2], windows=64)
        assert memory.said in words(page)
        assert metric.value == f"{memory.lags[90]} of 8"
    said = "sample:air_passengers, Passengers: timesteps 8, hidden_units 4, horizon 2, seed 0."
    assert said in words(page)
    assert "Taken on the networks' own scaled inputs" in words(page)
    assert titles(page) == [
        "What the forecast uses of its window",
        *(f"Influence in {label}, by lag and step" for label in LABELS),
        "States of SimpleRNN",
        "States of GRU",
        "Gates of GRU",
        "States of LSTM",
        "Gates of LSTM",
        "Gradient by lag",
    ]
    assert all(chart.proto.alt for chart in page.get("plotly_chart"))


def test_the_bars_are_those_of_the_chosen_window_and_row_ahead(
    open_page: Open, three: RunSnapshot
) -> None:
    y, first = rows_of(three, "LSTM")
    table = opened_table(open_page, three, "influence-by-lag")
    assert list(table) == ["lag", "ds", "y", *LABELS]
    assert table["ds"].iloc[-1] == str(y.index[-1].date())
    newest = shares(three, "LSTM", y, windows=1)
    np.testing.assert_allclose(table["LSTM"], newest, rtol=1e-4)

    table = opened_table(open_page, three, "influence-by-lag", window="4", memory_step="2")
    rows = y.iloc[: first - 1 + 4]
    assert table["y"].tolist() == rows.iloc[-8:].tolist()
    second = shares(three, "LSTM", rows, 2, windows=1)
    np.testing.assert_allclose(table["LSTM"], second, rtol=1e-4)

    table = opened_table(open_page, three, "influence-by-lag", window="4", mean_bars="true")
    mean = shares(three, "LSTM", y.iloc[first - 8 : -2], windows=64)
    np.testing.assert_allclose(table["LSTM"], mean, rtol=1e-4)

    table = opened_table(open_page, three, "influence-by-lag", measured_by="Integrated gradients")
    integrated = shares(three, "LSTM", y, windows=1, method="integrated", points=16)
    np.testing.assert_allclose(table["LSTM"], integrated, rtol=1e-3)


def test_the_figures_draw_what_is_measured(three: RunSnapshot) -> None:
    of, (y, first) = Subject(three.id), rows_of(three, "LSTM")
    rows, test = y.iloc[: first - 1 + 4], y.iloc[first - 8 : -2]
    for mean, read, windows in ((False, rows, 1), (True, test, 64)):
        drawn = memory_window._bars(of, "gradient", 4, 2, mean).data
        bars = next(one for one in drawn if one.type == "bar" and one.name == "LSTM")
        expected = shares(three, "LSTM", read, 2, windows=windows)
        np.testing.assert_allclose(bars.y, expected, rtol=1e-4)
        assert bars.x[0] == 8
    layer = fc.hidden_states(model_of(three, "LSTM"), rows).layers[0]
    assert layer.memories is not None
    for letter, values in (("h", layer.states), ("c", layer.memories)):
        drawn = memory_states._states(of, "LSTM", 4, layer.name, letter).data
        heat = next(one for one in drawn if one.type == "heatmap")
        np.testing.assert_allclose(heat.z, np.transpose(values), rtol=1e-5)


def test_the_gradient_plays_epoch_by_epoch_where_it_was_recorded(
    open_page: Open, three: RunSnapshot, deep: RunSnapshot
) -> None:
    page = open_page("memory.py", {"run": three.id})
    flow = json.loads(page.get("plotly_chart")[-1].proto.spec)
    assert [frame["name"] for frame in flow["frames"]] == ["0", "1", "2"]
    assert "Press play" in words(page)
    page = open_page("memory.py", {"run": deep.id})
    flow = json.loads(page.get("plotly_chart")[-1].proto.spec)
    assert not flow.get("frames")
    assert "It was not recorded while this run was trained" in words(page)


def test_one_cell_of_two_layers(open_page: Open, deep: RunSnapshot) -> None:
    page = open_page("memory.py", {"run": deep.id}, jacobians=True)
    assert not page.exception
    assert page.subheader[0].value.startswith("90 % of what LSTM uses lies in the last")
    assert words(page).count(page.subheader[0].value) == 1
    assert "Near and far ahead" not in words(page)
    assert titles(page)[1:3] == ["States of LSTM", "Gates of LSTM"]
    assert titles(page)[-1] == "What one step does to the state"
    exponents = page.dataframe[0].value
    assert exponents["layer"].tolist() == ["recurrent_1", "recurrent_2"]

    states = open_page("memory.py", {"run": deep.id}, **{"table-states-lstm": True})
    table = states.dataframe[0].value
    expected = fc.hidden_states(model_of(deep, "LSTM"), rows_of(deep, "LSTM")[0])
    pd.testing.assert_frame_equal(table, expected.table)


def test_an_address_chooses_layer_and_memory_and_a_wrong_one_nothing(
    open_page: Open, three: RunSnapshot, deep: RunSnapshot
) -> None:
    page = open_page("memory.py", {"run": three.id, "memory_letter": "c, memory"})
    assert "c of 4 units changes" in words(page)
    chosen = {"memory_layer": "recurrent_2", "memory_letter": "c, memory"}
    page = open_page("memory.py", {"run": deep.id, **chosen})
    assert page.query_params == {"run": deep.id, **chosen}
    usual = [words(open_page("memory.py", {"run": run.id})) for run in (three, deep)]
    wrong = dict.fromkeys(("memory_layer", "memory_letter", "window"), "9999")
    pages = [open_page("memory.py", {"run": run.id, **wrong}) for run in (three, deep)]
    assert not any(page.exception for page in pages)
    assert [words(page) for page in pages] == usual
    assert not {"memory_letter", "window"} & set(pages[0].query_params)
    assert not {"memory_layer", "memory_letter", "window"} & set(pages[1].query_params)


def test_one_of_many_series_is_looked_at(open_page: Open) -> None:
    filled = Filled(("gru",), {**SMALL, "epochs": 1}, None, ())
    request = filled.request(all_series("sample:stocks_monthly"))
    run = ended(training.service().submit(request, owner="test"))
    page = open_page("memory.py", {"run": run.id, "series": "IBM"})
    assert not page.exception
    y = fc.load_sample("stocks_monthly")
    one = shares(run, "GRU", y[y["unique_id"] == "IBM"], windows=1)
    table = opened_table(open_page, run, "influence-by-lag", series="IBM")
    np.testing.assert_allclose(table["GRU"], one, rtol=1e-4)


def test_only_windows_that_something_is_asked_of_are_offered() -> None:
    blank = pd.Series(np.where(np.arange(40) % 10 == 5, 1.0, np.nan)).iloc[5:]
    settings = ForecasterSettings(cell="gru", timesteps=5, horizon=1)
    origins = memory_measures._origins(prepare(blank), 20, settings)
    assert prepare(blank).index[origins].tolist() == [24, 34]
    whole = memory_measures._origins(prepare(pd.Series(np.arange(30.0))), 20, settings)
    assert whole.tolist() == list(range(20, 30))  # the newest, too


def memory(label: str, *shares: float) -> EffectiveMemory:
    """Return the memory of a network that uses so much of each lag."""
    by_lag = np.array([shares])
    return EffectiveMemory(
        Influence(label, "gradient", ("y",), by_lag[..., None], by_lag, np.zeros(1), windows=1)
    )


def test_the_difference_is_said_in_one_sentence() -> None:
    short, long = memory("SimpleRNN", 1, 0, 0, 0), memory("GRU", 1, 1, 1, 1)
    assert difference([short]) == short.said
    assert difference([short, long]) == "GRU looks back furthest: 4 of 4 timesteps; SimpleRNN 1"
    both = [short, long, memory("LSTM", 1, 1, 1, 1)]
    said = "GRU and LSTM look back furthest: 4 of 4 timesteps; SimpleRNN 1"
    assert difference(both) == said
    assert difference(both[1:]) == "All cells look back equally far: 4 of 4 timesteps"


def test_advice_is_taken_over_with_data_and_settings(
    open_page: Open, deep: RunSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[dict[str, object]] = []
    advice = property(lambda _: Advice(500, "Try `timesteps` 500."))
    monkeypatch.setattr(EffectiveMemory, "advice", advice)
    monkeypatch.setattr(taking_over, "go_to", lambda _, **address: gone.append(address))
    page = open_page("memory.py", {"run": deep.id}, epochs=7, dropout=0.5, vary="timesteps")
    assert "Try `timesteps` 500." in words(page)
    press(page, "Train with timesteps 200")  # the form's longest
    assert gone == [
        {"cells": ["LSTM"], "timesteps": 200, "hidden_units": 4, "epochs": 2, "layers": 2,
         "record_gradients": False, "target": "Passengers"}
    ]  # fmt: skip
    assert page.session_state["data"] == "sample:air_passengers"
    for key in ("epochs", "dropout", "vary"):  # what the run does not say is as usual again
        assert key not in page.session_state


def test_a_run_that_came_to_nothing_leads_to_another(open_page: Open) -> None:
    run = trained(("gru",), scaling="none", learning_rate=1.0, clip_norm=None, epochs=300,
                  optimizer="sgd", activation="relu", hidden_units=32)  # fmt: skip
    assert run.result is None
    page = open_page("memory.py", {"run": run.id})
    assert not page.exception
    assert "This run has no model" in words(page)


def test_what_cannot_be_measured_is_explained(
    open_page: Open, three: RunSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise DataError("The rows <b>cannot</b> be read.")

    monkeypatch.setattr("dashboard.memory_states.states_of", refuse)
    page = open_page("memory.py", {"run": three.id})
    assert not page.exception
    assert "The states over this window cannot be read" in words(page)
    assert titles(page)[-1] == "Gradient by lag"  # the rest stands
    monkeypatch.setattr("dashboard.memory_headline.memory_of", refuse)
    page.run()
    assert not page.exception
    assert "The memory of this run cannot be measured" in words(page)
    assert "The rows <b>cannot</b> be read." in [text.value for text in page.text]
