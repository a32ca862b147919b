from collections.abc import Callable
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

from dashboard import training
from dashboard.advanced_defaults import KEYS
from dashboard.person import STRANGER
from forecast.jobs.snapshot import RunSnapshot
from tests.pages.conftest import ended, press, submitted, words


def seen(run_id: str) -> RunSnapshot:
    snapshot = training.service().snapshot(run_id)
    assert snapshot is not None
    return snapshot


def test_a_running_training_can_be_stopped(open_page: Callable[..., AppTest]) -> None:
    run_id = submitted(epochs=5000, patience=None, hidden_units=32)
    page = open_page("train.py", {"run": run_id})
    assert "Training" in words(page)
    press(page, "Stop")
    assert not page.exception
    assert ended(run_id).state == "stopped"


def test_a_training_pauses_and_goes_on(open_page: Callable[..., AppTest]) -> None:
    run_id = submitted(epochs=5000, patience=None, hidden_units=32)
    page = press(open_page("train.py", {"run": run_id}), "Pause")
    assert "Paused" in words(page)
    assert [one.state for one in seen(run_id).cells] == ["paused", "paused"]
    page = press(page, "Resume")
    assert "Training" in words(page)
    other = open_page("train.py", {"run": run_id})
    page.toggle(key=f"lasting-{run_id}").set_value(True).run()
    other.run()  # another tab of the same person, which had it off
    assert seen(run_id).lasting
    assert other.toggle(key=f"lasting-{run_id}").value is True
    press(page, "Stop")
    assert ended(run_id).state == "stopped"


def test_a_training_of_somebody_else_is_shown_and_left_alone(
    open_page: Callable[..., AppTest],
) -> None:
    run_id = submitted(epochs=5000, patience=None, hidden_units=32)
    page = open_page("train.py", {"run": run_id}, **{STRANGER: "somebody else"})
    assert "Training" in words(page)
    assert {"Pause", "Stop"}.isdisjoint(button.label for button in page.button)
    training.service().stop(run_id)
    ended(run_id)


def test_a_third_run_waits_with_a_visible_place(open_page: Callable[..., AppTest]) -> None:
    runs = [submitted(epochs=5000, patience=None, hidden_units=32) for _ in range(3)]
    page = open_page("train.py", {"run": runs[2]})
    assert "Waiting: place 1 in the queue" in words(page)
    for run_id in runs:
        training.service().stop(run_id)
    for run_id in runs:
        ended(run_id)


def test_a_form_that_was_never_opened_is_filled_as_if_it_were() -> None:
    def page(opened: bool) -> None:  # runs alone, without the imports above
        import streamlit as st

        from dashboard.series_choice import Chosen, prepared
        from dashboard.train_form import training_form

        if opened:
            st.session_state["advanced"] = True
        data = ("sample:seattle_weather", "temp_max")
        st.session_state["filled"] = training_form(Chosen(*data, prepared(*data), ("wind",)))

    closed, opened = (
        AppTest.from_function(page, kwargs={"opened": one}).run() for one in (False, True)
    )
    assert not opened.exception
    assert closed.session_state["filled"] == opened.session_state["filled"]
    assert len(opened.number_input) > len(closed.number_input) == 1
    kinds = ("number_input", "selectbox", "slider", "toggle", "multiselect")
    drawn = {widget.key for kind in kinds for widget in getattr(opened, kind)} | {
        "calendar",
        "fair",
        "vary",
    }
    assert drawn - {"timesteps", "hidden_units", "horizon"} <= set(KEYS)
    assert set(KEYS) - drawn == {"fair_seconds", "values_timesteps", "values_hidden_units"}


def test_a_planted_memory_leads_to_the_settings_that_show_it(
    open_page: Callable[..., AppTest],
) -> None:
    said = "A memory is planted in this series"
    page = open_page("train.py", {"data": "copy_first_10"})
    assert said in words(page)
    asked = page.get("page_link")[0].proto.query_string
    wanted = parse_qs(asked)
    assert wanted["past_covariates"] == ["value", "marker"]
    filled = {key: one[0] for key, one in wanted.items() if key != "past_covariates"}
    page = open_page("train.py", filled, past_covariates=["value", "marker"])
    assert not page.exception
    assert said not in words(page)
    assert said not in words(open_page("train.py"))
