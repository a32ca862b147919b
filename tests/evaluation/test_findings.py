import math

import numpy as np
import pandas as pd
import pytest

from forecast.evaluation.diagnostics import LjungBox, Overfit, Shadow, ljung_box, naive_shadow
from forecast.evaluation.findings import (
    Finding,
    best_baseline_finding,
    coverage_finding,
    findings_frame,
    leakage_finding,
    overfitting_finding,
    residuals_finding,
    seeds_finding,
    shadow_finding,
    skill_finding,
)
from forecast.evaluation.verdict import PairedTest, paired_test

CLEAR = PairedTest(6.0, 2.0, 50, 1e-6, 0.162, 0.330)  # against a naive MAE of 2: 8.1 … 16.5 %
WORSE = PairedTest(-6.0, 2.0, 50, 1e-6, -0.330, -0.162)
WEAK = PairedTest(0.2, 2.0, 50, 0.8, -0.06, 0.08)
UNKNOWN = PairedTest(math.nan, math.nan, 2)
WALK = 100 + np.cumsum(np.random.default_rng(0).normal(size=400))


@pytest.mark.parametrize(
    ("skill", "test", "said", "concern"),
    [
        (
            12.3,
            CLEAR,
            "GRU is 12.3 % better than repeating the last value "
            "(between 8.1 and 16.5 %, 95 % sure).",
            False,
        ),
        (
            -12.3,
            WORSE,
            "GRU is 12.3 % worse than repeating the last value "
            "(between 8.1 and 16.5 %, 95 % sure).",
            True,
        ),
        (
            0.5,
            WEAK,
            "There is no real difference between GRU and repeating the last value: it came out "
            "0.5 % better, and may be anything from 3.0 % worse to 4.0 % better (95 % sure).",
            True,
        ),
        (
            50.0,
            UNKNOWN,
            "Whether GRU is better than repeating the last value cannot be told yet: it came out "
            "50.0 % better, but over only 2 test windows that do not overlap.",
            True,
        ),
        (
            math.nan,
            WEAK,
            "GRU cannot be compared with repeating the last value, which makes no error here.",
            True,
        ),
    ],
)
def test_skill(skill: float, test: PairedTest, said: str, concern: bool) -> None:
    found = skill_finding("GRU", skill, test, 2.0)
    np.testing.assert_equal(found, Finding("GRU", "skill", said, skill, "%", concern))


def test_the_skill_lies_inside_its_interval() -> None:
    """Few windows do not overlap, and their mean is not that of all windows."""
    assert "(between 8.1 and 20.0 %" in skill_finding("GRU", 20.0, CLEAR, 2.0).said
    assert "from 5.0 % worse to 4.0 % better" in skill_finding("GRU", -5.0, WEAK, 2.0).said


def test_the_interval_is_that_of_the_losses() -> None:
    generator = np.random.default_rng(1)
    naive = np.abs(generator.normal(2, 0.5, 200))
    model = 0.8 * naive + generator.normal(0, 0.1, 200)
    skill = 100 * (1 - model.mean() / naive.mean())
    found = skill_finding("GRU", skill, paired_test(naive - model, 1), float(naive.mean()))
    words = found.said.split("between ")[1].split(" ")
    assert float(words[0]) < skill < float(words[2])
    assert float(words[0]) == pytest.approx(skill, abs=2)


def test_best_baseline() -> None:
    found = best_baseline_finding("GRU", "SeasonalNaive", 12.3, CLEAR, 2.0)
    assert found.said == (
        "GRU is 12.3 % better than the best simple forecast, SeasonalNaive (between 8.1 and "
        "16.5 %, 95 % sure)."
    )
    assert not found.concern
    worse = best_baseline_finding("GRU", "SeasonalNaive", -12.3, WORSE, 2.0)
    assert worse.said.startswith("GRU is 12.3 % worse than the best simple forecast, Seasonal")
    same = best_baseline_finding("GRU", "Drift", 1.0, WEAK, 2.0)
    assert same.said.startswith("There is no real difference between GRU and the best simple")
    assert "from 3.0 % worse to 4.0 % better" in same.said
    few = best_baseline_finding("GRU", "Drift", 1.0, UNKNOWN, 2.0)
    assert "cannot be told yet" in few.said
    none = best_baseline_finding("GRU", "Mean", math.nan, CLEAR, 0.0)
    assert "which makes no error here" in none.said
    assert worse.concern
    assert same.concern
    assert few.concern
    assert none.concern


def test_a_planted_copier_is_named() -> None:
    y, last = WALK[1:], WALK[:-1]
    copier = naive_shadow(y, last + 1e-3 * np.sin(np.arange(399)), last)
    found = shadow_finding("GRU", copier, 1, beats=False)
    assert found.said == (
        "GRU has learned to repeat the last value: its forecast follows the series one step late "
        "(lag 1), and the last value explains 100.0 % of it."
    )
    assert found.concern
    assert found.number == pytest.approx(100)


def test_an_honest_forecaster_is_no_copier() -> None:
    y, last = WALK[1:], WALK[:-1]
    honest = naive_shadow(y, last + 0.8 * (y - last), last)
    for beats in (True, False):
        found = shadow_finding("GRU", honest, 1, beats=beats)
        assert "has learned to repeat" not in found.said
        assert not found.concern
    assert shadow_finding("GRU", honest, 1, beats=False).said.startswith(
        "GRU does not just repeat the last value: its forecast follows the series without delay"
    )


