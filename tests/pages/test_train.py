from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import training
from dashboard.series_choice import Chosen, prepared
from dashboard.train_form import Filled
from tests.pages.conftest import ended, words

SMALL = {"timesteps": 8, "hidden_units": 8, "horizon": 1, "epochs": 2}


def passengers() -> Chosen:
    source, target = "sample:air_passengers", "Passengers"
    return Chosen(source, target, prepared(source, target))


def submitted(**more: object) -> str:
    """Train two small cells, without a page."""
    filled = Filled(("gru", "lstm"), {**SMALL, **more}, None, ())
    return training.service().submit(filled.request(passengers()), owner="test")


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


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
    assert snapshot.request.source == "sample:air_passengers, Passengers"
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


def test_a_running_training_can_be_stopped(open_page: Callable[..., AppTest]) -> None:
    run_id = submitted(epochs=5000, patience=None, hidden_units=32)
    page = open_page("train.py", {"run": run_id})
    assert "Training" in words(page)
    press(page, "Stop")
    assert not page.exception
    assert ended(run_id).state == "stopped"


def test_a_third_run_waits_with_a_visible_place(open_page: Callable[..., AppTest]) -> None:
    runs = [submitted(epochs=5000, patience=None, hidden_units=32) for _ in range(3)]
    page = open_page("train.py", {"run": runs[2]})
    assert "Waiting: place 1 in the queue" in words(page)
    for run_id in runs:
        training.service().stop(run_id)
    for run_id in runs:
        ended(run_id)


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
