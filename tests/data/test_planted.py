"""What is planted lies where it is said to, and nothing else tells it."""

import hashlib
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.planted import (
    BY_NAME,
    EXAMPLE,
    PLANTED,
    REHEARSED,
    ROWS,
    SHORTEST,
    Planted,
    unsolved,
)
from forecast.data.samples import open_sample

COPIES = [one for one in PLANTED if one.task == "copy"]
ADDING = BY_NAME["adding_problem"]
each = pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.name)
each_task = pytest.mark.parametrize("planted", [EXAMPLE, ADDING], ids=lambda one: one.name)
each_copy = pytest.mark.parametrize("planted", COPIES, ids=lambda one: one.name)


def asked(rows: pd.DataFrame) -> np.ndarray:
    """Return the rows in which an answer is asked for."""
    return np.flatnonzero(rows["y"].notna())


def explained(inputs: np.ndarray, y: np.ndarray) -> float:
    """Return the share of the variance of y that a line through its inputs takes away."""
    design = np.column_stack([inputs, np.ones(len(y))])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - left.var() / y.var())


@each_task
def test_a_planted_sample_is_what_stands_in_its_file(planted: Planted) -> None:
    told = fc.samples().set_index("name").loc[planted.name]
    rows, read = fc.load_sample(planted.name), fc.read_csv(open_sample(planted.name))
    assert isinstance(read, pd.DataFrame)
    assert list(read.columns) == told["columns"].split(", ") == ["y", "value", "marker"]
    assert read.attrs["report"]["frequency"] == "h"
    assert read.attrs["report"]["notes"] == []
    pd.testing.assert_frame_equal(cast("pd.DataFrame", rows), read)
    alone = cast("pd.Series", fc.load_sample(planted.name, target="y"))
    pd.testing.assert_series_equal(alone, read["y"])


def test_the_rows_are_the_same_every_time() -> None:
    content = open_sample(EXAMPLE.name).read()
    assert hashlib.sha256(content).hexdigest()[:16] == "5463129a3f5167ed"
    assert open_sample(EXAMPLE.name).name == "copy_first_100.csv"
    pd.testing.assert_frame_equal(EXAMPLE.frame(), EXAMPLE.frame())
    assert not EXAMPLE.frame(seed=11).equals(EXAMPLE.frame())


@each_copy
def test_an_answer_is_the_value_marked_last(planted: Planted) -> None:
    rows = planted.frame()
    answers, marked = asked(rows), np.flatnonzero(rows["marker"] == 1)
    lags = answers - marked
    assert marked[1:].tolist() == answers[:-1].tolist()  # the next block begins there
    assert rows["y"].iloc[answers].tolist() == rows["value"].iloc[marked].tolist()
    rehearsed = marked < REHEARSED * ROWS
    assert (lags[~rehearsed] == planted.lag).all()
    assert SHORTEST <= lags[rehearsed].min() < 2 * SHORTEST
    assert 0.9 * planted.lag <= lags[rehearsed].max() <= planted.lag


def test_lags_are_even_in_the_logarithm() -> None:
    lags = np.diff(asked(EXAMPLE.frame()))
    rehearsed = lags[: int(np.argmax(np.cumsum(lags) > REHEARSED * ROWS))]
    below = np.mean(rehearsed < np.sqrt(5 * 101))  # half of the way from 5 to 101
    assert below == pytest.approx(0.5, abs=0.06)


def test_validation_and_test_part_ask_for_the_whole_lag() -> None:
    for planted in COPIES:
        rows = planted.frame()
        later = asked(rows)[asked(rows) >= 0.68 * ROWS]
        assert (rows["marker"].to_numpy()[later - planted.lag] == 1).all()
        assert (np.diff(later) == planted.lag).all()


def test_the_adding_problem_asks_for_a_sum_of_one_value_of_each_half() -> None:
    rows = ADDING.frame()
    answers = asked(rows)
    assert answers[0] == 50
    assert (np.diff(answers) == 50).all()
    marker = rows["marker"].to_numpy()[: answers[-1]].reshape(-1, 2, 25)
    assert (marker.sum(axis=2) == 1).all()
    value = rows["value"].to_numpy()[: answers[-1]].reshape(-1, 50)
    sums = (value * marker.reshape(-1, 50)).sum(axis=1)
    np.testing.assert_allclose(sums, rows["y"].to_numpy()[answers], atol=1e-12)


@each_task
def test_past_answers_say_nothing(planted: Planted) -> None:
    y = planted.frame(rows=200_000)["y"].dropna().to_numpy()
    past = np.lib.stride_tricks.sliding_window_view(y, 4)
    assert explained(past[:, :3], past[:, 3]) < 0.01  # five standard errors of 2,000 answers
    last = np.digitize(past[:, 2], np.quantile(y, [0.2, 0.4, 0.6, 0.8]))
    assert explained(np.eye(5)[last], past[:, 3]) < 0.01


@each_copy
def test_the_lag_alone_says_everything(planted: Planted) -> None:
    rows = planted.frame(rows=40 * planted.lag + 4000)
    later = asked(rows)[-10:]
    value, y = rows["value"].to_numpy(), rows["y"].to_numpy()
    for lag in range(1, planted.lag + 20):
        assert (value[later - lag] == y[later]).all() == (lag == planted.lag)


def test_noise_is_as_large_as_what_is_kept() -> None:
    rows = EXAMPLE.frame()
    marked = rows["marker"] == 1
    assert rows["value"][~marked].std() == pytest.approx(rows["value"][marked].std(), rel=0.1)
    assert rows["value"].abs().max() <= 1


def test_what_is_left_of_the_variance() -> None:
    y = np.array([np.nan, 2.0, np.nan, -2.0])
    assert unsolved(y, np.zeros(4)) == 1
    assert unsolved(y, np.array([9.0, 1.0, np.nan, -1.0])) == 0.25


def test_a_gated_cell_copies_over_a_lag_within_seconds() -> None:
    planted = BY_NAME["copy_first_10"]
    found = fc.compare(
        fc.load_sample(planted.name).iloc[-8000:],
        cells=["gru"],
        **planted.settings | {"epochs": 12, "hidden_units": 8, "learning_rate": 0.02},
    )
    told = found.predictions
    assert unsolved(told["y"].to_numpy(), told["GRU"].to_numpy()) < 0.1


@each
def test_settings_are_a_forecaster_s_own_and_apart(planted: Planted) -> None:
    told = fc.samples().set_index("name").loc[planted.name]
    assert (told["rows"], told["target"], told["frequency"]) == (ROWS, "y", "h")
    assert f" {planted.lag} rows before" in told["description"]
    settings = planted.settings
    assert fc.Forecaster("lstm", **settings).settings.timesteps == planted.lag
    settings["epochs"] = 1
    assert planted.settings["epochs"] == 200
    assert replace(planted, lag=7).settings["timesteps"] == 7
