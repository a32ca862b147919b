"""What is held equal between cells."""

import time

import numpy as np
import pytest

import forecast as fc
from forecast.errors import SettingError
from forecast.evaluation.fairness import Deadline

SMALL = {"timesteps": 6, "epochs": 2}


def walk(rows: int = 200) -> np.ndarray:
    return np.random.default_rng(0).normal(size=rows).cumsum()


def test_equal_units_are_the_default() -> None:
    table = fc.compare(walk(), hidden_units=8, **SMALL).table
    assert table["hidden_units"].tolist() == [8, 8, 8, 0, 0, 0, 0]


@pytest.mark.parametrize("given", [{}, {"layers": 2}, {"horizon": 5}, {"loss": "quantile"}])
@pytest.mark.parametrize("first", ["simple_rnn", "lstm"])
def test_equal_parameters_are_as_near_as_whole_units_allow(
    first: str, given: dict[str, object]
) -> None:
    cells = [first, *({"simple_rnn", "gru", "lstm"} - {first})]
    given = {**SMALL, **given}
    table = fc.compare(walk(), cells=cells, hidden_units=32, fair="parameters", **given).table
    rows = table[table["parameters"] > 0]
    wanted = rows["parameters"].iloc[0]
    assert rows["hidden_units"].iloc[0] == 32
    for row in rows.itertuples():
        cell = fc.compare.__globals__["CELLS"][("SimpleRNN", "GRU", "LSTM").index(row.model)]
        near = [
            abs(fc.Forecaster(cell, hidden_units=units, **given).parameter_count - wanted)
            for units in (row.hidden_units - 1, row.hidden_units, row.hidden_units + 1)
            if units
        ]
        assert abs(row.parameters - wanted) == min(near)


def test_equal_time_trains_each_cell_as_long_and_keeps_its_best_epoch() -> None:
    result = fc.compare(walk(), hidden_units=8, timesteps=6, fair="time", seconds=0.5)
    cells = result.table[result.table["parameters"] > 0]
    assert (cells["seconds"] >= 0.45).all()
    assert result.settings["fair_seconds"] == 0.5
    for label in cells["model"]:
        model = result.models[label]
        assert isinstance(model, fc.Forecaster)
        learned = model.learned()
        assert learned.stopped_by == "cancel"
        assert learned.best_epoch == int(model.history_["val_loss"].idxmin()) + 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"fair": "luck"}, "`fair` must be one of"),
        ({"fair": "time"}, "needs `seconds`"),
        ({"fair": "time", "seconds": 0}, "`seconds`"),
        ({"seconds": 3}, "is for fair='time'"),
        ({"fair": "time", "seconds": 1, "seeds": 2}, "to one network"),
        ({"fair": "time", "seconds": 1, "schedule": "cosine"}, "cosine"),
        ({"fair": "time", "seconds": 1, "refit": True}, "refit"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        fc.compare(walk(), hidden_units=4, **SMALL, **given)


def test_a_deadline_passes_and_heeds_the_caller() -> None:
    assert not Deadline(None).is_set()
    assert not Deadline(60).is_set()
    short = Deadline(0.01)
    time.sleep(0.02)
    assert short.is_set()
    assert Deadline(60, short).is_set()
