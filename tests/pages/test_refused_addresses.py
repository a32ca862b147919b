"""What an address may not hold: every bound widget of every screen falls back to its default."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import training
from dashboard.series_choice import Chosen, prepared
from dashboard.train_form import Filled
from tests.pages.conftest import ended

Open = Callable[..., AppTest]
GRID = {"vary": "timesteps", "fair": "time"}  # draws widgets that are not there at first
DOORS = ("Bundled series", "Your own file", "Yahoo Finance", "Weather")
TRAINING = {
    "timesteps", "hidden_units", "cells", "horizon", "epochs", "batch_size", "loss", "seed",
    "patience", "learning_rate", "schedule", "seeds", "validation", "calibration", "clip_norm",
    "refit", "record_gradients", "layers", "strategy", "dropout", "scaling", "transform",
    "seasonal_adjustment", "calendar", "past_covariates", "future_covariates", "fair", "vary",
}  # fmt: skip
SCREENS: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "train": ("train.py", {}, TRAINING),
    "train, a grid": ("train.py", GRID, TRAINING | {"fair_seconds", "values_timesteps"}),
    "train, a result": ("train.py", {"run": "", "epochs": "3"}, TRAINING | {"step", "log_losses"}),
    "forecast": ("predict.py", {"run": ""}, {"model", "ahead_2", "levels"}),
    "backtest": (
        "backtest.py",
        {"run": ""},
        {"step_size_2", "n_windows", "bands", "score", "residuals_of", "residuals_step"},
    ),
    "memory": (
        "memory.py", {"run": ""}, {"measured_by", "window", "memory_step", "mean_bars"},
    ),
    "runs": ("runs.py", {}, {"find", "in_state", "with_cell", "of_source"}),
    "runs, one picked": (
        "runs.py",
        {"pick": ""},
        {"find", "in_state", "with_cell", "of_source", "shown_loss", "log_of_runs"},
    ),
    "anatomy": (
        "anatomy.py",
        {},
        {"cell", "input_dim", "units", "steps", "return_sequences", "reset_after", "random_bias",
         "drawing", "t", "part_gru"},
    ),
    "data": ("data.py", {}, {"door", "beside", "rows_read", "rows_ahead"}),
    "yahoo": (
        "data.py", {"door": DOORS[2]}, {"door", "ticker", "since", "interval", "adjusted"},
    ),
    "weather": (
        "data.py",
        {"door": DOORS[3]},
        {"door", "weather_step", "place", "weather_since", "weather_until", "variables_days"},
    ),
}  # fmt: skip
TEXTS = {"ticker", "place", "find"}  # any text will do there
REFUSED: tuple[str | list[str], ...] = (
    "nan", "inf", "-1e999", "1e9", "-1", "null", "<img src=x onerror=alert(1)>",
    "x" * 10_000, "9" * 5_000, "2020-13-45", "\x00\N{PILE OF POO}", ["1e9", "<b>"],
)  # fmt: skip


@pytest.fixture(scope="module")
def run() -> str:
    """A run of one cell, two rows ahead."""
    source = "sample:air_passengers"
    chosen = Chosen(source, "Passengers", prepared(source, "Passengers"))
    settings = {"timesteps": 8, "hidden_units": 4, "horizon": 2, "epochs": 2}
    request = Filled(("gru",), settings, None, ()).request(chosen)
    return ended(training.service().submit(request, owner="test")).id


def visit(open_page: Open, screen: str, run: str, more: dict[str, Any]) -> AppTest:
    file, address, _ = SCREENS[screen]
    whole = more | {key: value or run for key, value in address.items()}
    return open_page(file, whole, advanced=True)  # all of the form on Train is drawn


def bound(page: AppTest) -> set[str]:
    """Return the keys that are bound to the address."""
    with page.session_state._state.query_params() as params:
        return set(params._bindings_by_param)


def values(page: AppTest, keys: set[str]) -> dict[str, Any]:
    return {key: page.session_state[key] for key in sorted(keys)}


@pytest.mark.parametrize("screen", SCREENS)
def test_what_is_refused_falls_back_without_a_word(screen: str, open_page: Open, run: str) -> None:
    usual = visit(open_page, screen, run, {})
    keys, asked = SCREENS[screen][2], set(SCREENS[screen][1])
    assert not usual.exception
    assert bound(usual) == keys  # so that nothing here is left out
    for first in range(0, len(REFUSED), 3):  # each key has other words at each visit
        words = [*REFUSED[first:], *REFUSED[:first]]
        said = dict(zip(sorted(keys - asked - TEXTS), cycle(words), strict=False))
        page = visit(open_page, screen, run, said)
        assert not page.exception, said
        assert values(page, keys - TEXTS) == values(usual, keys - TEXTS), said
        assert set(page.query_params) <= asked | {"run"}, said


@pytest.mark.parametrize("screen", ["train, a grid", "yahoo", "weather"])
def test_the_choices_that_draw_the_screen_fall_back_too(screen: str, open_page: Open) -> None:
    file, address, _ = SCREENS[screen]
    for word in ("inf", ["<b>", "x" * 10_000]):
        page = open_page(file, dict.fromkeys(address, word), advanced=True)
        assert not page.exception, word
        assert page.query_params == {}
        assert bound(page) == SCREENS["train" if "train" in screen else "data"][2]


@pytest.mark.parametrize("screen", SCREENS)
def test_blank_words_and_texts_of_any_kind_raise_nothing(
    screen: str, open_page: Open, run: str
) -> None:
    keys = SCREENS[screen][2] - set(SCREENS[screen][1])
    for word in ("", ["true", "<script>" * 1_000]):
        page = visit(open_page, screen, run, dict.fromkeys(keys, word))
        assert not page.exception, word


def test_a_run_that_no_one_knows_is_passed_over(open_page: Open) -> None:
    for file in ("train.py", "backtest.py"):
        for word in ("<img src=x onerror=alert(1)>", "x" * 10_000, ["a", "b"]):
            page = open_page(file, {"run": word})
            assert not page.exception, (file, word)
            assert "run" not in page.query_params


def test_infinity_takes_nothing_else_from_the_address(open_page: Open) -> None:
    address = {"horizon": "inf", "seed": "7", "cells": ["GRU", "LSTM"], "timesteps": "48"}
    page = open_page("train.py", address)
    assert not page.exception
    kept = values(page, {"horizon", "seed", "cells", "timesteps"})
    assert kept == {"horizon": 1, "seed": 7, "cells": ["gru", "lstm"], "timesteps": 48}
    assert page.query_params == {key: address[key] for key in ("seed", "cells", "timesteps")}
