"""What became of each cell of a run, put into the comparisons that make it again."""

import threading
from dataclasses import fields
from typing import Any

import pandas as pd
import pytest

import forecast as fc
from forecast.data.series import TimeSeries, prepare
from forecast.evaluation.comparison import Comparison
from forecast.models.settings import ForecasterSettings
from forecast.storage.calls import calls_of
from forecast.storage.code import LISTS, SWITCHES, as_command, as_python
from forecast.storage.records import FAILED, RUNNING, STOPPED
from tests.storage.kept_runs import SMALL, asked, cell_of, cells_of, kept_run

LONG = {**SMALL, "epochs": 50, "patience": 40}
SOURCE = "sample:air_passengers"


@pytest.fixture(scope="module")
def series() -> TimeSeries:
    return prepare(fc.load_sample("air_passengers"))


def stopped_after(epochs: int, series: TimeSeries, **more: Any) -> Comparison:
    cancel = threading.Event()

    def told(_label: str, progress: Any) -> None:
        if progress.record.epoch >= epochs:
            cancel.set()

    return fc.compare(series, cells=("gru",), cancel=cancel, on_epoch=told, **{**LONG, **more})


def executed(code: str) -> Any:
    scope: dict[str, Any] = {}
    exec(code, scope)  # our own
    return scope


def test_a_stopped_run_is_made_again_with_the_epochs_it_had(series: TimeSeries) -> None:
    result = stopped_after(7, series)
    (cell,) = cells_of(result)
    cell = cell._replace(state=STOPPED, epochs=50)
    kept = kept_run(SOURCE, series, asked(("gru",), LONG), (cell,), result, state=STOPPED)
    code = as_python(kept, series)
    assert "# GRU was stopped after 7 of 50 epochs: `epochs` is set to that." in code
    again = executed(code)["result"]
    pd.testing.assert_frame_equal(again.predictions, result.predictions, check_exact=True)
    assert again.table["epochs"].tolist() == result.table["epochs"].tolist()


@pytest.mark.parametrize("setting", [{"patience": None}, {"schedule": "cosine"}, {"seeds": 2}])
def test_where_the_moment_of_stopping_counts_it_says_so(
    setting: dict[str, Any], series: TimeSeries
) -> None:
    cell = cell_of("GRU", 3, state=STOPPED, epochs=50)
    kept = kept_run(SOURCE, series, asked(("gru",), {**LONG, **setting}), (cell,), state=STOPPED)
    assert "so its numbers will differ" in as_python(kept, series)
    assert calls_of(kept, series).each[0].settings["epochs"] == 50


def test_a_timed_run_is_made_again_by_its_epochs(series: TimeSeries) -> None:
    wanted = asked(("gru", "lstm"), SMALL, fair="time", fair_seconds=2.0)
    cells = (cell_of("GRU", 9, limit=2.0), cell_of("LSTM", 4, limit=2.0))
    kept = kept_run(SOURCE, series, wanted, cells)
    first, second = calls_of(kept, series).each
    assert (first.cells, first.settings["epochs"], first.fair) == (("gru",), 9, "units")
    assert (second.cells, second.settings["epochs"], second.seconds) == (("lstm",), 4, None)
    assert "GRU trained for 2 s, which was enough for 9 epochs" in as_python(kept, series)
    assert as_command(kept, series).count("python -m") == 2
    assert len(executed(as_python(kept, series))["results"]) == 2


