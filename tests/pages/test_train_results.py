from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import training
from dashboard.findings_view import CHECKS, summary
from dashboard.series_choice import Chosen, prepared
from dashboard.train_form import Filled
from forecast.evaluation.findings import Finding, findings_frame
from tests.pages.conftest import OPENED, ended, words

SMALL = {"timesteps": 8, "hidden_units": 8, "horizon": 1, "epochs": 2}


def submitted(**more: object) -> str:
    source, target = "sample:air_passengers", "Passengers"
    filled = Filled(("gru", "lstm"), {**SMALL, **more}, None, ())
    chosen = Chosen(source, target, prepared(source, target))
    return training.service().submit(filled.request(chosen), owner="test")


def drawn(findings: pd.DataFrame) -> AppTest:
    def page(findings: "pd.DataFrame") -> None:  # runs alone, without the imports above
        from dashboard.findings_view import show_findings

        show_findings(findings)

    return AppTest.from_function(page, kwargs={"findings": findings}).run()


def test_a_run_shows_what_was_found_about_each_network(open_page: Callable[..., AppTest]) -> None:
    run = submitted()
    result = ended(run).result
    closed = open_page("train.py", {"run": run})
    assert result is not None
    assert not any(said in words(closed) for said in result.findings["finding"])
    page = open_page("train.py", {"run": run}, **OPENED)
    assert not page.exception
    for said in result.findings["finding"]:
        assert said in words(page)
    assert set(result.findings["check"]) <= set(CHECKS)
    labels = [one.label for one in page.expander]
    assert any(label.startswith("**GRU**: ") for label in labels)
    assert any(label.startswith("**LSTM**: ") for label in labels)


def test_the_leaderboard_has_costs_and_intervals_and_no_empty_column(
    open_page: Callable[..., AppTest],
) -> None:
    run = submitted()
    ended(run)
    table = open_page("train.py", {"run": run}).dataframe[0].value
    assert list(table)[:3] == ["model", "outcome", "mae"]
    assert {"hidden_units", "ms_per_forecast", "coverage-80", "width-80"} <= set(table)
    assert not {"verdict", "seeds", "skill_mean"} & set(table)
    assert table.notna().any().all()


def test_several_seeds_show_their_mean_and_spread(open_page: Callable[..., AppTest]) -> None:
    run = submitted(seeds=2)
    result = ended(run).result
    page = open_page("train.py", {"run": run}, **OPENED)
    assert not page.exception
    assert result is not None
    table = page.dataframe[0].value.set_index("model")
    mean, spread = result.table.set_index("model").loc["GRU", ["skill_mean", "skill_std"]]
    assert table.loc["GRU", "seeds"] == f"{mean:+.1f} ± {spread:.1f}"
    assert table.loc["Naive", "seeds"] == ""
    assert "from 2 random starts" in words(page)


def test_the_ways_on_are_there(open_page: Callable[..., AppTest]) -> None:
    run = submitted()
    ended(run)
    page = open_page("train.py", {"run": run})
    assert [link.proto.page for link in page.get("page_link")] == ["forecast", "backtest", "memory"]


def test_every_table_is_there_as_csv_and_as_parquet(open_page: Callable[..., AppTest]) -> None:
    run = submitted()
    ended(run)
    page = open_page("train.py", {"run": run})
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels[:4] == [
        "Predictions (CSV)", "Predictions (Parquet)", "History (CSV)", "History (Parquet)"
    ]  # fmt: skip


def test_a_concern_is_said_in_words_and_its_number_is_shown() -> None:
    found = [
        Finding("GRU", "skill", "GRU is 12.0 % worse than naive.", -12.0, "%", True),
        Finding("GRU", "residuals", "What GRU gets wrong is random.", 0.3125, "p-value", False),
        Finding("LSTM", "skill", "LSTM is better.", 3.0, "%", False),
    ]
    page = drawn(findings_frame(found))
    for name, value in OPENED.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    assert [one.label for one in page.expander] == [
        "**GRU**: 2 checks, concern about skill against naive",
        "**LSTM**: 1 check, no concern",
    ]
    said = words(page)
    assert "−12.0 %" in said
    assert "0.312" in said
    assert said.count("concern]]") == 1
    assert said.count("fine]]") == 2


def test_one_network_stands_open_and_what_cannot_be_told_has_no_number() -> None:
    page = drawn(findings_frame([Finding("GRU", "new", "<b>No</b>.", float("nan"), "", False)]))
    assert page.expander[0].proto.expanded
    assert page.text[0].value == "<b>No</b>."  # of a sink that renders no HTML
    assert "cannot be told" in words(page)
    assert "nan" not in words(page)


@pytest.mark.parametrize(
    ("doubts", "said"),
    [
        ([], "**GRU**: 8 checks, no concern"),
        (
            ["naive shadow", "skill"],
            "**GRU**: 8 checks, concern about naive shadow, skill against naive",
        ),
    ],
)
def test_the_line_on_a_network_names_its_concerns(doubts: list[str], said: str) -> None:
    assert summary("GRU", 8, doubts) == said
