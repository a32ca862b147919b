import math

import numpy as np
import pytest

from forecast.evaluation.verdict import CRITICAL, diebold_mariano, outcome, summary, verdict


def test_the_statistic_by_hand() -> None:
    """Horizon 1: the mean over its standard error (divisor n), times √((n − 1) / n)."""
    d = np.array([1.0, 3.0, 2.0, 2.0, 4.0])
    expected = 2.4 / math.sqrt(np.var(d) / 5) * math.sqrt(4 / 5)
    assert diebold_mariano(d, 1) == pytest.approx(expected)


def test_overlapping_windows_count_for_less() -> None:
    d = np.repeat(np.random.default_rng(0).normal(0.5, 1, 60), 4)  # four copies of each
    assert 0 < diebold_mariano(d, 4) < 0.7 * diebold_mariano(d, 1)


def test_sign_and_size() -> None:
    d = np.random.default_rng(0).normal(0.3, 1, 400)
    assert diebold_mariano(d, 1) > CRITICAL
    assert diebold_mariano(-d, 1) == -diebold_mariano(d, 1)


def test_pure_noise_is_called_no_real_difference_in_nineteen_cases_of_twenty() -> None:
    generator = np.random.default_rng(0)
    found = [abs(diebold_mariano(generator.normal(size=80), 1)) >= CRITICAL for _ in range(2000)]
    assert np.mean(found) == pytest.approx(
        0.05, abs=0.02
    )  # binomial error 0.005, and t against normal


def test_edges() -> None:
    assert math.isnan(diebold_mariano(np.array([1.0]), 1))
    assert math.isnan(diebold_mariano(np.ones(6), 12))
    assert diebold_mariano(np.zeros(9), 1) == 0
    assert diebold_mariano(np.ones(9), 1) == math.inf
    assert diebold_mariano(-np.ones(9), 1) == -math.inf


@pytest.mark.parametrize(
    ("skill", "statistic", "said"),
    [
        (12.34, 5.0, "beats the naive forecast by 12.3 %"),
        (-3.2, -2.0, "worse than the naive forecast by 3.2 %"),
        (0.4, 1.2, "no real difference from the naive forecast (+0.4 %)"),
        (-0.4, -1.2, "no real difference from the naive forecast (-0.4 %)"),
        (50.0, math.nan, "too few test windows to tell (+50.0 %)"),
        (math.nan, 0.0, "the naive forecast makes no error here"),
    ],
)
def test_words(skill: float, statistic: float, said: str) -> None:
    assert verdict(skill, statistic) == said


@pytest.mark.parametrize(
    ("skills", "said"),
    [
        ({"GRU": 12.2, "SimpleRNN": 1.0}, "GRU beats … by 12 %; SimpleRNN does not."),
        ({"SimpleRNN": -1.0}, "SimpleRNN does not beat …."),
        (
            {"SimpleRNN": -1.0, "GRU": 1.0, "LSTM": 0.0},
            "SimpleRNN, GRU and LSTM do not beat ….",
        ),
        ({"GRU": 12.0, "LSTM": 20.0}, "LSTM beats … by 20 %, GRU by 12 %."),
        (
            {"GRU": 12.0, "LSTM": 1.0, "SimpleRNN": 1.0},
            "GRU beats … by 12 %; LSTM and SimpleRNN do not.",
        ),
    ],
)
def test_one_sentence_on_all_cells(skills: dict[str, float], said: str) -> None:
    statistics = {label: 3.0 if skill > 5 else 1.0 for label, skill in skills.items()}
    assert summary(skills, statistics) == said.replace("…", "repeating the last value")


def test_the_short_word_agrees_with_the_sentence() -> None:
    assert outcome(5.0, 3.0) == "beats naive"
    assert outcome(-5.0, -3.0) == "worse than naive"
    assert outcome(5.0, 1.0) == outcome(-5.0, -1.0) == "no real difference"
    assert outcome(math.nan, 3.0) == outcome(5.0, math.nan) == "unclear"
