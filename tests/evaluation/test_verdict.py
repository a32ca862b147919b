import math

import numpy as np
import pytest
from scipy import stats

from forecast.evaluation.verdict import (
    PairedTest,
    loss_difference,
    outcome,
    paired_test,
    student_critical,
    summary,
    verdict,
)

CLEAR, WEAK = PairedTest(3.0, 2.0, 50), PairedTest(1.0, 2.0, 50)
UNKNOWN = PairedTest(math.nan, math.nan, 2)


def minus(test: PairedTest) -> PairedTest:
    return test._replace(statistic=-test.statistic)


def test_the_statistic_by_hand() -> None:
    """Diebold and Mariano's over √(variance / n), times Harvey's √((n − 1) / n)."""
    d = np.array([1.0, 3.0, 2.0, 2.0, 4.0])
    expected = 2.4 / math.sqrt(np.var(d) / 5) * math.sqrt(4 / 5)
    assert paired_test(d, 1).statistic == pytest.approx(expected)
    assert paired_test(d, 1).windows == 5


def test_only_windows_that_do_not_overlap_count() -> None:
    d = np.random.default_rng(0).normal(size=61)
    assert paired_test(d, 12) == paired_test(d[::12], 1)
    assert paired_test(d, 12).windows == 6
    assert math.isnan(paired_test(d, 13 * 4).statistic)


@pytest.mark.parametrize(
    ("freedom", "table"), [(4, 2.776), (5, 2.571), (9, 2.262), (29, 2.045), (200, 1.972)]
)
def test_student_s_t_is_that_of_the_tables(freedom: int, table: float) -> None:
    assert student_critical(freedom) == pytest.approx(table, abs=0.0005)


@pytest.mark.parametrize(("windows", "apart"), [(5, 1), (40, 1), (61, 12)])
def test_p_and_interval_are_those_of_student_s_test(windows: int, apart: int) -> None:
    d = np.random.default_rng(3).normal(0.4, 1, windows)
    test, expected = paired_test(d, apart), stats.ttest_1samp(d[::apart], 0)
    assert test.p == pytest.approx(expected.pvalue)
    assert (test.low, test.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert test.low < d[::apart].mean() < test.high


def test_p_interval_and_critical_value_agree() -> None:
    generator = np.random.default_rng(4)
    for _ in range(200):
        test = paired_test(generator.normal(0.3, 1, 30), 1)
        real = abs(test.statistic) >= test.critical
        assert real == (test.p <= 0.05)
        assert real == (not test.low < 0 < test.high)


@pytest.mark.parametrize(
    ("windows", "horizon"), [(5, 1), (10, 1), (80, 1), (29, 3), (60, 12), (120, 12)]
)
def test_luck_is_called_skill_in_one_case_of_twenty_at_most(windows: int, horizon: int) -> None:
    """Differences of overlapping windows: running means of noise over the horizon."""
    generator = np.random.default_rng(0)
    kernel = np.ones(horizon) / horizon
    found = []
    for _ in range(2000):
        d = np.convolve(generator.normal(size=windows + horizon - 1), kernel, "valid")
        test = paired_test(d, horizon)
        found.append(abs(test.statistic) >= test.critical)
    assert np.mean(found) < 0.05 + 0.015  # three standard errors of 2,000 draws


def test_a_real_difference_is_found() -> None:
    d = np.random.default_rng(0).normal(0.3, 1, 400)
    test = paired_test(d, 1)
    assert test.statistic > test.critical
    assert paired_test(-d, 1).statistic == -test.statistic


def test_edges() -> None:
    assert math.isnan(paired_test(np.ones(4), 1).statistic)
    assert paired_test(np.zeros(9), 1).statistic == 0
    assert paired_test(np.ones(9), 1).statistic == math.inf
    assert paired_test(-np.ones(9), 1).statistic == -math.inf
    assert paired_test(np.ones(9), 1)[3:] == (0, 1, 1)
    assert paired_test(np.zeros(9), 1)[3:] == (1, 0, 0)
    assert all(math.isnan(number) for number in paired_test(np.ones(4), 1)[3:])
    assert all(math.isnan(number) for number in CLEAR[3:])  # what is not given is not known


def test_differences_weigh_every_observed_target_alike() -> None:
    naive = np.array([[1.0, 1.0], [10.0, np.nan]])
    model = np.array([[0.0, 0.0], [11.0, np.nan]])
    difference = loss_difference(naive, model)
    pooled = np.nanmean(np.abs(naive)) - np.nanmean(np.abs(model))
    assert difference.mean() == pytest.approx(pooled)
    assert difference.tolist() == pytest.approx([2 * 2 / 3, -1 * 2 / 3])


@pytest.mark.parametrize(
    ("skill", "test", "said"),
    [
        (12.34, CLEAR, "beats the naive forecast by 12.3 %"),
        (-3.2, minus(CLEAR), "worse than the naive forecast by 3.2 %"),
        (0.4, WEAK, "no real difference from the naive forecast (+0.4 %)"),
        (-0.4, minus(WEAK), "no real difference from the naive forecast (-0.4 %)"),
        (3.0, minus(CLEAR), "no real difference from the naive forecast (+3.0 %)"),
        (50.0, UNKNOWN, "too few test windows to tell (+50.0 %)"),
        (math.nan, WEAK, "the naive forecast makes no error here"),
    ],
)
def test_words(skill: float, test: PairedTest, said: str) -> None:
    assert verdict(skill, test) == said


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
    tests = {label: CLEAR if skill > 5 else WEAK for label, skill in skills.items()}
    assert summary(skills, tests) == said.replace("…", "repeating the last value")


def test_the_short_word_agrees_with_the_sentence() -> None:
    assert outcome(5.0, CLEAR) == "beats naive"
    assert outcome(-5.0, minus(CLEAR)) == "worse than naive"
    assert outcome(5.0, WEAK) == outcome(-5.0, minus(WEAK)) == "no real difference"
    assert outcome(math.nan, CLEAR) == outcome(5.0, UNKNOWN) == "unclear"
