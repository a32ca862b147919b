import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecast.errors import DataError, SettingError, ShapeError
from forecast.evaluation.diagnostics import (
    Overfit,
    block_bootstrap,
    ljung_box,
    naive_shadow,
    overfit,
)


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def autoregressive(n: int, share: float, seed: int = 0) -> np.ndarray:
    values = noise(n, seed)
    for row in range(1, n):
        values[row] += share * values[row - 1]
    return values


def textbook(e: np.ndarray, lags: int) -> float:
    """Ljung and Box's own formula, for residuals without gaps."""
    n, e = len(e), e - e.mean()
    r = [np.sum(e[k:] * e[:-k]) / np.sum(e * e) for k in range(1, lags + 1)]
    return n * (n + 2) * sum(r[k - 1] ** 2 / (n - k) for k in range(1, lags + 1))


def test_ljung_box_is_the_textbook_s() -> None:
    e = noise(120)
    found = ljung_box(e)
    assert found.statistic == pytest.approx(textbook(e, 10))
    assert found.p == pytest.approx(stats.chi2.sf(found.statistic, 10))
    assert (found.lags, found.n) == (10, 120)


@pytest.mark.parametrize(
    ("n", "season", "overlap", "lags"),
    [(120, 1, 0, 10), (30, 1, 0, 6), (120, 12, 0, 24), (60, 12, 0, 12), (120, 12, 2, 8)],
)
def test_lags_are_ten_or_two_seasons_but_a_fifth_of_the_errors_at_most(
    n: int, season: int, overlap: int, lags: int
) -> None:
    assert ljung_box(noise(n), overlap=overlap, season=season).lags == lags


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_noise_is_called_a_pattern_in_one_case_of_twenty(missing: float) -> None:
    generator = np.random.default_rng(1)
    found = []
    for _ in range(1500):
        e = generator.normal(size=150)
        e[generator.random(150) < missing] = np.nan
        found.append(ljung_box(e).p < 0.05)
    assert 0.03 < np.mean(found) < 0.075


def test_a_pattern_is_found() -> None:
    assert ljung_box(autoregressive(200, 0.5)).p < 1e-6
    gappy = autoregressive(200, 0.5)
    gappy[::7] = np.nan
    assert ljung_box(gappy).p < 1e-4
    seasonal = noise(200) + 2 * np.sin(np.arange(200) * 2 * np.pi / 24)
    assert ljung_box(seasonal, season=24).p < 1e-6


def test_overlapping_targets_make_no_pattern() -> None:
    """Errors 12 steps ahead are sums of 12 neighbouring surprises even of a perfect forecast."""
    generator = np.random.default_rng(2)
    blind, aware = [], []
    for _ in range(400):
        e = np.convolve(generator.normal(size=611), np.ones(12), "valid")
        blind.append(ljung_box(e).p < 0.05)
        aware.append(ljung_box(e, overlap=11).p < 0.05)
    assert np.mean(blind) > 0.99
    assert np.mean(aware) < 0.09
    assert ljung_box(noise(600), overlap=11).n == 50


def test_gaps_leave_the_pairs_that_are_there() -> None:
    e = noise(60)
    e[[3, 4, 17, 40]] = np.nan
    centred = e - np.nanmean(e)
    total = 0.0
    for lag in range(1, 6):
        products = [a * b for a, b in zip(centred[lag:], centred, strict=False)]
        pairs = [product for product in products if not math.isnan(product)]
        total += len(pairs) * (np.mean(pairs) / np.nanmean(centred**2)) ** 2
    found = ljung_box(e, lags=5)
    assert found.statistic == pytest.approx(58 / 56 * total)
    assert found.n == 56


def test_what_says_nothing_is_nan() -> None:
    assert math.isnan(ljung_box(noise(19)).p)
    assert math.isnan(ljung_box(np.full(50, 0.1)).p)
    assert math.isnan(ljung_box(np.full(50, np.nan)).p)
    assert math.isnan(ljung_box(np.array([])).p)
    with pytest.raises(SettingError, match="lags"):
        ljung_box(noise(50), lags=0)


WALK = 100 + np.cumsum(noise(400, seed=3))


@pytest.mark.parametrize("step", [1, 3, 12])
def test_a_copier_is_a_shadow(step: int) -> None:
    y, last = WALK[step:], WALK[:-step]
    found = naive_shadow(y, last.copy(), last, step)
    assert found.lag == step
    assert found.correlation == pytest.approx(1)
    assert found.share == pytest.approx(100)
    assert math.isnan(found.change_correlation)


def test_a_copier_with_some_noise_is_one_too() -> None:
    y, last = WALK[1:], WALK[:-1]
    found = naive_shadow(y, last + 0.05 * noise(399, seed=4), last)
    assert found.lag == 1
    assert found.share > 99
    assert abs(found.change_correlation) < 0.2


