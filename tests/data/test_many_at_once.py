"""Seasons and scales of many series together are those of each series alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data.panel import Panel, joined, prepare_panel
from forecast.data.scales import Learned, fit_scales
from forecast.data.scaling import SCALINGS, fit_scaler
from forecast.data.seasonal import learn_season
from forecast.data.seasons import learn_seasons, shows_season
from forecast.data.series import prepare
from forecast.data.windows import rows_of
from forecast.errors import DataError

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=4)


def panel(lengths: list[int], seed: int, frequency: str | None = None) -> Panel:
    rng = np.random.default_rng(seed)
    parts = []
    for k, rows in enumerate(lengths):
        values = 20 + k + rng.normal(size=rows) + np.resize([0, 3, -1], rows)
        first = rng.integers(0, 9)
        ds = np.arange(first, first + rows)
        if frequency is not None:
            ds = pd.date_range("2020-01-31", periods=first + rows, freq=frequency)[first:]
        parts.append(pd.DataFrame({"unique_id": f"s{k}", "ds": ds, "y": values}))
    return prepare_panel(pd.concat(parts))


@settings(max_examples=25, deadline=None)
@given(
    LENGTHS, st.integers(0, 99), st.integers(2, 7), st.sampled_from(["additive", "multiplicative"])
)
def test_factors(lengths: list[int], seed: int, period: int, kind: str) -> None:
    rows = panel([max(lengths), *lengths], seed)
    stops = np.maximum(rows.lengths - 2, 1)
    found = learn_seasons(rows, stops, kind, period)
    whole = found.of(rows)
    for k, one in enumerate(rows.each()):
        at = slice(rows.offsets[k], rows.offsets[k + 1])
        if stops[k] < 2 * period:
            assert (whole[at] == (0 if kind == "additive" else 1)).all()
            continue
        alone = learn_season(one.rows(0, int(stops[k])), kind, period)
        np.testing.assert_allclose(whole[at], alone.of(one.index), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("frequency", ["MS", "W", "D", "h", "B", "QE"])
def test_places_go_on_in_later_rows(frequency: str) -> None:
    """Newer rows, which begin elsewhere, have the factors that the season goes on with."""
    rows = panel([40, 33, 25], 1, frequency)
    found = learn_seasons(rows, rows.lengths, "additive", 6)
    whole = found.of(rows)
    later = rows.cut([range(11, 40), range(5, 20), range(24, 25)])
    expected = [whole[11:40], whole[45:60], whole[97:98]]
    np.testing.assert_array_equal(found.of(later), np.concatenate(expected))


def test_the_test_of_a_season_by_hand() -> None:
    """Autocorrelations by their definition, against the organisers' limit."""
    rng = np.random.default_rng(0)
    series = {"season": np.resize([5.0, 1, 0, 2], 40) + rng.normal(size=40) * 0.1,
              "noise": rng.normal(size=40), "short": np.resize([5.0, 1, 0, 2], 11),
              "flat": np.full(20, 3.0)}  # fmt: skip
    rows = joined([prepare(one) for one in series.values()], tuple(series))
    for k, one in enumerate(series.values()):
        x = one - one.mean()
        r = [float((x[lag:] * x[:-lag]).sum() / max((x * x).sum(), 1e-9)) for lag in (1, 2, 3, 4)]
        limit = 1.645 * np.sqrt((1 + 2 * sum(q * q for q in r[:3])) / len(one))
        by_hand = len(one) >= 12 and abs(r[3]) > limit
        assert shows_season(rows, rows.lengths, 4)[k] == by_hand
    assert shows_season(rows, rows.lengths, 4).tolist() == [True, False, False, False]
    found = learn_seasons(rows, rows.lengths, "additive", 4, tested=True).factors
    assert (found[1:] == 0).all()
    assert (found[0] != 0).any()


def test_a_season_that_cannot_be_divided_by_stays_where_one_is_tested_for() -> None:
    season = np.resize([5.0, 1, 0.5, 2], 40)
    rows = joined([prepare(season), prepare(season - 1)], ("above", "below"))
    found = learn_seasons(rows, rows.lengths, "multiplicative", 4, tested=True).factors
    np.testing.assert_allclose(found[0], season[:4] / season[:4].mean())
    assert (found[1] == 1).all()
    with pytest.raises(DataError, match="'below' must be above 0"):
        learn_seasons(rows, rows.lengths, "multiplicative", 4)


@pytest.mark.parametrize("logs", [False, True])
@pytest.mark.parametrize("name", SCALINGS)
def test_scales(name: str, logs: bool) -> None:
    rows = panel([30, 9, 25], 3)
    timesteps, ends = 5, rows.offsets[1:] - 2
    origins = np.concatenate([np.arange(begin + 4, end - 1) for begin, end in
                              zip(rows.offsets[:-1], ends, strict=True)])  # fmt: skip
    flags = np.full(3, logs)
    learned = Learned(rows.flat.values, rows.flat.observed, rows.offsets[:-1], ends, origins,
                      rows.which(origins), timesteps, flags)  # fmt: skip
    found = fit_scales(name, learned)
    for k in range(3):
        mine = origins[rows.which(origins) == k]
        inputs = rows_of(rows.flat.values, mine, timesteps, int(rows.offsets[k]))
        told = rows.flat.values[rows.offsets[k] : ends[k]]
        alone = fit_scaler(name, told, inputs, logs=logs)
        np.testing.assert_allclose(found.of(k).shift, alone.shift, rtol=1e-12)
        if not (logs and name in ("window", "root")):  # logarithms have one least spread for all
            np.testing.assert_allclose(found.of(k).spread, alone.spread, rtol=1e-12)
    if logs and name in ("window", "root"):
        assert len(set(found.spread.tolist())) == 1


def test_a_series_that_never_moves_has_the_least_spread_that_is_usual() -> None:
    rows = joined([prepare(np.arange(20.0) + 40), prepare(np.full(20, 1e-3))], ("a", "b"))
    origins = np.concatenate((np.arange(5, 18), np.arange(25, 38)))
    learned = Learned(rows.flat.values, rows.flat.observed, rows.offsets[:-1], rows.offsets[1:],
                      origins, rows.which(origins), 5, np.zeros(2, np.bool_))  # fmt: skip
    spread = fit_scales("window", learned).spread
    np.testing.assert_allclose(spread[1], spread[0] / 59 * 1e-3)
    again = fit_scales("window", learned, fit_scales("window", learned).usual)
    np.testing.assert_array_equal(again.spread, spread)
