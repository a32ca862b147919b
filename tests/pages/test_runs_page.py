"""The Runs page: what was kept, found again, compared, renamed, pinned and deleted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import forecast as fc
from dashboard import training
from dashboard.limits import limits
from forecast.data.series import prepare
from forecast.errors import StoreError
from forecast.storage.keeping import Wanted, asked_of, keep_comparison
from forecast.storage.records import CellPlan, EpochEnded, RunDraft, RunStarted
from forecast.storage.run_store import RunStore
from forecast.training.history import Epoch
from tests.pages.conftest import words

OpenPage = Callable[..., AppTest]
SMALL: dict[str, Any] = {"timesteps": 6, "hidden_units": 4, "epochs": 2, "past_covariates": ()}


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """Give the pages a run store of this test's own."""
    one = RunStore(tmp_path)
    monkeypatch.setattr(training, "_stores", [one])
    monkeypatch.setattr(training, "_services", [])
    yield one
    for service in training._services:  # deleting tells it
        service.close()
    one.close()


def keep(store: RunStore, *cells: str, owner: str = "test", name: str = "", **more: Any) -> str:
    series = prepare(fc.load_sample("air_passengers"))
    asked = asked_of(cells or ("gru",), {**SMALL, **more})
    wanted = Wanted("sample:air_passengers", "Passengers", asked, owner, name)
    return keep_comparison(store, series, wanted).id


def begin(store: RunStore, run: str, owner: str = "test") -> None:
    """Keep a run that trains and has finished an epoch."""
    asked, cells = asked_of(("gru",), SMALL), (CellPlan("GRU", None, 50),)
    draft = RunDraft(run, owner, "", "own.csv", "y", asked, cells, 1.7e9)
    store.begin(draft, prepare([float(number % 7) for number in range(90)]))
    store.write([RunStarted(run, 1.7e9), EpochEnded(run, 0, Epoch(1, 1.0, 2.0, 1e-3, 1.0, 0.1))])


def ids(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["id"])


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def opened(open_page: OpenPage, *picked: str, **address: str) -> AppTest:
    page = open_page("runs.py", {**({"pick": ",".join(picked)} if picked else {}), **address})
    assert not page.exception
    return page


def test_empty_it_invites_to_train(open_page: OpenPage) -> None:
    page = opened(open_page)
    assert "No run is kept yet" in words(page)
    assert page.button(key="to-train").label == "Train"


def test_a_store_that_cannot_be_read_is_told(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, store: RunStore
) -> None:
    def fail(_owner: str | None) -> None:
        raise StoreError("it is broken. Move it.")

    monkeypatch.setattr(store, "runs", fail)
    said = words(opened(open_page))
    assert "The run store cannot be read" in said
    assert "it is broken. Move it." in said


def test_ones_own_runs_are_listed_with_what_came_of_them(
    open_page: OpenPage, store: RunStore
) -> None:
    first, second = keep(store, "gru", name="one"), keep(store, "gru", "lstm")
    keep(store, owner="somebody else")
    table = opened(open_page).dataframe[0].value
    assert list(table["id"]) == [second, first]
    assert list(table["cells"]) == ["GRU, LSTM", "GRU"]
    assert list(table["name"]) == ["", "one"]
    scores = store.runs("test")[0].scores
    assert table["mae"].iloc[0] == min(one["mae"] for one in scores)
    assert table["yours"].all()


def test_one_person_alone_sees_all(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = keep(store, owner="the command line")
    with monkeypatch.context() as patch:  # undoing all would take the store of the fixture too
        patch.setenv("FORECAST_SINGLE_USER", "1")
        limits.cache_clear()
        page = opened(open_page, run)
        assert ids(page) == [run]
        assert page.button(key=f"pin-{run}").label == "Pin"
    limits.cache_clear()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({"find": "BETTER"}, ["second"]),
        ({"find": "passengers"}, ["second", "first"]),
        ({"with_cell": "LSTM"}, ["second"]),
        ({"in_state": "failed"}, []),
        ({"of_source": "sample:air_passengers", "find": "first"}, ["first"]),
    ],
)
def test_search_and_filters_stand_in_the_address(
    address: dict[str, str], found: list[str], open_page: OpenPage, store: RunStore
) -> None:
    keep(store, "gru", name="first")
    keep(store, "lstm", name="second, better")
    page = opened(open_page, **address)
    names = list(page.dataframe[0].value["name"]) if page.dataframe else []
    assert [name.split(",")[0] for name in names] == found
    assert found or "No run is like that" in words(page)
    assert f"{len(found)} of 2 runs" in words(page)


