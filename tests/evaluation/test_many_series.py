"""What a backtest counts of many series at once is what it counts of each, to the bit."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import prepare_panel
from forecast.evaluation.coverage import coverage_error
from forecast.evaluation.cutoffs import cutoffs_of, scales_of
from forecast.evaluation.diagnostics import block_bootstrap


@pytest.mark.parametrize(("series", "windows", "apart"), [(7, 12, 1), (20, 30, 3), (1, 80, 2)])
def test_the_error_of_coverage_comes_of_each_series(series: int, windows: int, apart: int) -> None:
    random = np.random.default_rng(series)
    inside = (random.random((series, windows, 3)) < 0.8).astype(float)
    inside[random.random(inside.shape) < 0.1] = np.nan
    errors = []
    for one in inside:
        shares = [np.nanmean(window) for window in one if np.isfinite(window).any()]
        block = max(apart, round(len(shares) ** (1 / 3)))
        errors.append(block_bootstrap(np.array(shares), block).error)
    wanted = 100 * np.sqrt(np.sum(np.square(errors))) / series
    np.testing.assert_allclose(coverage_error(inside, apart), wanted, rtol=1e-12)
    assert np.isnan(coverage_error(inside, windows))


def table(lengths: dict[str, int]) -> pd.DataFrame:
    random = np.random.default_rng(0)
    parts = []
    for one, rows in lengths.items():
        y = random.normal(size=rows).cumsum()
        y[random.random(rows) < 0.1] = np.nan
        ds = pd.date_range("2024-01-01", periods=rows)
        parts.append(pd.DataFrame({"unique_id": one, "ds": ds, "y": y}))
    return pd.concat(parts)


@pytest.mark.parametrize("season", [1, 4, 30])
def test_scales_are_the_mean_changes_of_each_series(season: int) -> None:
    panel = prepare_panel(table({"a": 50, "b": 20, "c": 33, "d": 2}))
    firsts = [int(end) - 1 for end in panel.ends]
    found = scales_of(panel, firsts, season)
    for number, first in enumerate(firsts):
        y = panel.one(number).observed_values().to_numpy()[: first + 1 - panel.offsets[number]]
        changes = np.abs(y[season:] - y[:-season])
        changes = changes[np.isfinite(changes)]
        assert found[number] == (changes.mean() if len(changes) else 0)


def test_a_sliding_fit_reads_the_last_rows_before_a_cut() -> None:
    panel = prepare_panel(table({"a": 50, "b": 20}))
    given = {"horizon": 3, "n_windows": 2, "step_size": None, "refit": True}
    cuts = cutoffs_of(panel, **given, window="sliding", train_size=10)
    lengths = panel.lengths.tolist()
    wanted = [range(rows - 6 - 10, rows - 6) for rows in lengths]
    assert list(cuts.training(panel, range(1))) == wanted
    whole = cutoffs_of(panel, **given, window="expanding", train_size=None)
    assert list(whole.training(panel, range(1, 2))) == [range(rows - 3) for rows in lengths]


def test_windows_of_series_that_end_apart_are_numbered() -> None:
    y = table({"a": 30, "b": 30})
    together = fc.backtest(fc.Naive(), y.fillna(0.5), horizon=2, n_windows=3)
    assert together.by_cutoff["cutoff"].iloc[0] == pd.Timestamp("2024-01-24")
    y["ds"] += pd.to_timedelta(np.where(y["unique_id"] == "b", 1, 0), unit="D")
    apart = fc.backtest(fc.Naive(), y.fillna(0.5), horizon=2, n_windows=3)
    assert apart.by_cutoff["cutoff"].unique().tolist() == [1, 2, 3]