def test_shadows_in_words() -> None:
    late = Shadow(12, 0.9, 95.0, 0.1)
    assert "12 steps late (lag 12)" in shadow_finding("GRU", late, 12, beats=False).said
    beats = shadow_finding("GRU", late, 12, beats=True)
    assert beats.said.startswith("GRU stays close to the last value, but really beats repeating it")
    assert not beats.concern
    going = shadow_finding("GRU", Shadow(1, 0.9, 99.0, 0.3), 1, beats=False)
    assert "the changes it forecasts go with the real ones (correlation 0.30)" in going.said
    assert not going.concern
    free = shadow_finding("GRU", Shadow(1, 0.9, 40.0, 0.1), 1, beats=False)
    assert free.said.endswith("one step late, and the last value explains 40.0 % of it.")
    assert not free.concern
    unknown = shadow_finding("GRU", Shadow(*[math.nan] * 4), 1, beats=False)
    assert "cannot be told" in unknown.said
    assert not unknown.concern


def test_overfitting() -> None:
    heart = overfitting_finding("GRU", Overfit(0.1, 0.4, 4.0, 5, 15, 20.0))
    assert heart.said.startswith("GRU may have learned its rows by heart: its loss is 4.0 times")
    assert heart.concern
    fine = Overfit(0.4, 0.5, 1.25, 5, 15, 30.0)
    assert "on other rows is 1.2 times that of training" in overfitting_finding("GRU", fine).said
    assert not overfitting_finding("GRU", fine).concern
    long = overfitting_finding("GRU", fine, best_kept=False)
    assert "was smallest after epoch 5, and 30 % larger at the end" in long.said
    assert long.concern
    blind = overfitting_finding("GRU", Overfit(0.4, math.nan, math.nan, 15, 15, math.nan))
    assert "cannot be told: there are no losses on" in blind.said
    assert not blind.concern


def test_residuals() -> None:
    found = residuals_finding("GRU", LjungBox(30.0, 0.003, 10, 120))
    assert found.said == (
        "What GRU gets wrong is not random: the errors follow a pattern it has not learned "
        "(Ljung-Box p = 0.003)."
    )
    assert found.concern
    assert "p < 0.001" in residuals_finding("GRU", LjungBox(99.0, 1e-9, 10, 120)).said
    fine = residuals_finding("GRU", LjungBox(9.0, 0.41, 10, 120))
    assert fine.said == (
        "What GRU gets wrong is random, as far as 120 errors can tell (Ljung-Box p = 0.410)."
    )
    assert not fine.concern
    few = residuals_finding("GRU", ljung_box(WALK[:8]))
    assert "8 errors are too few" in few.said
    assert not few.concern


LAST, FIRST = pd.Timestamp("2015-06-30"), pd.Timestamp("2016-04-05")


def test_leakage() -> None:
    found = leakage_finding("GRU", "standard", LAST, FIRST, 12, 0)
    assert found.said == (
        "The scale was learned from rows up to 2015-06-30; the first scored row is 2016-04-05. "
        "Changing every row after a cut-off changed no forecast made there."
    )
    assert (found.number, found.concern) == (0, False)
    leaked = leakage_finding("GRU", "standard", LAST, FIRST, 12, 3)
    assert "changed 3 of 12 forecasts made there: they have seen the future." in leaked.said
    assert (leaked.number, leaked.concern) == (3, True)
    overlap = leakage_finding("GRU", "standard", FIRST, FIRST, 12, 0)
    assert "Rows were scored that it had learned from." in overlap.said
    assert overlap.concern
    untried = leakage_finding("GRU", "window", 99, 100, 0, 0)
    assert "rows up to 99; the first scored row is 100. Whether later rows" in untried.said
    assert math.isnan(untried.number)
    assert not untried.concern
    assert "Nothing is scaled" in leakage_finding("Drift", None, LAST, FIRST, 1, 0).said
    assert (
        "2016-04-05 06:00"
        in leakage_finding("GRU", "minmax", LAST, FIRST + pd.Timedelta(hours=6), 1, 0).said
    )


@pytest.mark.parametrize(
    ("measured", "error", "ending", "concern"),
    [
        (81.3, 1.0, "held 81.3 % of the test values.", False),
        (70.0, 2.0, "held 70.0 % of the test values: it is too narrow.", True),
        (70.0, 6.0, "held 70.0 % of the test values.", False),
        (95.0, 1.0, "held 95.0 % of the test values: it is wider than it need be.", True),
        (60.0, math.nan, "but these are too few to judge it.", False),
        (math.nan, math.nan, "was not measured.", False),
    ],
)
def test_coverage(measured: float, error: float, ending: str, concern: bool) -> None:
    found = coverage_finding("GRU", 80, measured, error)
    assert "80 % interval of GRU" in found.said
    assert found.said.endswith(ending)
    assert found.concern == concern


def test_seeds() -> None:
    found = seeds_finding("GRU", [10.0, 12.0, 14.0])
    assert found.said == (
        "Trained from 3 random starts, GRU was 12.0 % better than repeating the last value on "
        "average, give or take 2.0 points."
    )
    assert (found.number, found.unit, found.concern) == (2.0, "points", False)
    torn = seeds_finding("GRU", [-5.0, 1.0, -2.0, math.nan])
    assert torn.said.endswith("points; only from 1 of them was it better at all.")
    assert torn.concern
    assert not seeds_finding("GRU", [-5.0, -1.0]).concern
    assert "two seeds or more" in seeds_finding("GRU", [3.0]).said
    assert math.isnan(seeds_finding("GRU", []).number)


def test_findings_as_a_table() -> None:
    found = [coverage_finding("GRU", 80, 81.3, 1.0), seeds_finding("LSTM", [1.0])]
    frame = findings_frame(found)
    assert list(frame) == ["model", "check", "finding", "number", "unit", "concern"]
    assert frame["finding"].tolist() == [one.said for one in found]
    for table in (frame, findings_frame([])):
        assert table["number"].dtype == np.float64
        assert table["concern"].dtype == bool
