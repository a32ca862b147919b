"""Heads that say more than a point, and how their intervals are calibrated."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forecast as fc
from forecast.data.panel import prepare_panel
from forecast.errors import DataError, SettingError
from forecast.models.heads import Ahead
from forecast.models.intervals import between, intervals, scores_of

SMALL = {"timesteps": 5, "hidden_units": 4, "epochs": 3, "horizon": 2}
HEADS = ["mse", "mae", "huber", "quantile", "student_t"]
QUANTILES = (0.1, 0.5, 0.9)


def walk(rows: int = 200, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows).cumsum()


def quantile_head(quantiles: list[list[float]], unit: list[float]) -> Ahead:
    """One step ahead of n windows."""
    found = np.array(quantiles)[:, None, :]
    return Ahead(found[:, :, 1], found, np.array(unit)[:, None])


def test_scores_of_quantiles_by_hand() -> None:
    head = quantile_head([[0, 1, 2], [10, 12, 16]], [1, 2])
    scores = scores_of(np.array([[3.0], [11.0]]), head)
    assert scores.tolist() == [[[3, 2, 1]], [[0.5, -0.5, -2.5]]]
    blank = scores_of(np.array([[np.nan], [11.0]]), head)
    assert np.isnan(blank[0]).all()


def test_conformalised_quantiles_by_hand() -> None:
    """Romano, Patterson and Candès (2019): E = max(q_lo − y, y − q_hi), here over the unit."""
    calibration = quantile_head([[0, 5, 10]] * 9, [2] * 9)
    came = np.array([[-3.0], [1], [2], [3], [4], [5], [11], [12], [14]])
    # E: 3, −1, −2, −3, −4, −5, 1, 2, 4; over the unit 2: 1.5, −.5, −1, −1.5, −2, −2.5, .5, 1, 2
    scores = scores_of(came, calibration)
    new = quantile_head([[100, 110, 130]], [4])
    (one,) = intervals(scores, new, [80], QUANTILES)
    # rank ⌈10 · 0.8⌉ = 8: the score 1.5, in the unit of the new window 6
    assert (one.lower.item(), one.upper.item()) == (94.0, 136.0)
    (low,) = intervals(scores, new, [80], (0.2, 0.5, 0.8))
    assert (low.lower.item(), low.upper.item()) == (94.0, 136.0)  # 10 % and 90 % are beyond: ends


def test_a_negative_reach_draws_the_ends_in_up_to_the_point() -> None:
    calibration = quantile_head([[0, 5, 10]] * 9, [1] * 9)
    scores = scores_of(np.full((9, 1), 5.0), calibration)
    (one,) = intervals(scores, quantile_head([[100, 102, 130]], [1]), [80], QUANTILES)
    assert (one.lower.item(), one.upper.item()) == (102.0, 125.0)


def test_quantiles_between_lie_on_the_line() -> None:
    values = np.array([[1.0, 2.0, 4.0]])
    wanted = {0.1: 1.0, 0.3: 1.5, 0.5: 2.0, 0.7: 3.0, 0.9: 4.0, 0.05: 1.0, 0.99: 4.0}
    for quantile, expected in wanted.items():
        assert between(values, QUANTILES, quantile).item() == pytest.approx(expected, rel=1e-12)


@given(st.integers(0, 10**6), st.integers(99, 160), st.booleans(), st.booleans())
def test_intervals_are_nested_and_hold_the_point(seed: int, n: int, head: bool, tied: bool) -> None:
    """Whatever the scores: skewed, tied, of quantiles that are far off."""
    random = np.random.default_rng(seed)
    quantiles = (0.025, 0.1, 0.5, 0.9, 0.975)
    draws = np.sort(random.normal(size=(4, 3, 5)) * 10 ** random.uniform(-3, 3), axis=2)
    ahead = Ahead(draws[:, :, 2], draws if head else None, random.uniform(0.01, 9, (4, 3)))
    shape = (n, 3, 5) if head else (n, 3)
    scores = random.standard_t(2, size=shape) + random.normal(size=shape[1:]) * 3
    scores = -np.sort(-scores, axis=2) if head else np.abs(scores)  # (y − q) falls as q rises
    if tied:
        scores = np.round(scores)
    levels = sorted(random.uniform(1, 98.9, size=6).tolist())
    found = intervals(scores, ahead, levels, quantiles if head else ())
    for one in found:
        assert (one.lower <= ahead.point).all()
        assert (one.upper >= ahead.point).all()
    for inner, outer in pairwise(found):
        assert (outer.lower <= inner.lower).all()
        assert (outer.upper >= inner.upper).all()


@pytest.mark.parametrize("loss", HEADS)
def test_an_interval_lies_around_its_point_at_every_level(loss: str) -> None:
    model = fc.Forecaster(loss=loss, calibration=0.3, **SMALL).fit(walk())
    levels = (10, 50, 80, 95)
    spans = model.spans_from(prepare_panel(walk(60, 3)), np.arange(10, 60), 2, levels)
    ends = [one.lower for one in spans.intervals[::-1]] + [spans.point]
    ends += [one.upper for one in spans.intervals]
    assert (np.diff(np.stack(ends), axis=0) >= 0).all()
    assert np.isfinite(np.stack(ends)).all()


@pytest.mark.parametrize("loss", HEADS)
def test_a_level_that_n_cannot_support_is_refused_naming_n(loss: str) -> None:
    model = fc.Forecaster(loss=loss, **SMALL).fit(walk(100))
    n = len(model.learned().scores)
    assert n == 14  # 15 calibration rows, 2 ahead
    highest = math.floor(100 * n / (n + 1))
    assert np.isfinite(model.predict(level=highest).iloc[:, 1:]).all().all()
    with pytest.raises(SettingError, match=r"`level` 94 needs at least 16 .* there are 14"):
        model.predict(level=94)
    with pytest.raises(SettingError, match="reaches as far as the fitted horizon, 2"):
        model.predict(3, level=50)
    without = fc.Forecaster(loss=loss, calibration=0, **SMALL).fit(walk(100))
    assert np.isfinite(without.predict()["GRU"]).all()
    with pytest.raises(SettingError, match="there are 0"):
        without.predict(level=50)


def test_blank_targets_score_nothing() -> None:
    for loss in ("mse", "quantile", "student_t"):
        y = walk(100)
        y[[90, 95]] = np.nan
        scores = fc.Forecaster(loss=loss, **SMALL).fit(y).learned().scores
        by_step = np.isfinite(scores.reshape(len(scores), 2, -1)).all(axis=2)
        assert by_step.sum(axis=0).tolist() == [12, 12]


def test_the_median_is_the_forecast_of_a_quantile_head() -> None:
    model = fc.Forecaster(loss="quantile", quantiles=(0.2, 0.5, 0.6), **SMALL).fit(walk())
    learned = model.learned()
    assert learned.scores.shape == (29, 2, 3)
    assert (np.diff(learned.scores, axis=2) <= 0).all()  # quantiles come sorted
    assert learned.parameters["head/kernel"].shape == (4, 2 * 3)
    for wrong in [(0.1, 0.9), (0.5, 0.1), (0.5, 0.5), (0, 0.5), (0.5, 1), ()]:
        with pytest.raises(SettingError, match="quantiles"):
            fc.Forecaster(loss="quantile", quantiles=wrong)


def test_the_unit_of_student_s_t_is_its_scale() -> None:
    """Noise that grows with its driver is met by intervals that do."""
    random = np.random.default_rng(0)
    loud = np.repeat(random.integers(0, 2, size=120), 10)
    y = pd.DataFrame({"y": random.normal(size=1200) * np.where(loud == 1, 5.0, 0.5), "loud": loud})
    model = fc.Forecaster(
        loss="student_t", timesteps=2, hidden_units=8, epochs=15, learning_rate=0.01,
        scaling="standard", future_covariates=["loud"], past_covariates=[],
    ).fit(y)  # fmt: skip
    width = []
    for value in (0, 1):
        frame = model.predict(level=80, future=pd.DataFrame({"ds": [1200], "loud": [value]}))
        width.append((frame["GRU-hi-80"] - frame["GRU-lo-80"])[0])
    assert width[1] > 3 * width[0]


@pytest.mark.parametrize("loss", ["mse", "quantile", "student_t"])
@pytest.mark.parametrize("scaling", ["window", "standard"])
def test_coverage_on_noise_is_near_what_is_promised(loss: str, scaling: str) -> None:
    random = np.random.default_rng(7)
    y = random.standard_t(4, size=3000)
    model = fc.Forecaster(
        loss=loss, scaling=scaling, timesteps=5, hidden_units=4, epochs=2, batch_size=128,
        calibration=0.4,
    ).fit(y[:1800])  # fmt: skip
    origins = np.arange(1799, 2999)
    spans = model.spans_from(prepare_panel(y), origins, 1, (50, 90))
    came = y[origins + 1]
    for level, one in zip((50, 90), spans.intervals, strict=True):
        inside = np.mean((one.lower[:, 0] <= came) & (came <= one.upper[:, 0]))
        # 1200 test rows and 720 for calibration: standard errors of √(p (1 − p)) · 0.047
        p = level / 100
        assert abs(inside - p) < 3.5 * 0.047 * math.sqrt(p * (1 - p))


@pytest.mark.parametrize("baseline", [fc.Naive(), fc.SeasonalNaive(3), fc.Drift(), fc.Mean()])
def test_baselines_are_calibrated_by_their_own_errors(baseline: fc.Naive) -> None:
    y = walk(100, 4)
    frame = baseline.clone().fit(y).predict(2, level=(50, 80))
    name = baseline.label
    rows = prepare_panel(y)
    origins = np.arange(84, 98)  # the targets of all lie in the last 15 rows
    ahead = baseline.fit(y).forecast_from(rows, origins, 2)
    errors = np.sort(np.abs(np.stack([y[o + 1 : o + 3] for o in origins]) - ahead), axis=0)
    for level in (50, 80):
        half = errors[math.ceil(15 * level / 100) - 1]  # n + 1 = 15
        np.testing.assert_allclose(frame[f"{name}-hi-{level}"] - frame[name], half, rtol=1e-9)
        np.testing.assert_allclose(frame[name] - frame[f"{name}-lo-{level}"], half, rtol=1e-9)
    with pytest.raises(SettingError, match="there are 14"):
        baseline.predict(2, level=95)


def test_a_baseline_covers_what_it_promises_on_a_walk() -> None:
    y = np.random.default_rng(3).normal(size=4000).cumsum()
    model = fc.Naive().fit(y[:2000])
    origins = np.arange(1999, 3990)
    spans = model.spans_from(prepare_panel(y), origins, 1, (80,))
    came, one = y[origins + 1], spans.intervals[0]
    inside = np.mean((one.lower[:, 0] <= came) & (came <= one.upper[:, 0]))
    assert abs(inside - 0.8) < 0.08


def test_baselines_are_not_calibrated_on_newer_rows() -> None:
    y = walk(100, 4)
    model = fc.Naive().fit(y)
    width = [
        np.ptp(model.predict(level=50, data=data).iloc[0, 2:])
        for data in (None, pd.Series(1e3 * walk(50), pd.RangeIndex(100, 150)))
    ]
    assert width[0] == pytest.approx(width[1], rel=1e-6)
    with pytest.raises(DataError, match="season of 9 rows up to it"):
        fc.SeasonalNaive(9).fit(y).spans_from(prepare_panel(y), np.array([5]), 1, ())