def test_engines_have_a_call_each_and_keep_what_was_fair(series: TimeSeries) -> None:
    wanted = asked(("simple_rnn", "gru", "lstm"), {**SMALL, "hidden_units": 12}, fair="parameters")
    engines = {"SimpleRNN": "numba", "GRU": "numpy", "LSTM": "numpy"}
    cells = tuple(cell_of(label, engine=engine) for label, engine in engines.items())
    kept = kept_run(SOURCE, series, wanted, cells)
    each = calls_of(kept, series).each
    units = {call.cells: call.settings["hidden_units"] for call in each}
    whole = fc.compare(series, cells=("simple_rnn", "gru", "lstm"), fair="parameters",
                       **{**SMALL, "hidden_units": 12, "epochs": 1})  # fmt: skip
    expected = whole.table.set_index("model")["hidden_units"]
    assert units == {("simple_rnn",): 12, ("gru",): expected["GRU"], ("lstm",): expected["LSTM"]}
    assert [call.settings["engine"] for call in each] == ["numba", "numpy", "numpy"]
    assert {call.fair for call in each} == {"units"}
    assert "each engine has a call of its own" in as_python(kept, series)


def test_cells_without_a_part_in_the_result_are_left_out(series: TimeSeries) -> None:
    cells = (
        cell_of("GRU"),
        cell_of("LSTM", 2, state=FAILED, error="`x`\nimport os"),
        cell_of("SimpleRNN", 0, state=STOPPED, engine=None, epochs=3),
    )
    kept = kept_run(SOURCE, series, asked(("gru", "lstm", "simple_rnn"), SMALL), cells)
    code = as_python(kept, series)
    assert [call.cells for call in calls_of(kept, series).each] == [("gru",)]
    assert "# LSTM failed and is left out." in code
    assert "# SimpleRNN was stopped before its first epoch ended and is left out." in code
    assert "import os" not in code


def test_a_run_without_an_end_is_trained_whole(series: TimeSeries) -> None:
    cells = (cell_of("GRU", 2, state=RUNNING, epochs=3), cell_of("LSTM", 0, engine=None))
    kept = kept_run(SOURCE, series, asked(("gru", "lstm"), SMALL), cells, state=RUNNING, scores=[])
    assert "this trains it whole" in as_python(kept, series)
    assert sorted(one for call in calls_of(kept, series).each for one in call.cells) == [
        *("gru", "lstm")
    ]


def test_only_what_is_not_the_default_is_named(series: TimeSeries) -> None:
    settings = {**SMALL, "learning_rate": 0.001, "batch_size": 16, "clip_norm": None, "refit": True}
    settings |= {"calendar": ("month",), "season": 1, "gaps": "drop", "reset_after": False}
    settings["record_gradients"] = True
    kept = kept_run(SOURCE, series, asked(("gru",), settings), (cell_of("GRU"),))
    command = as_command(kept, series).splitlines()[-1]
    assert command == (
        "python -m forecast compare sample:air_passengers --target Passengers --cell gru "
        "--timesteps 6 --hidden-units 4 --horizon 1 --no-reset-after --calendar month --season 1 "
        "--gaps drop --epochs 3 --batch-size 16 --clip-norm 0 --refit "
        "--record-gradients --seed 0 --engine numba"
    )
    assert "learning_rate" not in as_python(kept, series)


def test_a_panel_is_read_by_its_series() -> None:
    table = fc.load_sample("stocks_monthly")
    rows = table[table["unique_id"] == "IBM"].set_index("ds")["y"].rename("IBM")
    series = prepare(rows)
    kept = kept_run("sample:stocks_monthly", series, asked(("gru",), SMALL), (cell_of("GRU"),))
    assert """y = y[y["unique_id"] == 'IBM']""" in as_python(kept, series)
    assert "compare sample:stocks_monthly --series IBM" in as_command(kept, series)
    assert executed(as_python(kept, series))["result"].data["name"] == "IBM"


def test_every_setting_has_an_option_of_its_kind() -> None:
    """A truth value is a switch, and a tuple an option that is repeated."""
    usual = {one.name: one.default for one in fields(ForecasterSettings)}
    switches = {name for name, value in usual.items() if isinstance(value, bool)}
    assert switches == set(SWITCHES)
    lists = {name for name, value in usual.items() if isinstance(value, tuple)} | {"dilations"}
    assert lists - {"future_covariates"} == set(LISTS)
