import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import live, training
from dashboard.train_form import Filled
from forecast.jobs.snapshot import CellState
from forecast.training.history import Epoch
from tests.pages.conftest import DEADLINE, SMALL, ended, passengers, press, submitted, words


def test_empty_it_invites_to_train_and_tells_the_cost(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py")
    assert not page.exception
    assert "Nothing trained yet" in words(page)
    assert "training windows" in words(page)
    assert "SimpleRNN 1,121, GRU 3,393, LSTM 4,385" in words(page)


def test_a_grid_is_estimated_value_by_value(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py", {"vary": "hidden_units"})
    assert not page.exception
    assert "GRU 929 to 12,929" in words(page)  # 16, 32 and 64 units: 3 u (u + 3) + u + 1


def test_training_runs_and_shows_the_verdict_and_the_leaderboard(
    open_page: Callable[..., AppTest],
) -> None:
    page = open_page("train.py", {"data": "air passengers", "epochs": "2", "timesteps": "8"})
    page.pills(key="cells").set_value(["gru", "lstm"])
    press(page, "Train")
    assert not page.exception
    run_id = str(page.session_state["run"])
    assert page.query_params["run"] == [run_id] or page.query_params["run"] == run_id
    snapshot = ended(run_id)
    assert snapshot.request.settings["epochs"] == 2
    assert snapshot.request.said == "sample:air_passengers, Passengers"
    page.run()
    assert not page.exception
    assert snapshot.result is not None
    assert snapshot.result.verdict in words(page)
    table = page.dataframe[0].value
    assert sorted(table["model"]) == sorted(snapshot.result.table["model"])
    assert table["mae"].is_monotonic_increasing
    labels = [metric.label for metric in page.metric]
    assert labels == ["GRU against naive", "LSTM against naive"]


def test_a_run_is_found_again_by_its_address(open_page: Callable[..., AppTest]) -> None:
    run_id = submitted()
    snapshot = ended(run_id)
    page = open_page("train.py", {"run": run_id})
    assert snapshot.result is not None
    assert snapshot.result.verdict in words(page)


def test_an_unknown_run_is_forgotten_without_a_word(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py", {"run": "nothing"})
    assert not page.exception
    assert "Nothing trained yet" in words(page)
    assert "run" not in page.query_params


def test_a_cell_that_diverges_is_named_with_the_mend(open_page: Callable[..., AppTest]) -> None:
    run_id = submitted(scaling="none", learning_rate=1.0, loss="mse", clip_norm=None, epochs=200,
                       optimizer="sgd", activation="relu")  # fmt: skip
    snapshot = ended(run_id)
    page = open_page("train.py", {"run": run_id})
    assert not page.exception
    assert any(cell.state == "failed" for cell in snapshot.cells)
    assert "was not trained" in words(page)
    assert "lower `learning_rate`" in words(page)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"data": "air passengers", "timesteps": "150"}, "`timesteps`"),
        ({"data": "air passengers", "horizon": "60"}, "leave no row for training"),
    ],
)
def test_settings_that_do_not_fit_the_data_are_explained(
    address: dict[str, str], said: str, open_page: Callable[..., AppTest]
) -> None:
    page = open_page("train.py", address)
    assert not page.exception
    assert "These settings do not fit the data" in words(page)
    assert said in words(page)
    assert next(button for button in page.button if button.label == "Train").disabled