def test_a_forecast_of_the_changes_is_no_shadow() -> None:
    y, last = WALK[1:], WALK[:-1]
    found = naive_shadow(y, last + 0.9 * (y - last) + 0.1 * noise(399, seed=5), last)
    assert found.lag == 0
    assert found.change_correlation > 0.95


def test_gaps_do_not_move_the_shadow() -> None:
    y, last, forecast = WALK[1:].copy(), WALK[:-1], WALK[:-1].copy()
    y[10:20] = np.nan
    forecast[50] = np.nan
    found = naive_shadow(y, forecast, last)
    assert (found.lag, found.share) == (1, pytest.approx(100))


def test_constant_and_short_series_have_no_shadow() -> None:
    flat = np.full(50, 7.3)
    for y, forecast in ((flat, flat), (noise(50), flat), (flat, noise(50)), (noise(8), noise(8))):
        found = naive_shadow(y, forecast, np.roll(y, 1))
        assert math.isnan(found.lag)
        assert math.isnan(found.correlation)
    assert math.isnan(naive_shadow(noise(50), flat, noise(50)).share)
    blank = np.full(50, np.nan)
    assert all(math.isnan(number) for number in naive_shadow(blank, blank, blank))
    assert all(math.isnan(number) for number in naive_shadow(*[np.array([])] * 3))


def test_the_longest_lag_can_be_chosen() -> None:
    y, last = WALK[4:], WALK[:-4]
    assert naive_shadow(y, last, last, 1, most_lag=3).lag == 3
    assert naive_shadow(y, last, last, 1).lag == 4
    with pytest.raises(SettingError, match="most_lag"):
        naive_shadow(y, last, last, 4, most_lag=3)
    with pytest.raises(ShapeError, match=r"\(396,\), \(396,\) and \(395,\)"):
        naive_shadow(y, last, last[1:])


def test_the_bootstrap_of_independent_values_is_the_usual_error() -> None:
    values = noise(400, seed=6)
    usual = values.std(ddof=1) / 20
    found = block_bootstrap(values, 1, draws=2000)
    assert found.error == pytest.approx(usual, rel=0.08)
    assert found.low == pytest.approx(values.mean() - 1.96 * usual, abs=0.2 * usual)
    assert found.high == pytest.approx(values.mean() + 1.96 * usual, abs=0.2 * usual)


def test_blocks_see_that_neighbours_depend_on_each_other() -> None:
    values = autoregressive(2000, 0.8, seed=7)
    true = math.sqrt(1 / (1 - 0.8) ** 2 / 2000)  # long-run variance over n
    alone, blocks = block_bootstrap(values, 1), block_bootstrap(values, 50)
    assert blocks.error > 2 * alone.error
    assert blocks.error == pytest.approx(true, rel=0.3)


def test_draws_are_whole_blocks() -> None:
    """Every block of two holds one 0 and one 1, so all draws have the same mean."""
    found = block_bootstrap(np.tile([0.0, 1.0], 5), 2)
    assert (found.error, found.low, found.high) == (0.0, 0.5, 0.5)
    assert block_bootstrap(np.tile([0.0, 1.0], 5), 1).error > 0.1


def test_the_bootstrap_repeats_by_its_seed() -> None:
    values = noise(60)
    assert block_bootstrap(values, 3, seed=1) == block_bootstrap(values, 3, seed=1)
    assert block_bootstrap(values, 3, seed=1) != block_bootstrap(values, 3, seed=2)


def test_the_bootstrap_leaves_out_what_is_missing() -> None:
    values = noise(60)
    gappy = np.insert(values, [0, 10, 60], np.nan)
    assert block_bootstrap(gappy, 4) == block_bootstrap(values, 4)
    assert math.isnan(block_bootstrap(gappy, 13).error)  # fewer than five blocks
    assert block_bootstrap(np.full(60, 0.1), 4).error == pytest.approx(0, abs=1e-12)


def history(loss: list[float], val_loss: list[float]) -> pd.DataFrame:
    epochs = range(1, len(loss) + 1)
    return pd.DataFrame({"epoch": epochs, "loss": loss, "val_loss": val_loss})


def test_overfitting_is_read_at_the_best_epoch() -> None:
    found = overfit(history([4.0, 2.0, 1.0, 0.5], [5.0, 3.0, 4.0, 6.0]))
    assert found == Overfit(train=2.0, validation=3.0, ratio=1.5, best_epoch=2, last=4, rise=100.0)


def test_without_validation_overfitting_cannot_be_told() -> None:
    found = overfit(history([4.0, 2.0], [np.nan, np.nan]))
    assert (found.train, found.best_epoch, found.last) == (2.0, 2, 2)
    assert math.isnan(found.validation)
    assert math.isnan(found.ratio)
    assert math.isnan(found.rise)
    assert math.isnan(overfit(history([], [])).train)
    assert math.isnan(overfit(history([0.0], [0.0])).ratio)
    with pytest.raises(DataError, match="lacks val_loss"):
        overfit(history([1.0], [1.0]).drop(columns="val_loss"))