def test_runs_are_picked_by_the_address_and_put_side_by_side(
    open_page: OpenPage, store: RunStore
) -> None:
    first, second = keep(store, seed=1), keep(store, seed=2, learning_rate=0.01)
    page = opened(open_page, first, second)
    table, scores, differing = (one.value for one in page.dataframe)
    assert len(table) == 2
    assert list(scores)[1:] == [first[:8], second[:8]]
    assert list(differing["setting"]) == ["learning_rate", "seed"]
    assert list(differing[second[:8]]) == ["0.01", "2"]
    assert len(page.get("plotly_chart")) == 1
    page.selectbox(key="by").set_value("rmse").run()
    kept = store.find(second)
    assert kept is not None
    assert page.dataframe[1].value[second[:8]].iloc[0] == kept.scores[0]["rmse"]


def test_a_run_is_renamed_pinned_and_deleted(open_page: OpenPage, store: RunStore) -> None:
    run, other = keep(store), keep(store)
    page = opened(open_page, run)
    page.text_input(key=f"name-{run}").set_value("  my best ").run()
    press(page, f"rename-{run}")
    assert list(page.dataframe[0].value["name"]) == ["", "my best"]
    press(page, f"pin-{run}")
    assert page.dataframe[0].value["pinned"].tolist() == [False, True]
    assert page.get("popover")[-1].proto.popover.disabled  # pinned, so it cannot be deleted
    press(press(page, f"pin-{run}"), f"delete-{run}")
    assert store.find(run) is None
    assert ids(page) == [other]
    assert "Pick runs by the boxes" in words(page)
    assert "pick" not in page.query_params


def test_what_cannot_be_done_is_told(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_run: str, _name: object) -> None:
        raise StoreError("the disk is full. Free some space.")

    run = keep(store)
    monkeypatch.setattr(store, "rename", fail)
    assert "the disk is full" in words(press(opened(open_page, run), f"rename-{run}"))


def test_a_strangers_run_is_seen_but_not_changed(open_page: OpenPage, store: RunStore) -> None:
    run, own = keep(store, owner="somebody else", name="theirs"), keep(store)
    page = opened(open_page, run)
    assert ids(page) == [run, own]
    assert page.dataframe[0].value["yours"].tolist() == [False, True]
    assert "you can look at it, but not change it" in words(page)
    keys = {one.key for one in page.button}
    assert not {f"pin-{run}", f"rename-{run}", f"delete-{run}"} & keys
    assert len(page.get("download_button")) == 2  # of all runs, and of this one


def test_the_code_is_there_once_it_is_opened(open_page: OpenPage, store: RunStore) -> None:
    run = keep(store)
    assert not opened(open_page, run).code
    page = open_page("runs.py", {"pick": run}, **{f"code-{run}": True})
    assert not page.exception
    python, command = (one.value for one in page.code)
    assert "fc.load_sample('air_passengers'" in python
    assert "python -m forecast compare sample:air_passengers" in command


def test_a_run_that_trains_shows_how_far_it_is(open_page: OpenPage, store: RunStore) -> None:
    begin(store, "training-now")
    page = opened(open_page, "training-now")
    assert list(page.dataframe[0].value["state"]) == ["running, epoch 1 of 50"]
    assert page.get("popover")[-1].proto.popover.disabled
    assert len(page.get("plotly_chart")) == 1


def test_nonsense_in_the_address_picks_nothing(open_page: OpenPage, store: RunStore) -> None:
    run = keep(store)
    page = opened(open_page, "../../etc/passwd", "x" * 5000, run, in_state="none", by="luck")
    assert ids(page) == [run]
    assert "Settings: " in words(page)


@pytest.mark.parametrize(
    "value", ["nan", "-1e999", "<img src=x onerror=alert(1)>", "x" * 10_000, "\x00\N{PILE OF POO}"]
)
def test_what_is_refused_in_the_address_falls_back(
    value: str, open_page: OpenPage, store: RunStore
) -> None:
    run, other = keep(store), keep(store, seed=2)
    keys = ("in_state", "with_cell", "of_source", "shown_loss", "log_of_runs", "by", "one-of-runs")
    page = opened(open_page, run, other, **dict.fromkeys(keys, value))
    assert set(ids(page)) == {run, other}
    assert page.selectbox(key="by").value == "mae"
    searched = opened(open_page, find=value)  # any text may be looked for
    assert "No run is like that" in words(searched) or len(value) > 200