def test_no_cell_and_no_value_are_explained(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py")
    page.pills(key="cells").set_value([]).run()
    assert "Choose at least one of SimpleRNN, GRU and LSTM." in words(page)


def test_a_grid_shows_every_value(open_page: Callable[..., AppTest]) -> None:
    filled = Filled(("gru",), dict(SMALL), "timesteps", (6, 12))
    run_id = training.service().submit(filled.request(passengers()), owner="test")
    snapshot = ended(run_id)
    page = open_page("train.py", {"run": run_id})
    assert not page.exception
    assert snapshot.grid is not None
    assert set(snapshot.grid["value"]) == {6, 12}
    assert "errs least" in words(page)


def test_a_run_that_nothing_faster_was_ready_for_says_so(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submitted()
    snapshot = ended(run)
    assert {cell.engine for cell in snapshot.cells} == {"numba"}
    assert "NumPy" not in words(open_page("train.py", {"run": run}))
    slow = snapshot._replace(
        cells=(snapshot.cells[0]._replace(engine="numpy"), *snapshot.cells[1:])
    )
    monkeypatch.setattr(training.service(), "snapshot", lambda _id: slow)
    assert "GRU: computed with NumPy" in words(open_page("train.py", {"run": run}))


def test_the_settings_of_the_form_reach_the_run(open_page: Callable[..., AppTest]) -> None:
    address = {
        "epochs": "2", "timesteps": "8", "cells": "GRU", "seeds": "2", "loss": "quantile",
        "strategy": "recursive", "transform": "difference", "seasonal_adjustment": "additive",
        "scaling": "standard", "calendar": "yearday", "past_covariates": "wind",
        "future_covariates": "precipitation", "refit": "true", "calibration": "0.2",
        "record_gradients": "false",
    }  # fmt: skip
    page = open_page("train.py", address)
    press(page, "Train")
    assert not page.exception
    snapshot = ended(str(page.session_state["run"]))
    assert snapshot.error is None
    assert [cell.error for cell in snapshot.cells] == [None]
    assert snapshot.result is not None
    settings = snapshot.result.models["GRU"].settings  # type: ignore[attr-defined]
    for name in ("loss", "strategy", "transform", "seasonal_adjustment", "scaling"):
        assert getattr(settings, name) == address[name]
    assert (settings.seeds, settings.refit, settings.calibration) == (2, True, 0.2)
    assert not settings.record_gradients
    assert (settings.target, settings.calendar) == ("temp_max", ("yearday",))
    assert settings.past_covariates == ("wind",)
    assert settings.future_covariates == ("precipitation",)
    assert snapshot.request.series.columns == ("wind", "precipitation")


def test_without_a_choice_no_other_column_is_read(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py", {"epochs": "1", "timesteps": "8", "cells": "GRU"})
    press(page, "Train")
    snapshot = ended(str(page.session_state["run"]))
    assert snapshot.request.settings["past_covariates"] == ()
    assert snapshot.request.settings["record_gradients"]
    assert snapshot.result is not None
    flow = snapshot.result.models["GRU"].learned().members[0].flow  # type: ignore[attr-defined]
    assert flow["recurrent_1"].shape == (2, 8)  # before and after the one epoch
    assert snapshot.request.series.columns == ()


def test_other_columns_are_offered_where_there_are_any(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py", advanced=True)
    assert page.multiselect(key="past_covariates").options == ["precipitation", "temp_min", "wind"]
    page.multiselect(key="past_covariates").set_value(["wind"]).run()
    assert "GRU 3,489" in words(page)  # 96 more weights
    page.selectbox(key="data").set_value("sample:air_passengers").run()
    assert not page.exception
    assert not page.multiselect
    assert "no other column of numbers" in words(page)


def test_a_covariate_of_both_kinds_is_explained(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py", {"past_covariates": "wind", "future_covariates": "wind"})
    assert not page.exception
    assert "A covariate is known in the future or it is not; 'wind'" in words(page)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"past_covariates": "nothing"}, "weights: SimpleRNN 1,121"),  # forgotten
        ({"target": "temp_min", "transform": "log"}, "takes logarithms"),
        ({"data": "co2", "seasonal_adjustment": "multiplicative"}, "training windows"),
    ],
)
def test_what_the_data_does_not_allow_is_told_before_the_start(
    address: dict[str, str], said: str, open_page: Callable[..., AppTest]
) -> None:
    page = open_page("train.py", address)
    assert not page.exception
    assert said in words(page)


def test_several_networks_are_counted_one_by_one(open_page: Callable[..., AppTest]) -> None:
    run_id = submitted(epochs=300, seeds=2, patience=None, hidden_units=16)
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        snapshot = training.service().snapshot(run_id)
        assert snapshot is not None
        assert {cell.epochs for cell in snapshot.cells} == {600}
        if all(cell.history for cell in snapshot.cells):
            break
        time.sleep(0.01)  # between two looks
    page = open_page("train.py", {"run": run_id})
    assert not page.exception
    training.service().stop(run_id)
    result = ended(run_id).result
    assert result is not None
    assert set(result.history["epoch"]) <= set(range(1, 301))


def test_the_progress_of_several_networks_is_told() -> None:
    def cell(epoch: int) -> CellState:
        record = Epoch(epoch, 0.5, 0.6, 1e-3, 1.0, 0.1)
        return CellState("GRU", None, "running", 150, (record,), (), 3.0, None, "numba")

    said = "**GRU** · network 2 of 3 · epoch 20 of 50 · loss 0.5 · validation 0.6"
    assert live._progress_text(cell(70), 3).startswith(said)
    assert live._share(cell(75)) == 0.5
    assert "network 1 of 3 · epoch 50 of 50" in live._progress_text(cell(50), 3)


def test_cells_can_be_held_equal(open_page: Callable[..., AppTest]) -> None:
    page = open_page("train.py", {"fair": "parameters"})
    assert not page.exception
    assert "SimpleRNN 1,121, GRU 1,153, LSTM 1,169" in words(page)
    timed = open_page("train.py", {"fair": "time", "fair_seconds": "2"})
    assert "at most about 6 s of computing" in words(timed)
    refused = open_page("train.py", {"fair": "time", "seeds": "2"})
    assert "gives its time to one network, not to several `seeds`" in words(refused)


def test_a_cell_with_a_time_limit_shows_its_time() -> None:
    record = Epoch(70, 0.5, 0.6, 1e-3, 1.0, 0.1)
    cell = CellState("GRU", None, "running", 10**6, (record,), (), 2.5, None, "numba", 10.0)
    assert live._share(cell) == 0.75
    assert live._progress_text(cell, 1).startswith("**GRU** · epoch 70 · loss 0.5")
